"""`leadloom dedupe` and `dedupe-apply`: who stands twice in the store or in a file, and making them one as a reviewed plan says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.merge import YesOption, rules_of, wake
from core.cli.output import JsonOption, complain, progress, say, write_json, write_table
from core.cli.session import actor, config_path, is_interactive, open_installation

if TYPE_CHECKING:
    from core.model.records import Scalar
    from core.runtime.bulk.deduping import Applied, Options
    from core.runtime.bulk.people_file import PeopleFile
    from core.runtime.bulk.plan import DedupePlan

_SHOWN_GROUPS, _SHOWN_MEMBERS = 10, 4
_SHOWN: Mapping[str, tuple[str, ...]] = {
    "name": ("first_name", "middle_name", "last_name"),
    "e-mail": ("email",),
    "phone": ("phone", "mobile"),
    "company": ("company",),
}
_FOLDER = "bulk"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(dedupe)
    app.command("dedupe-apply")(dedupe_apply)


def dedupe(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="A CSV or Excel file of people; absent: the whole store.", exists=True, dir_okay=False)
    ] = None,
    threshold: Annotated[float, typer.Option("--threshold", help="From this probability on two are one person.", min=0.05, max=1)] = 0.5,
    connected: Annotated[
        bool, typer.Option("--connected", help="Make one group of all that hang together, also where some of its pairs are unlike.")
    ] = False,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out", help="Write the plan to NAME.json, or a copy of the file with the groups' numbers to NAME.csv. May be repeated."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Find who stands twice in the store, or in a file, and plan what to make one; nothing is merged.

    Shows the surest groups with their records side by side, how sure each is, and what merging costs. This shows personal data;
    the plan and --json hold none. Whom a person told apart stays apart. Columns of a file are recognised as `leadloom import`
    does it. Stopped and started again, it goes on, as long as the store or the file is what it was. `leadloom dedupe-apply`
    carries a plan of the store out. Needs Splink and DuckDB: `make setup-bulk`.
    """
    from core.flow.identity.clusters import Linkage
    from core.runtime.bulk.deduping import Options

    wanted = _outputs(out or [], file)
    options = Options(threshold, Linkage.CONNECTED if connected else Linkage.AVERAGE)
    if file is None:
        _of_store(ctx, options, wanted.get(".json"), as_json=as_json)
    else:
        _of_file(ctx, file, options, wanted, as_json=as_json)


def _of_store(ctx: typer.Context, options: Options, out: Path | None, *, as_json: bool) -> None:
    from core.runtime.bulk.deduping import people_of, plan_store

    installation = open_installation(ctx)
    folder = installation.config.data_dir / _FOLDER
    with installation.reading_store() as store, _bar() as at:
        plan = plan_store(store, rules_of(installation, store), folder, options, (installation.clock.now().isoformat(), at))
        people = people_of(store, _first_members(plan))
    saved = out or folder / "plan.json"
    plan.write(saved)
    if as_json:
        write_json({"plan": plan, "written": [str(saved)]})
        return
    _show(plan, people)
    if plan.groups:
        say(f"Nothing was merged. The plan is in {saved}: look at it, take out what is wrong, then `leadloom dedupe-apply {saved}`.")


def _outputs(out: list[Path], file: Path | None) -> dict[str, Path]:
    kinds = (".json",) if file is None else (".json", ".csv")
    for path in out:
        if path.suffix.lower() not in kinds:
            raise typer.BadParameter(f"{path} should end in {' or '.join(kinds)}.", param_hint="--out")
        if file is not None and path.exists() and path.samefile(file):
            raise typer.BadParameter(f"{path} is the file itself; the copy needs another name.", param_hint="--out")
    return {path.suffix.lower(): path for path in out}


def _of_file(ctx: typer.Context, file: Path, options: Options, wanted: Mapping[str, Path], *, as_json: bool) -> None:
    from core.runtime.bulk.deduping import plan_records
    from core.runtime.bulk.people_file import open_people
    from core.runtime.clock import SystemClock

    with _work_folder(ctx) as folder, _bar() as at:
        people = open_people(file)
        plan = plan_records(people, folder, options, (SystemClock().now().isoformat(), at))
    for kind, path in wanted.items():
        if kind == ".json":
            plan.write(path)
        else:
            people.write_copy(path, {member: number for number, each in enumerate(plan.groups, 1) for member in each.members})
    if as_json:
        write_json({"plan": plan, "columns": people.columns, "written": [str(path) for path in wanted.values()]})
        return
    say(f"Columns: {', '.join(f'{name} = {column}' for name, column in people.columns.items())}.")
    _show(plan, people.some(_first_members(plan)))
    _tell_written(wanted, people, plan)


def _tell_written(wanted: Mapping[str, Path], people: PeopleFile, plan: DedupePlan) -> None:
    for path in wanted.values():
        say(f"Wrote {path}.")
    if plan.groups and not wanted:
        say(f"Nothing was written. With --out NAME.csv you get a copy of {people.name} with the number of each row's group.")


@contextmanager
def _work_folder(ctx: typer.Context) -> Iterator[Path]:
    """Where what has been compared is kept: in the data folder, or nowhere for long where there is no installation."""
    if config_path(ctx).is_file():
        yield open_installation(ctx).config.data_dir / _FOLDER
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        yield Path(folder)


@contextmanager
def _bar() -> Iterator[Any]:
    with progress("Working:") as at:
        yield lambda what, share: at(f"{what}, {share:.0%}")


def _first_members(plan: DedupePlan) -> list[str]:
    return [member for each in plan.groups[:_SHOWN_GROUPS] for member in each.members[:_SHOWN_MEMBERS]]


def _show(plan: DedupePlan, people: Mapping[str, Mapping[str, Scalar]]) -> None:
    say(f"{plan.records:,} records of {plan.source}, {plan.compared:,} pairs compared.")
    if not plan.groups:
        say("Nobody stands there twice.")
        return
    for number, each in enumerate(plan.groups[:_SHOWN_GROUPS], 1):
        shown = each.members[:_SHOWN_MEMBERS]
        more = f", {len(each.members) - len(shown)} more records" if len(each.members) > len(shown) else ""
        weakest = f", weakest pair {each.least:.1%}" if len(each.members) > 2 else ""
        title = f"Group {number}: {each.certainty:.1%} sure{weakest}{more}"
        write_table(
            title, ["", *shown], [(what, *(_cell(people.get(member, {}), names) for member in shown)) for what, names in _SHOWN.items()]
        )
    if len(plan.groups) > _SHOWN_GROUPS:
        say(f"... and {len(plan.groups) - _SHOWN_GROUPS:,} more groups, less sure ones last ({plan.groups[-1].certainty:.1%}).")
    _show_costs(plan)


def _cell(values: Mapping[str, Scalar], names: tuple[str, ...]) -> str:
    return " ".join(str(values[name]) for name in names if values.get(name) not in (None, ""))


def _show_costs(plan: DedupePlan) -> None:
    costs = plan.costs
    say(f"{len(plan.groups):,} groups, {costs.merges:,} merges ({costs.merges / max(plan.records, 1):.1%} of the records).")
    about = "about " if costs.counted_from < costs.merges else ""
    for connection in sorted({*costs.merged_there, *costs.brought_level}):
        there, level = costs.merged_there.get(connection, 0), costs.brought_level.get(connection, 0)
        say(f"  {connection}: {about}{there:,} merge calls, which cannot be undone there; {about}{level:,} records to write again.")


def dedupe_apply(
    ctx: typer.Context,
    plan: Annotated[Path, typer.Argument(help="A plan of the store that `leadloom dedupe` wrote.", exists=True, dir_okay=False)],
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Merge what a reviewed plan of `leadloom dedupe` says, in your name: each merge with its history, and `leadloom unmerge` for it.

    Groups and members that you take out of the file are not merged. Whom somebody told apart since then stays apart; who is gone
    is told, and the others go on. Stopped and started again, it goes on; a second time changes nothing.
    """
    from core.runtime.bulk.deduping import STORE, apply
    from core.runtime.bulk.plan import read

    found = read(plan)
    if found.source != STORE:
        raise typer.BadParameter(f"{plan} is the plan of a file ({found.source}); only a plan of the store can be carried out.")
    installation = open_installation(ctx)
    merges = sum(len(each.members) - 1 for each in found.groups)
    if not as_json:
        say(f"Plan of {found.made_at}: {len(found.groups):,} groups, {merges:,} merges.")
        _show_costs(found)
    if not (yes or (not as_json and is_interactive() and typer.confirm(f"Make {merges:,} merges?"))):
        complain("Nothing was done." if is_interactive() else "Nothing was done. Repeat the command with --yes.")
        raise typer.Exit(1)
    with installation.reading_store() as store:
        rules = rules_of(installation, store)
    with installation.writing_store() as store, _bar() as at:
        done = apply(store, rules, found, f"person:{actor()}", (installation.clock.now, at))
    if done.merged:
        wake(installation)
    write_json(done) if as_json else _tell(done)
    if done.refused:
        raise typer.Exit(1)


def _tell(done: Applied) -> None:
    say(f"{done.merged:,} merged, {done.known:,} were one already, {len(done.refused):,} refused.")
    if done.merged:
        say("`leadloom unmerge ID` takes one back; `leadloom merges ID` lists them.")
    if done.refused:
        write_table("Refused", ["record", "other", "why"], done.refused)
