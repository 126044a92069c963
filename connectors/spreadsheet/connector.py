"""Plays role `reads` over a folder of CSV and Excel files: each row is a record."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.spreadsheet.cursor import State
from connectors.spreadsheet.folder import ARCHIVE, FoundFile, list_files
from connectors.spreadsheet.reading import FolderReader
from connectors.spreadsheet.settings import SpreadsheetSettings
from core.contract import (
    ConfigInvalid,
    Connector,
    Cursor,
    FieldKind,
    FieldSpec,
    Health,
    ObjectName,
    ObjectSpec,
    Page,
)
from core.contract.rows import column_names
from core.contract.tables.reading import WORKBOOKS, open_tables
from core.contract.tables.row_maker import ROW
from core.contract.tables.sniff import sniff
from core.contract.tables.table import FileUnreadable

DESCRIBED_FILES = 20
NOTED_FILES = 5


class SpreadsheetConnector(Connector[SpreadsheetSettings]):
    """One folder. Files are read in the order of their names, each once per state."""

    settings_type: ClassVar[type[BaseModel]] = SpreadsheetSettings

    def check(self) -> Health:
        """Look into the folder and tell how its first files would be read."""
        files = list_files(self.settings.folder, self.settings.pattern)
        if self.settings.keep == "move" and not os.access(self.settings.folder, os.W_OK):
            raise ConfigInvalid(
                f"Files cannot be moved within '{self.settings.folder}'.",
                hint="Give the right to write, or set 'keep: leave'.",
                setting="keep",
            )
        notes = [f"{len(files)} files match '{self.settings.pattern}'.", *map(self._note, files[:NOTED_FILES])]
        return Health(account=str(self.settings.folder), notes=notes)

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the columns of the files that lie in the folder or its archive, in the order in which they are met."""
        folders = [self.settings.folder, self.settings.folder / ARCHIVE]
        files = [file for folder in folders if folder.is_dir() for file in list_files(folder, self.settings.pattern)]
        names = dict.fromkeys(name for file in files[-DESCRIBED_FILES:] for name in self._columns(file))
        specs = [FieldSpec(name, name, FieldKind.TEXT, creatable=False, updatable=False) for name in names]
        return [ObjectSpec(ROW, "Row", specs)]

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield the rows of files that are new or changed since the cursor; a row keeps its id when its file comes again."""
        if object_name != ROW:
            message = f"Spreadsheets have no object '{object_name}', only '{ROW}'."
            raise ConfigInvalid(message, hint=f"Name '{ROW}' in the mapping.", setting="object")
        return FolderReader(self.settings, State.decode(since)).pages()

    def _columns(self, file: FoundFile) -> list[str]:
        try:
            return [
                name
                for table in open_tables(file.path, file.size, self.settings)
                for name in column_names(table.header, self.settings.aliases)
            ]
        except (FileUnreadable, OSError):
            return []

    def _note(self, file: FoundFile) -> str:
        if file.path.suffix.lower() in WORKBOOKS:
            return f"{file.name}: workbook"
        try:
            form = sniff(file.path, encoding=self.settings.encoding, delimiter=self.settings.delimiter)
        except OSError as error:
            return f"{file.name}: {error.strerror}"
        return f"{file.name}: {form.encoding}, separated by {form.delimiter!r}"
