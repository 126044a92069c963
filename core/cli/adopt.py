"""`leadloom adopt`: the first sync with a CRM that is full of records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.output import JsonOption, complain, progress, say, write_json
from core.cli.session import choose, is_interactive, open_installation

if TYPE_CHECKING:
    from core.flow.mapping.model import SyncMapping
    from core.runtime.adoption import AdoptionForecast
    from core.runtime.desk.reconciling import Adopted
    from core.runtime.installation import Installation


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(adopt)


def adopt(
    ctx: typer.Context,
    connection: Annotated[str, typer.Argument(help="The connection.")],
    object_name: Annotated[str | None, typer.Argument(metavar="[OBJECT]", help="Only this object of it.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read, and say what would happen.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Take over what is in a CRM already: everything is read and matched with our records before anything is created.

    While it goes on nothing is written to the object. What could be several records, or several people, waits for you in
    `leadloom quarantine list`. A command that was interrupted goes on where it was.
    """
    from core.runtime.desk.reconciling import adopt as take_over
    from core.runtime.desk.reconciling import rehearse_adoption

    installation = open_installation(ctx)
    mappings = _mappings(installation, connection, object_name)
    if dry_run:
        with progress("Reading") as at:
            forecasts = [rehearse_adoption(installation, mapping, lambda read: at(f"{read:,} records")) for mapping in mappings]
        if as_json:
            write_json(forecasts)
        else:
            for forecast in forecasts:
                _show_forecast(forecast)
        return
    _ask(mappings, yes=yes, as_json=as_json)
    with progress("Adopting") as at:
        done = [take_over(installation, mapping, at) for mapping in mappings]
    if as_json:
        write_json(done)
    else:
        for each in done:
            _show(each)
    if any(each.reason_code is not None for each in done):
        raise typer.Exit(1)


def _mappings(installation: Installation, connection: str, object_name: str | None) -> list[SyncMapping]:
    from core.runtime.desk.reconciling import sync_mappings

    choose(connection, installation.config.connections, "connection")
    with installation.reading_store() as store:
        found = [mapping for mapping in sync_mappings(installation, store, connection, None) if mapping.is_two_way]
    if object_name is not None:
        choose(object_name, [mapping.object for mapping in found], f"two-way mapping of '{connection}' for the object")
    elif not found:
        complain(f"No two-way mapping is in force for '{connection}', or it is switched off or cannot be read: there is nothing to adopt.")
        raise typer.Exit(1)
    return [mapping for mapping in found if object_name in (None, mapping.object)]


def _ask(mappings: list[SyncMapping], *, yes: bool, as_json: bool) -> None:
    if yes:
        return
    names = ", ".join(f"{mapping.connection} {mapping.object}" for mapping in mappings)
    if as_json or not is_interactive():
        complain(f"This reads all of {names} and ties it to our records. Look first with --dry-run; if it is meant, repeat with --yes.")
        raise typer.Exit(1)
    if not typer.confirm(f"Read all of {names} and tie it to our records?"):
        say("Nothing was done.")
        raise typer.Exit(1)


def _show_forecast(found: AdoptionForecast) -> None:
    say(f"{found.connection} {found.object} (mapping '{found.mapping}'): {found.records:,} records, {found.calls_used:,} API calls.")
    say(f"  {found.linked:,} are tied already, {found.match:,} of ours match one record, {found.create:,} of ours would be created.")
    say(f"  {found.several_records:,} of ours match several records, {found.several_people:,} records match several of ours: for you.")
    say(f"  {found.strangers:,} records are strangers; {found.taken:,} of them would become leads here.")
    say(f"  {found.fill:,} matched records would be written, since they lack something of ours.")
    kinds = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in found.calls.items() if count)
    left = "" if found.budget_left is None else f" {found.budget_left:,} calls are left today for what can wait."
    say(f"  API calls of the real thing: about {found.calls_needed:,} ({kinds or 'none'}).{left}")
    if found.budget_left is not None and found.calls_needed > found.budget_left:
        say("  It will go on over several days.")
    if not found.looks_up:
        say("  The mapping has no `match`: leads that come later are not looked up before they are created.")
    say("Nothing was written.")


def _show(done: Adopted) -> None:
    name = f"{done.connection} {done.object}"
    if done.is_through:
        say(f"{name}: {done.records:,} records read, {done.missed:,} of ours not shown and asked for by id. Writing goes on.")
        say("What needs a decision is in `leadloom quarantine list`.")
        return
    say(f"{name}: {done.records:,} records read so far, {done.waiting:,} wait for their decision. Until then nothing is written there.")
    if done.reason_code is not None:
        complain(f"It waits: {done.reason_code}: {done.reason} {done.hint or ''}".rstrip())
    say("A running server goes on by itself; without one repeat the command.")
