"""What the readers of all formats give: tables of text rows with their place in the file, or the reason why a row is unreadable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go on reading a table: the next row starts here. Bytes for CSV, the row number for workbooks."""

    offset: int
    row: int


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stands in the file. `row` is what a person sees beside it; `after` is where the next one starts.

    `fault` says why the row cannot be used and `column` (from 0) which cell is to blame; `cells` may then be empty.
    """

    row: int
    after: Place
    cells: Sequence[str]
    fault: str | None = None
    column: int | None = None
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet (CSV: the file itself, with sheet ''): its header cells and its rows from a place on."""

    sheet: str
    header: Sequence[str]
    header_row: int
    start: Place
    rows: Callable[[Place], Iterator[RawRow]]


class FileUnreadable(Exception):
    """The whole file cannot be read; the message says why, the hint what to do."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        """Keep both."""
        super().__init__(message)
        self.message = message
        self.hint = hint
