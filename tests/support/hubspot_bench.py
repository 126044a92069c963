"""A HubSpot connector on the HubSpot stand-in over loopback, with one clock for both; for its own tests and the contract suite."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import JsonValue
from ruamel.yaml import YAML

from connectors.hubspot.connector import HubSpot
from connectors.hubspot.settings import HubSpotSettings
from core.contract import InboundRequest, Manifest, Match, load_manifest
from core.contract.testing import RETRY_AFTER_SECONDS, Bench, FaultKind, FindSample, ReadSample, WebhookSample, WriteSample
from core.runtime.http import HttpOptions, OpenedContext, open_context
from sandbox.clock import DialClock
from sandbox.hubspot import HubSpotStandIn
from sandbox.shell import Served
from sandbox.wire import Request
from tests.support.sandbox import frozen_clock, serving

TOKEN = "pat-sandbox-token"
PORTAL = "424242"
WEBHOOK_SECRET = "hubspot-hook-5d21"
WEBHOOK_URL = "https://leads.example.com/hooks/hubspot?connection=eu%2Fone"
DATA = r" /(crm|account-info)/"
WRITING = r"/(batch/(create|update|upsert|archive)|merge)$"
READING = r"^GET /crm/(v3/objects|objects/[\w-]+)/\w+$|/search$|/batch/read$"

_LIMITED = {"status": "error", "message": "You have reached your ten_secondly_rolling limit.", "errorType": "RATE_LIMIT"}
_LIMITED |= {"policyName": "TEN_SECONDLY_ROLLING"}
_REFUSED = {"status": "error", "message": "Authentication credentials not found.", "category": "INVALID_AUTHENTICATION"}
_SCOPES = {"message": "One or more scopes are required.", "context": {"requiredGranularScopes": ["crm.objects.contacts.read"]}}
_FORBIDDEN = {"status": "error", "message": "Scopes are missing.", "category": "MISSING_SCOPES", "errors": [_SCOPES]}
_RECORD = {"id": "7", "properties": {"email": "same@example.com"}, "updatedAt": "2026-03-01T00:00:00Z", "archived": False}
_PAGE = {"results": [_RECORD], "paging": {"next": {"after": "7"}}}


def _status(status: int, body: object, match: str = DATA, **headers: str) -> dict[str, Any]:
    return {"kind": "status", "match": match, "times": -1, "status": status, "body": json.dumps(body), "headers": headers}


FAULTS: Mapping[FaultKind, Mapping[str, Any]] = {
    FaultKind.RATE_LIMITED: _status(429, _LIMITED),
    FaultKind.RATE_LIMITED_WITH_WAIT: _status(429, _LIMITED, **{"retry-after": str(RETRY_AFTER_SECONDS)}),
    FaultKind.SERVER_ERROR: _status(500, {"status": "error", "message": "internal error"}),
    FaultKind.TIMEOUT: {"kind": "timeout", "match": DATA, "times": -1, "seconds": 2},
    FaultKind.RESET: {"kind": "reset", "match": DATA, "times": -1},
    FaultKind.RESET_AFTER: {"kind": "reset_after", "match": WRITING, "times": -1},
    FaultKind.HTML_BODY: {"kind": "status", "match": DATA, "times": -1, "status": 200, "body": "<html>proxy</html>"},
    FaultKind.CUT_OFF_BODY: {"kind": "truncated_after", "match": WRITING, "times": -1},
    FaultKind.UNAUTHORIZED: _status(401, _REFUSED),
    FaultKind.FORBIDDEN: _status(403, _FORBIDDEN),
    FaultKind.SAME_PAGE: _status(200, _PAGE, READING),
}


def hubspot_manifest() -> Manifest:
    """The shipped manifest."""
    folder = Path(__file__).resolve().parents[2] / "connectors" / "hubspot"
    return load_manifest(YAML(typ="safe").load((folder / "manifest.yaml").read_text("utf-8")))


@dataclass
class Account:
    """A stand-in account behind a loopback port, and connectors on it."""

    served: Served
    clock: DialClock
    defaults: Mapping[str, Any] = field(default_factory=dict)
    opened: list[OpenedContext] = field(default_factory=list)

    def connector(self, **settings: Any) -> HubSpot:
        """A fresh connector with a context, and so with limits, of its own."""
        given = {"base_url": self.served.url, "timeout_seconds": 0.4, "client_secrets": [WEBHOOK_SECRET], **self.defaults, **settings}
        given |= {"access_token": TOKEN} if not given.keys() & {"oauth", "access_token"} else {}
        given |= {"portal_id": PORTAL} if "oauth" in given else {}
        opened = self._context()
        self.opened.append(opened)
        connector = HubSpot(HubSpotSettings.model_validate(given), opened.context)
        opened.authenticate_with(connector.token)
        return connector

    def _context(self) -> OpenedContext:
        url, clock = self.served.url, self.clock
        options = HttpOptions(
            connection="test",
            manifest=hubspot_manifest(),
            base_url=url,
            allowed_origins=[url],
            clock=clock,
            seconds=lambda: clock.now().timestamp(),
            sleep=clock.advance,
            jitter=lambda: 0.5,
        )
        return open_context(options)

    def control(self, verb: str, **arguments: Any) -> Any:
        """Turn a dial of the stand-in."""
        return self.served.stand_in.control(verb, arguments, self.clock.now())

    def fault(self, **arguments: Any) -> None:
        """Spoil requests from now on."""
        self.served.faults.add(arguments)

    def ask(self, method: str, path: str, token: str, body: object = None) -> Any:
        """Call the account as another app would, with nothing of the connector in between."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        answer = self.served.stand_in.handle(Request(method, path, "", headers, content), self.clock.now())
        return json.loads(answer.body)

    def lines(self) -> list[str]:
        """`METHOD path` of every vendor request so far."""
        return [f"{entry.method} {entry.path}" for entry in self.served.journal.entries()]

    def seed(self, object_name: str, count: int) -> Sequence[str]:
        """Add distinct records."""
        start = len(self.control("records", object=object_name))
        if object_name == "contacts":
            rows = [{"email": f"seed{start + n}@example.com", "lastname": f"Seed {start + n}"} for n in range(count)]
        else:
            rows = [{"name": f"Seed {start + n}", "domain": f"seed{start + n}.example.com"} for n in range(count)]
        made: list[str] = self.control("seed", **{object_name: rows})[object_name]
        return made

    def change(self, object_name: str, native_id: str) -> None:
        """Edit a record as a person would."""
        text = f"Head of {self.clock.now():%j %H:%M}"
        self.control("update", object=object_name, id=native_id, properties={"jobtitle": text})

    def delete(self, object_name: str, native_id: str) -> None:
        """Put a record into the recycle bin as a person would."""
        self.control("archive", object=object_name, id=native_id)

    def records(self, object_name: str) -> Mapping[str, Mapping[str, JsonValue]]:
        """All live records by id."""
        found = self.control("records", object=object_name)
        return {record["id"]: record["properties"] for record in found if not record["archived"]}

    def set(self, kind: FaultKind) -> None:
        """Turn the contract suite's fault dial."""
        self.served.faults.clear()
        self.served.faults.add(FAULTS[kind])

    def clear(self) -> None:
        """Let the account behave."""
        self.served.faults.clear()


@contextmanager
def hubspot_account(**settings: Any) -> Iterator[Account]:
    """Serve an account that has our unique property until the block ends."""
    clock = frozen_clock()
    with serving(HubSpotStandIn(), clock) as served:
        account = Account(served, clock, settings)
        account.control("seed", leadloom_property=True)
        try:
            yield account
        finally:
            for opened in account.opened:
                opened.close()


def sign(body: bytes, secret: str, at: datetime) -> InboundRequest:
    """A delivery signed as HubSpot's version 3 does."""
    timestamp = str(int(at.timestamp() * 1000))
    signed = b"POST" + WEBHOOK_URL.replace("%2F", "/").encode() + body + timestamp.encode()
    signature = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    headers = {"content-type": "application/json", "x-hubspot-request-timestamp": timestamp, "x-hubspot-signature-v3": signature}
    return InboundRequest("POST", WEBHOOK_URL, headers, body, at)


def event(**changes: Any) -> dict[str, Any]:
    """One webhook event as HubSpot writes it."""
    base = {"eventId": 1, "subscriptionId": 11, "portalId": 424242, "appId": 1, "occurredAt": 1772442000123, "attemptNumber": 0}
    return base | {"subscriptionType": "contact.creation", "objectId": 101, "changeSource": "CRM_UI"} | changes


def hubspot_bench(account: Account) -> Bench:
    """The contract suite's bench on `account`, which allows many searches: each instance of the suite keeps limits of its own."""
    account.control("configure", search_per_second=100)

    def fields(number: int) -> dict[str, Any]:
        return {"email": f"w{number}@example.com", "firstname": "Zoë", "lastname": f"Writer {number}", "jobtitle": f"Lead {number}"}

    make: Callable[[], HubSpot] = account.connector
    body = json.dumps([event(), event(objectId=102)]).encode()
    return Bench(
        manifest=hubspot_manifest(),
        make=make,
        advance=account.clock.advance,
        secrets=[TOKEN, WEBHOOK_SECRET, "pat-wrong-4c1d"],
        make_unauthorized=lambda: account.connector(access_token="pat-wrong-4c1d"),
        faults=account,
        remote=account,
        reading=ReadSample(object="contacts"),
        writing=WriteSample(
            object="contacts",
            fields=fields,
            text_field="jobtitle",
            bad={"lifecyclestage": "nonsense"},
            match=lambda number: Match.on("leadloom_id", f"L{number}"),
        ),
        finding=FindSample(object="contacts", field="email"),
        webhook=WebhookSample(
            body=body, sign=sign, secret=WEBHOOK_SECRET, header="x-hubspot-signature-v3", tolerance_seconds=300, covers_body=True
        ),
    )
