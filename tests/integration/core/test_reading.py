"""Law 3: reading with a cursor skips nothing and stores nothing twice, wherever it is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.contract import Change, ContractBroken, Cursor, Invalid, NativeId, ObjectName, Page, Reject, Unavailable, Version
from core.runtime.lanes.names import LaneKind, LaneName
from core.store.tables import CursorRow, Inbox, IntakeTotal
from tests.support.builders import inbound_mapping, rules, sync_mapping
from tests.support.engine import Engine, running

LANE = LaneName(LaneKind.READ, "crm", "lead")
SOURCE = [inbound_mapping(name="crm", **{"from": {"connection": "crm"}})]
ROWS = 230


def seeded(**options: Any) -> Engine:
    engine = Engine(rules(inbound=SOURCE), **options)
    for number in range(ROWS):
        engine.crm.remote.create("lead", {"email": f"p{number}@example.com"}, now=engine.clock.now())
    return engine


def assert_all_stored_once(engine: Engine, count: int = ROWS) -> None:
    assert len(engine.rows(Inbox)) == count
    assert [row.acknowledged for row in engine.rows(IntakeTotal)] == [count]


def read_through(engine: Engine) -> None:
    engine.survive(engine.read)
    engine.clock.advance(120)


@pytest.mark.parametrize("death", range(1, 14))
def test_a_crash_at_any_boundary_between_pages_skips_nothing_and_stores_nothing_twice(death: int) -> None:
    engine = seeded()
    engine.boundaries.deaths = {death}

    for _ in range(3):
        read_through(engine)

    assert_all_stored_once(engine)
    engine.close()


def test_a_page_and_its_cursor_are_stored_together() -> None:
    engine = seeded()
    for death in range(1, 14):
        engine.boundaries.deaths = {len(engine.boundaries.passed) + death}
        read_through(engine)
        stored = len(engine.rows(Inbox))
        cursors = [int(row.value) for row in engine.rows(CursorRow)]
        assert cursors == ([] if stored == 0 else [stored])
    engine.close()


def test_pages_that_come_again_are_no_new_submissions() -> None:
    engine = seeded()
    honest = engine.crm.connector._inner.read
    engine.crm.connector._inner.read = lambda name, since: (page for page in honest(name, since) for _ in range(2))

    engine.read()
    engine.crm.connector._inner.read = lambda name, since: honest(name, None)
    engine.read()

    assert_all_stored_once(engine)
    engine.close()


def test_a_record_that_changed_is_a_new_submission_and_an_unchanged_one_is_not() -> None:
    engine = seeded()
    engine.read()
    engine.crm.remote.edit("lead", "lead-7", {"first_name": "Ada"}, now=engine.clock.now())

    engine.read()

    assert_all_stored_once(engine, ROWS + 1)
    engine.close()


def test_a_failure_in_the_middle_keeps_the_pages_before_it_and_goes_on_behind_them() -> None:
    engine = seeded()
    honest = engine.crm.connector._inner.read

    def fails(name: Any, since: Any) -> Iterator[Page]:
        for number, page in enumerate(honest(name, since)):
            if number == 1:
                raise Unavailable("No answer.")
            yield page

    engine.crm.connector._inner.read = fails
    report = engine.read()
    assert isinstance(report.error, Unavailable)
    assert len(engine.rows(Inbox)) == 100

    engine.crm.connector._inner.read = honest
    engine.read()

    assert_all_stored_once(engine)
    engine.close()


def test_a_connectors_bug_ends_the_pass_and_not_the_lane() -> None:
    engine = seeded()

    def broken(name: Any, since: Any) -> Iterator[Page]:
        return iter([dict[str, Page]()["results"]])

    engine.crm.connector._inner.read = broken
    report = engine.read()

    assert isinstance(report.error, ContractBroken)
    assert "KeyError" in report.error.message
    engine.close()


def test_equal_ids_in_one_page_are_one_submission_and_an_unreadable_row_is_kept_with_its_reason() -> None:
    def pages(name: Any, since: Any) -> Iterator[Page]:
        changes = [
            Change(ObjectName("lead"), NativeId("1"), {"email": f"p{number}@example.com"}, version=Version("1")) for number in range(2)
        ]
        yield Page(changes, Cursor("c"), [Reject(ObjectName("lead"), NativeId("2"), Invalid("Row 2 has 3 columns, not 4."), b"a;b;c")])

    with running(rules(inbound=SOURCE)) as engine:
        engine.crm.connector._inner.read = pages
        engine.read()
        engine.read()

        rows = engine.rows(Inbox)
        assert sorted(row.state for row in rows) == ["quarantined", "ready"]
        assert {row.reason for row in rows} == {None, "Row 2 has 3 columns, not 4."}


def test_a_pushed_id_is_read_by_id_and_asked_for_again_when_it_is_not_there_yet() -> None:
    with running(rules(inbound=SOURCE)) as engine:
        engine.push("e1", {}, connection="crm", object="lead", native_id="lead-1", record=None)
        fetch = LaneName(LaneKind.FETCH, "crm")
        assert engine.step(fetch).counts["not_found"] == 1
        engine.crm.remote.create("lead", {"email": "ada@example.com"}, now=engine.clock.now())

        engine.clock.advance(30)
        engine.step(fetch)
        engine.decide()

        (row,) = engine.rows(Inbox)
        assert (row.state, row.outcome) == ("done", "new")


def test_a_pushed_id_that_never_turns_up_ends_in_quarantine() -> None:
    with running(rules(sync_mapping(direction="to"), inbound=SOURCE)) as engine:
        engine.push("e1", {}, connection="crm", object="lead", native_id="lead-404", record=None)

        engine.settle()

        (row,) = engine.rows(Inbox)
        assert (row.state, row.reason_code, row.attempts) == ("quarantined", "not_found", 5)
