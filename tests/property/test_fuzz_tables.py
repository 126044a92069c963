"""Files with tables, spoilt in every way: rows, rejects, or the one declared error come out, in bounded time and memory."""

from __future__ import annotations

import io
import resource
import time
import zipfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from core.contract import Change, Reject
from core.contract.tables.reading import open_tables, read_blocks
from core.contract.tables.settings import TableSettings
from core.contract.tables.table import FileUnreadable

MOST_SECONDS = 20.0
"""Of the processor's time, for one file of some kilobytes."""
MOST_GROWTH_KIB = 400 * 1024
TEXT = 'Email,Name,Note\r\na@example.com,"Zoë, ""Z""","two\r\nlines"\r\nb@example.org,Bob,\r\n;;;\r\n"c@example.com",Ç,=1+1\r\n'
BYTES = [
    b"",
    b"\x00",
    b'"',
    b'""',
    b"\r",
    b"\n",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"sep=;\n",
    b"\x1a",
    b"<",
    b">",
    b"&#0;",
    b"A" * 70_000,
]
XML = [
    *(b'<c r="A9999999999"><v>1</v></c>', b'<c r="XFD1048576"><v>1</v></c>', b'<c t="s"><v>99999999</v></c>', b'<c t="s"><v>-1</v></c>'),
    *(
        b'<row r="0"/>',
        b'<row r="-1"/>',
        b"<row><c><v>1e999</v></c></row>",
        b"<v>nan</v>",
        b'<mergeCell ref="A1:XFD1048576"/>',
        b"<f>A1</f>",
    ),
    *(b'<c r="A1" t="d"><v>9999-99-99</v></c>', b'<c r="A1" s="999999"><v>2958466000</v></c>', b'<c r="B2" t="e"><v>#N/A</v></c>', b"]]>"),
    *(b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>', b"&b;", b"<!--", b"<![CDATA[", b'date1904="1"', b'state="hidden"'),
]
BOOKS = HealthCheck.too_slow, HealthCheck.function_scoped_fixture


def good_csv(encoding: str) -> bytes:
    return TEXT.encode(encoding, "replace")


def good_workbook() -> bytes:
    book, content = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (["Email", "Name", "Zip"], ["a@example.com", "Zoë", 1234], ["b@example.org", "=1+1", 12.5]):
        sheet.append(row)
    sheet["C2"].number_format = "00000"
    sheet.merge_cells("A4:C4")
    book.create_sheet("Hidden").sheet_state = "hidden"
    book.save(content)
    return content.getvalue()


SEEDS = [*(good_csv(name) for name in ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252", "utf-32")), good_workbook()]


def spoil(chance: Random, content: bytes, pieces: list[bytes]) -> bytes:
    """Cut off, leave out, double, put in, or turn around, once to four times."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        start, end = sorted((chance.randint(0, len(content)), chance.randint(0, len(content))))
        content = chance.choice(
            [
                content[:start],
                content[:start] + content[end:],
                content[:end] + content[start:],
                content[:start] + chance.choice(pieces) + content[start:],
                content[:start] + bytes(byte ^ (1 << chance.randrange(8)) for byte in content[start : start + 3]) + content[start + 3 :],
                content[:start] + chance.randbytes(chance.randint(1, 40)) + content[end:],
            ]
        )[:300_000]
    return content


def spoil_inside(chance: Random, content: bytes) -> bytes:
    """Unpack a workbook, spoil or leave out some of its parts, and pack it again, so that the spoilt parts are reached."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        names = source.namelist()
        unlucky = set(chance.sample(names, chance.randint(1, 2)))
        for name in names:
            part = source.read(name)
            if name in unlucky and chance.random() < 0.1:
                continue
            target.writestr(name, spoil(chance, part, XML) if name in unlucky or "sheet1" in name else part)
    return packed.getvalue()


def read(path: Path, content: bytes, table_settings: TableSettings) -> None:
    """Read a file to its end; whatever comes out has to be of the declared kind, and cheap."""
    path.write_bytes(content)
    began = time.process_time()
    try:
        tables = open_tables(path, len(content), table_settings)
        for block in read_blocks(path.name, len(content), tables, table_settings, None):
            assert all(isinstance(change, Change) for change in block.changes)
            assert all(isinstance(reject, Reject) and reject.error.message for reject in block.rejects)
            if time.process_time() - began > MOST_SECONDS:
                break
    except FileUnreadable as error:
        assert error.message
    assert time.process_time() - began < MOST_SECONDS


@pytest.fixture(autouse=True)
def _bounded_memory() -> object:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_GROWTH_KIB


KEYS = st.sampled_from([TableSettings(), TableSettings(key=["Email"]), TableSettings(header_row=2), TableSettings(encoding="utf-8")])


@given(chance=st.randoms(use_true_random=False), seed=st.sampled_from(SEEDS), suffix=st.sampled_from([".csv", ".xlsx", ".xls"]), table=KEYS)
@settings(max_examples=150, deadline=None, suppress_health_check=BOOKS)
def test_spoilt_bytes_give_rows_rejects_or_the_declared_error(
    tmp_path: Path, chance: Random, seed: bytes, suffix: str, table: TableSettings
) -> None:
    read(tmp_path / f"leads{suffix}", spoil(chance, seed, BYTES), table)


@given(chance=st.randoms(use_true_random=False), table=KEYS)
@settings(max_examples=150, deadline=None, suppress_health_check=BOOKS)
def test_workbooks_with_spoilt_parts_give_rows_rejects_or_the_declared_error(tmp_path: Path, chance: Random, table: TableSettings) -> None:
    read(tmp_path / "leads.xlsx", spoil_inside(chance, SEEDS[-1]), table)


@given(content=st.binary(max_size=2_000), suffix=st.sampled_from([".csv", ".xlsx", ".xls", ".xlsb", ".ods"]), table=KEYS)
@settings(max_examples=150, deadline=None, suppress_health_check=BOOKS)
def test_bytes_of_any_kind_give_rows_rejects_or_the_declared_error(
    tmp_path: Path, content: bytes, suffix: str, table: TableSettings
) -> None:
    read(tmp_path / f"leads{suffix}", content, table)


@pytest.mark.parametrize("cut", range(0, len(SEEDS[-1]), 97))
def test_a_workbook_that_is_cut_off_anywhere_gives_the_declared_error(tmp_path: Path, cut: int) -> None:
    read(tmp_path / "leads.xlsx", SEEDS[-1][:cut], TableSettings())


@pytest.mark.parametrize("instead", [b"", b"<x", b"\xff\xfe\x00", b"<x/>"])
@pytest.mark.parametrize("name", zipfile.ZipFile(io.BytesIO(SEEDS[-1])).namelist())
def test_a_workbook_with_a_part_that_is_something_else_gives_the_declared_error(tmp_path: Path, name: str, instead: bytes) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SEEDS[-1])) as source, zipfile.ZipFile(packed, "w") as target:
        for each in source.namelist():
            target.writestr(each, instead if each == name else source.read(each))
    read(tmp_path / "leads.xlsx", packed.getvalue(), TableSettings())
