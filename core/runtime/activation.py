"""Putting mappings in force and taking them back: files of another folder taken over, older versions restored, drafts kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.contract import Manifest
from core.runtime.config.problems import Problem
from core.runtime.installation import Installation
from core.runtime.mapping_files import FolderWriter, Written, folder_held, loaded_with
from core.runtime.mapping_tables import without_tables
from core.runtime.mappings import MappingFile, MappingSet, load_mappings, watched_paths
from core.runtime.releases import How, newest_release, read_release, save_release
from core.store.queries.mappings import Release, every_release, mapping_text, release_numbered, versions_of
from core.store.store import Snapshot, Store


class UnsoundMappings(Exception):
    """Mappings that would go into force are not sound; nothing was done. `problems` holds everything that is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems in the order of the files."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


class NoWayBack(Exception):
    """There is no such release or version; the message says which there are."""


@dataclass(frozen=True, slots=True)
class Activated:
    """The release that is in force now, and what was done to the folder for it."""

    release: int
    written: Written


@dataclass(frozen=True, slots=True)
class Target:
    """What a rollback would put in force: the whole set of mappings, and those of them whose files are restored.

    `what` says in words where it comes from.
    """

    what: str
    files: tuple[MappingFile, ...]
    scope: frozenset[str]
    is_whole: bool


def sound_files(installation: Installation, manifests: Mapping[str, Manifest], extra: Path | None) -> MappingSet:
    """Read what would go into force: the folder, with the files of `extra` over it. Raises UnsoundMappings."""
    loaded = loaded_with(installation.config.mappings_dir, extra, manifests)
    if loaded.problems:
        raise UnsoundMappings(loaded.problems)
    return loaded


def apply_files(installation: Installation, store: Store, loaded: MappingSet, extra: Path | None) -> Activated:
    """Put the files in force that were read before; those of `extra` go into the folder first, and nothing there is lost.

    Raises UnsoundMappings when somebody broke a file of `extra` meanwhile.
    """
    folder = installation.config.mappings_dir
    manifests = installation.connections(store).configured()
    with folder_held(folder, to_write=True):
        writer = FolderWriter(folder, installation.clock.now())
        if extra is not None and extra.resolve() != folder.resolve():
            kept = _kept_names(store, load_mappings(folder, manifests))
            for path in watched_paths(extra):
                writer.put(path.name, path.read_bytes(), is_kept=path.name in kept)
            loaded = load_mappings(folder, manifests)
            if loaded.problems:
                raise UnsoundMappings(loaded.problems)
        number = save_release(store, installation.clock, loaded.files, How.APPLIED)
    return Activated(number, writer.done())


def rollback_target(installation: Installation, store: Store, name: str | None, to: str | None) -> Target:
    """Find what to go back to: the release before the running one, or of one mapping the version before. Raises NoWayBack.

    `to` names a release by its number or, for one mapping, a version by its first characters. Raises UnsoundMappings when
    what ran then does not fit the connections of today.
    """
    manifests = installation.connections(store).configured()
    running, _ = newest_release(store)
    if running is None:
        raise NoWayBack("No mapping ever ran here, so there is nothing to go back to.")
    with store.snapshot() as snapshot:
        if name is None:
            release = _release_before(snapshot, running) if to is None else _numbered(snapshot, to)
            what, scope = f"release {release.number}", frozenset({*release.members, *running.members})
        else:
            version = _version_before(snapshot, running, name) if to is None else _version(snapshot, name, to)
            files = {name: _file_of(snapshot, name), **running.files}
            release = Release(0, running.at, "", {**running.members, name: version}, files)
            what, scope = f"version {version} of '{name}'", frozenset({name})
        texts = {each: mapping_text(snapshot, each, version) or "" for each, version in release.members.items()}
    found, problems = read_release(installation.config.mappings_dir, manifests, release, texts)
    if problems:
        raise UnsoundMappings(problems)
    if name is None and installation.config.mappings.activate == "on_apply":
        scope = frozenset(each for each in scope if release.members.get(each) != running.members.get(each))
    return Target(what, found, scope, is_whole=name is None)


def roll_back(installation: Installation, store: Store, target: Target) -> Activated:
    """Restore files and tables, and put the versions in force.

    A text that never ran is kept beside as `FILE.draft-TIME`; one that ran is in the store.
    """
    folder = installation.config.mappings_dir
    with folder_held(folder, to_write=True):
        loaded = load_mappings(folder, installation.connections(store).configured())
        writer = FolderWriter(folder, installation.clock.now())
        _restore(writer, target, loaded, _kept_names(store, loaded), wholly=installation.config.mappings.activate == "on_save")
        number = save_release(store, installation.clock, target.files, How.ROLLED_BACK)
    return Activated(number, writer.done())


def _restore(writer: FolderWriter, target: Target, loaded: MappingSet, kept: frozenset[str], *, wholly: bool) -> None:
    """`wholly`: what is in the folder is in force, so a mapping that is not to run must not be there."""
    now = {file.mapping.name: file.path.name for file in loaded.files}
    wanted = {file.mapping.name: file for file in target.files}
    gone = (set(now) if wholly and target.is_whole else target.scope & set(now)) - set(wanted)
    for name in sorted(gone):
        writer.take_away(now[name], is_kept=now[name] in kept)
    holders = {file: name for name, file in now.items()}
    for name in sorted(target.scope & set(wanted)):
        text, tables = without_tables(wanted[name].text)
        file = now.get(name, wanted[name].path.name)
        if holders.get(file, name) != name:  # another mapping lives in that file by now
            file = f"{Path(file).stem}-restored.yaml"
        writer.put(file, text.encode("utf-8", "surrogateescape"), is_kept=file in kept)
        for table, rows in tables.items():
            writer.put(table, rows.encode("utf-8", "surrogateescape"), is_kept=table in kept)


def _kept_names(store: Store, loaded: MappingSet) -> frozenset[str]:
    """The files whose text has run and is therefore in the store, tables included."""
    kept: set[str] = set()
    with store.snapshot() as snapshot:
        for file in loaded.files:
            if mapping_text(snapshot, file.mapping.name, file.mapping.version) is not None:
                kept |= {file.path.name, *without_tables(file.text)[1]}
    return frozenset(kept)


def _release_before(snapshot: Snapshot, running: Release) -> Release:
    for release in every_release(snapshot):
        if release.number < running.number:
            return release
    raise NoWayBack(f"Release {running.number} is the first, so there is nothing to go back to.")


def _numbered(snapshot: Snapshot, to: str) -> Release:
    found = release_numbered(snapshot, int(to)) if to.isdigit() else None
    if found is None:
        hint = "" if to.isdigit() else " A version belongs to one mapping: name that, too, as in `leadloom rollback NAME --to VERSION`."
        raise NoWayBack(f"There is no release '{to}'. `leadloom releases` lists them.{hint}")
    return found


def _version_before(snapshot: Snapshot, running: Release, name: str) -> str:
    now = running.members.get(name)
    for release in every_release(snapshot):
        version = release.members.get(name)
        if version is not None and version != now:
            return version
    raise NoWayBack(f"'{name}' ran in one version only, so there is none to go back to.")


def _version(snapshot: Snapshot, name: str, to: str) -> str:
    release = release_numbered(snapshot, int(to)) if to.isdigit() else None
    if release is not None and name in release.members:
        return release.members[name]
    versions = versions_of(snapshot, name)
    found = [version for version in versions if version.startswith(to)]
    if len(found) == 1:
        return found[0]
    wrong = "Several versions begin so" if found else "That is no version of it, nor a release in which it ran"
    raise NoWayBack(f"'{name}' --to {to}: {wrong}. It ran as {', '.join(versions[:10])}.")


def _file_of(snapshot: Snapshot, name: str) -> str:
    """The file in which a mapping stood when it last ran."""
    for release in every_release(snapshot):
        if name in release.files:
            return release.files[name]
    return f"{name}.yaml"


def known_mappings(store: Store) -> list[str]:
    """The names of all mappings that ever ran."""
    with store.snapshot() as snapshot:
        return sorted({name for release in every_release(snapshot) for name in release.members})
