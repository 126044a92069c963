"""`leadloom explain`: where a golden value came from, and where it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.output import JsonOption, complain, say, write_json, write_table
from core.cli.session import choose, open_installation

if TYPE_CHECKING:
    from core.runtime.desk.origins import Carried, FieldOrigin, Said


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)


def explain(
    ctx: typer.Context,
    lead: Annotated[str, typer.Argument(help="An e-mail address, a lead's id, link:ID or inbox:NUMBER.")],
    field: Annotated[str, typer.Argument(help="A field of ours, such as phone.")],
    as_json: JsonOption = False,
) -> None:
    """Show where a value came from, over all merges.

    Who said it, when and by which line of which mapping; what the others said and why it lost; and what each CRM got of it.
    """
    from core.runtime.desk.origins import field_origin, known_fields
    from core.runtime.desk.questions import find_people

    installation = open_installation(ctx)
    with installation.reading_store() as store:
        people = find_people(store, lead.removeprefix("lead:"))
        if not people:
            complain(f"Nobody is known as '{lead}'. Perhaps the submission is in quarantine: run `leadloom quarantine list`.")
            raise typer.Exit(1)
        if not field.startswith("x_"):
            choose(field, known_fields(people), "field")
        origins = [field_origin(store, person, field, installation.connections(store).configured()) for person in people]
    if as_json:
        write_json(origins)
    for origin in origins if not as_json else ():
        _show(origin)
    if not any(origin.said for origin in origins):
        raise typer.Exit(1)


def _show(origin: FieldOrigin) -> None:
    if not origin.said:
        complain(f"{origin.subject} {origin.id}: nobody ever said anything about '{origin.field}'.")
        return
    winner, others = origin.said[0], origin.said[1:]
    say(f"{origin.subject} {origin.id}: {origin.field} is {_shown(winner.value)}")
    for label, text in _story(winner):
        say(f"  {label:<10} {text}")
    if others:
        rows = [(_shown(s.value), s.observer, f"{s.at:%Y-%m-%d %H:%M}", f"{s.path} ({_place(s)})", _from(s), s.why) for s in others]
        write_table("What else was said", ["value", "said by", "at", "read from", "came with", "lost because"], rows)
    for line in origin.apart:
        say(line)
    if origin.carried:
        write_table(
            "In the CRMs", ["where", "field", "wanted", "sent", "seen", "mapping", "state"], [_row(each) for each in origin.carried]
        )


def _story(said: Said) -> list[tuple[str, str]]:
    told = [
        ("said by", f"{said.observer} (authority {said.authority}) at {said.at:%Y-%m-%d %H:%M:%S}"),
        ("came with", _from(said)),
        ("mapping", _place(said)),
        ("line", said.written or "this version of the mapping is not kept"),
        ("read from", f"{said.path} = {_shown(said.raw)}" if said.path else ""),
        ("steps", " -> ".join(said.steps)),
    ]
    return [(label, text) for label, text in told if text]


def _place(said: Said) -> str:
    line = f" line {said.line}" if said.line else ""
    return f"{said.mapping} {said.mapping_version}{line}"


def _from(said: Said) -> str:
    merged = f", said of {said.merged_from} before the merge" if said.merged_from else ""
    return f"{said.submission or 'no submission'}{merged}"


def _row(carried: Carried) -> list[str]:
    where = f"{carried.connection} {carried.object} {carried.remote_id or '(no record there yet)'}"
    by = f"{carried.mapping} {carried.wanted_by} line {carried.line}"
    by += f", sent by {carried.sent_by}" if carried.sent_by not in (None, carried.wanted_by) else ""
    cells = [_cell(value) for value in (carried.wanted, carried.sent, carried.seen)]
    return [where, carried.field, *cells, by, " ".join(word for word in (carried.state.replace("_", " "), carried.note) if word)]


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _shown(value: Any) -> str:
    return "empty" if value is None else repr(value)
