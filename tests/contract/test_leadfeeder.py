"""The Leadfeeder connector passes the contract suite, over loopback HTTP against the stand-in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue
from ruamel.yaml import YAML

from connectors.leadfeeder.api import Api
from connectors.leadfeeder.connector import Leadfeeder
from connectors.leadfeeder.settings import LeadfeederSettings
from core.contract import AuthFailed, Change, ConfigInvalid, Cursor, Manifest, ObjectName, Page, RateLimited, load_manifest
from core.contract.testing import Bench, ContractSuite, FaultKind, ReadSample
from core.runtime.http import OpenedContext
from sandbox.clock import DialClock
from sandbox.leadfeeder import LeadfeederStandIn
from sandbox.leadfeeder.stand_in import ACCOUNT, API_TOKEN
from sandbox.shell import Served
from tests.support.contract_bench import JointClock, SandboxFaults, answer
from tests.support.http import make_context
from tests.support.sandbox import serving

VISIT, MONTH = ObjectName("visit"), ObjectName("company_month")
FOLDER = Path(__file__).resolve().parents[2] / "connectors" / "leadfeeder"
ENOUGH = 100_000
_ROW = {"id": "same", "type": "visits", "attributes": {"lead_id": "lead1", "started_at": "2026-03-02T08:00:00.000Z"}}
WORDS = {
    FaultKind.UNAUTHORIZED: answer(401, {"errors": [{"title": "Invalid API token"}]}),
    FaultKind.FORBIDDEN: answer(403, {"errors": [{"title": "Subscription does not include API access"}]}),
    FaultKind.RATE_LIMITED: answer(429, {"errors": [{"title": "Exceeded the API rate limit of 100 requests per minute."}]}),
    FaultKind.SAME_PAGE: {**answer(200, {"data": [_ROW] * 100, "links": {"next": "/same"}}), "match": "^GET .*/visits$"},
}


def leadfeeder_manifest() -> Manifest:
    """The shipped manifest."""
    return load_manifest(YAML(typ="safe").load((FOLDER / "manifest.yaml").read_text("utf-8")))


@dataclass
class Account:
    """An account on the stand-in, and connectors on it."""

    served: Served
    clock: JointClock
    opened: list[OpenedContext] = field(default_factory=list)

    def connector(self, **changes: Any) -> Leadfeeder:
        """A fresh connector with a context of its own."""
        given = {"api_token": API_TOKEN, "account": ACCOUNT, "base_url": self.served.url, "days_back": 5, **changes}
        opened = make_context(self.served.url, manifest=leadfeeder_manifest(), clock=self.clock)
        self.opened.append(opened)
        connector = Leadfeeder(LeadfeederSettings.model_validate(given), opened.context)
        opened.authenticate_with(connector.token)
        return connector

    def control(self, verb: str, **arguments: Any) -> Any:
        """Turn a dial of the stand-in."""
        return self.served.stand_in.control(verb, arguments, self.clock.now())

    def seed(self, object_name: str, count: int) -> Sequence[str]:
        """Let companies visit."""
        made: list[str] = self.control("visit", count=count)["ids"]
        return made

    def change(self, object_name: str, native_id: str) -> None:
        """Let a visit go on."""
        self.control("continue", id=native_id)

    def delete(self, object_name: str, native_id: str) -> None:
        """Never called: reads tell no deletions."""
        raise NotImplementedError

    def records(self, object_name: str) -> Mapping[str, Mapping[str, JsonValue]]:
        """All visits."""
        found: dict[str, dict[str, JsonValue]] = self.control("visits")
        return found

    def asked(self) -> list[str]:
        """The paths asked for so far."""
        return [entry.path for entry in self.served.journal.entries()]


@contextmanager
def leadfeeder_account() -> Iterator[Account]:
    """Serve an account until the block ends."""
    dial = DialClock()
    clock = JointClock(dial)
    with serving(LeadfeederStandIn(), dial) as served:
        account = Account(served, clock)
        try:
            yield account
        finally:
            for opened in account.opened:
                opened.close()


def pages(connector: Leadfeeder, object_name: ObjectName = VISIT, since: Any = None) -> list[Page]:
    return list(connector.read(object_name, since))


def changes(found: Sequence[Page]) -> list[Change]:
    return [change for page in found for change in page.changes]


class TestLeadfeeder(ContractSuite):
    """One account with three companies. The suite asks more in a minute than one connection may, by several of them."""

    @pytest.fixture
    def account(self) -> Iterator[Account]:
        with leadfeeder_account() as account:
            account.control("limit", calls=ENOUGH)
            yield account

    @pytest.fixture
    def bench(self, account: Account) -> Bench:
        return Bench(
            manifest=leadfeeder_manifest(),
            make=account.connector,
            advance=account.clock.advance,
            secrets=[API_TOKEN, "wrong-token"],
            make_unauthorized=lambda: account.connector(api_token="wrong-token"),
            faults=SandboxFaults(account.served, words=WORDS),
            remote=account,
            reading=ReadSample(object=VISIT),
        )

    def test_a_visit_tells_the_company_and_nothing_of_the_person(self, account: Account) -> None:
        account.seed(VISIT, 1)
        (change,) = changes(pages(account.connector()))
        company = change.fields["company"]
        assert isinstance(company, dict)
        assert (company["domain"], company["name"], company["country"], company["city"]) == ("acme.example", "Acme Mills", "DE", "Berlin")
        assert (change.fields["landing_page"], change.fields["visited"]) == ("/prices", ["/prices", "/contact"])
        assert "person" not in repr(change) and "cookie" not in repr(change)

    def test_a_company_without_a_domain_of_its_own_has_none(self, account: Account) -> None:
        account.control("company", id="lead1", website_url="https://www.facebook.com/acme")
        account.seed(VISIT, 1)
        (change,) = changes(pages(account.connector()))
        company = change.fields["company"]
        assert isinstance(company, dict) and company["domain"] is None and company["website"] == "https://www.facebook.com/acme"

    def test_a_company_that_the_days_list_does_not_hold_is_asked_for_once(self, account: Account) -> None:
        account.control("visit", count=3, lead_id="lead2")
        account.served.faults.add({**answer(200, {"data": [], "links": {}}), "match": "/leads$", "times": -1})
        found = changes(pages(account.connector()))
        assert [change.fields["company"]["id"] for change in found if isinstance(change.fields["company"], dict)] == ["lead2"] * 3
        assert account.asked().count(f"/accounts/{ACCOUNT}/leads/lead2") == 1

    def test_a_company_that_is_gone_leaves_its_visits_without_one(self, account: Account) -> None:
        account.control("visit", lead_id="merged-away")
        (change,) = changes(pages(account.connector()))
        assert change.fields["company"] is None

    def test_a_visit_that_is_shown_late_is_met_by_the_overlap(self, account: Account) -> None:
        account.control("limit", lag_seconds=30 * 3_600)
        (late,) = account.seed(VISIT, 1)
        before = pages(account.connector())
        account.clock.advance(24 * 3_600)
        before += pages(account.connector(), VISIT, before[-1].resume)
        account.clock.advance(6 * 3_600)
        assert changes(before) == []
        assert [change.id for change in changes(pages(account.connector(), VISIT, before[-1].resume))] == [late]

    def test_what_is_read_twice_and_unchanged_is_the_same_state(self, account: Account) -> None:
        account.seed(VISIT, 5)
        before = pages(account.connector())
        account.clock.advance(3_600)
        account.control("company", id="lead1", quality=9, visits=12)
        after = changes(pages(account.connector(), VISIT, before[-1].resume))
        assert [(change.id, change.version) for change in after] == [(change.id, change.version) for change in changes(before)]

    def test_days_are_those_of_the_accounts_time_zone(self, account: Account) -> None:
        account.clock.advance(14 * 3_600)  # 23:00 in UTC, 01:00 of the next day in Helsinki
        (late,) = account.seed(VISIT, 1)
        assert [change.id for change in changes(pages(account.connector(days_back=0)))] == [late]
        asked = [entry.query for entry in account.served.journal.entries() if entry.path.endswith("/visits")]
        assert all("start_date=2026-03-03" in query and "end_date=2026-03-03" in query for query in asked)

    def test_a_time_without_an_offset_is_in_the_accounts_zone(self, account: Account) -> None:
        account.control("visit", started_at="2026-03-02T10:30:00")
        (change,) = changes(pages(account.connector()))
        assert change.fields["started_at"] == "2026-03-02T08:30:00+00:00"

    def test_a_span_with_more_rows_than_one_question_tells_is_read_in_halves(self, account: Account) -> None:
        seeded = account.seed(VISIT, 150)
        account.clock.advance(3 * 86_400)
        seeded = [*seeded, *account.seed(VISIT, 150)]
        account.control("limit", rows=200)
        account.connector()
        api = Api(account.opened[-1].context.http, account.clock, ACCOUNT, most=200)
        listings = list(api.listings("visits", date(2026, 3, 1), date(2026, 3, 6)))
        assert not any(listing.cut for listing in listings)
        assert {row["id"] for listing in listings for row in listing.rows} == set(seeded)

    def test_a_day_with_more_visits_than_are_ever_told_is_told_as_cut(self, account: Account) -> None:
        account.seed(VISIT, 250)
        account.control("limit", rows=200)
        connector = account.connector()
        connector._api = Api(connector.context.http, account.clock, ACCOUNT, most=200)
        found = pages(connector)
        assert len(changes(found)) == 200
        (reject,) = [reject for page in found for reject in page.rejects]
        assert reject.id == "cut-2026-03-02" and "is missing" in reject.error.message

    def test_a_row_that_cannot_be_used_is_told_without_the_person(self, account: Account) -> None:
        account.control("visit", lead_id=None)
        (reject,) = [reject for page in pages(account.connector()) for reject in page.rejects]
        assert b"person" not in reject.raw

    def test_a_month_counts_each_visit_once_however_often_it_is_read(self, account: Account) -> None:
        account.seed(VISIT, 6)
        first = pages(account.connector(), MONTH)
        account.clock.advance(3_600)
        again = changes(pages(account.connector(), MONTH, first[-1].resume))
        told = {change.id: change.fields["visits"] for change in changes(first)}
        assert told == {"lead1/2026-03": 2, "lead2/2026-03": 2, "lead3/2026-03": 2}
        assert [(change.id, change.version) for change in again] == [(change.id, change.version) for change in changes(first)]

    def test_a_further_visit_makes_a_later_state_of_the_same_month(self, account: Account) -> None:
        account.control("visit", lead_id="lead1")
        (before,) = changes(pages(account.connector(), MONTH))
        account.clock.advance(3_600)
        account.control("visit", lead_id="lead1", started_at="2026-03-01T08:00:00.000Z")
        (after,) = changes(pages(account.connector(), MONTH))
        assert (before.id, before.fields["visits"], after.id, after.fields["visits"]) == ("lead1/2026-03", 1, "lead1/2026-03", 2)
        assert before.fields["last_visit_at"] == after.fields["last_visit_at"]
        assert before.changed_at is not None and after.changed_at is not None and before.changed_at < after.changed_at

    def test_a_month_goes_on_from_any_page_and_the_month_before_is_counted_while_it_may_grow(self, account: Account) -> None:
        for number in range(150):
            account.control("company", id=f"many{number:03d}", name="A company", website_url=f"https://c{number}.example")
            account.control("visit", lead_id=f"many{number:03d}")
        found = [page for page in pages(account.connector(days_back=0), MONTH) if page.changes]
        told = [[change.id for change in page.changes] for page in found]
        assert [len(page) for page in told] == [100, 50]
        assert [change.id for change in changes(pages(account.connector(), MONTH, found[0].resume))] == told[1]
        for at, months in [(datetime(2026, 4, 1, 9, tzinfo=UTC), 150), (datetime(2026, 4, 3, 9, tzinfo=UTC), 0)]:
            account.clock.advance((at - account.clock.now()).total_seconds())
            resume = pages(account.connector(), MONTH, found[-1].resume)[-1].resume
            assert len(changes(pages(account.connector(), MONTH, resume))) == months

    def test_a_wrong_account_object_or_cursor_is_a_wrong_setting(self, account: Account) -> None:
        with pytest.raises(ConfigInvalid) as caught:
            account.connector(account="999").check()
        assert caught.value.setting == "account" and ACCOUNT in str(caught.value.hint)
        with pytest.raises(ConfigInvalid):
            pages(account.connector(account="999"))
        with pytest.raises(ConfigInvalid):
            pages(account.connector(), VISIT, Cursor("not a cursor"))
        with pytest.raises(ConfigInvalid):
            pages(account.connector(), ObjectName("people"))

    def test_a_refused_token_tells_where_a_new_one_is_made(self, account: Account) -> None:
        with pytest.raises(AuthFailed) as caught:
            account.connector(api_token="old").check()
        assert "API tokens" in str(caught.value.hint)


def test_a_connection_keeps_within_a_hundred_calls_of_any_minute() -> None:
    with leadfeeder_account() as account:
        account.seed(VISIT, 3)
        found = pages(account.connector(days_back=150))
        assert len(changes(found)) == 3
        entries = account.served.journal.entries()
        assert len(entries) > 150 and {entry.status for entry in entries} == {200}


def test_what_is_refused_for_the_pace_waits_for_the_next_minute() -> None:
    with leadfeeder_account() as account:
        account.control("limit", calls=1)
        account.clock.advance(20)
        with pytest.raises(RateLimited) as caught:
            pages(account.connector())
        assert caught.value.retry_after == 40
        account.control("limit", calls=ENOUGH)
        account.clock.advance(caught.value.retry_after)
        assert changes(pages(account.connector())) == []
