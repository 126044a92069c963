"""`leadloom mapping`: looking at mappings and trying them, without anything being written or sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli import mapping_check, mapping_new, mapping_schema
from core.cli.output import JsonOption, complain, console, say, write_json, write_table
from core.cli.previewed import show_preview
from core.cli.session import open_installation

if TYPE_CHECKING:
    from core.flow.mapping.model import AnyMapping
    from core.runtime.desk.mappings import ListedMapping, Shown
    from core.runtime.installation import Installation
    from core.runtime.mapping_preview import Preview
    from core.runtime.mapping_trial import Trial
    from core.runtime.mappings import MappingSet

_group = typer.Typer(help="Look at mappings, check them and try them on records.", no_args_is_help=True)
FilesArgument = Annotated[list[str] | None, typer.Argument(metavar="[FILES]...", help="Files or names of mappings; absent: all.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="mapping")


@_group.command("list")
def list_mappings(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """List the mapping files: what each connects, its version, since when it is in force, and its problems."""
    from core.runtime.desk.mappings import listed_mappings

    installation = open_installation(ctx)
    with installation.reading_store() as store:
        rows = listed_mappings(installation, store)
    if as_json:
        write_json(rows)
    elif rows:
        columns = ["file", "name", "kind", "reads or writes", "version", "in force since", "examples"]
        write_table(None, columns, [_listed(row) for row in rows])
    else:
        say(f"There is no mapping in {installation.config.mappings_dir}. Run `leadloom mapping new CONNECTION` for a first one.")
    for row in rows if not as_json else ():
        for problem in row.problems:
            complain(problem)
    if any(row.problems for row in rows):
        raise typer.Exit(1)


def _listed(row: ListedMapping) -> list[str]:
    place = f"{row.connection} {row.object or '(all objects)'}"
    ways = {"inbound": f"{place} → {row.subject}", "sync": f"{row.subject} → {place}"}
    return [row.file, row.name, row.kind, ways.get(row.kind, ""), row.version, _in_force(row), str(row.examples) if row.kind else ""]


def _in_force(row: ListedMapping) -> str:
    if row.running is None:
        return "broken" if row.problems else "not in force"
    since = f"{row.since:%Y-%m-%d %H:%M}" if row.since else ""
    if row.problems:
        return f"broken; {row.running} goes on"
    return since if row.running == row.version else f"edited; {row.running} is, since {since}"


@_group.command()
def test(ctx: typer.Context, files: FilesArgument = None, as_json: JsonOption = False) -> None:
    """Run the examples that stand in the mapping files.

    Where one fails, each field is shown with what was expected, what was found, and where that came from. Ends with 1 then.
    """
    trials, is_whole = _tried(ctx, files)
    if as_json:
        write_json([{**_counts(trial), "examples": trial.examples} for trial in trials])
    for trial in trials if not as_json else ():
        _show_trial(trial)
    count, failed = sum(len(trial.examples) for trial in trials), sum(trial.failed for trial in trials)
    if not as_json:
        summary = f"{_many(count, 'example')} in {_many(len(trials), 'file')}"
        say(f"{summary}: {failed} failed." if failed else f"{summary}: all as expected." if count else f"{summary}.")
    if failed or not is_whole:
        raise typer.Exit(1)


def _show_trial(trial: Trial) -> None:
    if not trial.examples:
        say(f"{trial.name}: no examples. Write some under `examples:`, each with `given:` and `expect:`.")
    elif not trial.failed:
        say(f"{trial.name}: {_many(len(trial.examples), 'example')} as expected")
    else:
        say(f"{trial.name}: {trial.failed} of {_many(len(trial.examples), 'example')} failed")
    for tried in trial.examples:
        if tried.passed:
            continue
        say(f"  {trial.file}:{tried.line}: {tried.name}")
        if tried.message:
            say(f"    {tried.message}")
        for wrong in tried.wrong:
            say(f"    {wrong.field}")
            say(f"      expected  {_value(wrong.expected)}")
            say(f"      found     {_value(wrong.found)}")
            say(f"      because   {wrong.why}")


def _value(value: object) -> str:
    return "no value" if value is None else repr(value)


@_group.command()
def cover(ctx: typer.Context, files: FilesArgument = None, as_json: JsonOption = False) -> None:
    """List the lines, alternatives and defaults that no example exercises."""
    trials, is_whole = _tried(ctx, files)
    if as_json:
        write_json([{**_counts(trial), "ways": trial.ways, "covered": trial.covered, "missed": trial.missed} for trial in trials])
    for trial in trials if not as_json else ():
        say(f"{trial.name}: {_share(trial)} covered ({trial.covered} of {_many(trial.ways, 'way')} through its lines)")
        for missed in trial.missed:
            say(f"  {trial.file}:{missed.line}: {missed.target}: {missed.what}")
    if not is_whole:
        raise typer.Exit(1)


def _share(trial: Trial) -> str:
    return f"{trial.covered * 100 // trial.ways if trial.ways else 100} %"


def _counts(trial: Trial) -> dict[str, object]:
    return {"file": trial.file, "name": trial.name, "failed": trial.failed}


@_group.command()
def show(
    ctx: typer.Context,
    mapping: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A mapping's name, or its file.")],
    compiled: Annotated[bool, typer.Option("--compiled", help="Show the Python that it is compiled to.")] = False,
    version: Annotated[str | None, typer.Option(help="Show a version that ran once, by the beginning of its id.")] = None,
) -> None:
    """Show a mapping as it is written, or as it is compiled."""
    from core.runtime.desk.mappings import kept_mapping, shown_mapping
    from core.runtime.mapping_trial import compiled_source

    installation = open_installation(ctx)
    with _named():
        if version is None:
            shown = shown_mapping(installation, mapping)
        else:
            with installation.reading_store() as store:
                shown = kept_mapping(installation, store, mapping, version)
    if not compiled:
        _print_source(shown.text, "yaml")
    elif shown.file is not None:
        _print_source(compiled_source(shown.file.mapping), "python")
    _complain_of(shown)


def _complain_of(shown: Shown) -> None:
    for problem in shown.problems:
        complain(str(problem))
    if shown.problems:
        raise typer.Exit(1)


def _print_source(text: str, language: str) -> None:
    if not console().is_terminal:
        typer.echo(text, nl=not text.endswith("\n"))
        return
    from rich.syntax import Syntax

    console().print(Syntax(text.rstrip("\n"), language, theme="ansi_dark", background_color="default", word_wrap=True))


@_group.command()
def preview(
    ctx: typer.Context,
    mapping: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A mapping's name, or its file; it need not be in force.")],
    record: Annotated[
        str,
        typer.Option(
            "--record",
            "--file",
            metavar="RECORD|FILE",
            help="inbox:NUMBER for an inbound mapping, lead:ID for a sync mapping; or a JSON file with one record or a list of them.",
        ),
    ],
    back: Annotated[bool, typer.Option("--back", help="Sync: read the CRM's record back into our fields.")] = False,
    through: Annotated[bool, typer.Option("--through", help="Inbound: show also what each sync mapping would send then.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what a mapping makes of a record, field by field, and why; nothing is written or sent.

    What was read and where, each transform with the value after it, and what is refused. Ends with 1 when it is. Shows personal
    data.
    """
    installation = open_installation(ctx)
    chosen = _one_mapping(installation, mapping)
    _check_way(chosen, back=back, through=through)
    with _named():
        previews = _previews(installation, chosen, record, back=back, through=through)
    if as_json:
        write_json(previews)
    for each in previews if not as_json else ():
        show_preview(each)
    if any(each.refused for each in previews):
        raise typer.Exit(1)


def _one_mapping(installation: Installation, word: str) -> AnyMapping:
    from core.runtime.desk.mappings import shown_mapping

    with _named():
        shown = shown_mapping(installation, word)
    _complain_of(shown)
    if shown.file is None:
        raise typer.Exit(1)
    return shown.file.mapping


def _check_way(mapping: AnyMapping, *, back: bool, through: bool) -> None:
    from core.flow.mapping.model import InboundMapping

    is_inbound = isinstance(mapping, InboundMapping)
    if back and is_inbound:
        raise typer.BadParameter(f"'{mapping.name}' is an inbound mapping; only a sync mapping is read back.", param_hint="--back")
    if through and not is_inbound:
        raise typer.BadParameter(f"'{mapping.name}' is a sync mapping already.", param_hint="--through")


def _previews(installation: Installation, mapping: AnyMapping, record: str, *, back: bool, through: bool) -> list[Preview]:
    from core.runtime.desk.mappings import all_mappings
    from core.runtime.mapping_preview import preview_sample, preview_stored, read_samples

    syncs = all_mappings(installation).rules().sync if through else ()
    path = Path(record)
    if path.suffix == ".json" or path.is_file():
        samples = read_samples(path)
        names = [path.name if len(samples) == 1 else f"{path.name}, record {n}" for n in range(1, len(samples) + 1)]
        pairs = zip(samples, names, strict=True)
        return [preview_sample(mapping, sample, name, is_back=back, through=syncs) for sample, name in pairs]
    with installation.reading_store() as store:
        return preview_stored(store, mapping, record, is_back=back, through=syncs)


def _tried(ctx: typer.Context, words: list[str] | None) -> tuple[list[Trial], bool]:
    """Run the examples of the files that are sound; tells whether all of them are."""
    from core.runtime.desk.mappings import chosen_mappings
    from core.runtime.mapping_trial import try_examples

    installation = open_installation(ctx)
    with _named():
        found: MappingSet = chosen_mappings(installation, words or ())
    for problem in found.problems:
        complain(str(problem))
    return [try_examples(file) for file in found.files], not found.problems


@contextmanager
def _named() -> Iterator[None]:
    """Word a mapping or a record that there is not."""
    from core.runtime.desk.mappings import NoSuchMapping
    from core.runtime.mapping_preview import NoSuchRecord

    try:
        yield
    except NoSuchMapping as error:
        raise typer.BadParameter(str(error)) from error
    except NoSuchRecord as error:
        complain(str(error))
        raise typer.Exit(1) from error


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


for _commands in (mapping_check, mapping_new, mapping_schema):
    _commands.add_to(_group)
