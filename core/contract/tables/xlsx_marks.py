"""What calamine does not tell about an .xlsx: formulas, error cells, numbers shown with leading zeros, and archives that are traps."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from openpyxl import load_workbook

from core.contract.tables.sniff import BLOCK_BYTES
from core.contract.tables.table import FileUnreadable

LARGEST_UNPACKED_BYTES = 1024**3
LARGEST_RATIO = 200
SMALL_BYTES = 10 * 1024**2
"""Entries below this size may be packed as tightly as they like."""
MOST_ENTRIES = 10_000
_ZEROS = re.compile(r"0{2,}")
_ZEROS_IN_STYLES = re.compile(rb'formatCode="0{2,}"')
_SUSPECT = re.compile(rb"<f[ >/]|t=\"e\"")
"""A formula, or a cell of type error."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is special about one cell: it is a formula, it shows an error, or its number has at least so many digits."""

    is_formula: bool = False
    error: str = ""
    zeros: int = 0


NOTHING_SPECIAL = Mark()


def check_archive(path: Path) -> None:
    """Refuse an archive that would fill the memory when unpacked; files that are no archives pass."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as error:
        raise FileUnreadable("The workbook is damaged.", hint="Open it and save it again.") from error
    unpacked = sum(entry.file_size for entry in entries)
    tight = [e for e in entries if e.file_size > SMALL_BYTES and e.file_size > LARGEST_RATIO * max(e.compress_size, 1)]
    if len(entries) > MOST_ENTRIES or unpacked > LARGEST_UNPACKED_BYTES or tight:
        raise FileUnreadable("The workbook unpacks to more than is safe to read.", hint="Split it, or save it as CSV.")


def read_marks(path: Path, sheets: Sequence[str]) -> dict[str, Mapping[tuple[int, int], Mark]]:
    """Find the marked cells per sheet, by (row from 1, column from 0); empty for workbooks that have none and other formats.

    Raises FileUnreadable, BadZipFile or ValueError for a damaged one.
    """
    if not zipfile.is_zipfile(path) or not _has_marks(path):
        return {}
    try:
        with path.open("rb") as file:
            return _read_marks(file, sheets)
    except Exception as error:  # over a damaged workbook openpyxl raises whatever its parts and its parsers do
        raise FileUnreadable("The workbook is damaged.", hint="Open it and save it again.") from error


def _read_marks(file: BinaryIO, sheets: Sequence[str]) -> dict[str, Mapping[tuple[int, int], Mark]]:
    with warnings.catch_warnings():
        # openpyxl warns of extensions (data validation, slicers) that play no part in reading values
        warnings.simplefilter("ignore")
        workbook = load_workbook(file, read_only=True, data_only=False, keep_links=False)
    try:
        return {name: dict(_marked(workbook[name].iter_rows())) for name in sheets if name in workbook.sheetnames}
    finally:
        workbook.close()


def _marked(rows: Iterator[Sequence[object]]) -> Iterator[tuple[tuple[int, int], Mark]]:
    for row in rows:
        for cell in row:
            value, form = getattr(cell, "value", None), str(getattr(cell, "number_format", ""))
            if value is None:
                continue
            kind = getattr(cell, "data_type", "")
            mark = Mark(kind == "f", str(value) if kind == "e" else "", len(form) if _ZEROS.fullmatch(form) else 0)
            if mark != NOTHING_SPECIAL:
                yield (int(getattr(cell, "row", 0)), int(getattr(cell, "column", 0)) - 1), mark


def _has_marks(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if "xl/workbook.xml" not in names:
            return False
        if "xl/styles.xml" in names and _ZEROS_IN_STYLES.search(archive.read("xl/styles.xml")):
            return True
        return any(_is_suspect(archive, name) for name in names if name.startswith("xl/worksheets/") and name.endswith(".xml"))


def _is_suspect(archive: zipfile.ZipFile, name: str) -> bool:
    tail = b""
    with archive.open(name) as sheet:
        while block := sheet.read(BLOCK_BYTES):
            if _SUSPECT.search(tail + block):
                return True
            tail = block[-4:]
    return False
