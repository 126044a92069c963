"""The CSV files that mappings look values up in: read beside the mapping, and kept with its text when a version is kept."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path

from core.flow.mapping.chains import TableRefused
from core.model.records import Scalar

MAX_BYTES = 4 * 1024 * 1024
_NAME = re.compile(r"[\w][\w .-]*\.csv")
_HEAD = "#table "
_ROW = "#|"


class Tables:
    """Reads the tables of one mapping and remembers their texts."""

    def __init__(self, folder: Path, kept: Mapping[str, str] | None = None) -> None:
        """Take the folder of the mappings; `kept` are texts that go before the files (those of an older version)."""
        self._folder = folder
        self._kept = kept or {}
        self.texts: dict[str, str] = {}

    def __call__(self, name: str) -> Mapping[str, Scalar]:
        """Give the rows of a file: first column to second; raises TableRefused."""
        if not _NAME.fullmatch(name):
            raise TableRefused(f"'{name}' is not the name of a CSV file in the folder of the mappings, such as `countries.csv`.")
        text = self._kept[name] if name in self._kept else self._read(name)
        self.texts[name] = text
        return _rows(name, text)

    def _read(self, name: str) -> str:
        path = self._folder / name
        try:
            if path.stat().st_size > MAX_BYTES:
                raise TableRefused(f"'{name}' is larger than {MAX_BYTES // 1024 // 1024} MB.")
            return path.read_text("utf-8-sig")
        except UnicodeDecodeError:
            raise TableRefused(f"'{name}' is not UTF-8. Save it as 'CSV UTF-8'.") from None
        except OSError as error:
            raise TableRefused(f"'{name}' cannot be read ({error.strerror}). It belongs beside the mapping.") from error


def _rows(name: str, text: str) -> dict[str, Scalar]:
    """Read the rows; the first is the heading."""
    lines = text.splitlines()
    heading = lines[0] if lines else ""
    separator = max(",;\t", key=heading.count)
    rows: dict[str, Scalar] = {}
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    try:
        for number, row in enumerate(reader, 1):
            if not any(cell.strip() for cell in row) or number == 1:
                continue
            if len(row) != 2:
                raise TableRefused(f"'{name}' row {number} has {len(row)} columns; a table has two: what comes, and what is wanted.")
            key = row[0].strip()
            if key in rows:
                raise TableRefused(f"'{name}' row {number}: '{key}' stands twice.")
            rows[key] = row[1].strip() or None
    except csv.Error as error:
        raise TableRefused(f"'{name}' cannot be read as CSV: {error}.") from error
    if not rows:
        raise TableRefused(f"'{name}' has no rows below its heading.")
    return rows


def with_tables(text: str, tables: Mapping[str, str]) -> str:
    """Write the tables behind the mapping's text as comments, so that a kept version is whole."""
    parts = [text if text.endswith("\n") or not tables else f"{text}\n"]
    for name, content in sorted(tables.items()):
        parts.append(f"{_HEAD}{name}\n")
        parts += [f"{_ROW}{line}\n" for line in content.splitlines()]
    return "".join(parts)


def without_tables(kept: str) -> tuple[str, dict[str, str]]:
    """Take a kept version apart again: the mapping's text, and its tables by name."""
    lines: list[str] = []
    tables: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in kept.splitlines(keepends=True):
        if line.startswith(_HEAD):
            current = tables.setdefault(line.removeprefix(_HEAD).strip(), [])
        elif current is not None and line.startswith(_ROW):
            current.append(line.removeprefix(_ROW))
        else:
            lines.append(line)
    return "".join(lines), {name: "".join(rows) for name, rows in tables.items()}
