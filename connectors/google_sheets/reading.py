"""Reads tabs block by block and tells the blocks that differ from what the cursor remembers; nothing of a row stays in the cursor."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.google_sheets.api import Api, Cells, Tab
from connectors.google_sheets.rows import RowMaker, key_positions, text_of
from connectors.google_sheets.settings import GoogleSheetsSettings
from core.contract import Change, ConfigInvalid, Cursor, Page, Reject
from core.contract.rows import column_names

BLOCK_ROWS = 500
BLOCKS_A_CALL = 4


class State(BaseModel):
    """The cursor's content: per tab, by its id, the hash of each block of rows as it was told last."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tabs: dict[str, list[str]] = {}

    @classmethod
    def decode(cls, cursor: Cursor | None) -> State:
        """Read a cursor of ours; raises ConfigInvalid for any other."""
        try:
            return cls() if cursor is None else cls.model_validate_json(cursor)
        except ValidationError as error:
            message = "The stored cursor is not one of Google Sheets."
            raise ConfigInvalid(message, hint="Read this connection again from the beginning.") from error


@dataclass(slots=True)
class SheetsReader:
    """One read. Blocks that are as they were are read, since only that shows it, but not told."""

    api: Api
    settings: GoogleSheetsSettings
    tabs: dict[str, list[str]] = field(default_factory=dict)

    def pages(self, tabs: Sequence[Tab], since: Cursor | None) -> Iterator[Page]:
        """Yield what changed since the cursor; going on from any page's cursor reads on behind it."""
        self.tabs = {tab: list(hashes) for tab, hashes in State.decode(since).tabs.items()}
        for tab in tabs:
            yield from self._tab(tab)
        known = {str(tab.id) for tab in tabs}
        self.tabs = {tab: hashes for tab, hashes in self.tabs.items() if tab in known}
        yield Page((), self._cursor())

    def header(self, tab: Tab) -> list[str]:
        """The column names of a tab; raises ConfigInvalid when its header row is empty or lacks a key column."""
        row = self.settings.header_row
        (rows,) = self.api.values(tab, [(row, row)]) if row <= tab.rows else ([],)
        names = column_names([text_of(cell) for cell in rows[0]] if rows else [], self.settings.aliases)
        if not names:
            raise ConfigInvalid(f"Row {row} of the tab '{tab.title}' has no column names.", hint="Name that row, or the tabs to read.")
        key_positions(names, self.settings.key, tab.title)
        return names

    def _tab(self, tab: Tab) -> Iterator[Page]:
        names = self.header(tab)
        maker = RowMaker(tab.title, names, key_positions(names, self.settings.key, tab.title), Counter())
        hashes = self.tabs.setdefault(str(tab.id), [])
        starts = range(self.settings.header_row + 1, tab.rows + 1, BLOCK_ROWS)
        del hashes[len(starts) :]
        spans = [(start, min(start + BLOCK_ROWS - 1, tab.rows)) for start in starts]
        for at in range(0, len(spans), BLOCKS_A_CALL):
            part = spans[at : at + BLOCKS_A_CALL]
            for number, (span, rows) in enumerate(zip(part, self.api.values(tab, part), strict=True), start=at):
                page = self._block(maker, hashes, number, (span[0], rows))
                if page is not None:
                    yield page

    def _block(self, maker: RowMaker, hashes: list[str], number: int, block: tuple[int, list[Cells]]) -> Page | None:
        """Tell a block, or nothing where it is as it was; its rows are made all the same, so that equal rows keep their numbers."""
        first, rows = block
        made = [maker.make(first + at, row) for at, row in enumerate(rows)]
        content = json.dumps([first, maker.names, self.settings.key, rows]).encode()
        digest = hashlib.sha256(content).hexdigest()[:16]
        was = hashes[number] if number < len(hashes) else None
        hashes[number : number + 1] = [digest]
        if digest == was:
            return None
        changes = [each for each in made if isinstance(each, Change)]
        return Page(changes, self._cursor(), [each for each in made if isinstance(each, Reject)])

    def _cursor(self) -> Cursor:
        return Cursor(State(tabs=self.tabs).model_dump_json())
