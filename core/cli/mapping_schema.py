"""`leadloom mapping schema`: what an editor needs to complete and check mapping files while one types."""

from __future__ import annotations

import typer

from core.cli.output import write_json


def add_to(group: typer.Typer) -> None:
    """Add the command."""
    group.command()(schema)


def schema() -> None:
    """Print the JSON Schema of mapping files, by which an editor completes and checks them.

    `mappings/mapping.schema.json` is the same; write it anew with this command after an update.
    """
    from core.flow.mapping.schema import mapping_schema

    write_json(mapping_schema())
