"""An org of the Salesforce stand-in with a client that is logged in, driven without sockets and with a clock of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from sandbox.salesforce import SalesforceStandIn
from sandbox.wire import Answer, Request

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ROOT = "/services/data/v59.0"
CLIENT = {"grant_type": "client_credentials", "client_id": "sandbox-key", "client_secret": "sandbox-secret"}


@dataclass(frozen=True)
class Reply:
    """An answer that is easy to look into."""

    answer: Answer

    @property
    def status(self) -> int:
        return self.answer.status

    @property
    def json(self) -> Any:
        return json.loads(self.answer.body)

    @property
    def text(self) -> str:
        return self.answer.body.decode()

    @property
    def code(self) -> str:
        """The code of the first error."""
        return str(self.json[0]["errorCode"])


@dataclass
class SandboxOrg:
    """A stand-in, a time, and a token fetched on first use."""

    stand_in: SalesforceStandIn = field(default_factory=SalesforceStandIn)
    now: datetime = START
    token: str = ""

    def later(self, **lapse: float) -> None:
        """Let time pass; the arguments are those of timedelta."""
        self.now += timedelta(**lapse)

    def control(self, verb: str, **arguments: Any) -> Any:
        return self.stand_in.control(verb, arguments, self.now)

    def log_in(self, form: Mapping[str, str] = CLIENT, headers: Mapping[str, str] | None = None) -> Reply:
        content = {"content-type": "application/x-www-form-urlencoded", "host": "crm.test:8801", **(headers or {})}
        request = Request("POST", "/services/oauth2/token", "", content, urlencode(form).encode())
        return Reply(self.stand_in.handle(request, self.now))

    def send(self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None, root: str = ROOT) -> Reply:
        """One call with the bearer token; `path` is below `root` and may carry a query, bytes go as they are."""
        if not self.token:
            self.token = self.log_in().json["access_token"]
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"authorization": f"Bearer {self.token}", "content-type": "application/json", "x-prettyprint": "1", **(headers or {})}
        where, _, query = f"{root}{path}".partition("?")
        return Reply(self.stand_in.handle(Request(method, where, query, sent, content), self.now))

    def query(self, soql: str, *, resource: str = "query", headers: Mapping[str, str] | None = None) -> Reply:
        return self.send("GET", f"/{resource}/?q={quote(soql)}", headers=headers)

    def ids(self, soql: str) -> list[str]:
        """The ids that a query answers."""
        return [record["Id"] for record in self.query(soql).json["records"]]

    def create(self, kind: str = "Lead", **fields: Any) -> str:
        """A row with whatever it requires; returns its id."""
        required = {
            "Lead": {"LastName": "Archer", "Company": "Example Ltd"},
            "Contact": {"LastName": "Archer"},
            "Account": {"Name": "Example"},
        }
        reply = self.send("POST", f"/sobjects/{kind}/", {**required.get(kind, {}), **fields})
        assert reply.status == 201, reply.text
        return str(reply.json["id"])

    def row(self, row_id: str, kind: str = "Lead") -> Any:
        """A row as the stand-in holds it, deleted or not."""
        return self.control("records", object=kind, where={"Id": row_id}, deleted_too=True)[0]
