"""`leadloom quarantine`: what waits for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.leads import show_link
from core.cli.output import JsonOption, ago, complain, say, write_json, write_table
from core.cli.session import actor, choose, open_installation

if TYPE_CHECKING:
    from core.runtime.desk.questions import QuarantinedSubmission
    from core.runtime.installation import Installation

_group = typer.Typer(help="See, correct and replay what could not be processed.", no_args_is_help=True)
ConnectionOption = Annotated[str | None, typer.Option("--connection", help="Only of this connection.")]
ReasonOption = Annotated[str | None, typer.Option("--reason", help="Only with this reason code, such as invalid_value.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="quarantine")


@_group.command("list")
def list_items(
    ctx: typer.Context,
    connection: ConnectionOption = None,
    reason: ReasonOption = None,
    limit: Annotated[int, typer.Option(help="Show at most so many.", min=1)] = 200,
    as_json: JsonOption = False,
) -> None:
    """List what waits for a person, with reason and remedy."""
    from core.runtime.desk.questions import list_quarantine

    installation = open_installation(ctx)
    _known(installation, connection)
    with installation.reading_store() as store:
        items = list_quarantine(store, connection=connection, reason=reason, limit=limit)
    if as_json:
        write_json(items)
    elif items:
        rows = [(item.id, item.connection, item.object, ago(item.since), item.reason_code, item.reason, item.hint) for item in items]
        write_table(None, ["id", "connection", "object", "since", "code", "reason", "what to do"], rows)
    else:
        say("Nothing is in quarantine.")


@_group.command()
def show(
    ctx: typer.Context,
    item: Annotated[str, typer.Argument(help="inbox:NUMBER or link:ID.")],
    as_json: JsonOption = False,
    raw: Annotated[bool, typer.Option("--raw", help="Write a submission's raw body and nothing else, byte for byte.")] = False,
) -> None:
    """Show one item opened.

    A submission shows its record and the raw body as it came, a link its fields. This is personal data.
    """
    if raw and (as_json or item.startswith("link:")):
        raise typer.BadParameter("Only a submission has a raw body; --raw goes without --json.")
    with open_installation(ctx).reading_store() as store:
        found = _opened(store, item)
    if found is None:
        complain(f"{item} is not in quarantine. `leadloom quarantine list` shows what is.")
        raise typer.Exit(1)
    if raw:
        _write_raw(found)
    elif as_json:
        write_json(found)
    elif item.startswith("link:"):
        show_link(found)
    else:
        _show_submission(found)


def _opened(store: Any, item: str) -> Any:
    from core.runtime.desk.questions import find_people, open_submission

    if not item.startswith("link:"):
        return open_submission(store, _number(item))
    links = [link for person in find_people(store, item) for link in person.links]
    return next((link for link in links if f"link:{link.id}" == item and link.state == "parked"), None)


def _write_raw(found: QuarantinedSubmission) -> None:
    if found.raw is None:
        complain(f"{found.item.id} was read, not pushed: there is no raw body of it.")
        raise typer.Exit(1)
    typer.echo(found.raw, nl=False)


def _show_submission(found: QuarantinedSubmission) -> None:
    item = found.item
    say(f"{item.id} of '{item.connection}' ({item.object or 'no object'}), received {found.received_at:%Y-%m-%d %H:%M:%S} by {found.way}")
    say(f"{item.reason_code}: {item.reason}")
    if item.hint:
        say(f"What to do: {item.hint}")
    write_table("Record", ["field", "value"], list(found.fields.items()))
    if found.raw is not None:
        say("Raw body:")
        say(found.raw.decode("utf-8", "replace"))


@_group.command()
def replay(
    ctx: typer.Context,
    items: Annotated[list[str] | None, typer.Argument(help="inbox:NUMBER or link:ID; several may be given.")] = None,
    connection: ConnectionOption = None,
    reason: ReasonOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything that is in quarantine but spam and deletions of a source.")] = False,
) -> None:
    """Send items through again.

    Name them, or say which with --connection, --reason or --all.
    """
    from core.runtime.desk.acts import matching_ids
    from core.runtime.desk.acts import replay as take_out

    installation = open_installation(ctx)
    _known(installation, connection)
    if bool(items) == bool(connection or reason or everything):
        raise typer.BadParameter("Name the items, or say which with --connection, --reason or --all (not both).")
    for item in items or []:
        _number(item)
    with installation.writing_store() as store:
        ids = items or matching_ids(store, connection=connection, reason=reason)
        count = take_out(store, installation.clock, actor(), ids)
    _wake(installation)
    say(f"{count} of {len(ids)} sent through again.")
    if count < len(ids):
        complain("The others are not in quarantine (any more), or nothing is stored of them that could be read again.")
        raise typer.Exit(1)


@_group.command()
def edit(
    ctx: typer.Context,
    item: Annotated[str, typer.Argument(help="inbox:NUMBER.")],
    changes: Annotated[
        list[str], typer.Option("--set", metavar="FIELD=VALUE", help="The field as the vendor calls it; FIELD:=JSON for other than text.")
    ],
    then_replay: Annotated[bool, typer.Option("--replay", help="Send it through again at once.")] = False,
) -> None:
    """Correct fields of a quarantined submission.

    The raw body stays as it came; the audit trail names the fields, not their values.
    """
    from core.runtime.desk.acts import edit as correct
    from core.runtime.desk.acts import replay as take_out

    if item.startswith("link:"):
        raise typer.BadParameter("A link has no record of its own: correct the lead in its source or the mapping, then replay the link.")
    number = _number(item)
    values = dict(_change(each) for each in changes)
    installation = open_installation(ctx)
    with installation.writing_store() as store:
        correct(store, installation.clock, actor(), number, values)
        if then_replay:
            take_out(store, installation.clock, actor(), [f"inbox:{number}"])
    _wake(installation)
    say(f"inbox:{number}: {', '.join(sorted(values))} corrected" + (" and sent through again." if then_replay else "."))


@_group.command()
def accept(ctx: typer.Context, items: Annotated[list[str], typer.Argument(help="inbox:NUMBER; several may be given.")]) -> None:
    """Take bought leads that were not accepted.

    Neither the rules of their mapping nor doubles nor caps count for them. They are paid for like all others.
    """
    from core.runtime.desk.acts import overrule

    if any(item.startswith("link:") for item in items):
        raise typer.BadParameter("A link is no bought lead; name submissions: inbox:NUMBER.")
    for item in items:
        _number(item)
    installation = open_installation(ctx)
    with installation.writing_store() as store:
        count = overrule(store, installation.clock, actor(), items)
    _wake(installation)
    say(f"{count} of {len(items)} taken.")
    if count < len(items):
        complain("The others are not in quarantine as bought leads that were not accepted.")
        raise typer.Exit(1)


@_group.command("release-unverified")
def release_unverified(
    ctx: typer.Context,
    connection: Annotated[str, typer.Argument(help="The connection whose secret was corrected.")],
    discard_rest: Annotated[bool, typer.Option("--discard-rest", help="Throw away what is still not signed as it should be.")] = False,
) -> None:
    """Take in what was refused for its signature.

    Deliveries of platforms that do not send again are held. Each is verified with the secrets that are configured now;
    those that pass are taken in as if they had just come, the others stay.
    """
    from core.runtime.desk.unverified import Desk, release

    installation = open_installation(ctx)
    _known(installation, connection)
    with installation.writing_store() as store:
        connections = installation.connections(store)
        try:
            connector = connections.open(connection).connector
            done = release(Desk(store, installation.clock, actor(), connection, connector), discard_rest=discard_rest)
        finally:
            connections.close()
    _wake(installation)
    say(f"{done.deliveries} released with {done.submissions} submissions, {done.discarded} discarded, {done.left} still held.")
    if done.left:
        complain("Those still held are not signed with the configured secrets: correct the secret, or throw them away with --discard-rest.")
        raise typer.Exit(1)


def _change(text: str) -> tuple[str, Any]:
    import orjson

    name, equals, value = text.partition("=")
    if not equals or not name.strip(":"):
        raise typer.BadParameter(f"'{text}' is not FIELD=VALUE.", param_hint="--set")
    if not name.endswith(":"):
        return name, value
    try:
        return name[:-1], orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise typer.BadParameter(f"'{value}' is not JSON.", param_hint="--set") from error


def _number(item: str) -> int:
    from core.runtime.desk.acts import inbox_number

    if item.startswith("link:"):
        return 0
    try:
        return inbox_number(item)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _known(installation: Installation, connection: str | None) -> None:
    if connection is not None:
        choose(connection, installation.config.connections, "connection")


def _wake(installation: Installation) -> None:
    """Tell a running server that there is work; without one it is found at the next start."""
    from core.runtime.desk.acts import wake_server

    wake_server(installation)
