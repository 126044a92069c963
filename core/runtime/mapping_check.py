"""`leadloom mapping check`: what is wrong with mapping files, read by themselves and compared with the accounts that they name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from core.flow.mapping.check import Vendor, check_inbound, check_sync, find_object, touched
from core.flow.mapping.check_group import check_group
from core.flow.mapping.finding import Finding, Level
from core.flow.mapping.model import AnyMapping, InboundMapping, SyncMapping
from core.flow.mapping.remote import Changed, Drift, RemoteObject, drift
from core.runtime.config.document import Document, read_document
from core.runtime.config.problems import ConfigProblems, Problem, nearest_name
from core.runtime.connections import Connections
from core.runtime.desk.checking import check_files
from core.runtime.installation import Installation
from core.runtime.mapping_tables import without_tables
from core.runtime.mappings import MappingFile, load_mappings, mapping_paths, read_mapping
from core.runtime.remote_schemas import Described, KeptObject, describe, kept_objects, save_objects
from core.store.database import is_prepared

Progress = Callable[[str], None]
Source = Literal["live", "saved", "none"]


@dataclass(frozen=True, slots=True)
class Noted:
    """One thing about a mapping file. `code` is stable; `file` 1-based `line` and `column` lead an editor there."""

    level: Level
    code: str
    file: str
    line: int
    column: int
    path: str
    message: str
    nearest: str | None = None
    hint: str | None = None
    mapping: str | None = None
    connection: str | None = None

    @classmethod
    def of_problem(cls, problem: Problem) -> Noted:
        """Note what reading a file found wrong."""
        place = (problem.file, problem.line, problem.column, problem.path)
        return cls(Level.PROBLEM, "unsound", *place, problem.message, problem.nearest)

    def __str__(self) -> str:
        """Say it in one line that an editor can jump to."""
        level = "warning: " if self.level is Level.WARNING else ""
        subject = f"{self.path}: " if self.path else ""
        advice = f" Did you mean '{self.nearest}'?" if self.nearest else ""
        return f"{self.file}:{self.line}:{self.column}: {level}{subject}{self.message}{advice}{f' {self.hint}' if self.hint else ''}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a connection's mappings were compared with: its account now, what was kept at `taken_at`, or nothing.

    With a `message` the account could not be asked.
    """

    name: str
    connector: str
    source: Source
    taken_at: datetime | None = None
    message: str | None = None
    hint: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Drifted:
    """A change at an account since the last check; `lines` are the places of mapping lines that use the field."""

    connection: str
    what: Changed
    object: str
    field: str
    message: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MappingReport:
    """All that was found. `files` counts what was looked at; `findings` stand in the order of files and lines."""

    files: int
    findings: tuple[Noted, ...] = ()
    connections: tuple[Asked, ...] = ()
    drift: tuple[Drifted, ...] = ()

    @property
    def problems(self) -> tuple[Noted, ...]:
        """What is certain to fail."""
        return tuple(each for each in self.findings if each.level is Level.PROBLEM)

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong; warnings do not count, an account that did not answer does."""
        return not self.problems and all(each.message is None for each in self.connections)


@dataclass(frozen=True, slots=True)
class _Looked:
    """The accounts as they are known: objects by connection, how they came, and what changed."""

    objects: Mapping[str, tuple[RemoteObject, ...]] = field(default_factory=dict)
    asked: tuple[Asked, ...] = ()
    drift: tuple[tuple[str, Drift], ...] = ()


def check_mappings(
    config_path: Path, names: Sequence[Path] = (), *, offline: bool = False, progress: Progress = lambda _: None
) -> MappingReport:
    """Check these mapping files, or all. Unless `offline`, accounts are asked, and what they answer is kept for later.

    With a config.yaml that is not sound its problems are told beside those of the mappings, and nobody is asked. Raises Busy.
    """
    try:
        installation = Installation.load(config_path, os.environ)
    except ConfigProblems:
        return MappingReport(0, tuple(Noted.of_problem(problem) for problem in check_files(config_path).problems))
    files, problems, count = read_files(installation, names)
    wanted = tuple(dict.fromkeys(file.mapping.connection for file in files))
    if not wanted:
        return MappingReport(count, tuple(map(Noted.of_problem, problems)))
    looked = look_offline(installation, wanted) if offline else _look(installation, wanted, progress)
    found = [*map(Noted.of_problem, problems), *compare(files, looked.objects, vendors(installation))]
    changed = tuple(_drifted(connection, each, files) for connection, each in looked.drift)
    return MappingReport(count, tuple(sorted(found, key=lambda each: (each.file, each.line, each.column))), looked.asked, changed)


def compare_with_kept(installation: Installation) -> tuple[Noted, ...]:
    """Compare all sound mappings with what was kept of their accounts; nothing is called, made or written.

    Gives nothing where there is no database yet.
    """
    if not is_prepared(installation.config.database_url):
        return ()
    files, _, _ = read_files(installation, ())
    looked = look_offline(installation, dict.fromkeys(file.mapping.connection for file in files))
    return tuple(compare(files, looked.objects, vendors(installation)))


def read_files(installation: Installation, names: Sequence[Path]) -> tuple[list[MappingFile], list[Problem], int]:
    """Read the files named, or all of the folder: the sound ones, what is wrong with the others, and how many were looked at.

    A name is looked for as it stands and then in the folder of the mappings.
    """
    folder = installation.config.mappings_dir
    known = installation.registry.manifests()
    manifests = {name: known[c.connector] for name, c in installation.config.connections.items() if c.connector in known}
    loaded = load_mappings(folder, manifests)
    there = mapping_paths(folder) if folder.is_dir() else []
    if not names:
        return list(loaded.files), list(loaded.problems), len(there)
    files: list[MappingFile] = []
    problems: list[Problem] = []
    for name in names:
        path = name if name.is_file() else folder / name
        if not path.is_file():
            near = nearest_name(name.name, [each.name for each in there])
            problems.append(Problem(str(name), 1, 1, "", "There is no such file.", near))
        elif path.resolve() in {each.resolve() for each in there}:
            files += [file for file in loaded.files if file.path.resolve() == path.resolve()]
            problems += [problem for problem in loaded.problems if Path(problem.file).resolve() == path.resolve()]
        else:
            found = read_mapping(path, path.read_bytes(), manifests)
            files += [found] if isinstance(found, MappingFile) else []
            problems += [] if isinstance(found, MappingFile) else found
    return files, problems, len(names)


def vendors(installation: Installation) -> dict[str, Vendor]:
    """Whose accounts the connections open, by connection."""
    known = installation.registry.manifests()
    found = {name: known[c.connector] for name, c in installation.config.connections.items() if c.connector in known}
    return {name: Vendor(manifest.name, manifest.external_id_help) for name, manifest in found.items()}


def look_offline(installation: Installation, names: Iterable[str]) -> _Looked:
    """Take the objects as they were last described."""
    with installation.reading_store() as store:
        kept = kept_objects(store, names)
    asked = tuple(_saved(installation, name, mine) for name, mine in kept.items())
    return _Looked({name: _objects(mine) for name, mine in kept.items()}, asked)


def _look(installation: Installation, names: Sequence[str], progress: Progress) -> _Looked:
    """Ask every connection that is switched on, keep what it answers, and take for the others what was kept."""
    objects: dict[str, tuple[RemoteObject, ...]] = {}
    asked: list[Asked] = []
    changes: list[tuple[str, Drift]] = []
    with installation.writing_store() as store:
        kept = kept_objects(store, names)
        connections = installation.connections(store)
        try:
            for name in names:
                progress(name)
                answer = _ask(installation, connections, name)
                objects[name] = answer.objects or _objects(kept[name])
                asked.append(_answered(installation, name, answer, kept[name]))
                if answer.objects:
                    changes += [(name, change) for change in _changes(kept[name], answer.objects)]
                    save_objects(store, name, answer.objects, installation.clock.now())
        finally:
            connections.close()
    return _Looked(objects, tuple(asked), tuple(changes))


def _ask(installation: Installation, connections: Connections, name: str) -> Described:
    if not installation.config.connections[name].enabled:
        return Described()
    return describe(connections, name)


def _answered(installation: Installation, name: str, answer: Described, kept: Mapping[str, KeptObject]) -> Asked:
    if answer.objects:
        return Asked(name, installation.config.connections[name].connector, "live", installation.clock.now())
    saved = _saved(installation, name, kept)
    if answer.message is not None:
        return replace(saved, message=answer.message, hint=answer.hint)
    if not installation.config.connections[name].enabled:
        return replace(saved, note="It is switched off and was not asked.")
    return replace(saved, note="It told of no objects.")


def _saved(installation: Installation, name: str, kept: Mapping[str, KeptObject]) -> Asked:
    connector = installation.config.connections[name].connector
    taken = max((each.taken_at for each in kept.values()), default=None)
    if taken is None:
        return Asked(name, connector, "none", note="Nothing is kept of it yet; a check without --offline asks it.")
    return Asked(name, connector, "saved", taken)


def _objects(kept: Mapping[str, KeptObject]) -> tuple[RemoteObject, ...]:
    return tuple(each.object for each in kept.values())


def _changes(kept: Mapping[str, KeptObject], now: Sequence[RemoteObject]) -> list[Drift]:
    return [change for each in now if each.name in kept for change in drift(kept[each.name].object, each)]


def compare(files: Iterable[MappingFile], objects: Mapping[str, Sequence[RemoteObject]], known: Mapping[str, Vendor]) -> Iterable[Noted]:
    """Compare sound mappings with the objects of their connections; one whose objects are not known is passed over."""
    for file in files:
        connection = file.mapping.connection
        if not objects.get(connection):
            continue
        document = _document(file)
        for finding in _findings(file.mapping, objects[connection], known[connection]):
            yield _noted(finding, document, file.mapping)


def _findings(mapping: AnyMapping, objects: Sequence[RemoteObject], vendor: Vendor) -> list[Finding]:
    chosen = find_object(mapping, objects, vendor)
    if isinstance(chosen, Finding):
        return [chosen]
    if isinstance(mapping, InboundMapping):
        return check_inbound(mapping, objects if chosen is None else [chosen], vendor)
    return [] if chosen is None else [*check_sync(mapping, chosen, vendor), *check_group(mapping, objects, vendor)]


def _document(file: MappingFile) -> Document:
    return read_document(without_tables(file.text)[0].encode("utf-8", "surrogateescape"), str(file.path))


def _noted(finding: Finding, document: Document, mapping: AnyMapping) -> Noted:
    placed = document.problem(finding.place, finding.message, finding.nearest)
    return Noted(
        finding.level,
        finding.code,
        placed.file,
        placed.line,
        placed.column,
        placed.path,
        placed.message,
        finding.nearest,
        finding.hint,
        mapping.name,
        mapping.connection,
    )


def _writes_or_reads(mapping: AnyMapping, object_name: str) -> bool:
    members = mapping.group.members if isinstance(mapping, SyncMapping) else ()
    return mapping.object in (None, object_name) or any(member.object == object_name for member in members)


def _drifted(connection: str, change: Drift, files: Iterable[MappingFile]) -> Drifted:
    mine = [f for f in files if f.mapping.connection == connection and _writes_or_reads(f.mapping, change.object)]
    places = tuple(f"{file.path}:{line.number}: {line.target}" for file in mine for line in touched(file.mapping, change))
    return Drifted(connection, change.what, change.object, change.field, change.message, places)
