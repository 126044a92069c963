"""A Salesforce connector on the Salesforce stand-in over loopback, with one clock for both; for its own tests and the contract suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import JsonValue
from ruamel.yaml import YAML

from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.settings import Settings
from core.contract import (
    Cursor,
    InboundRequest,
    Manifest,
    Match,
    ObjectName,
    Page,
    Pending,
    Receipt,
    Sibling,
    Write,
    WriteValue,
    load_manifest,
)
from core.contract.testing import RETRY_AFTER_SECONDS, Bench, FaultKind, FindSample, GroupSample, ReadSample, WebhookSample, WriteSample
from core.runtime.http import HttpOptions, OpenedContext, Timeouts, open_context
from sandbox.journal import Entry
from sandbox.salesforce import SalesforceStandIn
from sandbox.shell import Served
from tests.support.contract_bench import Dial, JointClock, SandboxFaults, answer
from tests.support.sandbox import serving

KEY = "sandbox-key"
SECRET = "sandbox-secret"
WRONG_SECRET = "wrong-secret-77"
EXTERNAL_ID = "Leadloom_Id__c"
LEAD = ObjectName("Lead")
PATH_TOKEN = "0utbound-t0ken-42"
ORGANIZATION = "00DRO00000000012AA"
NOTE = (
    '<Notification><Id>{note}</Id><sObject xsi:type="sf:{object}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
    "<sf:Id>{id}</sf:Id><sf:LastName>Zoë &amp; Söhne</sf:LastName></sObject></Notification>"
)
ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>{before}<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
    '<notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>{organization}</OrganizationId>'
    "<ActionId>04kRO0000000001AAA</ActionId><SessionId>not-for-anybody</SessionId><EnterpriseUrl>https://example.com</EnterpriseUrl>"
    "<PartnerUrl>https://example.com</PartnerUrl>{notes}</notifications></soapenv:Body></soapenv:Envelope>"
)
PAGE = {
    "totalSize": 3,
    "done": False,
    "nextRecordsUrl": "/services/data/v64.0/query/01gRO0000000000AAA-1",
    "records": [{"Id": "00QRO00000000001AA", "SystemModstamp": "2026-01-01T00:00:00.000+0000", "LastName": "Same"}],
}
LIMITED = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "ConcurrentRequests (Concurrent API Requests) Limit exceeded."}]
WORDS: Mapping[FaultKind, Dial] = {
    FaultKind.RATE_LIMITED: answer(429, LIMITED),
    FaultKind.RATE_LIMITED_WITH_WAIT: answer(429, [], **{"retry-after": str(RETRY_AFTER_SECONDS)}),
    FaultKind.SERVER_ERROR: answer(500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "An unexpected error occurred."}]),
    FaultKind.UNAUTHORIZED: answer(401, [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]),
    FaultKind.FORBIDDEN: answer(403, [{"errorCode": "API_DISABLED_FOR_ORG", "message": "API is not enabled for this Organization"}]),
    FaultKind.SAME_PAGE: {**answer(200, PAGE), "match": "^GET .*/query"},
}
REQUIRED: Mapping[str, Mapping[str, str]] = {
    "Lead": {"LastName": "Archer", "Company": "Example Ltd"},
    "Contact": {"LastName": "Archer"},
    "Account": {"Name": "Example"},
}


def message(notes: str, *, organization: str = ORGANIZATION, before: str = "") -> bytes:
    """An outbound message as Salesforce writes it."""
    return ENVELOPE.format(notes=notes, organization=organization, before=before).encode()


MESSAGE = message("".join(NOTE.format(note=f"04lRO000000000{n}AAA", object="Lead", id=f"00QRO000000000{n}AAA") for n in (1, 2)))


def outbound_message(body: bytes, token: str, at: datetime) -> InboundRequest:
    """A message that arrived at the endpoint with this token in its path."""
    headers = {"content-type": "text/xml; charset=utf-8", "soapaction": '""'}
    return InboundRequest("POST", f"https://leads.example.com/hooks/crm/{token}", headers, body, at)


def salesforce_manifest() -> Manifest:
    """The manifest as it ships."""
    folder = Path(__file__).resolve().parents[2] / "connectors" / "salesforce"
    return load_manifest(YAML(typ="safe").load((folder / "manifest.yaml").read_text("utf-8")))


def settings_for(url: str, **given: Any) -> Settings:
    """Settings that the stand-in accepts."""
    return Settings.model_validate({"login_url": url, "consumer_key": KEY, "consumer_secret": SECRET, **given})


@dataclass
class SalesforceAccount:
    """A served org, a clock, and connectors on it."""

    served: Served
    clock: JointClock
    opened: list[OpenedContext] = field(default_factory=list)

    def connector(self, **settings: Any) -> SalesforceConnector:
        """A fresh connector with a context and a token of its own."""
        url = self.served.url
        options = HttpOptions(
            connection="test",
            manifest=salesforce_manifest(),
            base_url=url,
            allowed_origins=[url],
            clock=self.clock,
            seconds=self.clock.seconds,
            sleep=self.clock.sleep,
            jitter=lambda: 0.5,
            timeouts=Timeouts(read=5.0),
        )
        opened = open_context(options)
        self.opened.append(opened)
        connector = SalesforceConnector(settings_for(url, **settings), opened.context)
        opened.authenticate_with(connector.token)
        return connector

    def control(self, verb: str, **arguments: Any) -> Any:
        """Turn a dial of the stand-in."""
        return self.served.stand_in.control(verb, arguments, self.clock.now())

    def fault(self, **arguments: Any) -> None:
        """Spoil requests from now on."""
        self.served.faults.add(arguments)

    def asked(self, text: str = "") -> list[Entry]:
        """The vendor requests so far whose `METHOD path` holds a text."""
        return [entry for entry in self.served.journal.entries() if text in f"{entry.method} {entry.path}"]

    def create(self, object_name: str = "Lead", **fields: Any) -> str:
        """A record that somebody in the org makes."""
        required = {
            "Lead": {"LastName": "Archer", "Company": "Example Ltd"},
            "Contact": {"LastName": "Archer"},
            "Account": {"Name": "Example"},
        }
        return str(self.control("create", object=object_name, fields={**required.get(object_name, {}), **fields})["id"])

    def row(self, native_id: str, object_name: str = "Lead") -> dict[str, Any]:
        """A record as the org holds it, deleted or not."""
        found: list[dict[str, Any]] = self.control("records", object=object_name, where={"Id": native_id}, deleted_too=True)
        return found[0]

    def seed(self, object_name: str, count: int) -> Sequence[str]:
        """Add distinct records."""
        start = len(self.control("records", object=object_name))
        return [self.create(object_name, Email=f"seed{start + n}@example.com", LastName=f"Seed {start + n}") for n in range(count)]

    def change(self, object_name: str, native_id: str) -> None:
        """Edit a record as a person would."""
        text = f"Head of {self.clock.now():%j %H:%M:%S}"
        self.control("update", object=object_name, id=native_id, fields={"Title": text})

    def delete(self, object_name: str, native_id: str) -> None:
        """Put a record into the recycle bin as a person would."""
        self.control("delete", object=object_name, id=native_id)

    def records(self, object_name: str) -> Mapping[str, Mapping[str, JsonValue]]:
        """All live records by id."""
        return {str(row["Id"]): row for row in self.control("records", object=object_name)}


@contextmanager
def salesforce_account(**dials: Any) -> Iterator[SalesforceAccount]:
    """Serve a fresh org until the block ends."""
    served_by = SalesforceStandIn()
    with serving(served_by) as served:
        account = SalesforceAccount(served, JointClock(served.clock))
        if dials:
            account.control("configure", **dials)
        try:
            yield account
        finally:
            for opened in account.opened:
                opened.close()


def upsert(number: int, **fields: Any) -> Write:
    """The write of the n-th lead by its external id."""
    given = {"LastName": f"Writer {number}", "Company": "Example Ltd", "Email": f"w{number}@example.com", **fields}
    return Write(key=f"k{number}", object=LEAD, fields=given, target=Match.on(EXTERNAL_ID, f"L{number}"))


def family(number: int) -> Sequence[Write]:
    """A company and one of its people, who points to it."""
    company = Write(f"g{number}-account", ObjectName("Account"), {"Name": "Byron Engines"}, target=Match.on(EXTERNAL_ID, f"G{number}-a"))
    fields: dict[str, WriteValue] = {"LastName": f"Byron {number}", "AccountId": Sibling(company.key)}
    return [company, Write(f"g{number}-contact", ObjectName("Contact"), fields, target=Match.on(EXTERNAL_ID, f"G{number}-c"))]


def read_all(connector: SalesforceConnector, object_name: str = "Lead", since: Cursor | None = None) -> list[Page]:
    """All pages of one read."""
    return list(connector.read(ObjectName(object_name), since))


def collected(account: SalesforceAccount, connector: SalesforceConnector, receipts: Sequence[Receipt]) -> list[Receipt]:
    """Let the jobs finish, and collect the receipts that are pending."""
    account.clock.advance(60)
    tickets = [receipt.ticket for receipt in receipts if isinstance(receipt, Pending)]
    told = iter(connector.collect(tickets))
    return [next(told) if isinstance(receipt, Pending) else receipt for receipt in receipts]


def salesforce_bench(account: SalesforceAccount) -> Bench:
    """The contract suite's bench on `account`, whose queries give 200 rows a page."""
    account.control("configure", page_size=200)
    return Bench(
        manifest=salesforce_manifest(),
        make=lambda: account.connector(token=PATH_TOKEN, organization_id=ORGANIZATION),
        make_unauthorized=lambda: account.connector(consumer_secret=WRONG_SECRET),
        advance=account.clock.advance,
        secrets=[SECRET, WRONG_SECRET, PATH_TOKEN],
        faults=SandboxFaults(
            account.served, words=WORDS, data=" /services/data", writing=r"^(POST|PATCH|DELETE) .*/composite(/sobjects|$)"
        ),
        remote=account,
        reading=ReadSample(object="Lead"),
        writing=WriteSample(
            object="Lead",
            fields=lambda n: {
                "LastName": f"Writer {n}",
                "Company": "Example Ltd",
                "Email": f"w{n}@example.com",
                "Description": f"note {n}",
            },
            text_field="Description",
            bad={"Email": "not an address"},
            match=lambda n: Match.on(EXTERNAL_ID, f"L{n}"),
        ),
        grouping=GroupSample(writes=family, refers="AccountId", bad={"Email": "not an address"}),
        finding=FindSample(object="Lead", field="Email"),
        convert=lambda native_id: account.control("convert_lead", id=native_id, opportunity="Engines"),
        webhook=WebhookSample(body=MESSAGE, sign=outbound_message, secret=PATH_TOKEN, covers_body=False),
    )
