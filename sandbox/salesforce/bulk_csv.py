"""CSV as Bulk API 2.0 reads and writes it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from sandbox.salesforce.bulk_jobs import DELIMITERS, ENDINGS

NULL = "#N/A"


class BadCsv(Exception):
    """Content that makes the whole job fail; the text is the job's error message."""


def read_csv(content: bytes, delimiter: str, ending: str) -> tuple[list[str], list[list[str]]]:
    """The header and the rows; raises BadCsv for a line ending other than the job's and for broken quotes."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadCsv("ClientInputError : The file is not valid UTF-8") from error
    first_line = text.partition("\n")[0]
    if "\n" in text and first_line.endswith("\r") != (ending == "CRLF"):
        raise BadCsv(f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {ending}")
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[delimiter], strict=True) if row]
    except csv.Error as error:
        raise BadCsv(f"ClientInputError : Failed to parse CSV: {error}") from error
    if not rows:
        raise BadCsv("InvalidBatch : The file has no header")
    return rows[0], rows[1:]


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Any]], delimiter: str = "COMMA", ending: str = "LF") -> bytes:
    """UTF-8 with every value in quotes."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=DELIMITERS[delimiter], lineterminator=ENDINGS[ending], quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


def row_values(header: Sequence[str], row: Sequence[str]) -> dict[str, Any]:
    """A row as the values of a write: empty means "leave alone", `#N/A` clears, `Account.Ext__c` names a parent."""
    values: dict[str, Any] = {}
    for name, text in zip(header, row, strict=False):
        if text == "":
            continue
        relationship, dot, key = name.partition(".")
        values[relationship] = {key: text} if dot else None if text == NULL else text
    return values


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
