"""`leadloom leads`: one person with everything that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.output import JsonOption, ago, complain, say, write_json, write_table
from core.cli.session import open_installation

if TYPE_CHECKING:
    from core.runtime.desk.questions import Person, ShownLink

_group = typer.Typer(help="Look at people and what is known about them.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="leads")


@_group.command()
def show(
    ctx: typer.Context,
    who: Annotated[str, typer.Argument(help="An e-mail address, a lead's id, link:ID or inbox:NUMBER.")],
    as_json: JsonOption = False,
) -> None:
    """Show a person with everything that is known.

    Each value with its origin, what each observer said, consents, and every CRM record with what was sent and seen.
    """
    from core.runtime.desk.questions import find_people

    with open_installation(ctx).reading_store() as store:
        people = find_people(store, who)
    if as_json:
        write_json(people)
    for person in people if not as_json else ():
        _show(person)
    if not people:
        complain(f"Nobody is known as '{who}'. Perhaps the submission is in quarantine: run `leadloom quarantine list`.")
        raise typer.Exit(1)


def _show(person: Person) -> None:
    say(f"{person.subject} {person.id}, known since {person.created_at:%Y-%m-%d %H:%M}, last changed {ago(person.updated_at)}")
    values = [(v.field, v.value, v.observer, v.path, f"{v.at:%Y-%m-%d %H:%M}") for v in person.values]
    write_table("Values", ["field", "value", "said by", "read from", "at"], values)
    said = [
        (f"{o.at:%Y-%m-%d %H:%M}", o.observer, o.authority, o.mapping, _inbox(o.inbox_id), _fields(o.values)) for o in person.observations
    ]
    write_table("Observations", ["at", "observer", "authority", "mapping", "submission", "values"], said)
    if person.consents:
        consents = [(f"{c.at:%Y-%m-%d %H:%M}", c.purpose, "granted" if c.granted else "withdrawn", c.source) for c in person.consents]
        write_table("Consents", ["at", "purpose", "", "source"], consents)
    for link in person.links:
        show_link(link)


def show_link(link: ShownLink) -> None:
    """Write one link: state, reason, its fields side by side, and the attempts."""
    say(f"{link.connection} {link.object} {link.remote_id or '(no record there yet)'}: {_standing(link)}")
    say(f"  link:{link.id}, {link.role}, mapping '{link.mapping}'")
    names = dict.fromkeys([*link.wanted, *link.sent, *link.seen, *link.refused])
    rows = [(n, _cell(link.wanted, n), _cell(link.sent, n), _cell(link.seen, n), _mark(link, n)) for n in names]
    write_table(None, ["field", "wanted", "sent", "seen", ""], rows)
    if link.attempts:
        tried = [(f"{a.at:%Y-%m-%d %H:%M:%S}", a.run, a.effect, a.error_code, _fields(a.before), _fields(a.after)) for a in link.attempts]
        write_table("Attempts", ["at", "run", "effect", "error", "before", "after"], tried)


def _standing(link: ShownLink) -> str:
    words = link.state.replace("_", " ")
    if link.next_at is not None:
        words += f", next {ago(link.next_at)}"
    if link.reason:
        words += f". {link.reason} {link.hint or ''}".rstrip()
    return words


def _mark(link: ShownLink, name: str) -> str:
    if name in link.refused:
        return f"refused: {link.refused[name]}"
    return link.frozen.get(name) or ("diverged" if name in link.diverged else "")


def _cell(values: Any, name: str) -> str:
    return str(values[name]) if name in values and values[name] is not None else ("(empty)" if name in values else "")


def _fields(values: Any) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _inbox(inbox_id: int | None) -> str:
    return "" if inbox_id is None else f"inbox:{inbox_id}"
