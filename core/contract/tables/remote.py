"""Files with tables that lie elsewhere: fetched one at a time into a private temporary folder, read, and remembered by their version."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from core.contract.errors import ConfigInvalid
from core.contract.records import Cursor, Page
from core.contract.tables.reading import WORKBOOKS, Position, open_tables, read_blocks, refuse_large
from core.contract.tables.row_maker import file_reject
from core.contract.tables.settings import TableSettings
from core.contract.tables.table import FileUnreadable, Place, Table

UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".done")
"""Ends of the names that programs give to files they have not finished, and of the companions that say another one is."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file as its listing tells it. `version` is another one whenever the content may be.

    A file that is not `settled` may still be growing: it is read once two readings in a row have met it in the same version.
    `known_by` is its id where the storage has one, so that another name makes no other file of it.
    """

    name: str
    version: str
    size: int
    settled: bool = True
    known_by: str = ""

    @property
    def key(self) -> str:
        """What the file is known by, shortened for the cursor."""
        return _short(self.known_by or self.name)

    @property
    def mark(self) -> str:
        """The version, shortened for the cursor."""
        return _short(f"{self.version}:{self.size}")


class FileRefused(FileUnreadable):
    """The file may not be read for now, so it is told and tried again at every reading, in the same version too."""


class FileGone(Exception):
    """The file is not there any more in the version that was listed; the next listing tells what became of it."""


Fetch = Callable[[RemoteFile, BinaryIO], None]
"""Writes a file's content; raises FileGone, or FileUnreadable where it cannot be had at all."""


class _Open(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    mark: str
    sheet: str
    offset: int
    row: int

    @property
    def position(self) -> Position:
        return Position(self.sheet, Place(self.offset, self.row))


class RemoteState(BaseModel):
    """The cursor's content: what is read and what waits, by shortened name and version, and the place in a file that is half read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    done: dict[str, str] = {}
    waiting: dict[str, str] = {}
    open: _Open | None = None

    @classmethod
    def decode(cls, cursor: Cursor | None) -> Self:
        """Read a cursor of ours; raises ConfigInvalid for any other."""
        try:
            return cls() if cursor is None else cls.model_validate_json(cursor)
        except ValidationError:
            raise ConfigInvalid("The cursor was not made by a connector of files.", hint="Begin the reading anew.") from None

    def encode(self) -> Cursor:
        """Write the cursor."""
        return Cursor(self.model_dump_json(exclude_defaults=True))

    def closed(self, read: Mapping[str, str] | None = None) -> Self:
        """Be in the middle of no file, and be done with one more where it is given."""
        more = read or {}
        waiting = {name: mark for name, mark in self.waiting.items() if name not in more}
        return self.model_copy(update={"done": {**self.done, **more}, "waiting": waiting, "open": None})


def is_wanted(name: str, pattern: str) -> bool:
    """Whether the last part of a name fits a pattern; hidden files, and those that Office holds open or a sender still writes, never do."""
    last = PurePosixPath(name).name.lower()
    globs = [each.strip().lower() for each in pattern.split(",") if each.strip()]
    return not last.startswith(("~$", ".")) and not last.endswith(UNFINISHED) and any(fnmatchcase(last, glob) for glob in globs)


def remote_pages(files: Iterable[RemoteFile], since: Cursor | None, settings: TableSettings, fetch: Fetch) -> Iterator[Page]:
    """Yield the rows of files that are new or have another version, in the order of names; files that are gone are forgotten."""
    state = RemoteState.decode(since)
    listed = sorted(files, key=lambda file: file.name)
    marks = {file.key: file.mark for file in listed}
    ready = {file.key for file in listed if file.settled}
    kept = {name: mark for name, mark in state.done.items() if name in marks}
    met = {name: mark for name, mark in marks.items() if name not in ready and kept.get(name) != mark}
    ready |= {name for name, mark in met.items() if state.waiting.get(name) == mark}
    state = RemoteState(done=kept, waiting=met, open=state.open)
    for file in listed:
        if state.done.get(file.key) == file.mark or file.key not in ready:
            continue
        for page in _file_pages(file, state, settings, fetch):
            yield page
            state = RemoteState.decode(page.resume)
    yield Page((), state.closed().encode())


@contextmanager
def fetched_tables(file: RemoteFile, settings: TableSettings, fetch: Fetch) -> Iterator[list[Table]]:
    """Hold a file's tables open. Its copy lies in a folder that only this user can enter, and is deleted at the end."""
    refuse_large(file.size, settings)
    with tempfile.TemporaryDirectory(prefix="leadloom-") as folder:
        suffix = PurePosixPath(file.name).suffix.lower()
        # a name that comes from elsewhere may have an end that no file here can bear
        path = Path(folder) / f"file{suffix if suffix in WORKBOOKS else '.csv'}"
        with path.open("wb") as sink:
            fetch(file, sink)
        yield open_tables(path, path.stat().st_size, settings)


def _file_pages(file: RemoteFile, state: RemoteState, settings: TableSettings, fetch: Fetch) -> Iterator[Page]:
    short = file.key
    came_from = state.open if state.open and (state.open.file, state.open.mark) == (short, file.mark) else None
    finished = state.closed({short: file.mark}).encode()
    try:
        with fetched_tables(file, settings, fetch) as tables:
            for block in read_blocks(file.name, file.size, tables, settings, came_from.position if came_from else None):
                place = block.end.place
                here = _Open(file=short, mark=file.mark, sheet=block.end.sheet, offset=place.offset, row=place.row)
                yield Page(block.changes, state.model_copy(update={"open": here}).encode(), block.rejects)
    except FileGone:
        return
    except FileRefused as error:
        yield Page((), state.encode(), [file_reject(file.name, file.mark, error)])
        return
    except FileUnreadable as error:
        yield Page((), finished, [file_reject(file.name, file.mark, error)])
        return
    yield Page((), finished)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
