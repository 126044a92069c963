"""Plays roles `authenticates` and `reads` over folders of SharePoint or OneDrive for work: each row of their files is a record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.sharepoint_excel.api import Graph, Resync
from connectors.sharepoint_excel.auth import fetch_token
from connectors.sharepoint_excel.download import fetch
from connectors.sharepoint_excel.ledger import Ledger
from connectors.sharepoint_excel.settings import SharePointSettings
from core.contract import (
    ConfigInvalid,
    Connector,
    Context,
    ContractBroken,
    Cursor,
    FieldKind,
    FieldSpec,
    Health,
    Http,
    ObjectName,
    ObjectSpec,
    Page,
    Token,
    Unavailable,
)
from core.contract.rows import column_names
from core.contract.tables.remote import FileGone, RemoteFile, fetched_tables, remote_pages
from core.contract.tables.row_maker import ROW
from core.contract.tables.table import FileUnreadable

DESCRIBED_FILES = 3
NOTED_FILES = 5


class SharePointExcel(Connector[SharePointSettings]):
    """One drive. Files are read in the order of their names, each once per content."""

    settings_type: ClassVar[type[BaseModel]] = SharePointSettings

    def __init__(self, settings: SharePointSettings, context: Context) -> None:
        """Keep settings and context; no I/O."""
        super().__init__(settings, context)
        self._graph = Graph(context, settings)

    def token(self, previous: Token | None, http: Http) -> Token:  # noqa: ARG002 - each token is fetched anew
        """Fetch a token for the app."""
        return fetch_token(self.settings, http, self.context.clock)

    def check(self) -> Health:
        """Name the drive, and the first files in its folders; it opens none of them."""
        drive, folders, name = self._place()
        files = self._files_now(drive, folders)
        notes = [f"{len(files)} files match '{self.settings.pattern}'.", *(file.name for file in files[:NOTED_FILES])]
        return Health(f"'{name}' of {self.settings.site or self.settings.user or drive}", notes)

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the columns of the last files by name."""
        drive, folders, _ = self._place()
        files = self._files_now(drive, folders)[-DESCRIBED_FILES:]
        names = dict.fromkeys(name for file in files for name in self._columns(drive, file))
        return [ObjectSpec(ROW, "Row", [FieldSpec(name, name, FieldKind.TEXT, creatable=False, updatable=False) for name in names])]

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield the rows of files that are new or have another content; a row keeps its id when its file comes again."""
        if object_name != ROW:
            message = f"A document library has no object '{object_name}', only '{ROW}'."
            raise ConfigInvalid(message, hint=f"Name '{ROW}' in the mapping.", setting="object")
        ledger = Ledger.decode(since)
        drive, folders, _ = self._place()
        for step in self._caught_up(ledger, drive, folders):
            ledger = step
            yield Page((), ledger.encode())
        self._refuse_many(len(ledger.files))
        rows = Cursor(ledger.read) if ledger.read else None
        for page in remote_pages(ledger.listed(), rows, self.settings, lambda file, sink: fetch(self._graph, drive, file, sink)):
            yield Page(page.changes, ledger.model_copy(update={"read": str(page.resume)}).encode(), page.rejects)

    def _caught_up(self, ledger: Ledger, drive: str, folders: Mapping[str, str]) -> Iterator[Ledger]:
        """Follow the changes to their end, and give the ledger after each page; a place that is forgotten begins anew, once."""
        scope = hashlib.sha256(json.dumps([self.settings.base_url, drive, dict(folders), self.settings.pattern]).encode()).hexdigest()[:24]
        if ledger.scope != scope or not ledger.link:
            ledger = ledger.begun(scope, self._graph.begin(drive))
        asked: set[str] = set()
        began_anew = False
        while True:
            if ledger.link in asked:
                raise ContractBroken("Microsoft's changes go round in a circle.")
            asked.add(ledger.link)
            page = self._graph.delta(ledger.link)
            if isinstance(page, Resync):
                if began_anew:
                    raise Unavailable("Microsoft asks to begin the changes anew, again and again.")
                began_anew = True
                ledger = ledger.begun(scope, page.link or self._graph.begin(drive))
                asked.clear()
                continue
            ledger = ledger.followed(page.items, folders, self.settings.pattern)
            ledger = ledger.model_copy(update={"link": page.link, "building": ledger.building and not page.is_last})
            yield ledger
            if page.is_last:
                return

    def _place(self) -> tuple[str, Mapping[str, str], str]:
        """The drive's id, the paths of the folders by their ids, and the drive's name."""
        found = self._graph.drive()
        drive = found.get("id")
        if not isinstance(drive, str) or not drive:
            raise Unavailable("Microsoft answered with a drive that has no id.")
        folders = {self._graph.folder(drive, path): path.strip("/") for path in self.settings.folders}
        return drive, folders, str(found.get("name") or "drive")

    def _files_now(self, drive: str, folders: Mapping[str, str]) -> list[RemoteFile]:
        """Look what lies in the folders, for people; a reading follows the changes instead."""
        ledger = Ledger()
        for folder in folders:
            for item in self._graph.children(drive, folder):
                ledger = ledger.followed([{**item, "parentReference": {"id": folder}}], folders, self.settings.pattern)
                self._refuse_many(len(ledger.files))
        return sorted(ledger.listed(), key=lambda file: file.name)

    def _refuse_many(self, count: int) -> None:
        if count > self.settings.max_files:
            hint = "Narrow 'folders' or 'pattern', or raise 'max_files'."
            raise ConfigInvalid(f"More than {self.settings.max_files:,} files match.", hint=hint, setting="max_files")

    def _columns(self, drive: str, file: RemoteFile) -> list[str]:
        try:
            with fetched_tables(file, self.settings, lambda one, sink: fetch(self._graph, drive, one, sink)) as tables:
                return [name for table in tables for name in column_names(table.header, self.settings.aliases)]
        except (FileUnreadable, FileGone):
            return []
