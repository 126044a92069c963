"""`leadloom check`: everything that is wrong with the files, and whether each connection works."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from core.contract import ConnectorError, Manifest, StopConnection
from core.runtime.config.document import read_document
from core.runtime.config.problems import ConfigProblems, Problem, nearest_name
from core.runtime.connections import Connections
from core.runtime.installation import Installation
from core.runtime.mappings import load_mappings
from core.runtime.registry import Registry, default_registry
from core.store.commands.lanes import SetPause
from core.store.queries.lanes import paused_connections
from core.store.store import Store


@dataclass(frozen=True, slots=True)
class FilesReport:
    """What the files say. `installation` is None when config.yaml cannot be used."""

    installation: Installation | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """How one connection answered; `resumed` when a pause was lifted because it works again."""

    name: str
    connector: str
    works: bool
    account: str = ""
    notes: tuple[str, ...] = ()
    reason_code: str | None = None
    message: str | None = None
    hint: str | None = None
    resumed: bool = False


def check_files(config_path: Path, env: Mapping[str, str] | None = None) -> FilesReport:
    """Check config.yaml, the connections' settings and the mappings; nothing is called and nothing is written.

    All problems are found at once: where config.yaml is broken, the mappings are still checked as far as it can be read.
    """
    registry = default_registry()
    try:
        installation = Installation.load(config_path, os.environ if env is None else env)
    except ConfigProblems as error:
        return FilesReport(None, (*error.problems, *_mappings_of_broken(config_path, registry)))
    config = installation.config
    manifests, problems = _manifests(installation)
    enabled = {name: manifest for name, manifest in manifests.items() if config.connections[name].enabled}
    problems += config.connection_problems(_settings_types(installation, enabled, problems))
    problems += load_mappings(config.mappings_dir, manifests).problems
    return FilesReport(installation, tuple(problems))


def _manifests(installation: Installation) -> tuple[dict[str, Manifest], list[Problem]]:
    known = installation.registry.manifests()
    manifests: dict[str, Manifest] = {}
    problems: list[Problem] = []
    for name, connection in installation.config.connections.items():
        if connection.connector in known:
            manifests[name] = known[connection.connector]
        else:
            message = f"There is no connector '{connection.connector}'. `leadloom connectors` lists them."
            near = nearest_name(connection.connector, known)
            problems.append(installation.config.problem(("connections", name, "connector"), message, near))
    return manifests, problems


def _settings_types(installation: Installation, manifests: Mapping[str, Manifest], problems: list[Problem]) -> dict[str, type[BaseModel]]:
    types: dict[str, type[BaseModel]] = {}
    for name, manifest in manifests.items():
        try:
            types[name] = installation.registry.load(manifest.id).settings_type
        except ConnectorError as error:
            problems.append(installation.config.problem(("connections", name, "connector"), error.message))
    return types


def _mappings_of_broken(config_path: Path, registry: Registry) -> tuple[Problem, ...]:
    """Check the mappings against what can be read of a config.yaml that is not sound."""
    try:
        value = read_document(config_path.read_bytes(), str(config_path)).value
    except (OSError, ConfigProblems):
        return ()
    settings = value if isinstance(value, dict) else {}
    folder = settings.get("mappings_dir")
    connections = settings.get("connections")
    known = registry.manifests()
    manifests = {
        name: known[connection["connector"]]
        for name, connection in (connections.items() if isinstance(connections, dict) else ())
        if isinstance(connection, dict) and connection.get("connector") in known
    }
    return load_mappings(config_path.resolve().parent / (folder if isinstance(folder, str) else "mappings"), manifests).problems


def check_connections(
    installation: Installation, names: Iterable[str], progress: Callable[[str], None] = lambda _: None
) -> list[ConnectionReport]:
    """Call each connection's account, without side effect there; a pause that is over is lifted. Raises Busy.

    `progress` is told the name of each connection before it is called.
    """
    reports: list[ConnectionReport] = []
    with installation.writing_store() as store:
        connections = installation.connections(store)
        try:
            for name in names:
                progress(name)
                reports.append(_report(installation, connections, store, name))
        finally:
            connections.close()
    return reports


def _report(installation: Installation, connections: Connections, store: Store, name: str) -> ConnectionReport:
    connector = installation.config.connections[name].connector
    try:
        health: Any = connections.open(name).connector.check()
        connections.ask_usage(name)
    except ConnectorError as error:
        return ConnectionReport(
            name, connector, works=False, reason_code=error.code, message=error.message, hint=error.hint or _hint(error)
        )
    except Exception as error:  # noqa: BLE001 - a connector's bug is one connection's report, and the others are checked still
        message = f"The connector failed with {type(error).__name__}."
        return ConnectionReport(
            name, connector, works=False, reason_code="contract_broken", message=message, hint="This is a bug in the connector. Report it."
        )
    with store.snapshot() as snapshot:
        was_paused = _is_resolved(paused_connections(snapshot).get(name))
    if was_paused:
        store.write(SetPause(store.workspace, name, installation.clock.now(), None))
    return ConnectionReport(name, connector, works=True, account=health.account, notes=tuple(health.notes), resumed=was_paused)


def _is_resolved(pause: tuple[str, str | None, str | None] | None) -> bool:
    """A pause for a fault is over when the connection works; one that a person asked for is not."""
    return pause is not None and pause[0] != "paused_by_hand"


def _hint(error: ConnectorError) -> str:
    if isinstance(error, StopConnection):
        return "Correct the connection's settings or its rights there, then check again."
    return "Check again later."
