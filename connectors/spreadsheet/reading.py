"""Walks through the folder file by file and page by page; every page's cursor is a safe place to go on from."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.spreadsheet.cursor import Progress, State
from connectors.spreadsheet.folder import ARCHIVE, ERROR, FoundFile, list_files, move
from connectors.spreadsheet.settings import SpreadsheetSettings
from core.contract import Page
from core.contract.tables.reading import WORKBOOKS, Position, open_tables, read_blocks
from core.contract.tables.row_maker import file_reject
from core.contract.tables.sniff import sniff
from core.contract.tables.table import FileUnreadable, Table


class FolderReader:
    """One read of the folder from a state on. Files are moved only after the page that ends them was taken."""

    def __init__(self, settings: SpreadsheetSettings, state: State) -> None:
        """Keep both; nothing is opened yet."""
        self._settings = settings
        self._state = state

    def pages(self) -> Iterator[Page]:
        """Yield the pages of all files that are whole and not read yet, then one that remembers what still grows."""
        files = list_files(self._settings.folder, self._settings.pattern)
        self._state = self._state.only({file.name for file in files})
        for file in files:
            yield from self._file_pages(file)
        yield Page((), self._state.encode())

    def _file_pages(self, file: FoundFile) -> Iterator[Page]:
        try:
            fingerprint = file.fingerprint()
        except FileNotFoundError:
            return
        except OSError as error:
            # not marked as done: it is tried again until its rights are right
            yield Page(
                (), self._state.encode(), [file_reject(file.name, file.stamp, FileUnreadable(f"It cannot be opened ({error.strerror})."))]
            )
            return
        if fingerprint not in (self._state.done.get(file.name), self._state.failed.get(file.name)):
            if not self._is_whole(file, fingerprint):
                self._state = self._state.waits_for(file.name, file.stamp)
                return
            yield from self._read(file, fingerprint)
        if self._settings.keep == "move":
            move(file, ERROR if file.name in self._state.failed else ARCHIVE)

    def _is_whole(self, file: FoundFile, fingerprint: str) -> bool:
        if self._settings.complete == "now" or file.is_announced or self._opened_before(file, fingerprint):
            return True
        return self._settings.complete == "stable" and self._state.waiting.get(file.name) == file.stamp

    def _opened_before(self, file: FoundFile, fingerprint: str) -> Progress | None:
        came_from = self._state.open
        return came_from if came_from and (came_from.name, came_from.fingerprint) == (file.name, fingerprint) else None

    def _read(self, file: FoundFile, fingerprint: str) -> Iterator[Page]:
        came_from = self._opened_before(file, fingerprint)
        try:
            encoding = came_from.encoding if came_from else None
            if encoding is None and file.path.suffix.lower() not in WORKBOOKS:
                encoding = self._settings.encoding or sniff(file.path, delimiter=",").encoding
            progress = came_from or Progress(name=file.name, fingerprint=fingerprint, encoding=encoding)
            yield from self._table_pages(
                file, progress, open_tables(file.path, file.size, self._settings, encoding), resumed=came_from is not None
            )
        except FileUnreadable as error:
            self._state = self._state.finished(file.name, fingerprint, failed=True)
            yield Page((), self._state.encode(), [file_reject(file.name, fingerprint, error)])
            return
        self._state = self._state.finished(file.name, fingerprint, failed=False)
        yield Page((), self._state.encode())

    def _table_pages(self, file: FoundFile, progress: Progress, tables: list[Table], *, resumed: bool) -> Iterator[Page]:
        position = Position(progress.sheet, progress.place) if resumed else None
        for block in read_blocks(file.name, file.size, tables, self._settings, position):
            here = {"sheet": block.end.sheet, "offset": block.end.place.offset, "row": block.end.place.row}
            self._state = self._state.at(progress.model_copy(update=here))
            yield Page(block.changes, self._state.encode(), block.rejects)
