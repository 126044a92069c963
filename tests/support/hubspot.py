"""Drive the HubSpot stand-in without sockets, on a clock that only the test moves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sandbox.hubspot import HubSpotStandIn
from sandbox.wire import Push, Request

START = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
TOKEN = "pat-sandbox-token"
CONTACTS = "/crm/v3/objects/contacts"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the stand-in answered; `data` is the parsed body, `None` without one."""

    status: int
    data: Any
    headers: Mapping[str, str]


class Account:
    """One stand-in and the moment it lives in."""

    def __init__(self, **dials: Any) -> None:
        self.stand_in = HubSpotStandIn()
        self.now = START
        self.control("configure", burst_limit=100_000, search_per_second=1_000, **dials)

    def call(
        self, method: str, path: str, body: Any = None, *, token: str | None = TOKEN, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send one JSON request; `path` may carry a query."""
        sent = {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        return self.raw(method, path, b"" if body is None else json.dumps(body).encode(), sent)

    def raw(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send one request as it stands."""
        bare, _, query = path.partition("?")
        answer = self.stand_in.handle(Request(method, bare, query, headers, body), self.now)
        return Reply(answer.status, json.loads(answer.body) if answer.body else None, answer.headers)

    def form(self, path: str, **fields: str) -> Reply:
        """Send one form-encoded request."""
        return self.raw("POST", path, urlencode(fields).encode(), {"content-type": "application/x-www-form-urlencoded"})

    def control(self, verb: str, **arguments: Any) -> Any:
        """Turn a dial."""
        return self.stand_in.control(verb, arguments, self.now)

    def wait(self, **units: float) -> None:
        """Let time pass: `wait(seconds=5)`."""
        self.now += timedelta(**units)

    def contact(self, **properties: str) -> str:
        """Create a contact over the API and return its id."""
        reply = self.call("POST", CONTACTS, {"properties": properties})
        assert reply.status == 201, reply
        return str(reply.data["id"])

    def values(self, record_id: str, *names: str) -> dict[str, Any]:
        """Read properties of a contact."""
        reply = self.call("GET", f"{CONTACTS}/{record_id}?properties={','.join(names)}")
        return {name: reply.data["properties"].get(name) for name in names}

    def batch(self, what: str, rows: Sequence[Mapping[str, Any]], kind: str = "contacts", **more: Any) -> Reply:
        """Post a batch of v3."""
        return self.call("POST", f"/crm/v3/objects/{kind}/batch/{what}", {"inputs": rows, **more})

    def search(self, *filters: Mapping[str, Any], kind: str = "contacts", **more: Any) -> Reply:
        """Search with one group of filters."""
        groups = [{"filters": list(filters)}] if filters else []
        return self.call("POST", f"/crm/v3/objects/{kind}/search", {"filterGroups": groups, **more})

    def deliver(self, status: int | None = 200) -> list[tuple[Push, list[dict[str, Any]]]]:
        """Take out the due webhooks, answer each with `status`, and return them with their events."""
        found = [(push, json.loads(push.body)) for push in self.stand_in.pushes(self.now)]
        for push, _ in found:
            self.stand_in.pushed(push, status, self.now)
        return found


def where(name: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    """One search filter."""
    return {"propertyName": name, "operator": operator, **({} if value is None else {"value": value}), **more}
