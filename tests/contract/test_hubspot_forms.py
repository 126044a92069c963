"""The HubSpot forms connector passes the contract suite, over loopback HTTP against the HubSpot stand-in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue
from ruamel.yaml import YAML

from connectors.hubspot_forms.connector import HubSpotForms
from connectors.hubspot_forms.settings import HubSpotFormsSettings
from core.contract import ConfigInvalid, Manifest, ObjectName, PermissionMissing, RateLimited, load_manifest
from core.contract.testing import Bench, ContractSuite, FaultKind, ReadSample
from core.runtime.http import HttpOptions, OpenedContext, Timeouts, open_context
from sandbox.clock import DialClock
from sandbox.hubspot import HubSpotStandIn
from sandbox.hubspot.access import PRIVATE_TOKEN
from sandbox.shell import Served
from sandbox.wire import Request
from tests.support.contract_bench import SandboxFaults, answer
from tests.support.sandbox import frozen_clock, serving

SUBMISSION = ObjectName("submission")
FORM = "0b1c2d3e-form"
LISTING = "^GET /form-integrations/"
_LIMITED = {"status": "error", "message": "You have reached your limit.", "errorType": "RATE_LIMIT"}
_SAME = {"results": [{"conversionId": "same", "submittedAt": 1772442000123, "values": []}], "paging": {"next": {"after": "same"}}}
WORDS: Mapping[FaultKind, Mapping[str, Any]] = {
    FaultKind.RATE_LIMITED: answer(429, {**_LIMITED, "policyName": "DAILY"}),
    FaultKind.UNAUTHORIZED: answer(401, {"status": "error", "category": "INVALID_AUTHENTICATION"}),
    FaultKind.FORBIDDEN: answer(403, {"status": "error", "category": "MISSING_SCOPES"}),
    FaultKind.SAME_PAGE: answer(200, _SAME),
    FaultKind.TIMEOUT: {"kind": "timeout", "seconds": 2},
}


@dataclass
class Account:
    """An account with one form on the stand-in, its truth, and connectors on it."""

    served: Served
    clock: DialClock
    opened: list[OpenedContext] = field(default_factory=list)

    def connector(self, **changes: Any) -> HubSpotForms:
        """A fresh connector with a context of its own."""
        given = {"access_token": PRIVATE_TOKEN, "forms": [FORM], "base_url": self.served.url}
        settings = HubSpotFormsSettings.model_validate({**given, **changes})
        options = HttpOptions(
            connection="test",
            manifest=shipped_manifest(),
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
        connector = HubSpotForms(settings, opened.context)
        opened.authenticate_with(connector.token)
        return connector

    def control(self, verb: str, **arguments: Any) -> Any:
        """Turn a dial of the stand-in."""
        return self.served.stand_in.control(verb, arguments, self.clock.now())

    def seed(self, object_name: str, count: int) -> Sequence[str]:
        """Let invented people fill in the form."""
        made: list[str] = self.control("submit_many", form=FORM, count=count)["ids"]
        return made

    def change(self, object_name: str, native_id: str) -> None:
        """Nothing: nobody can edit a submission. It stays within the overlap that every poll tells again."""

    def delete(self, object_name: str, native_id: str) -> None:
        """Never called: reads tell no deletions."""
        raise NotImplementedError

    def records(self, object_name: str) -> Mapping[str, Mapping[str, JsonValue]]:
        """All submissions by conversion id."""
        return {row["conversionId"]: row for row in self.control("submissions")}

    def milliseconds(self, ago: float) -> int:
        """A moment `ago` seconds before now, as HubSpot tells it."""
        return round((self.clock.now().timestamp() - ago) * 1000)


def shipped_manifest() -> Manifest:
    """The shipped manifest."""
    path = Path(__file__).resolve().parents[2] / "connectors" / "hubspot_forms" / "manifest.yaml"
    return load_manifest(YAML(typ="safe").load(path.read_text("utf-8")))


@contextmanager
def forms_account() -> Iterator[Account]:
    """Serve an account until the block ends."""
    clock = frozen_clock()
    with serving(HubSpotStandIn(), clock) as served:
        account = Account(served, clock)
        account.control("submit_many", form=FORM, count=0)
        try:
            yield account
        finally:
            for opened in account.opened:
                opened.close()


def ids(connector: HubSpotForms, since: Any = None) -> list[str]:
    return [change.id for page in connector.read(SUBMISSION, since) for change in page.changes]


class TestHubSpotForms(ContractSuite):
    """One account with one form."""

    @pytest.fixture
    def account(self) -> Iterator[Account]:
        with forms_account() as account:
            yield account

    @pytest.fixture
    def bench(self, account: Account) -> Bench:
        return Bench(
            manifest=shipped_manifest(),
            make=account.connector,
            advance=account.clock.advance,
            secrets=[PRIVATE_TOKEN, "wrong-token"],
            make_unauthorized=lambda: account.connector(access_token="wrong-token"),
            faults=SandboxFaults(account.served, words=WORDS, data=LISTING),
            remote=account,
            reading=ReadSample(object=SUBMISSION, several_pages=120),
        )

    def test_a_submission_through_the_open_endpoint_is_read_with_its_page_and_object_types(self, account: Account) -> None:
        fields = [
            {"objectTypeId": "0-1", "name": "email", "value": "ada@example.com"},
            {"objectTypeId": "0-2", "name": "name", "value": "Engines"},
        ]
        account.control("configure", privacy_settings=False)
        body = {"fields": fields, "context": {"pageUri": "https://www.example.com/a?utm_source=news"}}
        url = f"/submissions/v3/integration/secure/submit/424242/{FORM}"
        connector = account.connector()
        headers = {"authorization": f"Bearer {PRIVATE_TOKEN}", "content-type": "application/json"}
        account.served.stand_in.handle(Request("POST", url, "", headers, json.dumps(body).encode()), account.clock.now())
        (change,) = [change for page in connector.read(SUBMISSION, None) for change in page.changes]
        assert change.fields["values"] == {"email": "ada@example.com"}
        assert change.fields["objects"] == {"0-1": {"email": "ada@example.com"}, "0-2": {"name": "Engines"}}
        assert change.fields["page_url"] == "https://www.example.com/a?utm_source=news"
        assert change.fields["form_id"] == FORM

    def test_a_poll_without_news_reads_one_page_beyond_the_overlap_and_no_more(self, account: Account) -> None:
        account.control("submit_many", form=FORM, count=400, at=account.milliseconds(10_000))
        connector = account.connector(overlap_seconds=60)
        cursor = list(connector.read(SUBMISSION, None))[-1].resume
        account.served.journal.clear()
        assert len(ids(connector, cursor)) == 61
        assert len(account.served.journal.entries()) == 3

    def test_a_submission_from_the_future_hides_none_that_come_before_it(self, account: Account) -> None:
        account.control("submit_many", form=FORM, at=account.milliseconds(-90 * 86_400))
        connector = account.connector(overlap_seconds=0)
        cursor = list(connector.read(SUBMISSION, None))[-1].resume
        account.clock.advance(60)
        (made,) = account.seed(SUBMISSION, 1)
        assert made in ids(connector, cursor)

    def test_a_back_dated_submission_is_read_where_the_overlap_reaches_it(self, account: Account) -> None:
        account.seed(SUBMISSION, 1)
        connector = account.connector(overlap_seconds=2_764_800)
        cursor = list(connector.read(SUBMISSION, None))[-1].resume
        (late,) = account.control("submit_many", form=FORM, at=account.milliseconds(30 * 86_400))["ids"]
        assert late in ids(connector, cursor)
        assert late not in ids(account.connector(overlap_seconds=600), cursor)

    def test_a_place_in_the_list_that_is_no_longer_good_costs_a_repetition_and_no_submission(self, account: Account) -> None:
        made = account.seed(SUBMISSION, 120)
        connector = account.connector()
        first = next(iter(connector.read(SUBMISSION, None)))
        account.served.faults.add({"kind": "status", "match": LISTING, "times": 1, "status": 400, "body": "{}"})
        rest = ids(connector, first.resume)
        assert {change.id for change in first.changes} | set(rest) == set(made)

    def test_every_form_keeps_its_own_place(self, account: Account) -> None:
        account.seed(SUBMISSION, 2)
        account.control("submit_many", form="zz-other", count=0)
        connector = account.connector(forms=[FORM, "zz-other"], overlap_seconds=0)
        cursor = list(connector.read(SUBMISSION, None))[-1].resume
        (late,) = account.control("submit_many", form="zz-other", at=account.milliseconds(5_000))["ids"]
        assert late in ids(connector, cursor)

    def test_what_is_wrong_with_the_set_up_is_named(self, account: Account) -> None:
        with pytest.raises(ConfigInvalid) as unknown:
            account.connector(forms=["nowhere"]).check()
        assert unknown.value.setting == "forms"
        with pytest.raises(ConfigInvalid):
            ids(account.connector(), "not a cursor")
        account.control("token", token="narrow", scopes=["crm.objects.contacts.read"])
        with pytest.raises(PermissionMissing) as missing:
            account.connector(access_token="narrow").check()
        assert missing.value.scope == "forms"

    def test_a_day_whose_calls_are_used_up_is_waited_for(self, account: Account) -> None:
        account.control("use_up_calls")
        with pytest.raises(RateLimited) as limited:
            ids(account.connector())
        assert limited.value.retry_after == 3600
