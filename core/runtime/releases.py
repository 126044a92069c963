"""What runs and what the files say: mappings go into force as releases, whose texts are kept for as long as values made by them are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from core.contract import Clock, Manifest
from core.flow.mapping.model import SyncMapping
from core.flow.pipeline import Rules
from core.runtime.config.problems import Problem
from core.runtime.mapping_files import folder_held
from core.runtime.mappings import MappingFile, MappingSet, ReadMapping, load_mappings, read_mapping
from core.runtime.settings import Config
from core.store.commands.mappings import SaveMappings
from core.store.queries.mappings import Release, every_release, in_force_since, release_number, release_texts, releases
from core.store.store import Store


class How(StrEnum):
    """How a release came into force."""

    SAVED = "saved"
    APPLIED = "applied"
    ROLLED_BACK = "rolled_back"


class Change(StrEnum):
    """What became of a mapping between two sets of them."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Kept:
    """A mapping whose file is not sound, and whose last sound version goes on."""

    name: str
    version: str
    file: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What runs, and how the files stand to it.

    `edited` tells by name what would change if the files went into force; `problems` are those of the files and of
    mappings that run no more because their connection is gone.
    """

    release: Release | None
    running: tuple[MappingFile, ...]
    loaded: MappingSet
    kept: tuple[Kept, ...]
    edited: Mapping[str, Change]
    problems: tuple[Problem, ...]

    def rules(self) -> Rules:
        """The mappings that run."""
        return MappingSet(self.running, ()).rules()


def newest_release(store: Store) -> tuple[Release | None, dict[str, str]]:
    """The release in force with its texts by name; None before the first."""
    with store.snapshot() as snapshot:
        found = releases(snapshot, 1)
        return (found[0], release_texts(snapshot, found[0])) if found else (None, {})


def read_release(
    folder: Path, manifests: Mapping[str, Manifest], release: Release, texts: Mapping[str, str]
) -> tuple[tuple[MappingFile, ...], tuple[Problem, ...]]:
    """Read the mappings of a release again; what does not fit the connections of today is left out and told."""
    files: list[MappingFile] = []
    problems: list[Problem] = []
    for name, text in texts.items():
        found = read_mapping(folder / release.files[name], text.encode("utf-8", "surrogateescape"), manifests)
        if isinstance(found, MappingFile):
            files.append(found)
        else:
            problems += found
    return tuple(files), tuple(problems)


def kept_files(
    folder: Path, manifests: Mapping[str, Manifest], loaded: MappingSet, release: Release | None, texts: Mapping[str, str]
) -> tuple[MappingFile, ...]:
    """The last sound versions of what stands in the broken files: of those that still name it, or that held it before."""
    if release is None or not loaded.problems:
        return ()
    broken = {Path(problem.file).name: _text(Path(problem.file)) for problem in loaded.problems}
    lost = sorted(set(texts) - {file.mapping.name for file in loaded.files})
    wanted = {name: texts[name] for name in lost if release.files[name] in broken or any(name in text for text in broken.values())}
    found, _ = read_release(folder, manifests, release, wanted)
    written = {_target(file) for file in loaded.files}
    return tuple(file for file in found if _target(file) is None or _target(file) not in written)


def load_files(
    folder: Path, manifests: Mapping[str, Manifest], store: Store, read: ReadMapping | None = None
) -> tuple[MappingSet, tuple[MappingFile, ...]]:
    """Read the folder as one, and with it what goes on for the files that are broken."""
    with folder_held(folder, to_write=False):
        loaded = load_mappings(folder, manifests, read)
    release, texts = newest_release(store) if loaded.problems else (None, {})
    return loaded, kept_files(folder, manifests, loaded, release, texts)


def save_release(store: Store, clock: Clock, files: Sequence[MappingFile], how: How) -> int:
    """Keep the texts of what goes into force; gives the number of the release, which is the last one's when nothing changed."""
    rows = tuple((file.mapping.name, file.mapping.version, file.text, file.path.name) for file in files)
    return store.write(SaveMappings(store.workspace, rows, clock.now(), how.value))


def standing(config: Config, manifests: Mapping[str, Manifest], store: Store) -> Standing:
    """Work out what runs and how the files differ from it; reads only, in whatever process."""
    folder = config.mappings_dir
    with folder_held(folder, to_write=False):
        loaded = load_mappings(folder, manifests)
    release, texts = newest_release(store)
    kept = kept_files(folder, manifests, loaded, release, texts)
    edited = changes(release.members if release else {}, _versions((*loaded.files, *kept)))
    if release is None or config.mappings.activate == "on_save":
        running, problems = (*loaded.files, *kept), loaded.problems
    else:
        running, unfit = read_release(folder, manifests, release, texts)
        known = {str(problem) for problem in loaded.problems}
        problems = (*loaded.problems, *(problem for problem in unfit if str(problem) not in known))
    with store.snapshot() as snapshot:
        since = in_force_since(snapshot)
    told = tuple(Kept(file.mapping.name, file.mapping.version, file.path.name, since.get(file.mapping.name)) for file in kept)
    return Standing(release, running, loaded, told, edited, problems)


def running_rules(config: Config, manifests: Mapping[str, Manifest], store: Store) -> Rules:
    """The mappings that run, with the lists that they refer to; nothing is said about the files beyond that."""
    from core.runtime.reference_lists import ReferenceLists  # brings SQLAlchemy: the process that takes in does without

    return ReferenceLists(store)(rules_without_lists(config, manifests, store))


def rules_without_lists(config: Config, manifests: Mapping[str, Manifest], store: Store, read: ReadMapping | None = None) -> Rules:
    """The mappings that run, to see what they read and write; `read` may remember what it has read."""
    folder = config.mappings_dir
    if config.mappings.activate == "on_apply":
        with store.snapshot() as snapshot:
            is_started = release_number(snapshot) > 0
        if is_started:
            return released_rules(folder, manifests, store)
    loaded, kept = load_files(folder, manifests, store, read)
    return MappingSet((*loaded.files, *kept), ()).rules()


def released_rules(folder: Path, manifests: Mapping[str, Manifest], store: Store) -> Rules:
    """The mappings of the newest release, which is what was last at work; none before the first."""
    release, texts = newest_release(store)
    return Rules() if release is None else MappingSet(read_release(folder, manifests, release, texts)[0], ()).rules()


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, Change]:
    """Compare two sets of mappings, each as versions by name."""
    found: dict[str, Change] = {}
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            found[name] = Change.NEW if name not in before else Change.GONE if name not in after else Change.CHANGED
    return found


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """One release as people see it: what it changed, and whether it runs."""

    number: int
    at: datetime
    how: str
    mappings: Mapping[str, str]
    changed: Mapping[str, Change]
    is_running: bool


def list_releases(store: Store, most: int) -> list[ReleaseView]:
    """The newest releases, newest first, each with what it changed against the one before."""
    shown: list[ReleaseView] = []
    after: Release | None = None
    with store.snapshot() as snapshot:
        for release in every_release(snapshot):
            if after is not None:
                shown.append(_view(after, release, is_running=not shown))
            after = release
            if len(shown) == most:
                return shown
    return shown if after is None else [*shown, _view(after, None, is_running=not shown)]


def _view(release: Release, before: Release | None, *, is_running: bool) -> ReleaseView:
    changed = changes(before.members if before else {}, release.members)
    return ReleaseView(release.number, release.at, release.how, release.members, changed, is_running)


def _versions(files: Sequence[MappingFile]) -> dict[str, str]:
    return {file.mapping.name: file.mapping.version for file in files}


def _target(file: MappingFile) -> tuple[str, str, str] | None:
    """What a sync mapping writes; no two may write the same."""
    mapping = file.mapping
    return (mapping.connection, mapping.object, mapping.subject) if isinstance(mapping, SyncMapping) else None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
