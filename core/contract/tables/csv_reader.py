"""Reads CSV files record by record in constant memory, and goes on after a record that is broken.

Every record knows the byte where the next one starts, so that reading resumes without reading again.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from core.contract.rows import clean
from core.contract.tables.header import SEARCHED_ROWS, choose_header
from core.contract.tables.sniff import BLOCK_BYTES, CsvForm
from core.contract.tables.table import FileUnreadable, Place, RawRow, Table

LONGEST_LINE_BYTES = 4 * 1024 * 1024
MOST_LINES = 5_000
"""A record that spans more lines than this is the work of a stray quote."""
KEPT_RAW_BYTES = 16 * 1024
"""So much of a broken row goes to quarantine with it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line; `content` None when it is longer than anybody means it."""

    number: int
    end: int
    content: bytes | None


def open_csv(path: Path, form: CsvForm, header_row: int | None) -> Table:
    """Find the header (None: by its looks) and give the table behind it; raises FileUnreadable when there is none."""
    start = Place(form.start, form.first_line)
    header = _named_header(path, form, start, header_row) if header_row else _likely_header(path, form, start)
    if header.fault:
        raise FileUnreadable(f"The row with the column names ({header.row}) cannot be read: {header.fault}")
    return Table("", header.cells, header.row, header.after, lambda place: records(path, form, place))


def records(path: Path, form: CsvForm, start: Place) -> Iterator[RawRow]:
    """Yield every record from a place on, the broken ones with their fault."""
    with path.open("rb") as file:
        file.seek(start.offset)
        feed = _Feed(_lines(file, form, start), form.encoding)
        while (row := _next_record(feed, form)) is not None:
            yield row


def _next_record(feed: _Feed, form: CsvForm) -> RawRow | None:
    feed.taken.clear()
    try:
        cells = next(csv.reader(feed, delimiter=form.delimiter, strict=True))
    except StopIteration:
        return None
    except (csv.Error, UnicodeDecodeError, _TooLong) as error:
        spanned = len(feed.taken) > 1
        first = feed.keep_only_first()
        fault, column = _explain(error, first, form, spanned=spanned)
        return RawRow(first.number, Place(first.end, first.number + 1), (), fault, column, (first.content or b"")[:KEPT_RAW_BYTES])
    first, last = feed.taken[0], feed.taken[-1]
    return RawRow(first.number, Place(last.end, last.number + 1), cells, raw=(first.content or b"")[:KEPT_RAW_BYTES])


class _TooLong(Exception):
    """A line or a record is longer than anybody means it."""


class _Feed:
    """Hands lines to csv and remembers those of the record being read, so that they can be read again one by one.

    csv itself goes on to the end of the file when a quote is never closed, and makes one cell of all the rows in between.
    """

    def __init__(self, lines: Iterator[Line], encoding: str) -> None:
        self.taken: list[Line] = []
        self._lines = lines
        self._back: deque[Line] = deque()
        self._encoding = encoding

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._lines)
        self.taken.append(line)
        if line.content is None or len(self.taken) > MOST_LINES:
            raise _TooLong
        return line.content.decode(self._encoding)

    def keep_only_first(self) -> Line:
        """Give all lines but the record's first back, to be read as records of their own."""
        first, *others = self.taken
        self._back.extendleft(reversed(others))
        return first


def _lines(file: BinaryIO, form: CsvForm, start: Place) -> Iterator[Line]:
    """Split into physical lines, block by block; never holds more than a block and the longest line."""
    number, offset, buffer, dropped = start.row, start.offset, b"", 0
    while block := file.read(BLOCK_BYTES):
        buffer += block
        begin = 0
        while (end := _line_end(buffer, begin, form)) >= 0:
            offset += end - begin + dropped
            yield Line(number, offset, None if dropped else buffer[begin:end])
            begin, dropped, number = end, 0, number + 1
        buffer = buffer[begin:]
        if dropped or len(buffer) > LONGEST_LINE_BYTES:
            kept = len(buffer) % form.bytes_per_unit
            dropped += len(buffer) - kept
            buffer = buffer[len(buffer) - kept :]
    if buffer or dropped:
        yield Line(number, offset + len(buffer) + dropped, None if dropped else buffer)


def _line_end(buffer: bytes, begin: int, form: CsvForm) -> int:
    """Where the line that begins here ends, its line end included; -1 when the block ends first."""
    at = buffer.find(form.line_end, begin)
    while at >= 0 and (at - begin) % form.bytes_per_unit:
        at = buffer.find(form.line_end, at + 1)
    return at + len(form.line_end) if at >= 0 else -1


def _explain(error: Exception, first: Line, form: CsvForm, *, spanned: bool) -> tuple[str, int | None]:
    """Say in a person's words what is wrong with a record, and with which of its cells where that can be told."""
    if isinstance(error, _TooLong) and not spanned:
        return f"the line is longer than {LONGEST_LINE_BYTES:,} bytes", None
    if isinstance(error, UnicodeDecodeError) and not spanned:
        return f"the line is not {form.encoding} text", None
    message = str(error)
    if "field larger" in message and not spanned:
        return f"a cell is longer than {csv.field_size_limit():,} characters", None
    if "new-line character" in message:
        return "a line break stands in the middle of a cell without quotes", None
    if spanned or "unexpected end" in message:
        return "a quote is opened and never closed", _last_cell(first, form)
    return "a quote stands in the wrong place", None


def _last_cell(line: Line, form: CsvForm) -> int | None:
    text = (line.content or b"").decode(form.encoding, errors="replace")
    try:
        return len(next(csv.reader([text], delimiter=form.delimiter))) - 1
    except (csv.Error, StopIteration):
        return None


def _named_header(path: Path, form: CsvForm, start: Place, header_row: int) -> RawRow:
    row = next((row for row in records(path, form, start) if row.row >= header_row), None)
    if row is None or row.row != header_row:
        raise FileUnreadable(f"No record starts at row {header_row}, where 'header_row' says the column names are.")
    return row


def _likely_header(path: Path, form: CsvForm, start: Place) -> RawRow:
    rows = list(islice(_filled(records(path, form, start)), SEARCHED_ROWS))
    index = choose_header([row.cells for row in rows])
    if index is None:
        raise FileUnreadable("The file has no row with column names.")
    return rows[index]


def _filled(rows: Iterator[RawRow]) -> Iterator[RawRow]:
    return (row for row in rows if row.fault or any(clean(cell) for cell in row.cells))
