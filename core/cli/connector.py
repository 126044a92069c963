"""`leadloom connector`: the beginning of a connector of one's own."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from core.cli.output import say

_group = typer.Typer(help="Write a connector of your own.", no_args_is_help=True)


class SkeletonKind(StrEnum):
    """What the skeleton starts with."""

    PUSH = "push"
    POLL = "poll"


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="connector")


@_group.callback()
def _root() -> None:
    pass


@_group.command()
def new(
    name: Annotated[str, typer.Argument(help="The connector's id, such as acme_forms.")],
    into: Annotated[Path, typer.Option(help="The folder in which the package's folder is made.", file_okay=False)] = Path(),
    kind: Annotated[
        SkeletonKind, typer.Option(help="push: takes signed webhooks; poll: reads what changed over HTTP, and has a stand-in to test on.")
    ] = SkeletonKind.PUSH,
) -> None:
    """Write a connector's package that passes the contract suite as it is. A folder that exists is never touched."""
    from core.runtime.kit import Kind, write_skeleton

    files = write_skeleton(name, into, Kind(kind))
    for path in files:
        say(f"Wrote {path}")
    say(f"\nThen run:\n  cd {into / name}\n  python -m pytest\n  python -m pip install --editable .\n  leadloom connectors")
