"""`leadloom conflicts`: where the two sides are left different, and a person's word on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from core.cli.output import JsonOption, ago, say, write_json, write_table
from core.cli.session import actor, choose, open_installation

if TYPE_CHECKING:
    from core.flow.pipeline import Rules
    from core.runtime.desk.conflicts import Conflict, Decision, Elsewhere
    from core.runtime.installation import Installation

_group = typer.Typer(help="See where the sides are left different, and decide it.", invoke_without_command=True)
ConnectionOption = Annotated[str | None, typer.Option("--connection", help="Only of this connection.")]
ObjectOption = Annotated[str | None, typer.Option("--object", help="Only of this object there, such as Contact.")]
KindOption = Annotated[
    Literal["diverged", "frozen", "held", "double", "ambiguous", "unreadable"] | None,
    typer.Option("--kind", help="Only of this kind: diverged, frozen, held, double, ambiguous or unreadable."),
]
LimitOption = Annotated[int, typer.Option(help="Show at most so many.", min=1)]
WhatArgument = Annotated[
    tuple[str, str], typer.Argument(metavar="LINK FIELD", help="link:ID as the list shows it, and the field as the CRM calls it.")
]
ActorOption = Annotated[
    str | None, typer.Option("--actor", help="Who decides, for the audit trail; the user who is logged in, if not said.")
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="conflicts")


@_group.callback()
def conflicts(
    ctx: typer.Context,
    connection: ConnectionOption = None,
    object_name: ObjectOption = None,
    kind: KindOption = None,
    limit: LimitOption = 200,
    as_json: JsonOption = False,
) -> None:
    """See where the sides are left different, and decide it. Without a command behind it, it lists."""
    if ctx.invoked_subcommand is None:
        list_conflicts(ctx, connection, object_name, kind, limit, as_json)
    elif (connection, object_name, kind, limit, as_json) != (None, None, None, 200, False):
        raise typer.BadParameter(f"Write the options behind `{ctx.invoked_subcommand}`.")


@_group.command("list")
def list_conflicts(
    ctx: typer.Context,
    connection: ConnectionOption = None,
    object_name: ObjectOption = None,
    kind: KindOption = None,
    limit: LimitOption = 200,
    as_json: JsonOption = False,
) -> None:
    """List fields that are left different, frozen or held, and records of which it is not clear whose they are.

    This shows personal data.
    """
    from core.runtime.desk import conflicts as desk

    installation = open_installation(ctx)
    if connection is not None:
        choose(connection, installation.config.connections, "connection")
    chosen = desk.Filter(connection, object_name, desk.Kind(kind) if kind else None)
    with installation.reading_store() as store:
        found = desk.list_conflicts(store, _rules(installation, store), chosen, limit)
    if as_json:
        write_json(found)
        return
    _show([each for each in found if each.field], [each for each in found if not each.field])
    if len(found) == limit:
        say(f"The first {limit} are shown; --limit shows more.")


def _show(fields: list[Conflict], records: list[Conflict]) -> None:
    for each in fields:
        say(f"{each.kind}: {each.connection} {each.object} {each.remote_id}, field {each.field} ({each.mapping}), since {ago(each.since)}")
        say(f"  person {each.person}, {each.link}")
        say(f"  ours {_cell(each.ours)}, sent {_cell(each.sent)}, theirs {_cell(each.theirs)}")
        for other in each.elsewhere:
            say(f"  also {_other(other)}")
        say(f"  {each.why}")
    if fields:
        say("Decide one: leadloom conflicts resolve LINK FIELD --ours, --theirs or --value VALUE.")
    if records:
        rows = [
            (each.kind, each.person, each.link, each.connection, each.object, each.remote_id, ago(each.since), each.why, each.hint)
            for each in records
        ]
        columns = ["kind", "person", "link", "connection", "object", "record", "since", "why", "what to do"]
        write_table("Records that wait", columns, rows)
    if not fields and not records:
        say("Nothing is left different.")


def _other(other: Elsewhere) -> str:
    where = f"{other.connection} {other.object} {other.remote_id or '(no record there yet)'}, field {other.field} ({other.mapping})"
    return f"{where}: ours {_cell(other.ours)}, theirs {_cell(other.theirs)}"


def _cell(value: Any) -> str:
    return "(empty)" if value in (None, "") else repr(value) if isinstance(value, str) else str(value)


@_group.command()
def resolve(
    ctx: typer.Context,
    what: WhatArgument,
    ours: Annotated[
        bool | None, typer.Option("--ours/--theirs", help="Whose value stands: ours is written there, theirs goes into our record.")
    ] = None,
    value: Annotated[str | None, typer.Option("--value", help="Neither: this stands, in the CRM's own words; '' empties.")] = None,
    who: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide a field that is left different.

    What is decided holds on all sides until somebody says something else.
    """
    from core.runtime.desk import conflicts as desk
    from core.runtime.desk.acts import wake_server

    if (ours is None) is (value is None):
        raise typer.BadParameter("Say whose value stands: --ours, --theirs or --value VALUE (one of them).")
    side = desk.Side.VALUE if ours is None else desk.Side.OURS if ours else desk.Side.THEIRS
    installation = open_installation(ctx)
    with installation.writing_store() as store:
        decision = desk.decide(store, _rules(installation, store), what, (side, value))
        desk.enter(store, installation.clock.now(), who or actor(), decision)
    wake_server(installation)
    if as_json:
        told = {"link": f"link:{decision.link.id}", "person": decision.link.golden_id, "field": decision.field, "value": decision.value}
        write_json({**told, "golden": decision.golden, "follows": decision.follows})
    else:
        _tell(decision)


def _tell(decision: Decision) -> None:
    link = decision.link
    say(f"{decision.field} of {link.connection} {link.object} {link.remote_id} shall be {_cell(decision.value)}.")
    for name, value in decision.golden.items():
        say(f"  our {name} becomes {_cell(value)}, until somebody says something else")
    for each in decision.follows:
        say(f"  {each.connection} {each.object} {each.remote_id or '(new)'}: {each.field} {_cell(each.now)} becomes {_cell(each.then)}")
    if not decision.follows:
        say("  nothing has to be written: it stands there already")
    say("A running server does it now; without one it is done at the next start.")


@_group.command()
def release(ctx: typer.Context, what: WhatArgument, who: ActorOption = None, as_json: JsonOption = False) -> None:
    """Follow a frozen field again without deciding it.

    What stands there counts as a change that was not looked at yet: the mapping decides it like any other.
    """
    from core.runtime.desk.acts import wake_server
    from core.runtime.desk.conflicts import release as unfreeze

    installation = open_installation(ctx)
    with installation.writing_store() as store:
        stood = unfreeze(store, _rules(installation, store), what, (who or actor(), installation.clock.now()))
    wake_server(installation)
    if as_json:
        write_json(stood)
    else:
        say(f"{stood.field} of {stood.connection} {stood.object} {stood.remote_id} is followed again.")
        say(f"  ours {_cell(stood.ours)}, theirs {_cell(stood.theirs)}: the mapping decides ({stood.mapping})")


def _rules(installation: Installation, store: Any) -> Rules:
    from core.runtime.releases import running_rules

    return running_rules(installation.config, installation.connections(store).configured(), store)
