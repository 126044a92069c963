"""The spreadsheets of the demonstration, as people really send them. A file appears whole under its final name."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from openpyxl import Workbook

from demo.submissions import Fate, Plan, Submission, Way


def drop_files(plan: Plan, folder: Path) -> list[Path]:
    """Write one file per way into the folder; the names say nothing about who sent them."""
    return [
        _appear(folder / "Messe Hannover (final).csv", german_csv(plan.of(Way.CSV_GERMAN))),
        _appear(folder / "export-2026.csv", bom_csv(plan.of(Way.CSV_BOM))),
        _appear(folder / "Visitors London.xlsx", workbook(plan.of(Way.XLSX))),
    ]


def german_csv(rows: Sequence[Submission]) -> bytes:
    """As Excel in Germany saves it: windows-1252, semicolons, quoted line breaks, postal codes with leading zeros."""
    return _csv(rows, delimiter=";", line_end="\r\n").encode("cp1252")


def bom_csv(rows: Sequence[Submission]) -> bytes:
    """As a web application exports it: UTF-8 with BOM, CRLF, and one row that lost its last cells."""
    whole = [row for row in rows if row.fate is not Fate.UNREADABLE]
    ragged = "".join(",".join(row.fields.values()) + "\r\n" for row in rows if row.fate is Fate.UNREADABLE)
    return b"\xef\xbb\xbf" + (_csv(whole, delimiter=",", line_end="\r\n") + ragged).encode()


def workbook(rows: Sequence[Submission]) -> bytes:
    """As a trade fair sends it: a title on top, a blank row, then the table; postal codes are text."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Visitors"
    sheet.append(["Visitors, stand 4.12"])
    sheet.append([])
    sheet.append(list(rows[0].fields))
    for row in rows:
        sheet.append(list(row.fields.values()))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _csv(rows: Iterable[Submission], *, delimiter: str, line_end: str) -> str:
    rows = list(rows)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(rows[0].fields)
    writer.writerows(row.fields.values() for row in rows)
    return text.getvalue()


def _appear(path: Path, content: bytes) -> Path:
    draft = path.with_name(path.name + ".part")
    draft.write_bytes(content)
    return draft.replace(path)
