"""`leadloom sandbox`: stand-in servers to try things on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

_group = typer.Typer(help="Stand-ins for Salesforce, HubSpot and Meta, to try things on.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="sandbox")


@_group.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def up(ctx: typer.Context) -> None:
    """Run the stand-ins until Ctrl-C.

    All options go to `python -m sandbox`; `leadloom sandbox up --help` lists them.
    """
    home = str(Path(__file__).parents[2])
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    # The stand-ins take this process's place, so that every signal reaches them.
    os.execve(sys.executable, [sys.executable, "-m", "sandbox", *ctx.args], {**os.environ, "PYTHONPATH": os.pathsep.join(paths)})
