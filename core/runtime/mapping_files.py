"""The folder of the mappings as a place that is written: whole files only, nothing lost that never ran, and nobody reads half of it."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from core.contract import Manifest
from core.runtime.config.problems import Problem
from core.runtime.mapping_tables import without_tables
from core.runtime.mappings import MappingFile, MappingSet, load_mappings, read_mapping, watched_paths


@contextmanager
def folder_held(folder: Path, *, to_write: bool) -> Iterator[None]:
    """Hold the folder while several of its files are read, or written, as one.

    Our own processes wait for each other; editors do not take part. Where the file system knows no locks it is gone on without.
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        yield  # no folder: whoever reads it says so
        return
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX if to_write else fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def loaded_with(folder: Path, extra: Path | None, manifests: Mapping[str, Manifest]) -> MappingSet:
    """Read the mappings as they would be with the files of `extra` put over those of the folder; nothing is written there."""
    if extra is None or extra.resolve() == folder.resolve():
        with folder_held(folder, to_write=False):
            return load_mappings(folder, manifests)
    if not extra.is_dir():
        return MappingSet((), (Problem(str(extra), 1, 1, "", "There is no such folder to take mappings from."),))
    with TemporaryDirectory(prefix="leadloom-") as name, folder_held(folder, to_write=False):
        origin: dict[str, Path] = {}
        for path in [*watched_paths(folder), *watched_paths(extra)]:
            with suppress(OSError):  # a link that leads nowhere is no reason to refuse the others
                shutil.copyfile(path, Path(name) / path.name)
                origin[path.name] = path
        found = load_mappings(Path(name), manifests)
    problems = tuple(replace(each, file=str(origin.get(Path(each.file).name, each.file))) for each in found.problems)
    return MappingSet(tuple(replace(file, path=folder / file.path.name) for file in found.files), problems)


class Remembered:
    """Reads mappings and remembers the sound ones: a folder of many files is read again in the time that its changed files take.

    A mapping that looks values up in a table is read anew each time, since the table may have changed. For one process, whose
    connections stay as they are.
    """

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._known: dict[Path, tuple[bytes, MappingFile]] = {}

    def __call__(self, path: Path, content: bytes, manifests: Mapping[str, Manifest]) -> MappingFile | list[Problem]:
        """Give the mapping of a file, or what is wrong with it."""
        known = self._known.pop(path, None)
        found = known[1] if known is not None and known[0] == content else read_mapping(path, content, manifests)
        if isinstance(found, MappingFile) and not without_tables(found.text)[1]:
            self._known[path] = content, found
        return found


@dataclass(frozen=True, slots=True)
class Written:
    """What writing did: the files that changed, and where drafts were kept that had never run."""

    files: tuple[str, ...]
    drafts: tuple[str, ...]


class FolderWriter:
    """Writes files of the folder. What stood there is kept beside as a draft, unless it is known to be kept elsewhere."""

    def __init__(self, folder: Path, at: datetime) -> None:
        """Take the folder (hold it) and the time that names the drafts."""
        self._folder = folder
        self._suffix = f".draft-{at:%Y%m%d-%H%M%S}"
        self._files: list[str] = []
        self._drafts: list[str] = []

    def put(self, name: str, content: bytes, *, is_kept: bool) -> None:
        """Make a file hold exactly this, in one step; `is_kept` says that what stands there needs no draft."""
        path = self._folder / name
        if _content(path) == content:
            return
        if not is_kept:
            self._keep(path)
        fresh = self._folder / f".{name}.new"
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.is_file():
            shutil.copymode(path, fresh)
        fresh.replace(path.resolve() if path.is_symlink() else path)
        self._files.append(name)

    def take_away(self, name: str, *, is_kept: bool) -> None:
        """Remove a file."""
        path = self._folder / name
        if not is_kept:
            self._keep(path)
        path.unlink(missing_ok=True)
        self._files.append(name)

    def done(self) -> Written:
        """Give what was written."""
        return Written(tuple(self._files), tuple(self._drafts))

    def _keep(self, path: Path) -> None:
        if path.is_file():
            draft = path.with_name(path.name + self._suffix)
            shutil.copy2(path, draft)
            self._drafts.append(draft.name)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
