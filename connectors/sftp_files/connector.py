"""Plays role `reads` over folders of an SFTP server: each row of their CSV and Excel files is a record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import ClassVar

from pydantic import BaseModel

from connectors.sftp_files.folders import Folders
from connectors.sftp_files.session import Session
from connectors.sftp_files.settings import SftpFilesSettings
from core.contract import ConfigInvalid, Connector, Cursor, FieldKind, FieldSpec, Health, ObjectName, ObjectSpec, Page
from core.contract.rows import column_names
from core.contract.tables.remote import FileGone, RemoteFile, fetched_tables, remote_pages
from core.contract.tables.row_maker import ROW
from core.contract.tables.table import FileUnreadable

DESCRIBED_FILES = 3
NOTED_FILES = 5


class SftpFiles(Connector[SftpFilesSettings]):
    """One account. Files are read in the order of their names, each once per time and size; a reading has a connection of its own."""

    settings_type: ClassVar[type[BaseModel]] = SftpFilesSettings

    def check(self) -> Health:
        """Log in, list the folders and name the first files; it opens none of them."""
        with closing(self._session()) as session:
            files = Folders(session).files()
        notes = [f"{len(files)} files match '{self.settings.pattern}'.", *(file.name for file in files[:NOTED_FILES])]
        return Health(f"{self.settings.username} on {self.settings.host}, folders {', '.join(self.settings.folders)}", notes)

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the columns of the last files by name."""
        with closing(self._session()) as session:
            folders = Folders(session)
            files = sorted(folders.files(), key=lambda file: file.name)[-DESCRIBED_FILES:]
            names = dict.fromkeys(name for file in files for name in self._columns(folders, file))
        return [ObjectSpec(ROW, "Row", [FieldSpec(name, name, FieldKind.TEXT, creatable=False, updatable=False) for name in names])]

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield the rows of files that are new or have another time or size; a row keeps its id when its file comes again."""
        if object_name != ROW:
            message = f"An SFTP server has no object '{object_name}', only '{ROW}'."
            raise ConfigInvalid(message, hint=f"Name '{ROW}' in the mapping.", setting="object")
        with closing(self._session()) as session:
            folders = Folders(session)
            yield from remote_pages(folders.files(), since, self.settings, folders.fetch)

    def _session(self) -> Session:
        return Session(self.settings, self.context)

    def _columns(self, folders: Folders, file: RemoteFile) -> list[str]:
        try:
            with fetched_tables(file, self.settings, folders.fetch) as tables:
                return [name for table in tables for name in column_names(table.header, self.settings.aliases)]
        except (FileUnreadable, FileGone):
            return []
