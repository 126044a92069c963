"""`leadloom undo` and `runs`: find a run, and take back what a delivery run wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.output import JsonOption, ago, complain, say, write_json, write_table
from core.cli.session import actor, is_interactive, open_installation

if TYPE_CHECKING:
    from core.runtime.desk.undo import UndoPlan
    from core.runtime.installation import Installation

ROWS_SHOWN = 100


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(runs)
    app.command()(undo)


def runs(
    ctx: typer.Context,
    lane: Annotated[str | None, typer.Option("--lane", help="Only of this lane, such as deliver:crm:Lead.")] = None,
    limit: Annotated[int, typer.Option(help="Show at most so many.", min=1)] = 20,
    as_json: JsonOption = False,
) -> None:
    """List what lanes did, newest first: the run's id, its lane, when, and counts."""
    from core.runtime.desk.runs import list_runs

    with open_installation(ctx).reading_store() as store:
        found = list_runs(store, limit, lane)
    if as_json:
        write_json(found)
    elif found:
        rows = [(run.id, run.lane, f"{run.started_at:%Y-%m-%d %H:%M:%S}", ago(run.ended_at), _did(run.counts)) for run in found]
        write_table(None, ["run", "lane", "started", "ended", "did"], rows)
    else:
        say("No run is known" + (f" of lane {lane}." if lane else " yet."))


def _did(counts: Any) -> str:
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())


def undo(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(help="A delivery run's id; `leadloom runs` lists them.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    all_of_them: Annotated[
        bool, typer.Option("--all-of-them", help="Do not ask either when more records would change than the safety stop lets pass.")
    ] = False,
    who: Annotated[
        str | None, typer.Option("--actor", help="Who does it, for the audit trail; the user who is logged in, if not said.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Put back what a delivery run changed.

    Each field only if it still is as the run left it. What is put back holds on all sides until somebody says something else.
    The plan is shown first. With --json it is printed, and carried out with --yes alone. This shows personal data.
    """
    from core.runtime.desk.undo import plan_undo
    from core.runtime.releases import running_rules

    installation = open_installation(ctx)
    with installation.reading_store() as store:
        rules = running_rules(installation.config, installation.connections(store).configured(), store)
        plan = plan_undo(store, rules, run)
    if as_json:
        goes_on, reason = _allowed(plan, yes=yes, all_of_them=all_of_them)
    else:
        _show(plan)
        goes_on, reason = _agreed(plan, yes=yes, all_of_them=all_of_them)
    if goes_on:
        _enter(installation, plan, who or actor())
    if as_json:
        write_json({"done": goes_on, "reason": reason, **_data(plan)})
    elif goes_on:
        say("Entered. A running server carries it out now; without one it is done at the next start. `leadloom runs` shows the runs.")
    else:
        complain(reason)
    if not goes_on and (yes or not as_json):
        raise typer.Exit(1)


def _enter(installation: Installation, plan: UndoPlan, who: str) -> None:
    from core.runtime.desk.acts import wake_server
    from core.runtime.desk.undo import enter_undo

    with installation.writing_store() as store:
        enter_undo(store, plan, who, installation.clock.now())
    wake_server(installation)


def _show(plan: UndoPlan) -> None:
    say(f"Run {plan.run.id} of lane {plan.run.lane}, ended {ago(plan.run.ended_at)}: {_did(plan.run.counts) or 'cut off'}")
    back = [(r.person, f"{r.connection} {r.object} {r.remote_id}", r.field, _cell(r.now), _cell(r.back_to)) for r in plan.restores]
    if back:
        write_table("Goes back", ["person", "record", "field", "now", "back to"], back[:ROWS_SHOWN])
        _more(len(back))
    stays = [(s.person, f"{s.connection} {s.object} {s.remote_id or ''}".strip(), s.field or "(all)", s.why) for s in plan.stays]
    if stays:
        write_table("Stays", ["person", "record", "field", "why"], stays[:ROWS_SHOWN])
        _more(len(stays))


def _more(count: int) -> None:
    if count > ROWS_SHOWN:
        say(f"and {count - ROWS_SHOWN:,} more; --json lists all")


def _cell(value: Any) -> str:
    return "(empty)" if value in (None, "") else str(value)


def _size(plan: UndoPlan) -> str:
    return f"{len(plan.restores):,} fields of {plan.records:,} records"


def _allowed(plan: UndoPlan, *, yes: bool, all_of_them: bool) -> tuple[bool, str]:
    """Whether it may go on without a question, and if not, why not."""
    if not plan.restores:
        return False, "Nothing of it can be put back."
    if plan.is_many and not all_of_them:
        share = f"{plan.records:,} of {plan.of:,} records there would change, more than the safety stop lets pass."
        return False, f"{share} Nothing was done. If it is meant, repeat the command with --yes --all-of-them."
    return (True, "") if yes else (False, f"{_size(plan)} would go back. Nothing was done. Repeat the command with --yes.")


def _agreed(plan: UndoPlan, *, yes: bool, all_of_them: bool) -> tuple[bool, str]:
    """Ask where it is needed and somebody can answer."""
    goes_on, reason = _allowed(plan, yes=yes, all_of_them=all_of_them)
    if goes_on or not plan.restores or not is_interactive():
        return goes_on, reason
    told = f"{plan.records:,} of {plan.of:,} records there would change, more than usual. " if plan.is_many else ""
    return typer.confirm(f"{told}Put back {_size(plan)}?"), "Nothing was done."


def _data(plan: UndoPlan) -> dict[str, Any]:
    counted = {"records": plan.records, "of": plan.of, "is_many": plan.is_many}
    return {"run": plan.run, **counted, "restores": plan.restores, "stays": plan.stays}
