"""The `leadloom` command: puts the groups together, and words what went wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from core.cli import check, connections, connectors, explain, init, leads, ledger, mapping, plan, quarantine, run, sandbox, serve, status
from core.cli.output import complain, say
from core.cli.session import DEFAULT_CONFIG

app = typer.Typer(
    name="leadloom",
    help="Carry every lead from any form, ad or spreadsheet into every CRM, once, clean, and keep both sides in step.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,  # the rich help costs a third of a second
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _group in (init, check, mapping, plan, serve, run, status, ledger, leads, explain, quarantine, connections, connectors, sandbox):
    _group.register(app)


@app.callback()
def _root(
    ctx: typer.Context,
    config: Annotated[
        Path, typer.Option("--config", "-c", envvar="LEADLOOM_CONFIG", help="The configuration file; may stand anywhere in the line.")
    ] = DEFAULT_CONFIG,
) -> None:
    ctx.obj = config


@app.command()
def version() -> None:
    """Tell which Leadloom, Python and SQLite this is."""
    import platform
    import sqlite3

    from core.runtime.status import program_version

    say(f"Leadloom {program_version()} (Python {platform.python_version()}, SQLite {sqlite3.sqlite_version})")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit code; an expected error is worded, not traced."""
    try:
        app(args=config_first(sys.argv[1:] if arguments is None else arguments), prog_name="leadloom")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:  # noqa: BLE001 - the command line's own net
        return _failed(error)
    return 0


def config_first(arguments: Sequence[str]) -> list[str]:
    """Let `--config PATH` stand anywhere, also behind the command, where most people write it."""
    front: list[str] = []
    rest = list(arguments)
    for position, word in enumerate(arguments):
        if word == "--":
            break
        if word in ("--config", "-c") and position + 1 < len(arguments):
            front, rest = rest[position : position + 2], rest[:position] + rest[position + 2 :]
            break
        if word.startswith("--config="):
            front, rest = [word], rest[:position] + rest[position + 1 :]
            break
    return front + rest


def _failed(error: Exception) -> int:
    from core.runtime.desk.failures import ExitCode, explain

    failure = explain(error)
    if failure is not None:
        complain(failure.text)
        return failure.code
    if os.environ.get("LEADLOOM_DEBUG"):
        raise error
    complain(f"An unexpected {type(error).__name__} ended the command. This is a bug: report it with what LEADLOOM_DEBUG=1 shows.")
    return ExitCode.BUG


if __name__ == "__main__":
    sys.exit(main())
