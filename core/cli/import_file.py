"""`leadloom import`: a CSV or Excel file that lies on somebody's disk, looked at first and then taken in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.output import JsonOption, complain, progress, say, write_json, write_table
from core.cli.session import is_interactive, open_installation

if TYPE_CHECKING:
    from core.runtime.import_plan import Outlook
    from core.runtime.importing import Imported, ImportPlan

_SHOWN = 40
"""Characters of a value that are shown."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_file)


def import_file(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The CSV or Excel file.")],
    connection: Annotated[
        str | None, typer.Option("--connection", help="The connection of connector spreadsheet; absent: the only one.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read the file, and say what would happen.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Import the rows of a CSV or Excel file: shows how it is read and what would happen, asks, and takes the rows in.

    Where no mapping reads the connection yet, one is suggested from the columns. The same file again changes nothing.
    """
    from core.runtime.importing import choose_connection, plan_import, run_import

    installation = open_installation(ctx)
    name = choose_connection(installation, connection)
    with progress("Reading") as at:
        plan = plan_import(installation, file, name, lambda rows: at(f"{rows:,} rows"))
    if not as_json:
        _show(plan)
    if dry_run:
        write_json(plan) if as_json else say("Nothing was written.")
        return
    _ask(plan, yes=yes, as_json=as_json)
    with progress("Importing") as at:
        done = run_import(installation, plan, lambda rows: at(f"{rows:,} rows"))
    write_json({"plan": plan, "done": done}) if as_json else _tell(plan, done)


def _show(plan: ImportPlan) -> None:
    for note in plan.notes or (plan.file.name,):
        say(note)
    heads = ["column", *(f"row {number}" for number in range(1, len(plan.columns[0].values) + 1))] if plan.columns else ["column"]
    rows = [(each.name, *(_short(value) for value in each.values), each.becomes or "(not used)") for each in plan.columns]
    write_table(None, [*heads, "becomes"], rows)
    told = "suggested from the columns; it is written before anything is imported" if plan.draft else "in force"
    say(f"Connection '{plan.connection}', mapping '{plan.mapping}' ({told}).")
    _show_outlook(plan.outlook)


def _show_outlook(found: Outlook) -> None:
    say(f"{found.rows:,} rows looked at{'' if found.is_whole else '; the file has more'}:")
    counts = (
        (found.new_people, "people who are new"),
        (found.known, "rows about people who are known; their records are updated by the mapping's authority"),
        (found.doubled, "more rows about people who stand further up in the file"),
        (found.refused, "rows that the mapping refuses; they wait in quarantine"),
        (found.unreadable, "rows that cannot be read; they wait in quarantine"),
        (found.imported, "rows that were imported before; nothing happens"),
    )
    for count, words in counts:
        if count:
            say(f"  {count:,} {words}")
    for reason, count in found.problems.items():
        say(f"    {count:,} x {reason}")


def _ask(plan: ImportPlan, *, yes: bool, as_json: bool) -> None:
    if yes:
        return
    if as_json or not is_interactive():
        complain("Nothing was imported. Look first with --dry-run; if it is meant, repeat with --yes.")
        raise typer.Exit(1)
    if not typer.confirm(f"Import {plan.outlook.to_store:,}{'' if plan.outlook.is_whole else ' and more'} rows?"):
        say("Nothing was imported.")
        raise typer.Exit(1)


def _tell(plan: ImportPlan, done: Imported) -> None:
    if done.wrote is not None:
        say(f"Wrote {done.wrote}. It is in force; correct it whenever you like.")
    if not done.stored:
        say(f"Nothing new: all {done.known:,} rows were imported before.")
        return
    ended = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in sorted(done.outcomes.items()))
    say(f"{done.stored:,} rows imported ({ended}); {done.known:,} were there already.")
    if done.outcomes.get("quarantined"):
        say(f"See what waits, and why, with `leadloom quarantine list --connection {plan.connection}`.")
    if done.reason is not None:
        complain(f"The decision waits: {done.reason}")
    say(
        "What the CRMs get is on its way: `leadloom status` shows it."
        if done.is_served
        else "The CRMs get them as soon as `leadloom serve` runs."
    )


def _short(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
