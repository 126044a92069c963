"""The mappings as commands speak of them: by name or by path, with what is in force and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.contract import Manifest
from core.flow.mapping.model import InboundMapping
from core.runtime.config.problems import Problem, nearest_name
from core.runtime.installation import Installation
from core.runtime.mapping_tables import without_tables
from core.runtime.mappings import MappingFile, MappingSet, load_mappings, read_mapping
from core.runtime.releases import standing
from core.store.queries.mappings import in_force_since, mapping_text, versions_of
from core.store.store import Store


class NoSuchMapping(Exception):
    """A word names neither a mapping nor a file; the message says what there is."""


@dataclass(frozen=True, slots=True)
class ListedMapping:
    """One mapping file. Where it has problems, nothing but its running version is known.

    `running` is the version in force under its name, `since` when that went into force; both None when none is.
    """

    file: str
    name: str
    kind: str
    connection: str
    object: str | None
    subject: str
    description: str
    version: str
    examples: int
    running: str | None
    since: datetime | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A mapping's text, and the mapping itself where it is sound; else what is wrong."""

    title: str
    text: str
    file: MappingFile | None
    problems: tuple[Problem, ...]


def manifests_of(installation: Installation) -> dict[str, Manifest]:
    """The facts behind every configured connection whose connector exists; nothing is opened."""
    known = installation.registry.manifests()
    return {name: known[each.connector] for name, each in installation.config.connections.items() if each.connector in known}


def all_mappings(installation: Installation) -> MappingSet:
    """Read the folder of the mappings."""
    return load_mappings(installation.config.mappings_dir, manifests_of(installation))


def chosen_mappings(installation: Installation, words: Sequence[str]) -> MappingSet:
    """The mappings that the words name (paths, or names of mappings), or all without words; raises NoSuchMapping."""
    loaded = all_mappings(installation)
    if not words:
        return loaded
    files: list[MappingFile] = []
    problems: list[Problem] = []
    for word in words:
        path = _path(installation, loaded, word)
        found = read_mapping(path, path.read_bytes(), manifests_of(installation))
        if isinstance(found, MappingFile):
            files.append(found)
        else:
            problems += found
    return MappingSet(tuple(files), tuple(problems))


def listed_mappings(installation: Installation, store: Store) -> list[ListedMapping]:
    """All files of the folder, by their names, with what of them is in force."""
    stands = standing(installation.config, manifests_of(installation), store)
    with store.snapshot() as snapshot:
        since = in_force_since(snapshot)
    running = {name: (version, since.get(name)) for name, version in (stands.release.members if stands.release else {}).items()}
    rows = [_listed(file, *running.get(file.mapping.name, (None, None))) for file in stands.loaded.files]
    broken: dict[str, list[str]] = {}
    for problem in stands.loaded.problems:
        broken.setdefault(Path(problem.file).name, []).append(str(problem))
    kept = {each.file: each for each in stands.kept}
    for file, problems in broken.items():
        name = kept[file].name if file in kept else ""
        version, at = running.get(name, (None, None))
        rows.append(ListedMapping(file, name, "", "", None, "", "", "", 0, version, at, tuple(problems)))
    return sorted(rows, key=lambda row: row.file)


def _listed(file: MappingFile, running: str | None, since: datetime | None) -> ListedMapping:
    mapping = file.mapping
    return ListedMapping(
        file=file.path.name,
        name=mapping.name,
        kind="inbound" if isinstance(mapping, InboundMapping) else "sync",
        connection=mapping.connection,
        object=mapping.object,
        subject=mapping.subject.value,
        description=mapping.description,
        version=mapping.version,
        examples=len(mapping.examples),
        running=running,
        since=since,
        problems=(),
    )


def shown_mapping(installation: Installation, word: str) -> Shown:
    """Give a mapping's file as it stands; raises NoSuchMapping."""
    path = _path(installation, all_mappings(installation), word)
    content = path.read_bytes()
    return _shown(path, content.decode("utf-8-sig", "replace"), read_mapping(path, content, manifests_of(installation)))


def kept_mapping(installation: Installation, store: Store, word: str, version: str) -> Shown:
    """Give a version that ran once, by the beginning of its id; raises NoSuchMapping."""
    files = {file.path.name: file.mapping.name for file in all_mappings(installation).files}
    name = files.get(Path(word).name) or files.get(f"{word}.yaml") or word
    with store.snapshot() as snapshot:
        known = versions_of(snapshot, name)
        found = [each for each in known if each.startswith(version)]
        text = mapping_text(snapshot, name, found[0]) if len(found) == 1 else None
    if text is None:
        told = f"There is: {', '.join(known)}." if known else "None of its versions ever ran."
        raise NoSuchMapping(f"Mapping '{name}' has {'several versions' if found else 'no version'} '{version}'. {told}")
    path = installation.config.mappings_dir / f"{name} {found[0]}"
    read = read_mapping(path, text.encode("utf-8", "surrogateescape"), manifests_of(installation))
    return _shown(path, without_tables(text)[0], read)


def _shown(path: Path, text: str, read: MappingFile | list[Problem]) -> Shown:
    if isinstance(read, MappingFile):
        return Shown(path.name, text, read, ())
    return Shown(path.name, text, None, tuple(read))


def _path(installation: Installation, loaded: MappingSet, word: str) -> Path:
    """The file that a word names: its path, its name in the folder with or without `.yaml`, or the name of its mapping."""
    for file in loaded.files:
        if file.mapping.name == word:
            return file.path
    folder = installation.config.mappings_dir
    for path in (Path(word), folder / word, folder / f"{word}.yaml"):
        if path.is_file():
            return path
    names = sorted({*(file.mapping.name for file in loaded.files), *(path.name for path in folder.glob("*.yaml"))})
    near = nearest_name(word, names)
    advice = f"Did you mean '{near}'?" if near else f"There is: {', '.join(names) or 'none'}."
    raise NoSuchMapping(f"'{word}' is neither a file nor the name of a mapping. {advice}")
