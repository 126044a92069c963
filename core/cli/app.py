"""The `leadloom` command as typer has it: all groups put together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli import (
    accounts,
    adopt,
    check,
    conflicts,
    connections,
    connector,
    connectors,
    dedupe,
    drift,
    explain,
    import_file,
    init,
    leads,
    ledger,
    mapping,
    match,
    merge,
    plan,
    quarantine,
    returns,
    review,
    run,
    sandbox,
    serve,
    status,
    undo,
    unmerge,
)
from core.cli.output import say
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
for _group in (
    init,
    check,
    mapping,
    plan,
    serve,
    run,
    import_file,
    status,
    ledger,
    leads,
    explain,
    merge,
    unmerge,
    accounts,
    dedupe,
    quarantine,
    match,
    returns,
    conflicts,
    review,
    undo,
    drift,
    adopt,
    connections,
    connector,
    connectors,
    sandbox,
):
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
