"""The Typeform connector passes the contract suite, over loopback HTTP against the stand-in."""

from __future__ import annotations

import base64
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

from connectors.typeform.connector import Typeform
from connectors.typeform.settings import TypeformSettings
from core.contract import ConfigInvalid, ContractBroken, InboundRequest, Manifest, ObjectName, load_manifest
from core.contract.testing import RETRY_AFTER_SECONDS, Bench, ContractSuite, FaultKind, ReadSample, WebhookSample
from core.runtime.http import HttpOptions, OpenedContext, Timeouts, open_context
from sandbox.clock import DialClock
from sandbox.shell import Served
from sandbox.typeform import TypeformStandIn
from sandbox.typeform.stand_in import ACCESS_TOKEN, FORM_ID
from tests.support.sandbox import frozen_clock, serving

RESPONSE = ObjectName("response")
SECRET = "typeform-secret-61c2"
DATA = r"^GET /forms"
PUSH = {
    "event_id": "01HX",
    "event_type": "form_response",
    "form_response": {
        "form_id": FORM_ID,
        "token": "tok-zoe",
        "submitted_at": "2026-03-02T09:29:58Z",
        "answers": [{"type": "text", "text": "Zoë", "field": {"id": "qName", "ref": "name", "type": "short_text"}}],
    },
}
_SAME = {"token": "same", "submitted_at": "2026-03-02T09:00:00Z", "answers": []}


def _refusal(status: int, code: str, match: str = DATA, **headers: str) -> dict[str, Any]:
    body = json.dumps({"code": code, "description": "refused"})
    return {"kind": "status", "match": match, "times": -1, "status": status, "body": body, "headers": headers}


FAULTS: Mapping[FaultKind, Mapping[str, Any]] = {
    FaultKind.RATE_LIMITED: _refusal(429, "TOO_MANY_REQUESTS"),
    FaultKind.RATE_LIMITED_WITH_WAIT: _refusal(429, "TOO_MANY_REQUESTS", **{"retry-after": str(RETRY_AFTER_SECONDS)}),
    FaultKind.SERVER_ERROR: {"kind": "status", "match": DATA, "times": -1, "status": 500},
    FaultKind.TIMEOUT: {"kind": "timeout", "match": DATA, "times": -1, "seconds": 2},
    FaultKind.RESET: {"kind": "reset", "match": DATA, "times": -1},
    FaultKind.HTML_BODY: {"kind": "status", "match": DATA, "times": -1, "status": 200, "body": "<html>proxy</html>"},
    FaultKind.UNAUTHORIZED: _refusal(401, "AUTHENTICATION_FAILED"),
    FaultKind.FORBIDDEN: _refusal(403, "FORBIDDEN"),
    FaultKind.SAME_PAGE: {
        **{"kind": "status", "match": "/responses$", "times": -1, "status": 200},
        "body": json.dumps({"items": [_SAME], "total_items": 900, "page_count": 2}),
    },
}


def typeform_manifest() -> Manifest:
    """The shipped manifest."""
    path = Path(__file__).resolve().parents[2] / "connectors" / "typeform" / "manifest.yaml"
    return load_manifest(YAML(typ="safe").load(path.read_text("utf-8")))


@dataclass
class Account:
    """An account on the stand-in, its truth and its fault dial, and connectors on it."""

    served: Served
    clock: DialClock
    opened: list[OpenedContext] = field(default_factory=list)

    def connector(self, **changes: Any) -> Typeform:
        """A fresh connector with a context of its own."""
        given = {"access_token": ACCESS_TOKEN, "secrets": [SECRET], "base_url": self.served.url}
        settings = TypeformSettings.model_validate({**given, **changes})
        options = HttpOptions(
            connection="test",
            manifest=typeform_manifest(),
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
        connector = Typeform(settings, opened.context)
        opened.authenticate_with(connector.token)
        return connector

    def control(self, verb: str, **arguments: Any) -> Any:
        """Turn a dial of the stand-in."""
        return self.served.stand_in.control(verb, arguments, self.clock.now())

    def seed(self, object_name: str, count: int) -> Sequence[str]:
        """Let invented people fill in the form."""
        made: list[str] = self.control("submit_many", count=count)["tokens"]
        return made

    def change(self, object_name: str, native_id: str) -> None:
        """Nothing: nobody can edit a response. It stays within the overlap that every poll tells again."""

    def delete(self, object_name: str, native_id: str) -> None:
        """Never called: reads tell no deletions."""
        raise NotImplementedError

    def records(self, object_name: str) -> Mapping[str, Mapping[str, JsonValue]]:
        """All responses by token."""
        return {response["token"]: response for response in self.control("responses")["responses"]}

    def set(self, kind: FaultKind) -> None:
        """Turn the contract suite's fault dial."""
        self.served.faults.clear()
        self.served.faults.add(FAULTS[kind])

    def clear(self) -> None:
        """Let the stand-in behave."""
        self.served.faults.clear()


@contextmanager
def typeform_account() -> Iterator[Account]:
    """Serve an account until the block ends."""
    clock = frozen_clock()
    with serving(TypeformStandIn(), clock) as served:
        account = Account(served, clock)
        try:
            yield account
        finally:
            for opened in account.opened:
                opened.close()


def sign(body: bytes, secret: str, at: datetime) -> InboundRequest:
    """A push signed as Typeform does."""
    digest = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
    headers = {"content-type": "application/json", "typeform-signature": f"sha256={digest}"}
    return InboundRequest("POST", "https://leads.example.com/hooks/typeform", headers, body, at)


def tokens(connector: Typeform, since: Any = None) -> list[str]:
    return [change.id for page in connector.read(RESPONSE, since) for change in page.changes]


class TestTypeform(ContractSuite):
    """One account with one form."""

    @pytest.fixture
    def account(self) -> Iterator[Account]:
        with typeform_account() as account:
            yield account

    @pytest.fixture
    def bench(self, account: Account) -> Bench:
        return Bench(
            manifest=typeform_manifest(),
            make=account.connector,
            advance=account.clock.advance,
            secrets=[ACCESS_TOKEN, SECRET, "wrong-token"],
            make_unauthorized=lambda: account.connector(access_token="wrong-token"),
            faults=account,
            remote=account,
            reading=ReadSample(object=RESPONSE, several_pages=450),
            webhook=WebhookSample(
                body=json.dumps(PUSH, ensure_ascii=False).encode(), sign=sign, secret=SECRET, header="typeform-signature"
            ),
        )

    def test_a_push_and_a_poll_of_one_response_are_the_same_record(self, account: Account) -> None:
        (token,) = account.seed(RESPONSE, 1)
        connector = account.connector()
        (event,) = connector.parse(sign(json.dumps(PUSH).replace("tok-zoe", token).encode(), SECRET, account.clock.now()))
        assert [f"response:{polled}" for polled in tokens(connector)] == [event.id]

    def test_a_polled_answer_is_told_by_reference_title_and_type(self, account: Account) -> None:
        account.control("submit_many", hidden={"utm_source": "news"})
        (change,) = [change for page in account.connector().read(RESPONSE, None) for change in page.changes]
        assert change.fields["answers"] == {"email": "person1@example.com"}
        assert change.fields["titles"] == {"Your e-mail address": "person1@example.com"}
        assert change.fields["first"] == {"email": "person1@example.com"}
        assert change.fields["hidden"] == {"utm_source": "news"}
        assert change.fields["form"] == {"id": FORM_ID, "title": "Ask for a call"}
        assert change.fields["referrer"] == "https://www.example.com/"

    def test_describe_names_questions_and_hidden_fields(self, account: Account) -> None:
        (spec,) = account.connector().describe()
        described = spec.field("answers.email")
        assert described is not None and described.label == "Your e-mail address"
        assert spec.field("hidden.utm_source") is not None

    def test_every_form_is_read_and_each_keeps_its_own_place(self, account: Account) -> None:
        account.control("form", id="Other", title="Another")
        (first,) = account.seed(RESPONSE, 1)
        connector = account.connector(overlap_seconds=0)
        cursor = list(connector.read(RESPONSE, None))[-1].resume
        late = account.control("submit_many", form="Other", at=account.clock.now().timestamp() - 5_000)["tokens"]
        assert late[0] in tokens(connector, cursor)
        assert set(tokens(account.connector(forms=["Other"]))) == set(late)
        assert first in tokens(connector)

    def test_many_responses_of_one_second_are_each_told_once(self, account: Account) -> None:
        second = account.clock.now().timestamp() - 100
        made = [
            *account.control("submit_many", count=150, at=second - 1)["tokens"],
            *account.control("submit_many", count=150, at=second)["tokens"],
        ]
        told = tokens(account.connector())
        assert sorted(told) == sorted(made)

    def test_more_responses_of_one_second_than_fit_into_a_page_stop_the_read_instead_of_being_skipped(self, account: Account) -> None:
        account.control("submit_many", count=201, at=account.clock.now().timestamp() - 100)
        with pytest.raises(ContractBroken, match="one second"):
            tokens(account.connector())

    def test_a_response_that_is_listed_late_is_read_within_the_overlap(self, account: Account) -> None:
        account.control("configure", listing_lag_seconds=120)
        account.seed(RESPONSE, 1)
        account.clock.advance(130)
        connector = account.connector()
        cursor = list(connector.read(RESPONSE, None))[-1].resume
        (late,) = account.seed(RESPONSE, 1)
        account.clock.advance(60)
        pages = list(connector.read(RESPONSE, cursor))
        assert late not in [change.id for page in pages for change in page.changes]
        account.clock.advance(61)
        assert late in tokens(connector, pages[-1].resume)

    def test_an_answer_in_another_order_is_no_answer(self, account: Account) -> None:
        rows = [{**_SAME, "token": "b", "submitted_at": "2026-03-02T09:00:01Z"}, _SAME]
        body = json.dumps({"items": rows, "total_items": 2, "page_count": 1})
        account.served.faults.add({"kind": "status", "match": "/responses$", "times": -1, "status": 200, "body": body})
        with pytest.raises(ContractBroken, match="order"):
            tokens(account.connector())

    def test_a_form_that_does_not_exist_is_a_wrong_setting(self, account: Account) -> None:
        with pytest.raises(ConfigInvalid) as caught:
            tokens(account.connector(forms=["Nowhere"]))
        assert caught.value.setting == "forms"
        with pytest.raises(ConfigInvalid):
            tokens(account.connector(), "not a cursor")

    def test_a_response_without_a_token_is_set_aside(self, account: Account) -> None:
        body = json.dumps({"items": [{**_SAME, "token": None}, _SAME], "total_items": 2, "page_count": 1})
        account.served.faults.add({"kind": "status", "match": "/responses$", "times": -1, "status": 200, "body": body})
        (page, _) = account.connector().read(RESPONSE, None)
        assert [change.id for change in page.changes] == ["same"]
        assert [reject.error.field for reject in page.rejects if hasattr(reject.error, "field")] == ["token"]
