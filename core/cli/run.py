"""`leadloom run`: one lane, now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.output import JsonOption, ago, complain, progress, say, write_json
from core.cli.session import open_installation

if TYPE_CHECKING:
    from core.runtime.desk.runs import LaneResult


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


def run(
    ctx: typer.Context,
    lane: Annotated[
        str,
        typer.Argument(
            help="decide, replan, match, fetch:CONNECTION, enrich:CONNECTION, read:CONNECTION:OBJECT or deliver:CONNECTION:OBJECT."
        ),
    ],
    as_json: JsonOption = False,
) -> None:
    """Do all that is due on one lane now.

    The server does it where one runs, else this process. A lane that waits after an error does not wait any longer.
    """
    from core.runtime.desk.runs import run_lane

    installation = open_installation(ctx)
    with progress(f"Running {lane}") as at:
        result = run_lane(installation, lane, lambda left: at(f"({left:,} waiting)"))
    if as_json:
        write_json(result)
    else:
        _show(result)
    if result.reason_code is not None:
        raise typer.Exit(1)


def _show(result: LaneResult) -> None:
    if not result.did_run and result.reason_code is None:
        say(f"{result.lane}: nothing is due." + (f" Next {ago(result.next_at)}." if result.next_at else ""))
        return
    did = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in result.counts.items() if count)
    say(f"{result.lane}: {did or 'nothing to do'}.")
    if result.reason_code is not None:
        complain(f"It ended with {result.reason_code}: {result.reason} {result.hint or ''}".rstrip())
