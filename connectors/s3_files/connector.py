"""Plays role `reads` over a bucket of CSV and Excel files: each row is a record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.s3_files.api import Bucket
from connectors.s3_files.settings import S3FilesSettings
from core.contract import ConfigInvalid, Connector, Context, Cursor, FieldKind, FieldSpec, Health, ObjectName, ObjectSpec, Page
from core.contract.rows import column_names
from core.contract.tables.remote import FileGone, RemoteFile, fetched_tables, remote_pages
from core.contract.tables.row_maker import ROW
from core.contract.tables.table import FileUnreadable

DESCRIBED_FILES = 3


class S3Files(Connector[S3FilesSettings]):
    """One bucket. Files are read in the order of their keys, each once per version."""

    settings_type: ClassVar[type[BaseModel]] = S3FilesSettings

    def __init__(self, settings: S3FilesSettings, context: Context) -> None:
        """Keep settings and context; no I/O."""
        super().__init__(settings, context)
        self._bucket = Bucket(context, settings)

    def check(self) -> Health:
        """List the bucket and name the first files; it opens none of them."""
        files = self._bucket.files()
        notes = [f"{len(files)} files match '{self.settings.pattern}'.", *(file.name for file in files[:5])]
        return Health(f"Bucket '{self.settings.bucket}', prefix '{self.settings.prefix}'", notes)

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the columns of the last files by name."""
        names = dict.fromkeys(name for file in self._bucket.files()[-DESCRIBED_FILES:] for name in self._columns(file))
        return [ObjectSpec(ROW, "Row", [FieldSpec(name, name, FieldKind.TEXT, creatable=False, updatable=False) for name in names])]

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield the rows of files that are new or have another ETag or size; a row keeps its id when its file comes again."""
        if object_name != ROW:
            message = f"A bucket has no object '{object_name}', only '{ROW}'."
            raise ConfigInvalid(message, hint=f"Name '{ROW}' in the mapping.", setting="object")
        yield from remote_pages(self._bucket.files(), since, self.settings, self._bucket.fetch)

    def _columns(self, file: RemoteFile) -> list[str]:
        try:
            with fetched_tables(file, self.settings, self._bucket.fetch) as tables:
                return [name for table in tables for name in column_names(table.header, self.settings.aliases)]
        except (FileUnreadable, FileGone):
            return []
