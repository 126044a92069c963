"""Workbooks that would fill the memory, or end the process, are refused before they are opened; ordinary ones are not."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from core.contract.tables.reading import open_tables, read_blocks
from core.contract.tables.settings import TableSettings
from core.contract.tables.table import FileUnreadable

END = b"</sheetData>"
ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="S">{rows}</table:table></office:spreadsheet></office:body>'
    "</office:document-content>"
)


def workbook_with(change: Callable[[bytes], bytes]) -> bytes:
    """A good workbook whose sheet was changed and packed anew."""
    book, good, changed = Workbook(), io.BytesIO(), io.BytesIO()
    assert book.active is not None
    for row in (["Email", "Name"], ["a@example.com", "A"]):
        book.active.append(row)
    book.save(good)
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, change(content) if name.startswith("xl/worksheets/") else content)
    return changed.getvalue()


def count_rows(tmp_path: Path, content: bytes, suffix: str = ".xlsx") -> int:
    path = tmp_path / f"leads{suffix}"
    path.write_bytes(content)
    settings = TableSettings()
    tables = open_tables(path, len(content), settings)
    return sum(len(block.changes) + len(block.rejects) for block in read_blocks(path.name, len(content), tables, settings, None))


def ods(rows: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format(rows=rows))
    return content.getvalue()


def ods_row(text: str, rows: int = 1, columns: int = 1) -> str:
    cell = (
        f'<table:table-cell table:number-columns-repeated="{columns}" office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
    )
    return f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>'


FAR = [
    b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    b'<row r="1"><c r="XFD1048576"><v>1</v></c></row>',
    b"<row r='1048576'><c t='n'\n r = 'XFD1048576'><v>1</v></c></row>",
    b'<x:row r="1048576"><x:c r="XFD1048576"><v>1</v></x:c></x:row>',
    b'<row r="1048576">' + b"<c><v>1</v></c>" * 40 + b"</row>",
    b'<row r="4294967295"><c r="A4294967295"><v>1</v></c></row>',
]


@pytest.mark.parametrize("cells", FAR, ids=range(len(FAR)))
def test_cells_that_are_too_far_apart_are_refused_however_they_are_written(tmp_path: Path, cells: bytes) -> None:
    with pytest.raises(FileUnreadable, match="so far apart"):
        count_rows(tmp_path, workbook_with(lambda sheet: sheet.replace(END, cells + END)))


@pytest.mark.parametrize("hidden", [b'<!-- <c r="A1"/> -->', b"<!-- <row/> -->", b'<![CDATA[<c r="A1"/>]]>'])
def test_comments_do_not_hide_how_far_apart_cells_are(tmp_path: Path, hidden: bytes) -> None:
    cells = b'<row r="1048576">' + (b'<c s="1"><v>1</v></c>' + hidden) * 40 + b"</row>"
    with pytest.raises(FileUnreadable, match="damaged"):
        count_rows(tmp_path, workbook_with(lambda sheet: sheet.replace(END, cells + END)))


def test_cells_that_are_formatted_far_away_and_empty_do_not_count(tmp_path: Path) -> None:
    empty = b'<row r="3"><c r="XFD3" s="0"/></row><row r="1048576"><c r="A1048576" s="0"/></row>'
    assert count_rows(tmp_path, workbook_with(lambda sheet: sheet.replace(END, empty + END))) == 1


def test_a_sheet_under_another_name_is_looked_at_too(tmp_path: Path) -> None:
    good = workbook_with(lambda sheet: sheet.replace(END, FAR[0] + END))
    moved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as source, zipfile.ZipFile(moved, "w") as target:
        for name in source.namelist():
            target.writestr("content.xml" if name == "xl/worksheets/sheet1.xml" else name, source.read(name))
    with pytest.raises(FileUnreadable, match="so far apart"):
        count_rows(tmp_path, moved.getvalue())


def test_an_entry_that_lies_about_its_size_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    honest = workbook_with(lambda sheet: sheet.replace(END, b" " * 30_000_000 + END))
    with zipfile.ZipFile(io.BytesIO(honest)) as archive:
        (size,) = [entry.file_size for entry in archive.infolist() if entry.filename.startswith("xl/worksheets/")]
    lying = honest.replace(struct.pack("<L", size), struct.pack("<L", 5_000))
    assert lying != honest
    with pytest.raises(FileUnreadable, match="more than it says"):
        count_rows(tmp_path, lying)


def test_a_text_of_nothing_but_beginnings_of_tags_ends_soon(tmp_path: Path) -> None:
    for begun in (b"<c ", b"<row ", b"<x:c r "):
        with pytest.raises(FileUnreadable):
            count_rows(tmp_path, workbook_with(lambda sheet, begun=begun: sheet.replace(END, begun * 1_000_000)))  # type: ignore[misc]
    with pytest.raises(FileUnreadable, match="damaged"):
        count_rows(tmp_path, workbook_with(lambda sheet: sheet.replace(END, b"<c " + b"x" * 3_000_000)))


def test_open_documents_repeat_their_cells_within_bounds(tmp_path: Path) -> None:
    people = ods_row("Email") + ods_row("x", rows=3)
    empty = (
        '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    assert count_rows(tmp_path, ods(people + empty), ".ods") == 3
    for rows, columns in ((1_000_000, 50), (1, 1_000_000_000), (1_000_000_000, 1)):
        with pytest.raises(FileUnreadable, match="so far apart"):
            count_rows(tmp_path, ods(people + ods_row("x", rows, columns)), ".ods")


def test_a_large_ordinary_sheet_is_read(tmp_path: Path) -> None:
    rows = b"".join(f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>p{n}@example.com</t></is></c></row>'.encode() for n in range(3, 30_003))
    assert count_rows(tmp_path, workbook_with(lambda sheet: sheet.replace(END, rows + END))) == 30_001
