"""Finds out how a CSV file is written: encoding, line ends, separator. Reads in blocks, whatever the file's size."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

HEAD_BYTES = 64 * 1024
BLOCK_BYTES = 1024 * 1024
DELIMITERS = ("\t", ";", "|", ",")
"""In this order when two fit equally well: a comma stands in ordinary text more often than the others do."""
SAMPLE_LINES = 60
FITTING_SHARE = 0.5
"""A separator that splits fewer rows than this into one width is just a character of the text."""
_SEP_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class CsvForm:
    """How a file is written. `start` and `first_line` name the first line of content, behind BOM and `sep=` line."""

    encoding: str
    delimiter: str
    line_end: bytes
    start: int
    first_line: int

    @property
    def bytes_per_unit(self) -> int:
        """2 for UTF-16, else 1."""
        return 2 if self.encoding.startswith("utf-16") else 1


def sniff(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> CsvForm:
    """Detect what is not given. UTF-8 is believed only when the whole file is valid UTF-8; else it is Windows-1252."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    bom, found = next(((mark, name) for mark, name in _BOMS if head.startswith(mark)), (b"", ""))
    chosen = _without_byte_order(encoding, found) or found or _utf16_by_nul(head) or ("utf-8" if _is_utf8(path) else "cp1252")
    text = head[len(bom) :].decode(chosen, errors="replace")
    unit_end = "\n" if "\n" in text or "\r" not in text else "\r"
    start, first_line = len(bom), 1
    lines = text.split(unit_end)
    announced = _SEP_LINE.fullmatch(lines[0]) if len(lines) > 1 else None
    if announced:
        start += len((lines[0] + unit_end).encode(chosen))
        first_line, lines = 2, lines[1:]
    if len(head) == HEAD_BYTES and len(lines) > 1:
        lines.pop()
    chosen_delimiter = delimiter or (announced.group(1) if announced else best_delimiter(lines[:SAMPLE_LINES], unit_end))
    return CsvForm(chosen, chosen_delimiter, unit_end.encode(chosen), start, first_line)


def best_delimiter(lines: list[str], line_end: str = "\n") -> str:
    """Choose the separator that gives the most rows of one width; a comma when none separates anything."""
    scored = [(_fit([line + line_end for line in lines], each), each) for each in DELIMITERS]
    best = max(fit for fit, _ in scored)
    return next(each for fit, each in scored if fit == best) if best[0] >= FITTING_SHARE else ","


def _fit(lines: list[str], delimiter: str) -> tuple[float, int]:
    """The share of rows that have the commonest width, and that width."""
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if any(row)]
    except csv.Error:
        return (0.0, 0)
    several = Counter(width for width in widths if width > 1)
    if not several:
        return (0.0, 0)
    width, count = max(several.items(), key=lambda item: (item[1], item[0]))
    return (round(count / len(widths), 1), width)


def _without_byte_order(encoding: str | None, found: str) -> str | None:
    """`utf-16` alone does not say which byte comes first: the BOM does, else it is little-endian as Windows writes it."""
    if encoding == "utf-16":
        return found or "utf-16-le"
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _utf16_by_nul(head: bytes) -> str:
    """Latin text in UTF-16 has a NUL in every other byte."""
    first, second, units = head[0::2].count(0), head[1::2].count(0), max(len(head) // 2, 1)
    if second > units / 10 and first < second / 10:
        return "utf-16-le"
    if first > units / 10 and second < first / 10:
        return "utf-16-be"
    return ""


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
