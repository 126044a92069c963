"""Looks through an archive's entries before a workbook is opened: an entry that lies about its size, or cells so far apart that the
rectangle around them would fill the memory. calamine holds that rectangle whole, and ends the process when it cannot be had."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from core.contract.tables.sniff import BLOCK_BYTES
from core.contract.tables.table import FileUnreadable

MOST_CELLS = 20_000_000
"""Cells of the rectangle around a sheet's values: about 1 GiB of memory."""
LONGEST_TAG_BYTES = 1024 * 1024
_LOCAL_HEADER_BYTES = 30
_ENCRYPTED = 0x1
# In what follows `[^<>]`, never `[^>]`: a text of nothing but beginnings of tags would take a time that grows with its square
_PLACED_COLUMN = re.compile(rb'<c r="([A-Z]{1,3})[0-9]{1,7}"')
_PLACED_ROW = re.compile(rb'<c r="[A-Z]{1,3}([0-9]{1,7})"')
_UNUSUAL = re.compile(rb"<c[\t\r\n/>]|:c[\s/>]|\x00")
_CELL = re.compile(rb"<(?:[\w.-]+:)?(c|row)(?=[\s/>])(?:[^<>]*?\sr\s*=\s*[\"']([A-Za-z]{0,9})(\d{0,19})[\"'])?[^<>]*?(/?)>")
_TABLE = re.compile(rb"<(?:[\w.-]+:)?(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^<>]*?)(/?)>")
_REPEATED = {kind: re.compile(rb"number-" + kind + rb"-repeated\s*=\s*[\"'](\d{1,19})") for kind in (b"rows", b"columns")}


def check_contents(path: Path) -> None:
    """Refuse an archive whose entries are larger than they say, or hold sheets that are too large; files that are no archives pass."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            for entry in archive.infolist():
                _look_through(file, entry, path.suffix.lower())
    except (zipfile.BadZipFile, zlib.error, struct.error, OSError, NotImplementedError, ValueError):
        raise _damaged() from None


def _look_through(file: BinaryIO, entry: zipfile.ZipInfo, suffix: str) -> None:
    if suffix != ".ods" and _fits(file, entry, _Usual()):
        return
    if not _fits(file, entry, _Repeats() if suffix == ".ods" else _Grid()):
        message = f"The workbook has values so far apart that more than {MOST_CELLS:,} cells lie between them."
        raise FileUnreadable(message, hint="Delete what stands far from the table, or save the table as CSV.")


def _fits(file: BinaryIO, entry: zipfile.ZipInfo, spread: _Usual | _Grid | _Repeats) -> bool:
    tail = b""
    for block in _unpacked(file, entry):
        text = tail + block
        opened = text.rfind(b"<")
        tail = text[opened:] if opened > text.rfind(b">") else b""
        spread.look(text[: len(text) - len(tail)])
        if spread.cells > MOST_CELLS:
            return False
        if len(tail) > LONGEST_TAG_BYTES:
            raise _damaged()
    return True


class _Usual:
    """A quick look at sheets as all programs write them: the rectangle around all cells, the empty ones too; any other form never fits."""

    def __init__(self) -> None:
        self.cells = 0
        self._row = self._column = 0

    def look(self, text: bytes) -> None:
        columns, rows = _PLACED_COLUMN.findall(text), _PLACED_ROW.findall(text)
        if len(rows) != text.count(b"<c ") or _UNUSUAL.search(text):
            self.cells = MOST_CELLS + 1
            return
        self._column = max(self._column, *map(_column, set(columns)), 0)
        self._row = max(self._row, *map(int, set(rows)), 0)
        self.cells = self._row * self._column


class _Grid:
    """The rectangle around the filled cells of one sheet of Office Open XML; cells and rows without a place follow the one before."""

    def __init__(self) -> None:
        self._row = self._column = 0
        self._rows: tuple[int, int] | None = None
        self._columns = (0, 0)
        self._guesses = self._hides = False

    @property
    def cells(self) -> int:
        if self._rows is None:
            return 0
        return (self._rows[1] - self._rows[0] + 1) * (self._columns[1] - self._columns[0] + 1)

    def look(self, text: bytes) -> None:
        """Places that have to be counted cannot be believed where comments may hold cells that are none."""
        self._hides = self._hides or b"<!--" in text or b"<![CDATA[" in text
        for name, letters, digits, closed in _CELL.findall(text):
            self._guesses = self._guesses or not digits
            if name == b"row":
                self._row, self._column = int(digits) if digits else self._row + 1, 0
                continue
            row, self._column = (int(digits) if digits else self._row), (_column(letters) if letters else self._column + 1)
            if closed:
                continue
            first, last = self._rows or (row, row)
            left, right = self._columns if self._rows else (self._column, self._column)
            self._rows = (min(first, row), max(last, row))
            self._columns = (min(left, self._column), max(right, self._column))
        if self._guesses and self._hides:
            raise _damaged()


class _Repeats:
    """The cells of OpenDocument tables, whose rows and cells say how often they are repeated; empty cells at a row's end do not count."""

    def __init__(self) -> None:
        self.cells = 0
        self._rows, self._width, self._filled = 1, 0, 0

    def look(self, text: bytes) -> None:
        for name, attributes, closed in _TABLE.findall(text):
            if name in (b"table", b"table-row"):
                self._rows, self._width, self._filled = _times(b"rows", attributes), 0, 0
                continue
            self._width += _times(b"columns", attributes)
            if not closed or b"value" in attributes:
                self.cells += self._rows * (self._width - self._filled)
                self._filled = self._width


def _unpacked(file: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unpack an entry without believing what it says about its size; one that is longer is refused at once."""
    file.seek(entry.header_offset)
    names, extra = struct.unpack("<HH", file.read(_LOCAL_HEADER_BYTES)[26:30])
    file.seek(names + extra, 1)
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _damaged()
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    left, seen = entry.compress_size, 0
    while left and (packed := file.read(min(left, BLOCK_BYTES))):
        left -= len(packed)
        while packed:
            block = unpacker.decompress(packed, BLOCK_BYTES) if unpacker else packed
            packed = unpacker.unconsumed_tail if unpacker else b""
            seen += len(block)
            if seen > entry.file_size:
                raise FileUnreadable("The workbook unpacks to more than it says.", hint="Open it and save it again.")
            yield block


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _times(kind: bytes, attributes: bytes) -> int:
    found = _REPEATED[kind].search(attributes)
    return int(found[1]) if found else 1


def _damaged() -> FileUnreadable:
    return FileUnreadable("The workbook is damaged, or packed in a way that Office does not use.", hint="Open it and save it again.")
