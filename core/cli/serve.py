"""`leadloom serve`: the server with everything in it."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.session import existing_config


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="serve")(_command)


def _command(
    ctx: typer.Context,
    port: Annotated[
        int | None, typer.Option(help="Listen here instead of at `server.port`; 0 takes a free one.", min=0, max=65_535)
    ] = None,
) -> None:
    """Take in, decide and deliver until stopped.

    Ctrl-C or SIGTERM end it; everything acknowledged is on disk. The address stands in server.json in the data folder
    for as long as the server listens.
    """
    from core.cli.serving import CannotListen, serve

    try:
        serve(existing_config(ctx), port)
    except CannotListen as error:
        raise typer.BadParameter(str(error)) from error
