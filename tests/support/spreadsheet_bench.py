"""A folder of spreadsheets on the contract suite's bench, and short ways to read a folder in tests."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from pydantic import JsonValue
from ruamel.yaml import YAML

import connectors.spreadsheet
from connectors.spreadsheet.connector import SpreadsheetConnector
from connectors.spreadsheet.settings import SpreadsheetSettings
from core.contract import Change, Cursor, Manifest, Page, Reject, load_manifest
from core.contract.tables.row_maker import ROW
from core.contract.testing import Bench, ReadSample
from tests.support.http import HandClock
from tests.support.memory_bench import quiet_context


def spreadsheet_manifest() -> Manifest:
    """The manifest as it ships."""
    folder = Path(connectors.spreadsheet.__file__).parent
    return load_manifest(YAML(typ="safe").load((folder / "manifest.yaml").read_text("utf-8")))


def connector_on(folder: Path, **settings: Any) -> SpreadsheetConnector:
    """A connector on a folder that is filled by renaming, so that files are read at once."""
    given = {"folder": folder, "complete": "now", **settings}
    return SpreadsheetConnector(SpreadsheetSettings.model_validate(given), quiet_context(HandClock()))


def read_folder(folder: Path, since: Cursor | None = None, **settings: Any) -> tuple[list[Change], list[Reject], Cursor]:
    """Read everything: changes, rejects and the last cursor."""
    pages = list(connector_on(folder, **settings).read(ROW, since))
    return changes_of(pages), [reject for page in pages for reject in page.rejects], pages[-1].resume


def read_text(folder: Path, content: str | bytes, *, name: str = "leads.csv", **settings: Any) -> tuple[list[Change], list[Reject]]:
    """Write one CSV file into the folder and read the folder."""
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    changes, rejects, _ = read_folder(folder, **settings)
    return changes, rejects


def changes_of(pages: Sequence[Page]) -> list[Change]:
    """All changes of some pages."""
    return [change for page in pages for change in page.changes]


def values(changes: Sequence[Change]) -> list[dict[str, JsonValue]]:
    """The fields of some changes without their place in the file."""
    return [{name: value for name, value in change.fields.items() if name != "_row"} for change in changes]


def workbook(path: Path, rows: Sequence[Sequence[Any]], *, formats: Mapping[str, str] | None = None, title: str = "Leads") -> Path:
    """Write a workbook with one sheet; `formats` maps cells like `B2` to number formats."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for cell, form in (formats or {}).items():
        sheet[cell].number_format = form
    book.save(path)
    return path


class FolderTruth:
    """A folder as the people who drop files into it see it: every seeding is one file more."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows: dict[str, dict[str, JsonValue]] = {}
        self._files = 0

    def seed(self, object_name: str, count: int) -> Sequence[str]:
        ids = [f"K{len(self._rows) + number}" for number in range(count)]
        self._write([{"Key": each, "Name": f"Seed {each}"} for each in ids])
        return ids

    def change(self, object_name: str, native_id: str) -> None:
        self._write([{"Key": native_id, "Name": f"Changed {self._files}"}])

    def delete(self, object_name: str, native_id: str) -> None:
        raise AssertionError("reads of files tell no deletions")

    def records(self, object_name: str) -> Mapping[str, Mapping[str, JsonValue]]:
        return self._rows

    def _write(self, rows: Sequence[Mapping[str, str]]) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, ["Key", "Name"])
        writer.writeheader()
        writer.writerows(rows)
        self._files += 1
        path = self._folder / f"leads-{self._files:04d}.csv"
        path.write_text(text.getvalue(), "utf-8")
        path.with_name(f"{path.name}.done").touch()
        os.utime(path, (self._files, self._files))
        self._rows.update({row["Key"]: dict(row) for row in rows})


def spreadsheet_bench(folder: Path) -> Bench:
    """A bench on an empty folder."""
    clock = HandClock()
    settings = SpreadsheetSettings(folder=folder, key=["Key"])
    return Bench(
        manifest=spreadsheet_manifest(),
        make=lambda: SpreadsheetConnector(settings, quiet_context(clock)),
        advance=clock.advance,
        remote=FolderTruth(folder),
        reading=ReadSample(object="row", several_pages=1_750),
    )
