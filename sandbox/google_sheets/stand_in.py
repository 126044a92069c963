"""The whole Google Sheets stand-in: service-account tokens, one spreadsheet with tabs, and how values are rendered."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from sandbox.wire import Answer, Push, Request, json_answer

SPREADSHEET_ID = "SbxSheet1"
CLIENT_EMAIL = "reader@sandbox.iam.example.com"
SCOPE = "https://www.googleapis.com/auth/spreadsheets.readonly"
TOKEN_PATH = "/token"
TOKEN_SECONDS = 3599
LONGEST_ASSERTION_SECONDS = 3600
_RANGE = re.compile(r"'((?:[^']|'')+)'!A(\d+):([A-Z]+)(\d+)")


class _Refused(Exception):
    """A call is refused; rendered as Google's error object."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.answer = json_answer({"error": {"code": status, "message": message, "status": code}}, status)


@dataclass(slots=True)
class _Tab:
    """One grid. A cell is a value, or `{"value": ..., "shown": "..."}` where it is shown in a format of its own."""

    id: int
    title: str
    cells: list[list[Any]] = field(default_factory=list)
    hidden: bool = False
    spare_rows: int = 0

    def size(self) -> tuple[int, int]:
        """Rows and columns of the grid, filled or not."""
        return len(self.cells) + self.spare_rows, max([26, *map(len, self.cells)])


class GoogleSheetsStandIn:
    """One spreadsheet and one service account, whose public key the dial `account` sets. Not thread-safe; the shell locks."""

    name = "google_sheets"

    def __init__(self) -> None:
        self._pem = ""
        self._begin()

    def _begin(self) -> None:
        self._tabs: dict[str, _Tab] = {"Leads": _Tab(0, "Leads", [["Email", "Name", "Zip"]], spare_rows=100)}
        self._tokens: dict[str, float] = {}
        self._count = 0

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one call; every refusal is Google's error object, never an exception."""
        if request.path == TOKEN_PATH:
            return self._token(request, now)
        try:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            if self._tokens.get(token, 0.0) <= now.timestamp():
                raise _Refused(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
            return json_answer(self._answer(request))
        except _Refused as refusal:
            return refusal.answer

    def pushes(self, now: datetime) -> Sequence[Push]:  # noqa: ARG002 - part of what every stand-in offers
        """None: the Sheets API pushes nothing."""
        return ()

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Never called, since nothing is pushed."""

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:  # noqa: ARG002 - nothing here hangs on the time
        """Turn a dial: `reset`, `account`, `tab`, `append`, `put`, `rows`; `LookupError` for any other."""
        match verb:
            case "reset":
                self._begin()
                return {}
            case "account":
                self._pem = str(arguments["public_key"])
                return {}
            case "tab":
                title = str(arguments["title"])
                rows, spare = [list(row) for row in arguments.get("rows", [])], int(arguments.get("spare_rows", 0))
                self._tabs[title] = _Tab(len(self._tabs) * 7, title, rows, bool(arguments.get("hidden")), spare)
                return {}
            case "append":
                self._tab(arguments).cells.extend(list(row) for row in arguments["rows"])
                return {}
            case "put":
                cells = self._tab(arguments).cells
                cells[int(arguments["row"]) - 1 : int(arguments["row"])] = [list(row) for row in arguments["rows"]]
                return {}
            case "rows":
                return {"rows": self._tab(arguments).cells}
        raise LookupError(f"there is no dial '{verb}'")

    def _tab(self, arguments: Mapping[str, Any]) -> _Tab:
        return self._tabs[str(arguments.get("title", "Leads"))]

    def _token(self, request: Request, now: datetime) -> Answer:
        form = {name: values[0] for name, values in request.form().items()}
        if request.method != "POST" or form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return json_answer({"error": "unsupported_grant_type", "error_description": "Invalid grant_type"}, 400)
        claims = _claims(form.get("assertion", ""), self._pem)
        if claims is None or claims.get("iss") != CLIENT_EMAIL:
            return json_answer({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
        issued, ends, at = float(claims.get("iat", 0)), float(claims.get("exp", 0)), now.timestamp()
        if not issued - 60 <= at < ends or ends - issued > LONGEST_ASSERTION_SECONDS or not str(claims.get("aud", "")).endswith(TOKEN_PATH):
            return json_answer({"error": "invalid_grant", "error_description": "Invalid JWT: check your iat, exp and aud values."}, 400)
        if claims.get("scope") != SCOPE:
            return json_answer({"error": "invalid_scope", "error_description": "Invalid OAuth scope."}, 400)
        self._count += 1
        value = f"ya29.sandbox-{self._count}"
        self._tokens[value] = at + TOKEN_SECONDS
        return json_answer({"access_token": value, "expires_in": TOKEN_SECONDS, "token_type": "Bearer"})

    def _answer(self, request: Request) -> Any:
        parts = request.segments()
        if request.method != "GET" or parts[:2] != ["v4", "spreadsheets"] or len(parts) not in (3, 4):
            raise _Refused(404, "NOT_FOUND", "Method not found.")
        if parts[2] != SPREADSHEET_ID:
            raise _Refused(404, "NOT_FOUND", "Requested entity was not found.")
        if len(parts) == 3:
            return {"properties": {"title": "Sandbox leads"}, "sheets": [_described(tab) for tab in self._tabs.values()]}
        if parts[3] != "values:batchGet":
            raise _Refused(404, "NOT_FOUND", "Method not found.")
        shown = request.params().get("valueRenderOption", ["FORMATTED_VALUE"])[-1] == "FORMATTED_VALUE"
        ranges = [self._range(text, shown=shown) for text in request.params().get("ranges", [])]
        return {"spreadsheetId": SPREADSHEET_ID, "valueRanges": ranges}

    def _range(self, text: str, *, shown: bool) -> Any:
        """The values of a range; empty cells and rows at the end are left out, and `values` where there is none at all."""
        found = _RANGE.fullmatch(text)
        tab = self._tabs.get(found[1].replace("''", "'")) if found else None
        if found is None or tab is None:
            raise _Refused(400, "INVALID_ARGUMENT", f"Unable to parse range: {text}")
        first, last = int(found[2]), int(found[4])
        if last > tab.size()[0]:
            raise _Refused(400, "INVALID_ARGUMENT", f"Range ({text}) exceeds grid limits.")
        rows = _trimmed([_trimmed([_rendered(cell, shown=shown) for cell in row], "") for row in tab.cells[first - 1 : last]], [])
        told = {"range": f"{tab.title}!A{first}:{found[3]}{last}", "majorDimension": "ROWS"}
        return {**told, "values": rows} if rows else told


def _described(tab: _Tab) -> Any:
    rows, columns = tab.size()
    properties = {"sheetId": tab.id, "title": tab.title, "sheetType": "GRID", "gridProperties": {"rowCount": rows, "columnCount": columns}}
    return {"properties": {**properties, "hidden": True} if tab.hidden else properties}


def _rendered(cell: Any, *, shown: bool) -> Any:
    if isinstance(cell, dict):
        return cell["shown"] if shown else cell["value"]
    if cell is None:
        return ""
    return ("TRUE" if cell else "FALSE") if shown and isinstance(cell, bool) else str(cell) if shown else cell


def _trimmed(values: list[Any], empty: Any) -> list[Any]:
    while values and values[-1] == empty:
        values.pop()
    return values


def _claims(assertion: str, pem: str) -> dict[str, Any] | None:
    """The claims of an assertion whose RS256 signature is good; None for any other."""
    parts = assertion.split(".")
    if len(parts) != 3 or not pem:
        return None
    try:
        claims = json.loads(_decode(parts[1]))
        key = load_pem_public_key(pem.encode())
        if not isinstance(key, RSAPublicKey):
            return None
        key.verify(_decode(parts[2]), f"{parts[0]}.{parts[1]}".encode(), PKCS1v15(), SHA256())
    except (ValueError, binascii.Error, InvalidSignature):
        return None
    return claims if isinstance(claims, dict) else None


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
