"""Files with tables that lie elsewhere: fetched one at a time into a private temporary folder, read, and remembered by their version."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from core.contract.errors import ConfigInvalid
from core.contract.records import Cursor, Page
from core.contract.tables.reading import Position, open_tables, read_blocks, refuse_large
from core.contract.tables.row_maker import file_reject
from core.contract.tables.settings import TableSettings
from core.contract.tables.table import FileUnreadable, Place, Table


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file as its listing tells it. `version` is another one whenever the content may be."""

    name: str
    version: str
    size: int

    @property
    def mark(self) -> str:
        """The version, shortened for the cursor."""
        return _short(f"{self.version}:{self.size}")


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
    """The cursor's content: what is read, by shortened name and version, and the place in a file that is not read to its end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    done: dict[str, str] = {}
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


def is_wanted(name: str, pattern: str) -> bool:
    """Whether the last part of a name fits one of the patterns; files that Office holds open, and hidden ones, never do."""
    last = PurePosixPath(name).name.lower()
    globs = [each.strip().lower() for each in pattern.split(",") if each.strip()]
    return not last.startswith(("~$", ".")) and any(fnmatchcase(last, glob) for glob in globs)


def remote_pages(files: Iterable[RemoteFile], since: Cursor | None, settings: TableSettings, fetch: Fetch) -> Iterator[Page]:
    """Yield the rows of files that are new or have another version, in the order of names; files that are gone are forgotten."""
    state = RemoteState.decode(since)
    listed = sorted(files, key=lambda file: file.name)
    known = {_short(file.name) for file in listed}
    state = RemoteState(done={name: mark for name, mark in state.done.items() if name in known}, open=state.open)
    for file in listed:
        if state.done.get(_short(file.name)) == file.mark:
            continue
        for page in _file_pages(file, state, settings, fetch):
            yield page
            state = RemoteState.decode(page.resume)
    yield Page((), RemoteState(done=state.done).encode())


@contextmanager
def fetched_tables(file: RemoteFile, settings: TableSettings, fetch: Fetch) -> Iterator[list[Table]]:
    """Hold a file's tables open. Its copy lies in a folder that only this user can enter, and is deleted at the end."""
    refuse_large(file.size, settings)
    with tempfile.TemporaryDirectory(prefix="leadloom-") as folder:
        path = Path(folder) / f"file{PurePosixPath(file.name).suffix.lower()}"
        with path.open("wb") as sink:
            fetch(file, sink)
        yield open_tables(path, path.stat().st_size, settings)


def _file_pages(file: RemoteFile, state: RemoteState, settings: TableSettings, fetch: Fetch) -> Iterator[Page]:
    short = _short(file.name)
    came_from = state.open if state.open and (state.open.file, state.open.mark) == (short, file.mark) else None
    finished = RemoteState(done={**state.done, short: file.mark}).encode()
    try:
        with fetched_tables(file, settings, fetch) as tables:
            for block in read_blocks(file.name, file.size, tables, settings, came_from.position if came_from else None):
                place = block.end.place
                here = _Open(file=short, mark=file.mark, sheet=block.end.sheet, offset=place.offset, row=place.row)
                yield Page(block.changes, RemoteState(done=state.done, open=here).encode(), block.rejects)
    except FileGone:
        return
    except FileUnreadable as error:
        yield Page((), finished, [file_reject(file.name, file.mark, error)])
        return
    yield Page((), finished)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
