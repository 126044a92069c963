"""Finds connectors by their manifests, without importing their code until a connection is opened.

Looks into the folders of the `connectors` package and into packages that others name under the entry-point group
`leadloom.connectors`; all have the same anatomy.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import importlib.metadata
import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from core.contract import (
    Authenticates,
    Collects,
    ConfigInvalid,
    Connector,
    ContractBroken,
    Counts,
    Enriches,
    Finds,
    Manifest,
    Merges,
    Reads,
    ReceivesWebhooks,
    Role,
    Subscribes,
    Writes,
    WritesGroups,
    load_manifest,
)

GROUP = "leadloom.connectors"
BUILT_IN = "built in"
_LARGEST_MANIFEST = 1_000_000
_PLAYED_BY: dict[Role, Any] = {
    Role.AUTHENTICATES: Authenticates,
    Role.READS: Reads,
    Role.WRITES: Writes,
    Role.GROUPS: WritesGroups,
    Role.COLLECTS: Collects,
    Role.FINDS: Finds,
    Role.WEBHOOKS: ReceivesWebhooks,
    Role.MERGES: Merges,
    Role.ENRICHES: Enriches,
    Role.SUBSCRIBES: Subscribes,
    Role.COUNTS: Counts,
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a connector's package lies: its folder, its dotted name, and the distribution (name and version) that brought it."""

    folder: Path
    package: str
    origin: str = BUILT_IN


@dataclass(frozen=True, slots=True)
class _Entry:
    source: Source
    manifest: Manifest


class Registry:
    """All connectors that are installed, read once; a broken one does not hide the others."""

    def __init__(self, sources: Iterable[Source] | None = None) -> None:
        """Read the manifests of these packages; without `sources`, of all that are installed."""
        self._entries: dict[str, _Entry] = {}
        self._problems: dict[str, ContractBroken] = {}
        for source in installed_sources() if sources is None else sources:
            self._add(source)

    def manifests(self) -> dict[str, Manifest]:
        """Give the manifests of all sound connectors, by id."""
        return {name: entry.manifest for name, entry in sorted(self._entries.items())}

    def problems(self) -> dict[str, ContractBroken]:
        """Tell what is wrong with the others, by package; each error names the file and the field."""
        return dict(self._problems)

    def manifest(self, connector_id: str) -> Manifest:
        """Give one manifest; raises ConfigInvalid naming the nearest id, or the ContractBroken of a broken connector."""
        return self._entry(connector_id).manifest

    def folder(self, connector_id: str) -> Path:
        """Tell where the connector's files lie, for its starter.yaml and README.md; raises as `manifest` does."""
        return self._entry(connector_id).source.folder

    def origin(self, connector_id: str) -> str:
        """Tell who brought it: `built in`, or a package's name and version; raises as `manifest` does."""
        return self._entry(connector_id).source.origin

    def load(self, connector_id: str) -> type[Connector[Any]]:
        """Import the connector's code and give its class.

        Raises as `manifest` does, and ContractBroken when the code cannot be imported, holds no such class, or plays
        other roles than the manifest declares.
        """
        entry = self._entry(connector_id)
        module_name, _, class_name = entry.manifest.entry.partition(":")
        where = f"{entry.source.package}.{module_name}"
        try:
            found = getattr(importlib.import_module(where), class_name, None)
        except ImportError as error:
            raise ContractBroken(f"The code of connector '{connector_id}' ({where}) cannot be imported: {error}.") from error
        if not (isinstance(found, type) and issubclass(found, Connector)):
            raise ContractBroken(f"Connector '{connector_id}' has no connector class {class_name} in {where}.")
        _check_roles(entry.manifest, found)
        return found

    def _entry(self, connector_id: str) -> _Entry:
        if connector_id in self._entries:
            return self._entries[connector_id]
        for package, problem in self._problems.items():
            if package.rpartition(".")[2] == connector_id:
                raise problem
        near = difflib.get_close_matches(connector_id, self._entries, n=1, cutoff=0.4)
        hint = f"Did you mean '{near[0]}'?" if near else f"Installed: {', '.join(sorted(self._entries)) or 'none'}."
        raise ConfigInvalid(f"There is no connector '{connector_id}'.", hint=hint, setting="connector")

    def _add(self, source: Source) -> None:
        try:
            manifest = read_manifest(source.folder / "manifest.yaml")
            if manifest.id in self._entries:
                other = self._entries[manifest.id].source.package
                raise ContractBroken(f"{source.folder / 'manifest.yaml'}: id: '{manifest.id}' is taken by package {other}.")
        except ContractBroken as problem:
            self._problems[source.package] = problem
        else:
            self._entries[manifest.id] = _Entry(source, manifest)


def read_manifest(path: Path) -> Manifest:
    """Read and validate one manifest.yaml; raises ContractBroken naming the file and every wrong field."""
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            raise ContractBroken(f"{path}: larger than {_LARGEST_MANIFEST} bytes.")
        document = YAML(typ="safe", pure=True).load(StringIO(path.read_text(encoding="utf-8")))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 0
        raise ContractBroken(f"{path}:{line}: {error.problem or 'not YAML'}.") from error
    except (YAMLError, OSError, UnicodeDecodeError) as error:
        raise ContractBroken(f"{path}: cannot be read as YAML: {type(error).__name__}.") from error
    if not isinstance(document, dict):
        raise ContractBroken(f"{path}: must be a mapping.")
    try:
        return load_manifest(document)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(str(part) for part in each['loc']) or 'manifest'}: {each['msg']}" for each in error.errors())
        raise ContractBroken(f"{path}: {wrong}.") from error
    except TypeError as error:
        raise ContractBroken(f"{path}: holds a value that JSON does not know, e.g. an unquoted date.") from error


def installed_sources() -> Iterator[Source]:
    """Find the built-in connectors and then those of third parties, without importing any of their code."""
    for folder in _package_folders("connectors"):
        for manifest in sorted(folder.glob("*/manifest.yaml")):
            yield Source(manifest.parent, f"connectors.{manifest.parent.name}")
    for point in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        for folder in _package_folders(point.value) or [Path(point.value.replace(".", "/"))]:
            yield Source(folder, point.value, f"{point.dist.name} {point.dist.version}" if point.dist else "unknown")


@functools.lru_cache(maxsize=1)
def default_registry() -> Registry:
    """Give the registry of everything installed, read once in this process."""
    return Registry()


def _package_folders(package: str) -> list[Path]:
    """Find a package's folder by the spec of its top package alone, since asking for a deeper one would import its parents."""
    top, *rest = package.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return []
    places = spec.submodule_search_locations if spec is not None else None
    folders = [Path(place, *rest) for place in places or ()]
    return [folder for folder in folders if folder.is_dir()]


def _check_roles(manifest: Manifest, connector: type[Connector[Any]]) -> None:
    declared = set(manifest.roles)
    played = {role for role, protocol in _PLAYED_BY.items() if issubclass(connector, protocol)}
    if missing := declared - played:
        raise ContractBroken(f"Connector '{manifest.id}' declares roles that its class does not play: {_names(missing)}.")
    if extra := played - declared:
        raise ContractBroken(f"Connector '{manifest.id}' plays roles that its manifest does not declare: {_names(extra)}.")


def _names(roles: Iterable[Role]) -> str:
    return ", ".join(sorted(roles))
