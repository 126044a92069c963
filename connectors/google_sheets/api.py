"""Calls to the Sheets API: the spreadsheet's tabs, and the values of ranges."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.google_sheets.auth import SCOPE
from core.contract import ConfigInvalid, ConnectorError, ContractBroken, Http, JsonValue, PermissionMissing, Request, Response, Unavailable

Cells = list[JsonValue]
_FIELDS = "properties.title,sheets.properties(sheetId,title,hidden,sheetType,gridProperties(rowCount,columnCount))"
_FIRST_ROW = re.compile(r"!?\$?[A-Z]+\$?(\d+)(?::\$?[A-Z]*\$?\d*)?$")


@dataclass(frozen=True, slots=True)
class Tab:
    """One grid of cells; `rows` and `columns` are its size, filled or not."""

    id: int
    title: str
    hidden: bool
    rows: int
    columns: int

    def span(self, first: int, last: int) -> str:
        """These rows, counted from 1, in A1 notation."""
        quoted = self.title.replace("'", "''")
        return f"'{quoted}'!A{first}:{_letters(self.columns)}{last}"


@dataclass(frozen=True, slots=True)
class Book:
    """The spreadsheet: its title and its tabs, in their order."""

    title: str
    tabs: Sequence[Tab]


@dataclass(frozen=True, slots=True)
class Api:
    """One spreadsheet."""

    http: Http
    spreadsheet: str
    raw: bool

    def book(self) -> Book:
        """Read the title and the tabs that are grids (Sheets API, `spreadsheets.get`)."""
        answer = self._get("", [("fields", _FIELDS)])
        properties, sheets = answer.get("properties"), answer.get("sheets")
        if not isinstance(properties, dict) or not isinstance(sheets, list):
            raise Unavailable("Google answered without the spreadsheet's tabs.")
        return Book(str(properties.get("title") or ""), [tab for sheet in sheets if (tab := _tab(sheet)) is not None])

    def values(self, tab: Tab, spans: Sequence[tuple[int, int]]) -> list[list[Cells]]:
        """Read the rows of each span (`spreadsheets.values.batchGet`). Empty cells and rows at the end are not there.

        Raises ContractBroken where the answer is that to another question.
        """
        render = "UNFORMATTED_VALUE" if self.raw else "FORMATTED_VALUE"
        params = [("ranges", tab.span(*span)) for span in spans]
        params += [("valueRenderOption", render), ("dateTimeRenderOption", "SERIAL_NUMBER" if self.raw else "FORMATTED_STRING")]
        found = self._get("/values:batchGet", [*params, ("majorDimension", "ROWS")]).get("valueRanges")
        if not isinstance(found, list) or [_first_row(each) for each in found] != [first for first, _ in spans]:
            raise ContractBroken("Google's answer is not for the rows that were asked for.")
        return [_rows(each) for each in found]

    def _get(self, path: str, params: Sequence[tuple[str, str]]) -> dict[str, JsonValue]:
        found = self.http.send(Request("GET", f"/v4/spreadsheets/{self.spreadsheet}{path}", params=params), rows=(_refused,)).json()
        if not isinstance(found, dict):
            raise Unavailable("Google answered with something that is not a JSON object.")
        return found


def _tab(sheet: JsonValue) -> Tab | None:
    properties = sheet.get("properties") if isinstance(sheet, dict) else None
    grid = properties.get("gridProperties") if isinstance(properties, dict) else None
    if not isinstance(properties, dict) or not isinstance(grid, dict) or properties.get("sheetType", "GRID") != "GRID":
        return None
    numbers = [properties.get("sheetId", 0), grid.get("rowCount", 0), grid.get("columnCount", 0)]
    if not all(isinstance(number, int) for number in numbers):
        return None
    tab_id, rows, columns = (int(str(number)) for number in numbers)
    return Tab(tab_id, str(properties.get("title") or ""), properties.get("hidden") is True, rows, columns)


def _first_row(found: JsonValue) -> int | None:
    told = _FIRST_ROW.search(str(found.get("range"))) if isinstance(found, dict) else None
    return int(told[1]) if told else None


def _rows(found: JsonValue) -> list[Cells]:
    values = found.get("values", []) if isinstance(found, dict) else None
    if not isinstance(values, list) or not all(isinstance(row, list) for row in values):
        raise Unavailable("Google answered with values that are no rows.")
    return [row for row in values if isinstance(row, list)]


def _letters(column: int) -> str:
    text = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text or "A"


def _refused(response: Response) -> ConnectorError | None:
    if response.status == 403:
        hint = "Share the spreadsheet with the service account's client_email, and switch the Sheets API on in its project."
        return PermissionMissing("The service account may not read the spreadsheet.", scope=SCOPE, hint=hint)
    if response.status == 404:
        return ConfigInvalid("There is no such spreadsheet.", hint="Copy its id from its address again.", setting="spreadsheet")
    return None
