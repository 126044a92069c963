"""The Airtable connector passes the contract suite, over loopback HTTP against the stand-in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue
from ruamel.yaml import YAML

from connectors.airtable.connector import Airtable
from connectors.airtable.settings import AirtableSettings
from connectors.airtable.webhook import parse_ping
from core.contract import (
    ChangeKind,
    ConfigInvalid,
    ContractBroken,
    Cursor,
    FieldKind,
    InboundRequest,
    Invalid,
    Manifest,
    ObjectName,
    Page,
    PermissionMissing,
    RateLimited,
    SignatureInvalid,
    Unavailable,
    load_manifest,
)
from core.contract.testing import Bench, ContractSuite, FaultKind, ReadSample, SubscriptionSample, WebhookSample
from core.runtime.http import OpenedContext
from sandbox.airtable import AirtableStandIn
from sandbox.airtable.hooks import MAC_SECRET, sign
from sandbox.airtable.stand_in import ACCESS_TOKEN, BASE, TABLE, TABLE_ID
from sandbox.clock import DialClock
from sandbox.shell import Served
from tests.support.contract_bench import JointClock, SandboxFaults, answer
from tests.support.http import make_context
from tests.support.sandbox import serving

LEADS = ObjectName(TABLE)
PING = json.dumps({"base": {"id": BASE}, "webhook": {"id": "achSandbox1"}, "timestamp": "2026-03-02T09:30:00.000Z"}).encode()
WORDS = st.sampled_from(["base", "id", "webhook"])
HOSTILE = st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.dictionaries(WORDS, inner) | st.lists(inner)).map(
    lambda value: json.dumps(value).encode()
)
LISTING = f"^GET /v0/{BASE}/"


def airtable_manifest() -> Manifest:
    """The shipped manifest."""
    path = Path(__file__).resolve().parents[2] / "connectors" / "airtable" / "manifest.yaml"
    return load_manifest(YAML(typ="safe").load(path.read_text("utf-8")))


def signed(body: bytes, secret: str, at: datetime) -> InboundRequest:
    """A ping as Airtable sends it."""
    return InboundRequest("POST", "https://leads.example.com/hooks/base", {"x-airtable-content-mac": sign(body, secret)}, body, at)


def refusal(status: int, kind: str, **headers: str) -> Any:
    return answer(status, {"error": {"type": kind, "message": "refused"}}, **headers)


@dataclass
class Base:
    """The stand-in's base, and connectors on it."""

    served: Served
    clock: JointClock
    opened: list[OpenedContext] = field(default_factory=list)
    count: int = 0

    def connector(self, **changes: Any) -> Airtable:
        """A fresh connector with a context of its own."""
        settings: dict[str, Any] = {"access_token": ACCESS_TOKEN, "base": BASE, "base_url": self.served.url}
        settings |= {"webhook": "achSandbox1", "mac_secrets": [MAC_SECRET], **changes}
        opened = make_context(self.served.url, manifest=airtable_manifest(), clock=self.clock)
        self.opened.append(opened)
        connector = Airtable(AirtableSettings.model_validate(settings), opened.context)
        opened.authenticate_with(connector.token)
        return connector

    def control(self, verb: str, **arguments: Any) -> Any:
        """Turn a dial of the stand-in."""
        return self.served.stand_in.control(verb, arguments, self.clock.now())

    def seed(self, object_name: str, count: int) -> Sequence[str]:
        self.count += count
        made: list[str] = self.control("create", records=[{"Email": f"person{self.count + n}@example.com"} for n in range(count)])["ids"]
        return made

    def change(self, object_name: str, native_id: str) -> None:
        self.count += 1
        self.control("update", id=native_id, fields={"Name": f"Changed {self.count}"})

    def delete(self, object_name: str, native_id: str) -> None:
        self.control("delete", id=native_id)

    def records(self, object_name: str) -> Mapping[str, Mapping[str, JsonValue]]:
        found: Mapping[str, Mapping[str, JsonValue]] = self.control("records")["records"]
        return found

    def read(self, since: Cursor | None = None, table: str = TABLE, **changes: Any) -> list[Page]:
        """Read everything with a fresh connector."""
        return list(self.connector(**changes).read(ObjectName(table), since))


def ids(pages: Sequence[Page]) -> list[str]:
    return [change.id for page in pages for change in page.changes]


@contextmanager
def airtable_base() -> Iterator[Base]:
    """Serve a base until the block ends."""
    dial = DialClock()
    with serving(AirtableStandIn(), dial) as served:
        base = Base(served, JointClock(dial))
        base.control("subscribe", url="http://127.0.0.1:9/hooks/base")
        try:
            yield base
        finally:
            for opened in base.opened:
                opened.close()


class TestAirtable(ContractSuite):
    """One base with one table."""

    @pytest.fixture
    def base(self) -> Iterator[Base]:
        with airtable_base() as base:
            yield base

    @pytest.fixture
    def bench(self, base: Base) -> Bench:
        words = {
            FaultKind.UNAUTHORIZED: refusal(401, "AUTHENTICATION_REQUIRED"),
            FaultKind.FORBIDDEN: refusal(403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND"),
            FaultKind.SAME_PAGE: {**answer(200, {"records": [{"id": "recA", "fields": {}}], "offset": "itr/same"}), "match": LISTING},
        }
        return Bench(
            manifest=airtable_manifest(),
            make=base.connector,
            make_unauthorized=lambda: base.connector(access_token="pat-wrong"),
            faults=SandboxFaults(base.served, data="^GET /v0/", words=words),
            secrets=[ACCESS_TOKEN, "pat-wrong", MAC_SECRET],
            advance=base.clock.advance,
            remote=base,
            reading=ReadSample(object=LEADS, several_pages=350),
            webhook=WebhookSample(body=PING, sign=signed, secret=MAC_SECRET, header="x-airtable-content-mac"),
            subscription=SubscriptionSample(kill=lambda: base.control("unsubscribe", id="achSandbox1")),
        )

    def test_fields_that_airtable_leaves_out_are_empty(self, base: Base) -> None:
        base.control("create", records=[{"Email": "ada@example.com", "Name": ""}])
        (page,) = base.read()
        fields = dict(page.changes[0].fields)
        assert fields.pop("_created") == "2026-03-02T09:00:00.000Z"
        assert fields == {"Email": "ada@example.com", "Name": None, "Company": None, "Notes": None}

    def test_only_what_was_modified_since_the_poll_before_is_told_again(self, base: Base) -> None:
        made = base.seed(LEADS, 250)
        base.clock.advance(3_600)
        cursor = base.read()[-1].resume
        base.clock.advance(3_600)
        assert ids(base.read(cursor)) == []
        base.change(LEADS, made[7])
        assert ids(base.read(cursor)) == [made[7]]

    def test_a_record_that_is_saved_while_a_poll_goes_on_is_told_by_the_next(self, base: Base) -> None:
        base.seed(LEADS, 250)
        base.clock.advance(3_600)
        pages = base.connector(overlap_seconds=0).read(LEADS, None)
        next(pages)
        base.clock.advance(5)
        (late,) = base.seed(LEADS, 1)
        base.clock.advance(5)
        *_, last = pages
        base.clock.advance(3_600)
        assert ids(base.read(last.resume)) == [late]

    def test_an_offset_that_was_forgotten_begins_the_records_of_the_poll_again(self, base: Base) -> None:
        made = base.seed(LEADS, 250)
        cursor = base.read()[0].resume
        base.control("forget_offsets")
        assert ids(base.read(cursor)) == list(made)

    def test_a_listing_whose_pages_are_always_forgotten_ends(self, base: Base) -> None:
        base.seed(LEADS, 250)
        base.served.faults.add({**refusal(422, "LIST_RECORDS_ITERATOR_NOT_AVAILABLE"), "match": LISTING, "skip": 1, "times": 1})
        base.served.faults.add({**refusal(422, "LIST_RECORDS_ITERATOR_NOT_AVAILABLE"), "match": LISTING, "skip": 2, "times": -1})
        with pytest.raises(Unavailable, match="forgets"):
            base.read()

    def test_too_many_calls_are_followed_by_thirty_seconds_of_silence(self, base: Base) -> None:
        base.served.faults.add({**refusal(429, "TOO_MANY_REQUESTS"), "times": -1})
        with pytest.raises(RateLimited) as caught:
            base.connector().check()
        assert caught.value.retry_after == 30

    def test_a_table_is_known_by_its_name_and_its_id(self, base: Base) -> None:
        (made,) = base.seed(LEADS, 1)
        assert ids(base.read(table=TABLE_ID)) == [made]
        with pytest.raises(ConfigInvalid, match="Nowhere") as caught:
            base.read(table="Nowhere")
        assert "Leads" in str(caught.value.hint)

    def test_a_wrong_base_and_a_foreign_cursor_are_refused(self, base: Base) -> None:
        with pytest.raises(ConfigInvalid) as caught:
            base.connector(base="appOther").check()
        assert caught.value.setting == "base"
        with pytest.raises(ConfigInvalid, match="cursor"):
            base.read(Cursor("not ours"))

    def test_describe_names_tables_and_the_kinds_of_their_fields(self, base: Base) -> None:
        (spec,) = base.connector().describe()
        assert spec.name == TABLE
        assert [(each.name, each.kind) for each in spec.fields][:2] == [("Email", FieldKind.EMAIL), ("Name", FieldKind.TEXT)]

    def test_a_muted_webhook_is_told_and_switched_on_again(self, base: Base) -> None:
        base.control("mute", id="achSandbox1")
        (told,) = base.connector().subscriptions()
        assert (told.healthy, told.renews) == (False, True)
        assert base.connector().renew(told).healthy

    def gone(self, base: Base, since: Cursor | None, **changes: Any) -> tuple[list[str], Cursor | None]:
        pages = base.read(since, **changes)
        return [change.id for page in pages for change in page.changes if change.kind is ChangeKind.DELETED], pages[-1].resume

    def test_what_was_deleted_is_told_once_and_what_was_restored_is_not(self, base: Base) -> None:
        kept, gone, back = base.seed(TABLE, 3)
        _, since = self.gone(base, None)
        for native_id in (gone, back):
            base.control("delete", id=native_id)
        base.clock.advance(60)
        base.control("restore", id=back)
        told, after = self.gone(base, since)
        assert told == [gone] and kept != gone
        assert self.gone(base, after)[0] == []

    def test_more_deletions_than_a_page_holds_are_all_told_and_an_interrupted_poll_tells_them_again(self, base: Base) -> None:
        made = base.seed(TABLE, 130)
        _, since = self.gone(base, None)
        for native_id in made[:120]:
            base.control("delete", id=native_id)
        pages = base.read(since)
        told = [change.id for page in pages for change in page.changes if change.kind is ChangeKind.DELETED]
        assert sorted(told) == sorted(made[:120]) and max(len(page.changes) for page in pages) <= 100
        again, _ = self.gone(base, pages[-2].resume)
        assert set(again) == set(told)

    def test_deletions_before_the_webhook_was_followed_and_those_that_are_not_kept_any_more_are_not_told(self, base: Base) -> None:
        early, late = base.seed(TABLE, 2)
        _, since = self.gone(base, None, webhook=None, mac_secrets=[])
        base.control("delete", id=early)
        told, since = self.gone(base, since)
        assert told == []
        base.control("delete", id=late)
        for _ in range(2):
            base.clock.advance(5 * 86_400)
            base.connector().renew(base.connector().subscriptions()[0])
        assert self.gone(base, since)[0] == []

    @pytest.mark.parametrize("kind", ["unsubscribe", "mute"])
    def test_reading_goes_on_where_the_webhook_is_gone_or_silent(self, base: Base, kind: str) -> None:
        base.seed(TABLE, 1)
        _, since = self.gone(base, None)
        base.control(kind, id="achSandbox1")
        base.clock.advance(3600)
        (made,) = base.seed(TABLE, 1)
        assert made in ids(base.read(since))

    def test_a_list_of_payloads_that_does_not_go_on_ends(self, base: Base) -> None:
        _, since = self.gone(base, None)
        base.served.faults.add({**answer(200, {"payloads": [], "cursor": 1, "mightHaveMore": True}), "match": "/payloads$", "times": -1})
        with pytest.raises(ContractBroken):
            base.read(since)

    @pytest.mark.parametrize(
        "odd", [{}, {"changedTablesById": []}, {"changedTablesById": {TABLE_ID: {"destroyedRecordIds": [None, 7, ""]}}}, {"timestamp": 7}]
    )
    def test_payloads_of_another_shape_tell_nothing(self, base: Base, odd: Any) -> None:
        _, since = self.gone(base, None)
        base.served.faults.add({**answer(200, {"payloads": [odd, None], "cursor": 2, "mightHaveMore": False}), "match": "/payloads$"})
        assert self.gone(base, since)[0] == []

    def test_without_a_webhook_there_is_nothing_to_renew_and_no_ping_is_taken(self, base: Base) -> None:
        connector = base.connector(webhook=None, mac_secrets=[])
        assert connector.subscriptions() == []
        with pytest.raises(SignatureInvalid):
            connector.verify(signed(PING, MAC_SECRET, base.clock.now()))
        with pytest.raises(ValueError, match="together"):
            base.connector(mac_secrets=[])

    def test_a_missing_scope_names_it(self, base: Base) -> None:
        base.served.faults.add({**refusal(403, "INVALID_PERMISSIONS"), "times": -1})
        with pytest.raises(PermissionMissing, match="webhook:manage") as caught:
            base.connector().subscriptions()
        assert "webhook:manage" in str(caught.value.hint)

    @pytest.mark.parametrize(
        "record", [{}, {"id": 7, "fields": {}}, {"id": "recA", "fields": []}, {"id": "", "fields": {}}, {"id": "rec\ud800"}]
    )
    def test_what_is_no_record_is_set_aside(self, base: Base, record: Any) -> None:
        good = {"id": "recB", "createdTime": 7, "fields": {"Name": ["\ud800", 10**40, {"a": None}], "Other": True}}
        base.served.faults.add({**answer(200, {"records": [record, good, None, 3]}), "match": LISTING})
        (page,) = base.read()
        assert [change.id for change in page.changes] == ["recB"] and len(page.rejects) == 1


@given(body=st.binary() | HOSTILE)
def test_no_ping_that_does_not_name_the_base_is_taken_for_one_of_it(body: bytes) -> None:
    settings = AirtableSettings.model_validate({"access_token": "t", "base": BASE})
    with pytest.raises(Invalid):
        parse_ping(signed(body, MAC_SECRET, datetime(2026, 3, 2, tzinfo=UTC)), settings)
