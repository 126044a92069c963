"""`leadloom connections`: stop one and let it go on."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.output import JsonOption, say, write_json, write_table
from core.cli.session import actor, choose, open_installation

_group = typer.Typer(help="List connections, pause them and let them go on.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(help="The connection's name in config.yaml.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="connections")


@_group.command("list")
def list_connections(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """List connections, and why any of them waits."""
    from core.runtime.desk.acts import paused

    installation = open_installation(ctx)
    with installation.reading_store() as store:
        pauses = paused(store)
    rows = []
    for name, configured in installation.config.connections.items():
        code, reason, hint = pauses.get(name, (None, None, None))
        state = "off" if not configured.enabled else ("paused" if code else "working")
        rows.append({"name": name, "connector": configured.connector, "state": state, "reason_code": code, "reason": reason, "hint": hint})
    if as_json:
        write_json(rows)
    else:
        columns = ["connection", "connector", "state", "code", "reason", "what to do"]
        write_table(None, columns, [tuple(row.values()) for row in rows])


@_group.command()
def pause(
    ctx: typer.Context, name: NameArgument, reason: Annotated[str | None, typer.Option(help="Why, for those who ask `status`.")] = None
) -> None:
    """Stop reading from and writing to a connection.

    What is to be written there waits. Webhooks are still taken in.
    """
    from core.runtime.desk.acts import pause as stop

    installation = open_installation(ctx)
    choose(name, installation.config.connections, "connection")
    with installation.writing_store() as store:
        stop(store, installation.clock, actor(), name, reason)
    say(f"'{name}' is paused. `leadloom connections resume {name}` lets it go on.")


@_group.command()
def resume(ctx: typer.Context, name: NameArgument) -> None:
    """Let a paused connection go on at once."""
    from core.runtime.desk.acts import resume as go_on
    from core.runtime.desk.acts import wake_server

    installation = open_installation(ctx)
    choose(name, installation.config.connections, "connection")
    with installation.writing_store() as store:
        was_paused = go_on(store, installation.clock, name)
    wake_server(installation)
    say(f"'{name}' goes on." if was_paused else f"'{name}' was not paused; its waiting lanes are due now.")
