"""Reading everything again after a cursor was lost: what happened meanwhile is found, and absence alone changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from core.runtime.lanes.names import LaneKind, LaneName
from core.store.commands.full_reads import BeginAdoption
from core.store.commands.upsert import table_of
from core.store.tables import CursorRow, FullRead, Inbox, LinkRow
from tests.support.builders import inbound_mapping, rules, sync_mapping
from tests.support.engine import WORKSPACE, Engine, running

ADA = {"email": "ada@example.com", "first_name": "Ada", "last_name": "Byron", "city": "London"}
GRACE = {"email": "grace@example.com", "first_name": "Grace", "last_name": "Hopper", "city": "New York"}


def engine_of(**changes: Any) -> Any:
    return running(rules(sync_mapping(**changes), inbound=[inbound_mapping()]))


def read_all(engine: Engine) -> None:
    engine.wake(LaneName(LaneKind.READ, "crm", "lead"))
    engine.settle()


def link_of(engine: Engine, email: str) -> Any:
    remote_id = next((one for one, fields in engine.crm.records().items() if fields.get("email") == email), None)
    return next(row for row in engine.rows(LinkRow) if row.remote_id == remote_id)


def two_known(engine: Engine) -> tuple[str, str]:
    """Two people, both written and read; the ids of their records."""
    engine.push("e1", ADA)
    engine.push("e2", GRACE)
    engine.settle()
    read_all(engine)
    ada, grace = (link_of(engine, each["email"]).remote_id for each in (ADA, GRACE))
    engine.clock.advance(3600)
    return str(ada), str(grace)


def test_a_deletion_beyond_the_recycle_bin_is_named_and_is_no_deletion() -> None:
    with engine_of(on_delete="archive") as engine:
        ada, grace = two_known(engine)
        engine.crm.remote.delete("lead", ada, now=engine.clock.now())
        engine.crm.remote.edit("lead", grace, {"city": "Arlington"}, now=engine.clock.now())
        engine.crm.remote.forget_deleted()
        read_all(engine)

        parked = {row.remote_id: (row.state, row.reason_code) for row in engine.rows(LinkRow)}
        assert parked == {ada: ("parked", "unreadable_there"), grace: ("level", None)}
        assert [(row.missed, row.ended_at is not None) for row in engine.rows(FullRead)] == [(1, True)]
        engine.push("e3", GRACE | {"first_name": "Amazing"})
        engine.settle()
        assert engine.crm.records()[grace]["first_name"] == "Amazing"


def test_a_lost_cursor_is_a_full_read_that_finds_edits() -> None:
    with running(
        rules(sync_mapping(), sync_mapping(name="hub-leads", to={"connection": "hub", "object": "lead"}), inbound=[inbound_mapping()]),
        connections=("crm", "hub"),
    ) as engine:
        engine.push("e1", ADA)
        engine.settle()
        read_all(engine)
        (ada,) = engine.crm.records()
        engine.clock.advance(3600)
        engine.crm.remote.edit("lead", ada, {"city": "Ockham"}, now=engine.clock.now())
        engine.crm.remote.forget_deleted()
        read_all(engine)

        assert [fields["city"] for fields in engine.crms["hub"].records().values()] == ["Ockham"]
        assert {row.state for row in engine.rows(LinkRow)} == {"level"}


def test_a_record_that_the_full_read_did_not_show_but_that_is_there_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with engine_of() as engine:
        ada, _ = two_known(engine)
        engine.crm.remote.edit("lead", ada, {"city": "Ockham"}, now=engine.clock.now())
        engine.crm.remote.forget_deleted()
        page = engine.crm.remote.page
        hidden = lambda *words: ([row for row in page(*words)[0] if row.id != ada], page(*words)[1])  # noqa: E731
        monkeypatch.setattr(engine.crm.remote, "page", hidden)
        read_all(engine)

        assert {row.state for row in engine.rows(LinkRow)} == {"level"}
        assert [row.missed for row in engine.rows(FullRead)] == [1]
        assert [row.outcome for row in engine.rows(Inbox) if row.way == "asked"] == ["changed"]


@pytest.mark.parametrize("death", range(1, 14, 2))
def test_a_full_read_that_dies_on_its_way_is_finished_after_the_restart(death: int) -> None:
    with engine_of() as engine:
        ada, grace = two_known(engine)
        engine.crm.remote.delete("lead", ada, now=engine.clock.now())
        for number in range(150):
            engine.crm.remote.create("lead", {"last_name": f"Other {number}"}, now=engine.clock.now())
        engine.crm.remote.forget_deleted()
        engine.boundaries.deaths = {len(engine.boundaries.passed) + death}
        engine.survive(lambda: read_all(engine))
        engine.boundaries.deaths = set()
        read_all(engine)

        assert {row.remote_id: row.state for row in engine.rows(LinkRow)} == {ada: "parked", grace: "level"}
        (full,) = engine.rows(FullRead)
        assert full.ended_at is not None
        assert full.missed <= 1


def adopt(engine: Engine) -> None:
    engine.store.write(BeginAdoption(WORKSPACE, "crm", "lead", engine.clock.now()))


def holds(engine: Engine) -> bool:
    return any(row.holds for row in engine.rows(FullRead))


def test_nothing_is_created_before_all_that_is_there_was_seen() -> None:
    with engine_of() as engine:
        for number in range(250):
            engine.crm.remote.create("lead", {"last_name": f"Other {number}"}, now=engine.clock.now())
        theirs = engine.crm.remote.create("lead", {k: v for k, v in ADA.items() if k != "city"}, now=engine.clock.now()).id
        engine.push("e1", ADA)
        engine.push("e2", GRACE)
        adopt(engine)
        engine.decide()
        report = engine.deliver()
        assert report.error is not None
        assert report.error.code == "adoption_goes_on"
        assert not engine.crm.connector.writes

        engine.settle()
        assert not holds(engine)
        assert sorted(f["email"] for f in engine.crm.records().values() if f.get("email")) == ["ada@example.com", "grace@example.com"]
        assert engine.crm.records()[theirs]["city"] == "London"
        assert {row.state for row in engine.rows(LinkRow)} == {"level"}


def test_one_of_ours_with_several_records_waits_for_a_person() -> None:
    with engine_of() as engine:
        first = engine.crm.remote.create("lead", {k: v for k, v in ADA.items() if k != "city"}, now=engine.clock.now()).id
        engine.crm.remote.create("lead", dict(ADA) | {"phone": "+44 20 7946 0001"}, now=engine.clock.now())
        engine.push("e1", ADA | {"title": "Countess"})
        adopt(engine)
        engine.settle()

        assert len(engine.crm.records()) == 2
        assert not engine.crm.connector.writes
        primary = next(row for row in engine.rows(LinkRow) if row.role == "primary")
        assert (primary.remote_id, primary.state, primary.reason_code) == (first, "parked", "ambiguous")

        engine.replay()
        engine.settle()
        assert engine.crm.records()[first]["title"] == "Countess"


def test_one_record_for_several_of_ours_waits_for_a_person() -> None:
    with engine_of() as engine:
        engine.crm.remote.create("lead", dict(ADA) | {"phone": "+44 20 7946 0018"}, now=engine.clock.now())
        engine.push("e1", ADA)
        engine.push("e2", {"first_name": "Ada", "last_name": "Byron", "phone": "+44 20 7946 0018"})
        adopt(engine)
        engine.settle()

        assert len(engine.crm.records()) == 1
        assert not engine.crm.connector.writes
        assert {(row.state, row.reason_code) for row in engine.rows(LinkRow)} == {("parked", "ambiguous")}
        assert [row.reason_code for row in engine.rows(Inbox) if row.connection == "crm"] == ["ambiguous"]


@pytest.mark.parametrize("death", range(1, 30, 2))
def test_an_adoption_that_dies_on_its_way_creates_nothing_twice(death: int) -> None:
    with engine_of() as engine:
        for number in range(120):
            engine.crm.remote.create("lead", {"last_name": f"Other {number}"}, now=engine.clock.now())
        engine.crm.remote.create("lead", dict(ADA), now=engine.clock.now())
        engine.push("e1", ADA)
        engine.push("e2", GRACE)
        engine.boundaries.deaths = {len(engine.boundaries.passed) + death}

        def go() -> None:
            adopt(engine)
            engine.settle()

        if engine.survive(go) and not engine.rows(FullRead):
            adopt(engine)
        engine.boundaries.deaths = set()
        engine.settle()
        assert sorted(f["email"] for f in engine.crm.records().values() if f.get("email")) == ["ada@example.com", "grace@example.com"]
        assert not holds(engine)


def test_a_reading_that_was_at_work_does_not_bring_the_old_cursor_back() -> None:
    with engine_of() as engine:
        two_known(engine)
        engine.crm.remote.create("lead", {"last_name": "New"}, now=engine.clock.now())

        def begin(name: str) -> None:
            if name == "before page":
                engine.boundaries.cross = lambda _: None
                adopt(engine)

        engine.boundaries.cross = begin
        assert engine.read().busy
        with engine.store.snapshot() as snapshot:
            assert snapshot.first(table_of(CursorRow).select()) is None
