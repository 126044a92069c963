"""The files of the folder: which ones count, whether one is whole, whether it is still the same, and where it goes when read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from core.contract import ConfigInvalid
from core.contract.tables.remote import UNFINISHED
from core.contract.tables.sniff import HEAD_BYTES

ARCHIVE = "archive"
ERROR = "error"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file that counts. `stamp` (size and time) tells whether it is still growing."""

    path: Path
    size: int
    stamp: str

    @property
    def name(self) -> str:
        """The file's name, without the folder."""
        return self.path.name

    @property
    def is_announced(self) -> bool:
        """Whether its companion says that it is whole: `leads.csv.done` or `leads.done`."""
        return any(companion.exists() for companion in self.companions())

    def companions(self) -> tuple[Path, Path]:
        """The names that the companion may have."""
        return self.path.with_name(f"{self.name}.done"), self.path.with_suffix(".done")

    def fingerprint(self) -> str:
        """What tells this state of the file from any other: size, time, and a hash of its beginning."""
        with self.path.open("rb") as file:
            head = hashlib.sha256(file.read(HEAD_BYTES)).hexdigest()[:16]
        return f"{self.stamp}:{head}"


def list_files(folder: Path, pattern: str) -> list[FoundFile]:
    """The files that count, in the order of their names; raises ConfigInvalid when the folder cannot be read."""
    try:
        return sorted(_matching(folder, pattern), key=lambda file: file.name)
    except OSError as error:
        raise ConfigInvalid(
            f"The folder '{folder}' cannot be read ({error.strerror}).", hint="Create it or correct its rights.", setting="folder"
        ) from error


def move(file: FoundFile, where: str) -> None:
    """Move a file into a folder beside it, under another name when the name is taken there; its companion goes."""
    target_folder = file.path.parent / where
    target_folder.mkdir(exist_ok=True)
    target, number = target_folder / file.name, 1
    while target.exists():
        number += 1
        target = target_folder / f"{file.path.stem}-{number}{file.path.suffix}"
    file.path.replace(target)
    for companion in file.companions():
        companion.unlink(missing_ok=True)


def _matching(folder: Path, pattern: str) -> Iterator[FoundFile]:
    globs = [each.strip().lower() for each in pattern.split(",") if each.strip()]
    for path in folder.iterdir():
        name = path.name.lower()
        if name.startswith(("~$", ".")) or name.endswith(UNFINISHED) or not any(fnmatchcase(name, glob) for glob in globs):
            continue
        # a link could lead out of the folder, to files that nobody meant to import
        if path.is_symlink() or not path.is_file():
            continue
        try:
            facts = path.stat()
        except FileNotFoundError:
            continue
        yield FoundFile(path, facts.st_size, f"{facts.st_size}:{facts.st_mtime_ns}")
