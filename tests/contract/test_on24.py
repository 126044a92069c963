"""The ON24 connector passes the contract suite, over loopback HTTP against the stand-in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue
from ruamel.yaml import YAML

from connectors.on24.connector import On24
from connectors.on24.settings import On24Settings
from core.contract import (
    AuthFailed,
    Change,
    ConfigInvalid,
    Cursor,
    Flag,
    Manifest,
    ObjectName,
    Page,
    RateLimited,
    load_manifest,
    record_key,
)
from core.contract.testing import Bench, ContractSuite, FaultKind, ReadSample
from core.runtime.http import OpenedContext
from sandbox.clock import DialClock
from sandbox.on24 import On24StandIn
from sandbox.on24.stand_in import CLIENT_ID, EVENT_ID, TOKEN_KEY, TOKEN_SECRET
from sandbox.shell import Served
from tests.support.contract_bench import JointClock, SandboxFaults, answer
from tests.support.http import make_context
from tests.support.sandbox import serving

REGISTRATION = ObjectName("registration")
FOLDER = Path(__file__).resolve().parents[2] / "connectors" / "on24"
ENOUGH = 100_000
DAY = 86_400.0
_ROW = {"eventid": 1, "eventuserid": 2, "email": "same@example.com", "lastactivity": "2026-03-02T00:00:00-08:00"}
WORDS = {
    FaultKind.UNAUTHORIZED: answer(401, {"message": "AccessTokenKey and AccessTokenSecret are wrong or invalid."}),
    FaultKind.FORBIDDEN: answer(403, {"message": "You do not have permission to perform the requested operation."}),
    FaultKind.RATE_LIMITED: answer(429, {"message": "Too many requests."}),
    FaultKind.SAME_PAGE: {
        **answer(200, {"registrants": [_ROW] * 100, "totalregistrants": 9_000, "pagecount": 90, "currentpage": 0}),
        "match": "^GET .*/registrant$",
    },
}


def on24_manifest() -> Manifest:
    """The shipped manifest."""
    return load_manifest(YAML(typ="safe").load((FOLDER / "manifest.yaml").read_text("utf-8")))


@dataclass
class Account:
    """A client on the stand-in, and connectors on it."""

    served: Served
    clock: JointClock
    opened: list[OpenedContext] = field(default_factory=list)

    def connector(self, **changes: Any) -> On24:
        """A fresh connector with a context of its own."""
        given = {"client_id": CLIENT_ID, "token_key": TOKEN_KEY, "token_secret": TOKEN_SECRET, "base_url": self.served.url, "days_back": 10}
        opened = make_context(self.served.url, manifest=on24_manifest(), clock=self.clock)
        self.opened.append(opened)
        return On24(On24Settings.model_validate({**given, **changes}), opened.context)

    def control(self, verb: str, **arguments: Any) -> Any:
        """Turn a dial of the stand-in."""
        return self.served.stand_in.control(verb, arguments, self.clock.now())

    def seed(self, object_name: str, count: int) -> Sequence[str]:
        """Let invented people register."""
        made: list[str] = self.control("register", count=count)["ids"]
        return made

    def change(self, object_name: str, native_id: str) -> None:
        """Let somebody come."""
        self.control("attend", id=native_id)

    def delete(self, object_name: str, native_id: str) -> None:
        """Never called: reads tell no deletions."""
        raise NotImplementedError

    def records(self, object_name: str) -> Mapping[str, Mapping[str, JsonValue]]:
        """All registrations."""
        found: dict[str, dict[str, JsonValue]] = self.control("registrations")
        return found

    def queries(self, of: str) -> list[str]:
        """What was asked of one list so far."""
        return [entry.query for entry in self.served.journal.entries() if entry.path.endswith(f"/{of}")]


@contextmanager
def on24_account() -> Iterator[Account]:
    """Serve a client until the block ends."""
    dial = DialClock()
    clock = JointClock(dial)
    with serving(On24StandIn(), dial) as served:
        account = Account(served, clock)
        try:
            yield account
        finally:
            for opened in account.opened:
                opened.close()


def pages(connector: On24, since: Any = None) -> list[Page]:
    return list(connector.read(REGISTRATION, since))


def changes(found: Sequence[Page]) -> list[Change]:
    return [change for page in found for change in page.changes]


class TestOn24(ContractSuite):
    """One client with one webinar."""

    @pytest.fixture
    def account(self) -> Iterator[Account]:
        with on24_account() as account:
            account.control("limit", bucket=ENOUGH)
            yield account

    @pytest.fixture
    def bench(self, account: Account) -> Bench:
        return Bench(
            manifest=on24_manifest(),
            make=account.connector,
            advance=account.clock.advance,
            secrets=[TOKEN_KEY, TOKEN_SECRET, "wrong-secret"],
            make_unauthorized=lambda: account.connector(token_secret="wrong-secret"),
            faults=SandboxFaults(account.served, words=WORDS),
            remote=account,
            reading=ReadSample(object=REGISTRATION),
        )

    def test_one_person_at_two_webinars_is_two_registrations(self, account: Account) -> None:
        account.control("event", id="400000", description="Another")
        for event in (EVENT_ID, "400000"):
            account.control("register", event=event, eventuserid=7, email="ada@example.com")
        told = changes(pages(account.connector()))
        assert [change.id for change in told] == [f"{EVENT_ID}/7", "400000/7"]
        assert len({record_key(change.object, change.id, change.version) for change in told}) == 2
        assert [change.fields["event"]["title"] for change in told if isinstance(change.fields["event"], dict)] == [
            "Saving time",
            "Another",
        ]

    def test_who_came_is_a_further_state_of_the_same_registration(self, account: Account) -> None:
        (native_id,) = account.seed(REGISTRATION, 1)
        account.clock.advance(3_600)
        questions = [{"content": "How much?"}, {"content": "And in euro?"}]
        polls = [{"pollquestion": "Which product?", "pollanswers": ["Mill", "Loom"]}]
        surveys = [{"surveyquestions": [{"surveyquestion": "May we call?", "surveyanswers": ["Yes"]}]}]
        given = {"liveminutes": 40, "archiveminutes": 2, "askedquestions": 2, "questions": questions, "polls": polls, "surveys": surveys}
        account.control("attend", id=native_id, **given)
        registered, attended = changes(pages(account.connector()))
        assert registered.id == attended.id == native_id
        assert registered.version != attended.version and "attended" not in registered.fields
        told = attended.fields
        assert (told["attended"], told["minutes"], told["questions_asked"], told["questions"]) == (
            True,
            42,
            2,
            ["How much?", "And in euro?"],
        )
        assert (told["polls"], told["surveys"]) == ({"Which product?": "Mill; Loom"}, {"May we call?": "Yes"})
        assert told["email"] == registered.fields["email"] and "firstname" not in told
        assert registered.changed_at is not None and attended.changed_at is not None and registered.changed_at < attended.changed_at

    def test_what_is_counted_later_for_the_same_activity_is_a_later_state(self, account: Account) -> None:
        (native_id,) = account.seed(REGISTRATION, 1)
        account.control("attend", id=native_id, liveminutes=9)
        before = changes(pages(account.connector()))[-1]
        account.clock.advance(6 * 3_600)
        account.control("attend", id=native_id, active=False, liveminutes=10)
        after = changes(pages(account.connector()))[-1]
        assert (before.fields["minutes"], after.fields["minutes"]) == (9, 10)
        assert before.changed_at is not None and after.changed_at is not None and before.changed_at < after.changed_at

    def test_what_is_read_twice_and_unchanged_is_the_same_state(self, account: Account) -> None:
        for native_id in account.seed(REGISTRATION, 3):
            account.control("attend", id=native_id)
        before = pages(account.connector())
        account.clock.advance(3_600)
        after = changes(pages(account.connector(), before[-1].resume))
        assert [(change.id, change.version) for change in after] == [(change.id, change.version) for change in changes(before)]

    def test_nothing_is_told_that_opens_a_door_or_tells_where_a_person_sits(self, account: Account) -> None:
        (native_id,) = account.seed(REGISTRATION, 1)
        account.control("attend", id=native_id)
        assert not [word for word in ("token=", "192.0.2.7") if word in repr(changes(pages(account.connector())))]

    def test_a_webinar_for_trial_brings_test_leads_and_one_that_is_gone_has_no_title(self, account: Account) -> None:
        account.control("event", id="400000", istestevent=True)
        account.control("register", event="400000")
        account.control("register", event="500000")
        trial, gone = changes(pages(account.connector()))
        assert (trial.flag, gone.flag) == (Flag.TEST, Flag.NONE)
        assert gone.fields["event"] == {"id": "500000", "title": None, "start_time": None}

    def test_a_webinar_is_asked_for_once_a_round_and_not_at_all_where_titles_are_unwanted(self, account: Account) -> None:
        account.seed(REGISTRATION, 150)
        pages(account.connector())
        assert len(account.queries(EVENT_ID)) == 1
        pages(account.connector(event_titles=False))
        assert len(account.queries(EVENT_ID)) == 1

    def test_who_was_forgotten_is_not_told_and_who_withdrew_only_where_it_is_wanted(self, account: Account) -> None:
        forgotten, withdrawn, stays = account.seed(REGISTRATION, 3)
        account.control("update", id=forgotten, userstatus="forgotten")
        account.control("update", id=withdrawn, userstatus="deleted")
        assert [change.id for change in changes(pages(account.connector()))] == [stays]
        told = {change.id: change.fields["status"] for change in changes(pages(account.connector(withdrawn=True)))}
        assert told == {stays: "active", withdrawn: "deleted"}

    def test_activity_in_the_evening_of_on24s_zone_is_met(self, account: Account) -> None:
        account.clock.advance(19 * 3_600)  # 04:00 of the next day in UTC, 20:00 of this day in Los Angeles
        seeded = account.seed(REGISTRATION, 1)
        first = pages(account.connector(days_back=0))
        later = changes(pages(account.connector(), first[-1].resume))
        assert [change.id for change in later] == list(seeded)

    def test_who_is_shown_a_day_late_is_met_by_the_overlap(self, account: Account) -> None:
        first = pages(account.connector())
        account.clock.advance(2 * DAY)
        first = pages(account.connector(), first[-1].resume)
        (late,) = account.control("register", lastactivity="2026-03-02T02:00:00-08:00")["ids"]
        assert [change.id for change in changes(pages(account.connector(), first[-1].resume))] == [late]

    def test_a_list_from_which_somebody_leaves_while_it_is_read_is_read_anew(self, account: Account) -> None:
        seeded = account.seed(REGISTRATION, 150)
        account.control("limit", stirs=seeded[0])
        assert {change.id for change in changes(pages(account.connector()))} == set(seeded)

    def test_a_list_that_gets_shorter_than_the_page_asked_for_has_ended(self, account: Account) -> None:
        seeded = account.seed(REGISTRATION, 101)
        account.control("limit", stirs=seeded[0])
        assert {change.id for change in changes(pages(account.connector()))} == set(seeded)

    def test_a_token_that_rested_too_long_is_explained(self, account: Account) -> None:
        account.connector().check()
        account.clock.advance(61 * DAY)
        with pytest.raises(AuthFailed) as caught:
            account.connector().check()
        assert "60 days" in str(caught.value.hint)

    def test_a_quota_that_is_used_up_is_no_missing_permission(self, account: Account) -> None:
        account.control("limit", quota=1)
        with pytest.raises(RateLimited) as caught:
            pages(account.connector())
        assert caught.value.retry_after == 300

    def test_subaccounts_are_left_out_where_they_are_unwanted(self, account: Account) -> None:
        pages(account.connector(subaccounts=False))
        assert all("xcludeSubaccounts=Y" in query for query in account.queries("registrant"))
        assert all("excludesubaccounts=Y" in query for query in account.queries("attendee"))

    def test_a_wrong_client_object_or_cursor_is_a_wrong_setting(self, account: Account) -> None:
        with pytest.raises(ConfigInvalid) as caught:
            account.connector(client_id="999").check()
        assert caught.value.setting == "client_id"
        with pytest.raises(ConfigInvalid):
            pages(account.connector(), Cursor("not a cursor"))
        with pytest.raises(ConfigInvalid):
            list(account.connector().read(ObjectName("poll"), None))


def test_a_long_reading_does_not_overflow_the_bucket() -> None:
    with on24_account() as account:
        account.control("limit", bucket=20, leak=2)
        seeded = account.seed(REGISTRATION, 50)
        assert len(changes(pages(account.connector(days_back=365)))) == len(seeded)
        assert {entry.status for entry in account.served.journal.entries()} == {200}
