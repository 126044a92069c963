"""Calls to Airtable's Web API: the tables of a base, pages of the records of one, and the base's webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from core.contract import (
    ConfigInvalid,
    ConnectorError,
    Http,
    JsonObject,
    PermissionMissing,
    RateLimited,
    Request,
    Response,
    Unavailable,
)

RECORDS_SCOPE, SCHEMA_SCOPE, WEBHOOK_SCOPE = "data.records:read", "schema.bases:read", "webhook:manage"
PAGE_RECORDS, PAGE_PAYLOADS = 100, 50
PENALTY_SECONDS = 30.0
_ITERATOR_GONE = 422


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its id, its name, and its fields as pairs of name and type."""

    id: str
    name: str
    fields: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Records:
    """A page of records, and where the next one begins; None after the last."""

    records: Sequence[JsonObject]
    offset: str | None


@dataclass(frozen=True, slots=True)
class Payloads:
    """A page of what a webhook noted, where the next one begins, and whether there is one already."""

    payloads: Sequence[JsonObject]
    cursor: int
    more: bool


@dataclass(frozen=True, slots=True)
class Api:
    """One base."""

    http: Http
    base: str

    def tables(self) -> list[Table]:
        """Read the schema (Web API, 'Get base schema')."""
        found = self._get(f"/v0/meta/bases/{self.base}/tables", (), SCHEMA_SCOPE).json()
        return [table for each in _listed(found, "tables") if (table := _table(each)) is not None]

    def records(self, table: Table, since: str | None, offset: str | None) -> Records | None:
        """Read a page ('List records') of what was modified at or after `since`; None when the offset is not known any more."""
        params = [("pageSize", str(PAGE_RECORDS))]
        params += [("filterByFormula", f"NOT(IS_BEFORE(LAST_MODIFIED_TIME(), '{since}'))")] if since else []
        params += [("offset", offset)] if offset else []
        accept = frozenset({_ITERATOR_GONE}) if offset else frozenset()
        response = self._get(f"/v0/{self.base}/{quote(table.id, safe='')}", params, RECORDS_SCOPE, accept)
        if response.status == _ITERATOR_GONE:
            return None
        found = response.json()
        records = _listed(found, "records")
        after = found.get("offset")
        return Records(records, after if isinstance(after, str) and after else None)

    def webhooks(self) -> list[JsonObject]:
        """List the base's webhooks ('List webhooks'); listing prolongs none."""
        return _listed(self._get(f"/v0/bases/{self.base}/webhooks", (), WEBHOOK_SCOPE).json(), "webhooks")

    def next_payload(self, webhook: str) -> int | None:
        """Where a webhook will note what happens next; None where there is no such webhook, or the token may not see it."""
        try:
            cursors = [each.get("cursorForNextPayload") for each in self.webhooks() if each.get("id") == webhook]
        except (ConfigInvalid, PermissionMissing):
            return None
        return cursors[0] if cursors and isinstance(cursors[0], int) else None

    def payloads(self, webhook: str, cursor: int) -> Payloads | None:
        """Read what a webhook noted from a place on ('List webhook payloads'); None where it is not there, or may not be read."""
        params = [("cursor", str(cursor)), ("limit", str(PAGE_PAYLOADS))]
        try:
            found = self._get(f"/v0/bases/{self.base}/webhooks/{quote(webhook, safe='')}/payloads", params, WEBHOOK_SCOPE).json()
        except (ConfigInvalid, PermissionMissing):
            return None
        noted = _listed(found, "payloads")
        after = found.get("cursor")
        return Payloads(noted, after if isinstance(after, int) else cursor, found.get("mightHaveMore") is True)

    def refresh(self, webhook: str) -> None:
        """Let a webhook live on ('Refresh a webhook')."""
        self._post(f"/v0/bases/{self.base}/webhooks/{quote(webhook, safe='')}/refresh", b"")

    def notify(self, webhook: str) -> None:
        """Switch the notifications of a webhook on ('Enable/disable webhook notifications')."""
        self._post(f"/v0/bases/{self.base}/webhooks/{quote(webhook, safe='')}/enableNotifications", b'{"enable": true}')

    def _post(self, path: str, body: bytes) -> None:
        request = Request("POST", path, headers={"Content-Type": "application/json"}, body=body)
        self.http.send(request, rows=(lambda response: _refused(response, WEBHOOK_SCOPE),))

    def _get(self, path: str, params: Sequence[tuple[str, str]], scope: str, accept: frozenset[int] = frozenset()) -> Response:
        return self.http.send(Request("GET", path, params=params, accept=accept), rows=(lambda response: _refused(response, scope),))


def _listed(found: object, name: str) -> list[JsonObject]:
    values = found.get(name) if isinstance(found, dict) else None
    if not isinstance(values, list):
        raise Unavailable(f"Airtable answered without its {name}.")
    return [value for value in values if isinstance(value, dict)]


def _table(value: JsonObject) -> Table | None:
    table_id, name, fields = value.get("id"), value.get("name"), value.get("fields")
    if not isinstance(table_id, str) or not isinstance(name, str) or not isinstance(fields, list):
        return None
    return Table(table_id, name, [(str(field.get("name")), str(field.get("type"))) for field in fields if isinstance(field, dict)])


def _refused(response: Response, scope: str) -> ConnectorError | None:
    if response.status == 403:
        wanted = dict.fromkeys((RECORDS_SCOPE, SCHEMA_SCOPE, scope))
        hint = f"Make a token with {' and '.join(wanted)}, and give it access to this base."
        return PermissionMissing(f"The token lacks the scope '{scope}', or access to the base.", scope=scope, hint=hint)
    if response.status == 404:
        return ConfigInvalid("There is no such base, or the token does not see it.", hint="Copy its id from its address.", setting="base")
    if response.status == 429:
        waits = response.headers.get("retry-after", "")
        return RateLimited("Airtable's limit of calls is reached.", retry_after=float(waits) if waits.isdecimal() else PENALTY_SECONDS)
    return None
