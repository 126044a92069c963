"""Reads workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods) as text, without the harm that spreadsheets do to numbers.

Values come from calamine, which is fast; what it does not tell (number formats, formulas, errors) comes from openpyxl, only for
workbooks that have any.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zipfile import BadZipFile

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
    XmlError,
    ZipError,
)

from core.contract.rows import clean, fold
from core.contract.tables.header import SEARCHED_ROWS, USUAL_NAMES, choose_header
from core.contract.tables.settings import TableSettings
from core.contract.tables.table import FileUnreadable, Place, RawRow, Table
from core.contract.tables.xlsx_bounds import check_contents
from core.contract.tables.xlsx_marks import Mark, check_archive, read_marks

EXACT_BELOW = 10**15
"""Spreadsheets keep 15 digits; what has more was rounded when it was typed or pasted."""
_ERROR_CELL = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA)")
Marks = Mapping[tuple[int, int], Mark]
Value = str | float | int | bool | date | datetime | time | timedelta


class CellFault(Exception):
    """A cell that cannot be believed; the message says why."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One sheet as calamine has it: rows start at `first_row` (from 1) and `first_column` (from 0)."""

    name: str
    rows: Sequence[Sequence[Value]]
    first_row: int
    first_column: int
    marks: Marks
    decimal: str
    merged_rows: frozenset[int] = frozenset()
    """Rows with cells merged across columns: titles and group headings, never the column names."""
    merged_down: Mapping[int, Sequence[tuple[int, int]]] = field(default_factory=dict)
    """Per column the first and last rows of its cells that are merged over several rows, sorted."""

    def row(self, index: int) -> RawRow:
        number = self.first_row + index
        after = Place(number + 1, number + 1)
        cells: list[str] = []
        for position, own in enumerate(self.rows[index]):
            told_in = self._told_in(number, position) if own == "" and self.merged_down else number
            value = self.rows[told_in - self.first_row][position]
            try:
                cells.append(cell_text(value, self.marks.get((told_in, self.first_column + position)), self.decimal))
            except CellFault as fault:
                return RawRow(number, after, [str(each) for each in self.rows[index]], str(fault), position)
        return RawRow(number, after, cells)

    def _told_in(self, number: int, position: int) -> int:
        """The row that holds the value of a cell: the first of those it is merged over, where it is merged."""
        spans = self.merged_down.get(self.first_column + position, ())
        at = bisect_right(spans, number, key=lambda span: span[0]) - 1
        return spans[at][0] if at >= 0 and self.first_row <= spans[at][0] <= number <= spans[at][1] else number

    def from_place(self, place: Place) -> Iterator[RawRow]:
        return (self.row(index) for index in range(max(0, place.row - self.first_row), len(self.rows)))


def open_workbook(path: Path, settings: TableSettings) -> list[Table]:
    """Give the tables of the workbook's sheets; raises FileUnreadable for a file that is broken, locked or a bomb."""
    check_archive(path)
    check_contents(path)
    try:
        with CalamineWorkbook.from_path(str(path)) as workbook:
            names = [each.name for each in workbook.sheets_metadata if _is_wanted(each, settings)]
            sheets = {name: workbook.get_sheet_by_name(name) for name in names}
            marks = read_marks(path, names)
            tables = [_table(_sheet(name, sheet, marks.get(name, {}), settings), settings) for name, sheet in sheets.items()]
    except PasswordError as error:
        raise FileUnreadable("The workbook is protected by a password.", hint="Save it without a password.") from error
    except (CalamineError, ZipError, XmlError, BadZipFile, OSError, ValueError, KeyError) as error:
        raise FileUnreadable("The workbook is damaged, or it is no workbook.", hint="Open it and save it again.") from error
    found = [table for table in tables if table is not None]
    if not found:
        raise FileUnreadable("The workbook has no visible sheet with column names.", hint="Look at 'sheet' and 'hidden_sheets'.")
    return found


def cell_text(value: Value, mark: Mark | None, decimal: str) -> str:
    """Write a cell as text as a person sees it; raises CellFault when its true value is not in the file."""
    if value == "" and mark is not None and (mark.is_formula or mark.error):
        raise CellFault(_why_empty(mark))
    if isinstance(value, str):
        if _ERROR_CELL.fullmatch(value):
            raise CellFault(f"the cell shows the error {value}")
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number_text(value, mark, decimal)
    return str(value) if isinstance(value, timedelta) else value.isoformat()


def _why_empty(mark: Mark) -> str:
    if mark.error:
        return f"the cell shows the error {mark.error}"
    return "the formula has no value in the file, or an error; open the workbook, let it calculate and save it"


def _number_text(value: float, mark: Mark | None, decimal: str) -> str:
    if abs(value) >= EXACT_BELOW:
        raise CellFault(
            "the number has more than 15 digits, so the spreadsheet has rounded it; format the column as text and enter it again"
        )
    if value == int(value):
        text = str(int(value))
        return text.zfill(mark.zeros) if mark is not None and value >= 0 else text
    return format(Decimal(f"{value:.15g}"), "f").replace(".", decimal)


def _is_wanted(sheet: SheetMetadata, settings: TableSettings) -> bool:
    if sheet.typ != SheetTypeEnum.WorkSheet or (settings.sheet is not None and sheet.name != settings.sheet):
        return False
    return settings.hidden_sheets == "read" or sheet.visible == SheetVisibleEnum.Visible


def _sheet(name: str, sheet: CalamineSheet, marks: Marks, settings: TableSettings) -> _Sheet:
    first_row, first_column = sheet.start or (0, 0)
    ranges = sheet.merged_cell_ranges or ()
    merged = frozenset(top + 1 for (top, left), (_, right) in ranges if right > left)
    down: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, right) in sorted(ranges):
        if left == right:
            down.setdefault(left, []).append((top + 1, bottom + 1))
    return _Sheet(name, sheet.to_python(skip_empty_area=True), first_row + 1, first_column, marks, settings.decimal, merged, down)


def _table(sheet: _Sheet, settings: TableSettings) -> Table | None:
    start = Place(sheet.first_row, sheet.first_row)
    header = _named_header(sheet, settings.header_row) if isinstance(settings.header_row, int) else _likely_header(sheet, start)
    if header is None:
        return None
    return Table(sheet.name, header.cells, header.row, header.after, sheet.from_place)


def _named_header(sheet: _Sheet, header_row: int) -> RawRow | None:
    return next((row for row in sheet.from_place(Place(header_row, header_row)) if row.row == header_row), None)


def _likely_header(sheet: _Sheet, start: Place) -> RawRow | None:
    rows: list[RawRow] = []
    for row in sheet.from_place(start):
        if row.row not in sheet.merged_rows and any(clean(cell) for cell in row.cells):
            rows.append(row)
        if len(rows) == SEARCHED_ROWS:
            break
    index = choose_header([row.cells for row in rows])
    if index is None:
        return None
    _refuse_doubtful(sheet, rows[index])
    return rows[index]


def _refuse_doubtful(sheet: _Sheet, header: RawRow) -> None:
    """Refuse to take the row below a merged one for the column names where it may as well be the first record."""
    above = header.row - 1
    if above not in sheet.merged_rows or any(fold(cell) in USUAL_NAMES for cell in header.cells):
        return
    if sum(1 for cell in sheet.row(above - sheet.first_row).cells if clean(cell)) > 1:
        raise FileUnreadable(
            f"Row {above} has merged cells, and it cannot be told whether it or row {header.row} holds the column names.",
            hint="Undo the merging, or name the row with 'header_row'.",
        )
