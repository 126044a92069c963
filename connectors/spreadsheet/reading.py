"""Walks through the folder file by file and page by page; every page's cursor is a safe place to go on from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from connectors.spreadsheet.csv_reader import open_csv
from connectors.spreadsheet.cursor import Progress, State
from connectors.spreadsheet.folder import ARCHIVE, ERROR, FoundFile, list_files, move
from connectors.spreadsheet.rows import ROW, Occurrences, RowMaker, key_positions
from connectors.spreadsheet.settings import SpreadsheetSettings
from connectors.spreadsheet.sniff import sniff
from connectors.spreadsheet.tables import FileUnreadable, Place, Table
from connectors.spreadsheet.xlsx_reader import open_workbook
from core.contract import Change, Invalid, NativeId, Page, Reject, Version
from core.contract.rows import column_names

PAGE_ROWS = 500
WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})


def open_tables(file: FoundFile, settings: SpreadsheetSettings, encoding: str | None = None) -> list[Table]:
    """Open a file of any format; raises FileUnreadable. `encoding` is what an earlier look found out."""
    if file.size > settings.max_file_bytes:
        raise FileUnreadable(f"The file is larger than {settings.max_file_bytes:,} bytes.", hint="Split it, or raise 'max_file_bytes'.")
    if file.path.suffix.lower() in WORKBOOKS:
        return open_workbook(file.path, settings)
    form = sniff(file.path, encoding=settings.encoding or encoding, delimiter=settings.delimiter)
    header_row = settings.header_row if isinstance(settings.header_row, int) else None
    return [open_csv(file.path, form, header_row)]


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
                (), self._state.encode(), [_file_reject(file, file.stamp, FileUnreadable(f"It cannot be opened ({error.strerror})."))]
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
            yield from self._table_pages(file, progress, open_tables(file, self._settings, encoding), resumed=came_from is not None)
        except FileUnreadable as error:
            self._state = self._state.finished(file.name, fingerprint, failed=True)
            yield Page((), self._state.encode(), [_file_reject(file, fingerprint, error)])
            return
        self._state = self._state.finished(file.name, fingerprint, failed=False)
        yield Page((), self._state.encode())

    def _table_pages(self, file: FoundFile, progress: Progress, tables: list[Table], *, resumed: bool) -> Iterator[Page]:
        occurrences = None if self._settings.key else Occurrences(file.size)
        skipping = resumed
        for table in tables:
            is_here = skipping and table.sheet == progress.sheet
            if skipping and not is_here and self._settings.key:
                continue
            maker = self._maker(file, table, occurrences)
            start = progress.place if is_here else table.start
            if occurrences is not None and skipping:
                _count_again(maker, table, start if is_here else None)
            if skipping and not is_here:
                continue
            skipping = False
            yield from self._row_pages(maker, table, start, progress)

    def _row_pages(self, maker: RowMaker, table: Table, start: Place, progress: Progress) -> Iterator[Page]:
        changes: list[Change] = []
        rejects: list[Reject] = []
        place = start
        for raw in table.rows(start):
            place = raw.after
            made = maker.make(raw)
            if isinstance(made, Change):
                changes.append(made)
            elif made is not None:
                rejects.append(made)
            if len(changes) + len(rejects) == PAGE_ROWS:
                yield self._page(changes, rejects, progress, table, place)
                changes, rejects = [], []
        if changes or rejects:
            yield self._page(changes, rejects, progress, table, place)

    def _page(self, changes: list[Change], rejects: list[Reject], progress: Progress, table: Table, place: Place) -> Page:
        here = {"sheet": table.sheet, "offset": place.offset, "row": place.row}
        self._state = self._state.at(progress.model_copy(update=here))
        return Page(changes, self._state.encode(), rejects)

    def _maker(self, file: FoundFile, table: Table, occurrences: Occurrences | None) -> RowMaker:
        names = column_names(table.header, self._settings.aliases)
        key = key_positions(names, self._settings.key) if self._settings.key else []
        return RowMaker(file.name, table.sheet, names, key, occurrences)


def _count_again(maker: RowMaker, table: Table, until: Place | None) -> None:
    """Read the rows before a place once more, so that equal rows behind it get the numbers they had."""
    for raw in table.rows(table.start):
        if until is not None and raw.row >= until.row:
            return
        maker.make(raw)


def _file_reject(file: FoundFile, state: str, error: FileUnreadable) -> Reject:
    digest = hashlib.sha256(state.encode()).hexdigest()[:32]
    return Reject(ROW, NativeId(f"file:{file.name}"), Invalid(f"{file.name}: {error.message}", hint=error.hint), version=Version(digest))
