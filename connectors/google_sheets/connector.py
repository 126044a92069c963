"""Plays roles `authenticates` and `reads` over one Google spreadsheet: each row is a record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.google_sheets.api import Api, Book, Tab
from connectors.google_sheets.auth import account_of, fetch_token
from connectors.google_sheets.reading import SheetsReader
from connectors.google_sheets.rows import ROW
from connectors.google_sheets.settings import GoogleSheetsSettings
from core.contract import (
    ConfigInvalid,
    Connector,
    Context,
    Cursor,
    FieldKind,
    FieldSpec,
    Health,
    Http,
    ObjectName,
    ObjectSpec,
    Page,
    Token,
)


class GoogleSheets(Connector[GoogleSheetsSettings]):
    """One spreadsheet, read through the Sheets API v4."""

    settings_type: ClassVar[type[BaseModel]] = GoogleSheetsSettings

    def __init__(self, settings: GoogleSheetsSettings, context: Context) -> None:
        """Keep settings and context; no I/O."""
        super().__init__(settings, context)
        self._api = Api(context.http, settings.spreadsheet, settings.values == "raw")

    def token(self, previous: Token | None, http: Http) -> Token:  # noqa: ARG002 - each token is fetched anew
        """Fetch a token for the service account."""
        return fetch_token(self.settings, http, self.context.clock)

    def check(self) -> Health:
        """Name the spreadsheet, and the columns of each tab that is read."""
        email, _, _ = account_of(self.settings)
        book = self._api.book()
        reader = SheetsReader(self._api, self.settings)
        notes = [f"Tab '{tab.title}': {', '.join(reader.header(tab))}" for tab in self._wanted(book)]
        return Health(f"Spreadsheet '{book.title}', read by {email}", notes)

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the columns of all tabs that are read, each name once."""
        reader = SheetsReader(self._api, self.settings)
        names = dict.fromkeys(name for tab in self._wanted(self._api.book()) for name in reader.header(tab))
        return [ObjectSpec(ROW, "Row", [FieldSpec(name, name, FieldKind.TEXT, creatable=False, updatable=False) for name in names])]

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield the rows of blocks that differ from what the cursor remembers."""
        if object_name != ROW:
            message = f"Google Sheets has no object '{object_name}', only '{ROW}'."
            raise ConfigInvalid(message, hint=f"Name '{ROW}' in the mapping.", setting="object")
        yield from SheetsReader(self._api, self.settings).pages(self._wanted(self._api.book()), since)

    def _wanted(self, book: Book) -> Sequence[Tab]:
        if not self.settings.tabs:
            return [tab for tab in book.tabs if not tab.hidden and tab.rows and tab.columns]
        found = {tab.title: tab for tab in book.tabs}
        missing = [title for title in self.settings.tabs if title not in found]
        if missing:
            raise ConfigInvalid(
                f"There is no tab '{missing[0]}'.", hint=f"There is: {', '.join(found) or 'none'}. Correct `tabs`.", setting="tabs"
            )
        return [found[title] for title in self.settings.tabs]
