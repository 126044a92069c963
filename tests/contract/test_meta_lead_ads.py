"""The Meta Lead Ads connector passes the contract suite, over loopback HTTP against the Graph stand-in."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue
from ruamel.yaml import YAML

from connectors.meta_lead_ads.connector import MetaLeadAds
from connectors.meta_lead_ads.settings import MetaLeadAdsSettings
from core.contract import Flag, InboundRequest, Manifest, Match, ObjectName, PermissionMissing, Ref, load_manifest
from core.contract.testing import (
    RETRY_AFTER_SECONDS,
    Bench,
    ContractSuite,
    FaultKind,
    FindSample,
    ReadSample,
    SubscriptionSample,
    WebhookSample,
)
from core.runtime.http import HttpOptions, OpenedContext, Timeouts, open_context
from sandbox.clock import DialClock
from sandbox.meta_graph import MetaGraphStandIn
from sandbox.meta_graph.state import APP_ID, FORM_ID, PAGE_ID, PAGE_TOKEN, Page
from sandbox.shell import Served
from tests.support.sandbox import frozen_clock, serving

LEADGEN = ObjectName("leadgen")
SECRET = "meta-app-secret-61c2"
VERIFY_TOKEN = "meta-verify-word-16"
DATA = r"^GET /v\d+\.0/"
PUSH = {
    "object": "page",
    "entry": [
        {"id": PAGE_ID, "time": 1, "changes": [{"field": "leadgen", "value": {"leadgen_id": lead, "page_id": PAGE_ID, "form_id": FORM_ID}}]}
        for lead in ("9001", "9002")
    ],
}


def _refusal(status: int, code: int, match: str = DATA, **headers: str) -> dict[str, Any]:
    body = {"error": {"message": "(#0) refused", "type": "OAuthException", "code": code, "fbtrace_id": "Atrace"}}
    return {"kind": "status", "match": match, "times": -1, "status": status, "body": json.dumps(body), "headers": headers}


_SAME_PAGE = {"data": [{"id": "1"}], "paging": {"next": "https://graph.facebook.com/x", "cursors": {"after": "same"}}}
FAULTS: Mapping[FaultKind, Mapping[str, Any]] = {
    FaultKind.RATE_LIMITED: _refusal(400, 80005),
    FaultKind.RATE_LIMITED_WITH_WAIT: _refusal(429, 4, **{"retry-after": str(RETRY_AFTER_SECONDS)}),
    FaultKind.SERVER_ERROR: {"kind": "status", "match": DATA, "times": -1, "status": 500},
    FaultKind.TIMEOUT: {"kind": "timeout", "match": DATA, "times": -1, "seconds": 2},
    FaultKind.RESET: {"kind": "reset", "match": DATA, "times": -1},
    FaultKind.HTML_BODY: {"kind": "status", "match": DATA, "times": -1, "status": 200, "body": "<html>proxy</html>"},
    FaultKind.UNAUTHORIZED: _refusal(401, 190),
    FaultKind.FORBIDDEN: _refusal(403, 200),
    FaultKind.SAME_PAGE: {"kind": "status", "match": "/leads$", "times": -1, "status": 200, "body": json.dumps(_SAME_PAGE)},
}


def meta_manifest() -> Manifest:
    """The shipped manifest."""
    path = Path(__file__).resolve().parents[2] / "connectors" / "meta_lead_ads" / "manifest.yaml"
    return load_manifest(YAML(typ="safe").load(path.read_text("utf-8")))


@dataclass
class Account:
    """A page on the Graph stand-in, its truth and its fault dial, and connectors on it."""

    served: Served
    clock: DialClock
    opened: list[OpenedContext] = field(default_factory=list)

    def connector(self, **changes: Any) -> MetaLeadAds:
        """A fresh connector with a context of its own."""
        given = {
            "app_id": APP_ID,
            "page_id": PAGE_ID,
            "page_access_token": PAGE_TOKEN,
            "app_secrets": [SECRET],
            "verify_token": VERIFY_TOKEN,
        }
        settings = MetaLeadAdsSettings.model_validate({**given, "base_url": self.served.url, **changes})
        options = HttpOptions(
            connection="test",
            manifest=meta_manifest(),
            base_url=settings.base_url,
            allowed_origins=[settings.base_url],
            clock=self.clock,
            seconds=lambda: self.clock.now().timestamp(),
            sleep=self.clock.advance,
            jitter=lambda: 0.5,
            timeouts=Timeouts(connect=0.4, read=0.4, total=1.0),
        )
        opened = open_context(options)
        self.opened.append(opened)
        connector = MetaLeadAds(settings, opened.context)
        opened.authenticate_with(connector.token)
        return connector

    def control(self, verb: str, **arguments: Any) -> Any:
        """Turn a dial of the stand-in."""
        return self.served.stand_in.control(verb, arguments, self.clock.now())

    def page(self) -> Page:
        """The page as the stand-in keeps it."""
        stand_in = self.served.stand_in
        assert isinstance(stand_in, MetaGraphStandIn)
        return stand_in._graph.page(PAGE_ID)

    def seed(self, object_name: str, count: int) -> Sequence[str]:
        """Let invented people fill in the form."""
        made: list[str] = self.control("submit_many", count=count, push=False)["ids"]
        return made

    def change(self, object_name: str, native_id: str) -> None:
        """Nothing: at Meta nobody can edit a lead. It stays within the overlap that every poll tells again."""

    def delete(self, object_name: str, native_id: str) -> None:
        """Never called: reads tell no deletions."""
        raise NotImplementedError

    def records(self, object_name: str) -> Mapping[str, Mapping[str, JsonValue]]:
        """All leads by id."""
        return {lead["id"]: lead for lead in self.control("leads")["leads"]}

    def set(self, kind: FaultKind) -> None:
        """Turn the contract suite's fault dial."""
        self.served.faults.clear()
        self.served.faults.add(FAULTS[kind])

    def clear(self) -> None:
        """Let the stand-in behave."""
        self.served.faults.clear()


@contextmanager
def meta_account() -> Iterator[Account]:
    """Serve a page until the block ends."""
    clock = frozen_clock()
    with serving(MetaGraphStandIn(), clock) as served:
        account = Account(served, clock)
        account.page().installed_fields.add("leadgen")
        try:
            yield account
        finally:
            for opened in account.opened:
                opened.close()


def sign(body: bytes, secret: str, at: datetime) -> InboundRequest:
    """A push signed as Meta does."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}
    return InboundRequest("POST", "https://leads.example.com/hooks/meta", headers, body, at)


class TestMetaLeadAds(ContractSuite):
    """One page with one form."""

    @pytest.fixture
    def account(self) -> Iterator[Account]:
        with meta_account() as account:
            yield account

    @pytest.fixture
    def bench(self, account: Account) -> Bench:
        return Bench(
            manifest=meta_manifest(),
            make=account.connector,
            advance=account.clock.advance,
            secrets=[PAGE_TOKEN, SECRET, VERIFY_TOKEN, "wrong-page-token"],
            make_unauthorized=lambda: account.connector(page_access_token="wrong-page-token"),
            faults=account,
            remote=account,
            reading=ReadSample(object=LEADGEN, several_pages=250),
            finding=FindSample(object=LEADGEN),
            webhook=WebhookSample(body=json.dumps(PUSH).encode(), sign=sign, secret=SECRET, header="x-hub-signature-256"),
            subscription=SubscriptionSample(kill=account.page().installed_fields.clear),
        )

    def test_without_the_app_s_number_there_is_nothing_to_watch(self, account: Account) -> None:
        account.page().installed_fields.clear()
        assert account.connector(app_id=None).subscriptions() == ()

    def test_a_lost_subscription_is_put_back_by_an_admin_only(self, account: Account) -> None:
        (told,) = account.connector().subscriptions()
        with pytest.raises(PermissionMissing) as caught:
            account.connector().renew(told)
        assert "subscribed_apps" in str(caught.value.hint)

    def test_a_push_and_a_poll_of_one_lead_are_the_same_record(self, account: Account) -> None:
        (lead,) = account.seed(LEADGEN, 1)
        connector = account.connector()
        body = json.dumps(PUSH).replace("9001", lead).encode()
        (event, _) = connector.parse(sign(body, SECRET, account.clock.now()))
        assert event.ref == Ref(LEADGEN, event.ref.id if event.ref else pytest.fail("no ref"))
        match = Match.on("id", lead)
        polled = [change for page in connector.read(LEADGEN, None) for change in page.changes]
        assert connector.find(LEADGEN, [match])[match] == polled
        assert event.id == f"leadgen:{polled[0].id}"

    def test_what_the_form_asked_arrives_in_words(self, account: Account) -> None:
        questions = [{"key": "size", "label": "How many?", "options": [{"key": "few", "value": "Up to 10"}]}, "email"]
        form = account.control("form", name="Sizes", questions=questions)["id"]
        data = [{"name": "email", "values": ["ada@example.com"]}, {"name": "size", "values": ["few"]}]
        lead = account.control("submit", form_id=form, field_data=data, push=False)["id"]
        match = Match.on("id", lead)
        (change,) = account.connector().find(LEADGEN, [match])[match]
        assert change.fields["field_data"] == {"email": "ada@example.com", "size": "few"}
        assert change.fields["choice_labels"] == {"size": "Up to 10"}
        assert change.flag is Flag.NONE
        (spec,) = account.connector().describe()
        described = spec.field("field_data.size")
        assert described is not None
        assert described.label == "How many?"

    def test_a_lead_that_is_listed_late_is_read_within_the_overlap(self, account: Account) -> None:
        account.control("configure", listing_lag_seconds=120)
        (early,) = account.seed(LEADGEN, 1)
        account.clock.advance(130)
        connector = account.connector()
        pages = list(connector.read(LEADGEN, None))
        (late,) = account.seed(LEADGEN, 1)
        account.clock.advance(60)
        pages = list(connector.read(LEADGEN, pages[-1].resume))
        assert late not in [change.id for page in pages for change in page.changes]
        account.clock.advance(61)
        pages = list(connector.read(LEADGEN, pages[-1].resume))
        assert {early, late} <= {change.id for page in pages for change in page.changes}
