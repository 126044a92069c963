"""`leadloom mapping new`: a first mapping for a connection, with suggested lines."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from core.cli.output import complain, progress, say
from core.cli.session import choose, open_installation


class MappingKind(StrEnum):
    """Which way the mapping goes."""

    INBOUND = "inbound"
    SYNC = "sync"


class GoldenName(StrEnum):
    """Whose fields are paired."""

    LEAD = "Lead"
    ACCOUNT = "Account"


def add_to(group: typer.Typer) -> None:
    """Add the command."""
    group.command("new")(new)


def new(
    ctx: typer.Context,
    connection: Annotated[str, typer.Argument(help="The connection's name in config.yaml.")],
    object_name: Annotated[str | None, typer.Argument(metavar="[OBJECT]", help="The object there, such as Lead or contacts.")] = None,
    kind: Annotated[
        MappingKind | None,
        typer.Option(help="inbound: from there to us; sync: from us to there. Absent: sync where the connector can write."),
    ] = None,
    golden: Annotated[GoldenName | None, typer.Option(help="Our side. Absent: Account for companies and accounts, else Lead.")] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write. Absent: a draft in the folder of the mappings.")] = None,
) -> None:
    """Write a first mapping from the fields that the account has, with suggested lines.

    Each suggestion bears its score; what needs a decision stands behind a #. A file that exists is never replaced.
    """
    from core.runtime.mapping_new import Wanted, new_mapping

    installation = open_installation(ctx)
    choose(connection, installation.config.connections, "connection")
    with progress("Asking") as at:
        at(connection)
        drafted = new_mapping(installation, Wanted(connection, object_name, kind, golden, out))
    for finding in drafted.findings:
        complain(str(finding))
    if drafted.in_force:
        say(f"Wrote {drafted.path}. It is in force as soon as a server reads it: look through it now, then run `leadloom mapping check`.")
    else:
        name = drafted.path.name.removesuffix(".draft")
        say(f"Wrote {drafted.path}. It is not in force: look through it, run `leadloom mapping check {drafted.path}`, then name it {name}.")
