"""`leadloom init`: the first configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.output import say
from core.cli.session import is_interactive


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(init)


def init(
    folder: Annotated[Path, typer.Option("--dir", help="Where to write; the folder is made.", file_okay=False)] = Path(),
    connection: Annotated[
        list[str] | None,
        typer.Option("--connection", metavar="NAME=CONNECTOR", help="A connection to prepare; may be given several times."),
    ] = None,
    port: Annotated[int, typer.Option(help="The port that the server will listen at.", min=0, max=65_535)] = 8080,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Write a first configuration and mappings.

    What to connect comes from --connection, or from your answers. Files that exist are left alone without --force.
    """
    from core.runtime.desk.starting import draft_installation, write_draft

    chosen = dict(_pair(each) for each in connection or [])
    if not chosen and not yes and is_interactive():
        chosen = _ask()
    draft = draft_installation(folder, chosen, port)
    write_draft(draft, force=force)
    for path in draft.files:
        say(f"Wrote {path}")
    if draft.variables:
        say("\nPut these into the environment (secrets do not stand in the file):")
        for variable in draft.variables:
            say(f"  {variable}")
    config = folder / "config.yaml"
    option = "" if config == Path("config.yaml") else f" --config {config}"
    say(f"\nThen run:\n  leadloom{option} check\n  leadloom{option} serve")


def _pair(text: str) -> tuple[str, str]:
    name, equals, connector = text.partition("=")
    if not equals or not name or not connector:
        raise typer.BadParameter(f"'{text}' is not NAME=CONNECTOR, such as contact-form=web_form.", param_hint="--connection")
    return name, connector


def _ask() -> dict[str, str]:
    from core.runtime.config.problems import nearest_name
    from core.runtime.registry import default_registry

    known = default_registry().manifests()
    say("Which systems shall be connected? Connectors: " + ", ".join(known))
    chosen: dict[str, str] = {}
    while connector := typer.prompt("Connector (empty: no more)", default="", show_default=False).strip():
        if connector in known:
            name = typer.prompt("  A name for this connection", default=connector.replace("_", "-"))
            chosen[name] = connector
        else:
            near = nearest_name(connector, known)
            say(f"  There is no connector '{connector}'." + (f" Did you mean '{near}'?" if near else ""))
    return chosen
