"""The naive way, to compare with: a script that calls each CRM once for each lead, over connections that it keeps open."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from benchmarks.support.stand_ins import StandIns

_LOGIN = {"grant_type": "client_credentials", "client_id": "sandbox-key", "client_secret": "sandbox-secret"}
_FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Line:
    """A kept connection to one CRM."""

    connection: http.client.HTTPConnection
    headers: Mapping[str, str]

    @classmethod
    def to(cls, base: str, token: str) -> Line:
        """A line to a CRM for whoever holds this token."""
        return _line(base, _bearer(token))

    def post(self, path: str, body: bytes) -> Any:
        """Send and give the JSON answer; raises RuntimeError for anything but success."""
        return self._ask("POST", path, body)

    def send(self, method: str, path: str, content: Any) -> Any:
        """As `post`, by any method and with content that is yet to become JSON; None sends no body."""
        return self._ask(method, path, None if content is None else json.dumps(content).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> Any:
        self.connection.request(method, path, body, dict(self.headers))
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text)


def log_in(served: StandIns) -> Line:
    """Fetch a token of Salesforce and give a line to it."""
    token = _line(served.salesforce, _FORM).post("/services/oauth2/token", urlencode(_LOGIN).encode())["access_token"]
    return _line(served.salesforce, _bearer(token))


def deliver_one_by_one(served: StandIns, people: Iterable[Mapping[str, str]]) -> int:
    """Create a lead and a contact for each person, and give how many people there were."""
    salesforce, hubspot = log_in(served), Line.to(served.hubspot, "pat-sandbox-token")
    count = 0
    for one in people:
        lead = {"Email": one["email"], "FirstName": one["first_name"], "LastName": one["last_name"], "Company": one["company"]}
        contact = {"email": one["email"], "firstname": one["first_name"], "lastname": one["last_name"], "company": one["company"]}
        salesforce.post("/services/data/v64.0/sobjects/Lead", json.dumps({**lead, "Phone": one["phone"]}).encode())
        hubspot.post("/crm/v3/objects/contacts", json.dumps({"properties": {**contact, "phone": one["phone"]}}).encode())
        count += 1
    return count


def _line(base: str, headers: Mapping[str, str]) -> Line:
    parts = urlsplit(base)
    return Line(http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=60), headers)


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}", "content-type": "application/json"}
