"""Excel workbooks: numbers become the text that people see, and what the spreadsheet has destroyed is rejected, not imported."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from core.contract.tables import xlsx_marks
from core.contract.tables.row_maker import ROW
from tests.support.spreadsheet_bench import connector_on, read_folder, values, workbook

HEADER = ["Email", "Value"]


def read_value(tmp_path: Path, value: object, form: str | None = None) -> object:
    """Put a value into a cell and read it back as the connector tells it."""
    workbook(tmp_path / "leads.xlsx", [HEADER, ["a@example.com", value]], formats={"B2": form} if form else None)
    changes, rejects, _ = read_folder(tmp_path)
    assert not rejects
    return values(changes)[0]["Value"]


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (1, None, "1"),
        (493012345678, None, "493012345678"),
        (123456789012345, None, "123456789012345"),
        (-7, None, "-7"),
        (1.5, None, "1.5"),
        (0.1 + 0.2, None, "0.3"),
        (0.0000001, None, "0.0000001"),
        (1234, "00000", "01234"),
        (123456, "00000", "123456"),
        ("00123", None, "00123"),
        (True, None, "TRUE"),
        (date(2026, 3, 2), None, "2026-03-02"),
        (datetime(2026, 3, 2, 9, 30), None, "2026-03-02T09:30:00"),  # noqa: DTZ001 - a workbook knows no zones
        (time(9, 30), None, "09:30:00"),
        ("Zoë 👩🏽‍🚀", None, "Zoë 👩🏽‍🚀"),
        (None, None, None),
    ],
)
def test_a_cell_becomes_the_text_that_people_see(tmp_path: Path, value: object, form: str | None, text: str | None) -> None:
    assert read_value(tmp_path, value, form) == text


def test_the_decimal_mark_can_be_chosen(tmp_path: Path) -> None:
    workbook(tmp_path / "leads.xlsx", [HEADER, ["a@example.com", 1.5]])
    changes, _, _ = read_folder(tmp_path, decimal=",")
    assert values(changes)[0]["Value"] == "1,5"


@pytest.mark.parametrize(
    ("value", "reason"),
    [(1234567890123456, "15 digits"), (12345678901234567890, "15 digits"), ("=1+1", "formula has no value"), ("#N/A", "#N/A")],
)
def test_a_cell_that_cannot_be_believed_is_rejected_with_its_place(tmp_path: Path, value: object, reason: str) -> None:
    workbook(tmp_path / "leads.xlsx", [HEADER, ["a@example.com", "fine"], ["b@example.com", value], ["c@example.com", "fine"]])
    changes, (reject,), _ = read_folder(tmp_path)
    assert [row["Email"] for row in values(changes)] == ["a@example.com", "c@example.com"]
    assert "leads.xlsx, sheet 'Leads', row 3, column 'Value'" in reject.error.message
    assert reason in reject.error.message


def test_merged_headings_and_titles_are_not_the_header(tmp_path: Path) -> None:
    path = workbook(tmp_path / "leads.xlsx", [["Person", None, "Company"], ["Email", "Name", "City"], ["a@example.com", "Ada", "Rome"]])
    book = load_workbook(path)
    book["Leads"].merge_cells("A1:B1")
    book.save(path)
    changes, rejects, _ = read_folder(tmp_path)
    assert not rejects
    assert values(changes) == [{"Email": "a@example.com", "Name": "Ada", "City": "Rome"}]
    assert changes[0].fields["_row"] == {"file": "leads.xlsx", "sheet": "Leads", "row": 3}


def merged(path: Path, rows: list[list[object]], *ranges: str) -> Path:
    """Write a workbook with merged cells."""
    workbook(path, rows)
    book = load_workbook(path)
    for each in ranges:
        book["Leads"].merge_cells(each)
    book.save(path)
    return path


def test_a_header_of_two_rows_takes_the_names_that_are_merged_over_both(tmp_path: Path) -> None:
    rows: list[list[object]] = [["Email", "Name", None, "City"], [None, "First", "Last", None], ["a@example.com", "Ada", "Byron", "Rome"]]
    merged(tmp_path / "leads.xlsx", rows, "A1:A2", "B1:C1", "D1:D2")
    changes, rejects, _ = read_folder(tmp_path)
    assert not rejects
    assert values(changes) == [{"Email": "a@example.com", "First": "Ada", "Last": "Byron", "City": "Rome"}]


def test_a_cell_merged_over_several_rows_is_the_value_of_each_of_them_and_of_no_other(tmp_path: Path) -> None:
    people = [f"{name}@example.com" for name in "abcd"]
    rows: list[list[object]] = [["Email", "Company"]]
    rows += [[each, "Engines" if each == people[0] else None] for each in people]
    merged(tmp_path / "leads.xlsx", rows, "B2:B4")
    changes, rejects, _ = read_folder(tmp_path)
    assert not rejects
    assert [row["Company"] for row in values(changes)] == ["Engines", "Engines", "Engines", None]


def test_a_record_below_a_merged_header_is_not_lost_as_column_names(tmp_path: Path) -> None:
    rows: list[list[object]] = [["Firm", "Person", None, "Place"], ["Engines", "Ada", "Byron", "Rome"], ["Looms", "Bo", "Lund", "Oslo"]]
    merged(tmp_path / "leads.xlsx", rows, "B1:C1")
    changes, (reject,), _ = read_folder(tmp_path)
    assert not changes and "Row 1 has merged cells" in reject.error.message and "header_row" in str(reject.error.hint)
    changes, rejects, _ = read_folder(tmp_path, header_row=1)
    assert not rejects and values(changes)[0] == {"Firm": "Engines", "Person": "Ada", "column_3": "Byron", "Place": "Rome"}


def test_dates_of_the_1904_calendar_are_the_days_that_people_see(tmp_path: Path) -> None:
    path = workbook(tmp_path / "leads.xlsx", [HEADER])
    book = load_workbook(path)
    book.epoch = CALENDAR_MAC_1904
    book["Leads"].append(["a@example.com", date(2026, 3, 2)])
    book.save(path)
    changes, _, _ = read_folder(tmp_path)
    assert values(changes)[0]["Value"] == "2026-03-02"


def test_hidden_rows_and_columns_are_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "leads.xlsx", [HEADER, ["a@example.com", "x"], ["b@example.com", "y"]])
    book = load_workbook(path)
    book["Leads"].row_dimensions[3].hidden = True
    book["Leads"].column_dimensions["B"].hidden = True
    book.save(path)
    changes, _, _ = read_folder(tmp_path)
    assert [row["Value"] for row in values(changes)] == ["x", "y"]


def test_double_headers_are_numbered_and_formatted_empty_columns_are_left_out(tmp_path: Path) -> None:
    path = workbook(tmp_path / "leads.xlsx", [["Email", "\u00a0Na\u200bme ", "Name", None], ["a@example.com", "x", "y", None]])
    book = load_workbook(path)
    book["Leads"]["G1"].number_format = book["Leads"]["F2"].number_format = "00000"
    book.save(path)
    changes, rejects, _ = read_folder(tmp_path)
    assert not rejects and values(changes) == [{"Email": "a@example.com", "Name": "x", "Name_2": "y"}]


def test_a_value_under_no_heading_costs_its_row(tmp_path: Path) -> None:
    workbook(tmp_path / "leads.xlsx", [HEADER, ["a@example.com", "x"], ["b@example.com", "y", "stray"]])
    changes, (reject,), _ = read_folder(tmp_path)
    assert len(changes) == 1 and "row 3" in reject.error.message


def test_a_table_may_begin_anywhere_on_the_sheet(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    rows: list[list[str | int]] = [[*HEADER], ["a@example.com", 77]]
    for row, cells in enumerate(rows, start=5):
        for column, value in enumerate(cells, start=3):
            sheet.cell(row, column, value)
    sheet["D6"].number_format = "0000"
    book.save(tmp_path / "leads.xlsx")
    changes, _, _ = read_folder(tmp_path)
    assert values(changes) == [{"Email": "a@example.com", "Value": "0077"}]
    place = changes[0].fields["_row"]
    assert isinstance(place, dict) and place["row"] == 6


@pytest.mark.parametrize(("policy", "sheets"), [("skip", ["Leads"]), ("read", ["Leads", "Secret"])])
def test_hidden_sheets_are_skipped_unless_wanted(tmp_path: Path, policy: str, sheets: list[str]) -> None:
    path = workbook(tmp_path / "leads.xlsx", [HEADER, ["a@example.com", 1]])
    book = load_workbook(path)
    hidden = book.create_sheet("Secret")
    hidden.append(HEADER)
    hidden.append(["b@example.com", 2])
    hidden.sheet_state = "hidden"
    book.create_sheet("Empty")
    book.save(path)
    changes, rejects, _ = read_folder(tmp_path, hidden_sheets=policy)
    places = [change.fields["_row"] for change in changes]
    assert not rejects and [place["sheet"] for place in places if isinstance(place, dict)] == sheets


def test_resuming_within_a_workbook_of_two_sheets_yields_the_rest(tmp_path: Path) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name in ("One", "Two"):
        sheet = book.create_sheet(name)
        sheet.append(HEADER)
        for number in range(700):
            sheet.append([f"{name}{number % 300}@example.com", 1])
    book.save(tmp_path / "leads.xlsx")
    pages = list(connector_on(tmp_path).read(ROW, None))
    ids = [[change.id for change in page.changes] for page in pages]
    assert sum(map(len, ids)) == len({each for page in ids for each in page}) == 1_400
    for at, page in enumerate(pages):
        rest, _, _ = read_folder(tmp_path, page.resume)
        assert [change.id for change in rest] == [each for later in ids[at + 1 :] for each in later]


@pytest.mark.parametrize("content", [b"PK\x03\x04 no archive", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, b"hello", b""])
def test_a_file_that_is_no_workbook_is_one_reject(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.xlsx").write_bytes(content)
    workbook(tmp_path / "good.xlsx", [HEADER, ["a@example.com", 1]])
    changes, (reject,), _ = read_folder(tmp_path)
    assert len(changes) == 1
    assert reject.id == "file:broken.xlsx" and "broken.xlsx" in reject.error.message and reject.error.hint


def test_an_archive_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_marks, "SMALL_BYTES", 1_000)
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 1_000_000)
    changes, (reject,), _ = read_folder(tmp_path)
    assert not changes and "safe to read" in reject.error.message


def test_a_file_larger_than_allowed_is_refused(tmp_path: Path) -> None:
    workbook(tmp_path / "leads.xlsx", [HEADER, ["a@example.com", 1]])
    changes, (reject,), _ = read_folder(tmp_path, max_file_bytes=100)
    assert not changes and "larger than 100 bytes" in reject.error.message
