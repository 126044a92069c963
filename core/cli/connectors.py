"""`leadloom connectors`: what can be connected."""

from __future__ import annotations

import typer

from core.cli.output import JsonOption, complain, write_json, write_table


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(connectors)


def connectors(as_json: JsonOption = False) -> None:
    """List the installed connectors, and which package each comes from."""
    from core.runtime.registry import default_registry

    registry = default_registry()
    if as_json:
        write_json(
            [{**manifest.model_dump(mode="json"), "origin": registry.origin(name)} for name, manifest in registry.manifests().items()]
        )
    else:
        rows = [
            (m.id, m.name, registry.origin(m.id), ", ".join(m.roles), ", ".join(m.objects), m.summary)
            for m in registry.manifests().values()
        ]
        write_table(None, ["id", "name", "origin", "roles", "objects", "summary"], rows)
    for problem in registry.problems().values():
        complain(problem.message)
