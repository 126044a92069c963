"""Reads one file of any format block by block; every block ends at a place from which reading can go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.contract.records import Change, Reject
from core.contract.rows import column_names
from core.contract.tables.csv_reader import open_csv
from core.contract.tables.row_maker import Occurrences, RowMaker, key_positions
from core.contract.tables.settings import TableSettings
from core.contract.tables.sniff import sniff
from core.contract.tables.table import FileUnreadable, Place, Table
from core.contract.tables.xlsx_reader import open_workbook

BLOCK_ROWS = 500
WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})


@dataclass(frozen=True, slots=True)
class Position:
    """A place within a file: the sheet (CSV: '') and where its next row starts."""

    sheet: str
    place: Place


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of one sheet, and where the next one starts."""

    changes: Sequence[Change]
    rejects: Sequence[Reject]
    end: Position


def refuse_large(size: int, settings: TableSettings) -> None:
    """Raise FileUnreadable for a file with more bytes than the settings allow."""
    if size > settings.max_file_bytes:
        raise FileUnreadable(f"The file is larger than {settings.max_file_bytes:,} bytes.", hint="Split it, or raise 'max_file_bytes'.")


def open_tables(path: Path, size: int, settings: TableSettings, encoding: str | None = None) -> list[Table]:
    """Open a file of any format, told by its suffix; raises FileUnreadable. `encoding` is what an earlier look found out."""
    refuse_large(size, settings)
    if path.suffix.lower() in WORKBOOKS:
        return open_workbook(path, settings)
    form = sniff(path, encoding=settings.encoding or encoding, delimiter=settings.delimiter)
    header_row = settings.header_row if isinstance(settings.header_row, int) else None
    return [open_csv(path, form, header_row)]


def read_blocks(name: str, size: int, tables: Sequence[Table], settings: TableSettings, resumed: Position | None) -> Iterator[Block]:
    """Yield the rows behind a position (None: all); rows without a key keep the numbers that a reading from the start gives them."""
    occurrences = None if settings.key else Occurrences(size)
    skipping = resumed is not None
    for table in tables:
        here = resumed.place if skipping and resumed is not None and table.sheet == resumed.sheet else None
        if skipping and here is None and settings.key:
            continue
        maker = _maker(name, table, settings, occurrences)
        if occurrences is not None and skipping:
            _count_again(maker, table, here)
        if skipping and here is None:
            continue
        skipping = False
        yield from _blocks(maker, table, here or table.start)


def _blocks(maker: RowMaker, table: Table, start: Place) -> Iterator[Block]:
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
        if len(changes) + len(rejects) == BLOCK_ROWS:
            yield Block(changes, rejects, Position(table.sheet, place))
            changes, rejects = [], []
    if changes or rejects:
        yield Block(changes, rejects, Position(table.sheet, place))


def _maker(name: str, table: Table, settings: TableSettings, occurrences: Occurrences | None) -> RowMaker:
    names = column_names(table.header, settings.aliases)
    key = key_positions(names, settings.key) if settings.key else []
    return RowMaker(name, table.sheet, names, key, occurrences)


def _count_again(maker: RowMaker, table: Table, until: Place | None) -> None:
    """Read the rows before a place once more, so that equal rows behind it get the numbers they had."""
    for raw in table.rows(table.start):
        if until is not None and raw.row >= until.row:
            return
        maker.make(raw)
