"""The LinkedIn Lead Gen Forms connector passes the contract suite, over loopback HTTP against the stand-in."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from connectors.linkedin_lead_gen.connector import LinkedInLeadGen
from connectors.linkedin_lead_gen.settings import LinkedInSettings
from core.contract import ConfigInvalid, InboundRequest, ObjectName, load_manifest
from core.contract.testing import Bench, ContractSuite, FaultKind, FindSample, ReadSample, SubscriptionSample, WebhookSample
from sandbox.clock import DialClock
from sandbox.linkedin import LinkedInStandIn
from sandbox.linkedin.stand_in import ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, OWNER, REFRESH_TOKEN
from sandbox.shell import Served
from tests.support.contract_bench import JointClock, SandboxFaults, answer
from tests.support.http import make_context
from tests.support.sandbox import serving

RESPONSE = ObjectName("leadFormResponse")
MANIFEST = load_manifest(
    YAML(typ="safe").load((Path(__file__).resolve().parents[2] / "connectors/linkedin_lead_gen/manifest.yaml").read_text("utf-8"))
)
PUSH = {
    "type": "LEAD_ACTION",
    "leadAction": "CREATED",
    "leadGenFormResponse": "urn:li:leadGenFormResponse:9-1",
    "occurredAt": 1790000000000,
}
SAME = {"elements": [{"id": "9-1", "submittedAt": 1}], "paging": {"total": 900}}


def sign(body: bytes, secret: str, at: datetime) -> InboundRequest:
    """A push signed as LinkedIn does."""
    digest = hmac.digest(secret.encode(), b"hmacsha256=" + body, hashlib.sha256).hex()
    return InboundRequest("POST", "https://leads.example.com/hooks/linkedin", {"x-li-signature": digest}, body, at)


class Account:
    """An owner on the stand-in, its truth, and connectors on it."""

    def __init__(self, served: Served, stack: ExitStack) -> None:
        self.served, self._stack, self.clock = served, stack, JointClock(served.clock)

    def connector(self, **changes: Any) -> LinkedInLeadGen:
        """A fresh connector with a context of its own."""
        oauth = {"client_id": CLIENT_ID, "refresh_token": REFRESH_TOKEN, "token_url": f"{self.served.url}/oauth/v2/accessToken"}
        given = {"owner": OWNER, "client_secrets": [CLIENT_SECRET], "oauth": oauth, "base_url": self.served.url, **changes}
        opened = make_context(self.served.url, manifest=MANIFEST, clock=self.clock)
        self._stack.callback(opened.close)
        connector = LinkedInLeadGen(LinkedInSettings.model_validate(given), opened.context)
        opened.authenticate_with(connector.token)
        return connector

    def control(self, verb: str, **arguments: Any) -> Any:
        """Turn a dial of the stand-in."""
        return self.served.stand_in.control(verb, arguments, self.clock.now())

    def seed(self, object_name: str, count: int) -> Sequence[str]:
        """Let invented people send the form."""
        made: list[str] = self.control("submit_many", count=count)["ids"]
        return made

    def change(self, object_name: str, native_id: str) -> None:
        """Nothing: nobody can edit a response."""

    def delete(self, object_name: str, native_id: str) -> None:
        """Withdraw a response."""
        self.control("delete", id=native_id)

    def records(self, object_name: str) -> Mapping[str, Mapping[str, Any]]:
        """All responses by id."""
        return {each["id"]: each for each in self.control("responses")["responses"]}


class TestLinkedInLeadGen(ContractSuite):
    """One owner with one form."""

    @pytest.fixture
    def account(self) -> Iterator[Account]:
        with serving(LinkedInStandIn(), DialClock()) as served, ExitStack() as stack:
            yield Account(served, stack)

    @pytest.fixture
    def bench(self, account: Account) -> Bench:
        same = {FaultKind.SAME_PAGE: {**answer(200, SAME), "match": "/leadFormResponses$"}}
        return Bench(
            manifest=MANIFEST,
            make=account.connector,
            advance=account.clock.advance,
            secrets=[ACCESS_TOKEN, CLIENT_SECRET, REFRESH_TOKEN, "wrong-token"],
            make_unauthorized=lambda: account.connector(oauth=None, access_token="wrong-token"),
            faults=SandboxFaults(account.served, data=r"^GET /rest/", words=same),
            remote=account,
            reading=ReadSample(object=RESPONSE, several_pages=250),
            finding=FindSample(object=RESPONSE, field=None),
            webhook=WebhookSample(body=json.dumps(PUSH).encode(), sign=sign, secret=CLIENT_SECRET, header="x-li-signature"),
            subscription=SubscriptionSample(kill=lambda: account.control("grant", days=0)),
        )

    def test_an_answer_is_joined_to_its_question(self, account: Account) -> None:
        account.seed(RESPONSE, 1)
        (change,) = [change for page in account.connector().read(RESPONSE, None) for change in page.changes]
        mail = "person9-1@example.com"
        assert (change.fields["titles"], change.fields["predefined"]) == ({"E-mail": mail}, {"EMAIL": mail})
        assert (change.fields["hidden"], change.fields["consents"]) == ({"utm_source": "linkedin"}, {"2": True})

    def test_the_end_of_the_grant_is_known_from_the_renewal_of_the_token(self, account: Account) -> None:
        account.control("grant", days=20)
        (told,) = account.connector().subscriptions()
        assert told.expires_at == account.clock.now() + timedelta(days=20)
        assert not told.renews and "`oauth.refresh_token`" in told.hint

    def test_the_end_stays_known_while_a_token_is_used_and_comes_without_another_call(self, account: Account) -> None:
        account.control("grant", days=20)
        connector = account.connector()
        (before,) = connector.subscriptions()
        account.clock.advance(19 * 86_400)
        (after,) = connector.subscriptions()
        account.clock.advance(2 * 86_400)
        (over,) = connector.subscriptions()
        assert (after.expires_at, after.healthy) == (before.expires_at, True)
        assert not over.healthy and over.note

    def test_of_a_token_that_was_put_in_place_by_hand_no_end_is_known(self, account: Account) -> None:
        (told,) = account.connector(oauth=None, access_token=ACCESS_TOKEN).subscriptions()
        assert (told.expires_at, told.healthy, told.renews) == (None, True, False) and "60 days" in told.hint

    def test_a_version_that_was_switched_off_names_its_setting(self, account: Account) -> None:
        with pytest.raises(ConfigInvalid) as caught:
            account.connector(api_version="202401").check()
        assert caught.value.setting == "api_version"

    def test_a_response_withdrawn_while_a_window_is_read_makes_no_other_be_skipped(self, account: Account) -> None:
        made = account.seed(RESPONSE, 150)
        pages = account.connector().read(RESPONSE, None)
        told = [change.id for change in next(pages).changes]
        account.delete(RESPONSE, told[0])
        assert {*told, *(change.id for page in pages for change in page.changes)} == set(made)
