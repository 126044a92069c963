"""Reading the folder of mapping files: every file checked, all problems at once, against the connections there are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from core.contract import Manifest, Role
from core.flow.mapping.document import DocumentReader
from core.flow.mapping.model import InboundMapping, Line, RemoteFacts, SyncMapping
from core.flow.pipeline import Rules
from core.model.records import OnMerge
from core.runtime.config.document import Document, read_document
from core.runtime.config.problems import ConfigProblems, Problem, nearest_name
from core.runtime.mapping_tables import Tables, with_tables, without_tables


@dataclass(frozen=True, slots=True)
class MappingFile:
    """A sound mapping with its text, which is kept for as long as values made by it are."""

    path: Path
    text: str
    mapping: InboundMapping | SyncMapping


ReadMapping = Callable[[Path, bytes, Mapping[str, Manifest]], MappingFile | list[Problem]]
"""Reads one mapping out of a file's content, or tells what is wrong with it."""


@dataclass(frozen=True, slots=True)
class MappingSet:
    """All mappings of a folder, and what is wrong with those that are not sound."""

    files: tuple[MappingFile, ...]
    problems: tuple[Problem, ...]

    def rules(self) -> Rules:
        """The sound mappings, by kind."""
        mappings = [file.mapping for file in self.files]
        return Rules(
            inbound=tuple(m for m in mappings if isinstance(m, InboundMapping)),
            sync=tuple(m for m in mappings if isinstance(m, SyncMapping)),
        )

    def fingerprint(self) -> str:
        """Changes when any sound mapping does."""
        return hashlib.sha256("".join(sorted(file.mapping.version for file in self.files)).encode()).hexdigest()


def load_mappings(folder: Path, manifests: Mapping[str, Manifest], read: ReadMapping | None = None) -> MappingSet:
    """Read every `*.yaml` of the folder; `manifests` gives the connector's facts per connection name.

    `read` reads one file in place of `read_mapping`: for a caller that remembers files that did not change.
    """
    files: list[MappingFile] = []
    problems: list[Problem] = []
    if not folder.is_dir():
        return MappingSet(
            (), (Problem(str(folder), 1, 1, "", "The folder of the mappings does not exist. Make it, or correct `mappings_dir`."),)
        )
    for path in mapping_paths(folder):
        found = _load(path, manifests, read or read_mapping)
        doubles = _double(found, files) if isinstance(found, MappingFile) else found
        problems += doubles
        if isinstance(found, MappingFile) and not doubles:
            files.append(found)
    return MappingSet(tuple(files), tuple(problems))


def mapping_paths(folder: Path) -> list[Path]:
    """The files of the folder that are read. Hidden ones are not: editors leave locks and copies of that kind."""
    return sorted(path for path in folder.glob("*.yaml") if not path.name.startswith("."))


def watched_paths(folder: Path) -> list[Path]:
    """The files whose change may change a mapping: those that are read, and the tables beside them."""
    return [*mapping_paths(folder), *sorted(path for path in folder.glob("*.csv") if not path.name.startswith("."))]


def _load(path: Path, manifests: Mapping[str, Manifest], read: ReadMapping) -> MappingFile | list[Problem]:
    try:
        content = path.read_bytes()
    except OSError as error:
        return [Problem(str(path), 1, 1, "", f"The file cannot be read ({error.strerror}).")]
    return read(path, content, manifests)


def read_mapping(path: Path, content: bytes, manifests: Mapping[str, Manifest]) -> MappingFile | list[Problem]:
    """Read one mapping out of a file's content, or tell what is wrong with it.

    The content may be that of a kept version, with its tables behind it; those go before the files of today.
    """
    text, kept = without_tables(content.decode("utf-8-sig", "surrogateescape"))
    try:
        document = read_document(text.encode("utf-8", "surrogateescape"), str(path))
    except ConfigProblems as error:
        return list(error.problems)
    tables = Tables(path.parent, kept)
    reader = DocumentReader(document.value, _VERSION_TO_COME, tables=tables, number=lambda place: document.marks.get(place, (0, 0))[0])
    mapping = reader.read()
    if mapping is None:
        return [document.problem(problem.place, problem.message) for problem in reader.problems]
    whole = with_tables(text, tables.texts)
    mapping = replace(mapping, version=hashlib.sha256(whole.encode()).hexdigest()[:12])
    if isinstance(mapping, SyncMapping) and mapping.connection in manifests:
        mapping = replace(mapping, remote=_remote_facts(manifests[mapping.connection], mapping.object))
    return _against_facts(mapping, document, manifests) or MappingFile(path, whole, mapping)


def _remote_facts(manifest: Manifest, object_name: str) -> RemoteFacts:
    return RemoteFacts(manifest.settle, manifest.versions == "comparable", tuple(manifest.facts(object_name).converts_to))


_VERSION_TO_COME = ""


def _against_facts(mapping: InboundMapping | SyncMapping, document: Document, manifests: Mapping[str, Manifest]) -> list[Problem]:
    side = "from" if isinstance(mapping, InboundMapping) else "to"
    manifest = manifests.get(mapping.connection)
    if manifest is None:
        message = f"There is no connection '{mapping.connection}' in the configuration."
        return [document.problem((side, "connection"), message, nearest_name(mapping.connection, manifests))]
    if isinstance(mapping, InboundMapping):
        return []
    facts = manifest.facts(mapping.object)
    if Role.WRITES not in manifest.roles or facts.writes is None:
        return [document.problem((side, "object"), f"The connector '{manifest.id}' cannot write '{mapping.object}'.")]
    unlisted = [line for line in mapping.fields if line.refers and line.refers not in manifest.references]
    problems = [_no_list(line, manifest, document) for line in unlisted]
    if mapping.external_id and not facts.writes.upsert_by_match:
        problems.append(
            document.problem(("external_id",), f"The connector '{manifest.id}' cannot upsert by an external id; use `match` instead.")
        )
    if mapping.on_merge is OnMerge.MERGE and Role.MERGES not in manifest.roles:
        message = f"The connector '{manifest.id}' cannot merge records there. Choose `relink` or `flag`."
        problems.append(document.problem(("on_merge",), message))
    if mapping.match and facts.finds is None:
        problems.append(document.problem(("match",), f"The connector '{manifest.id}' cannot search '{mapping.object}'."))
    return problems


def _no_list(line: Line, manifest: Manifest, document: Document) -> Problem:
    message = f"The connector '{manifest.id}' has no list of '{line.refers}' to look values up in."
    return document.problem(("fields", line.target, "refers"), message, nearest_name(str(line.refers), manifest.references))


def _double(found: MappingFile, files: list[MappingFile]) -> list[Problem]:
    mapping = found.mapping
    for other in files:
        if other.mapping.name == mapping.name:
            return [Problem(str(found.path), 1, 1, "name", f"The name '{mapping.name}' is taken by {other.path.name}.")]
        if isinstance(mapping, SyncMapping) and isinstance(other.mapping, SyncMapping) and _target(mapping) == _target(other.mapping):
            message = f"{other.path.name} writes '{mapping.object}' of '{mapping.connection}' already; one file per object."
            return [Problem(str(found.path), 1, 1, "to", message)]
    return []


def _target(mapping: SyncMapping) -> tuple[str, str, str]:
    return mapping.connection, mapping.object, mapping.subject
