"""The commands: joined intake, duplicates, fencing, plans that are stored whole or not at all, outcomes one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.flow.pipeline import Means, decide
from core.model.plan import Plan, Settled, Settlement
from core.store.agreements import agreement_columns, read_agreements
from core.store.commands.decision import StoreDecision, WorldMoved
from core.store.commands.delivery import LinkOutcome, RecordIntents, RecordOutcomes
from core.store.commands.intake import AcceptEvents, CountEvents
from core.store.commands.lanes import FinishLane, LeaseLost, RenewLease, ServeSlot, SetPause, TakeLease, WakeLane
from core.store.commands.leases import BreakLeases
from core.store.commands.pages import AcceptPage, Fetched, StoreFetched
from core.store.decision_seal import PlanSealer
from core.store.inbox_seal import Arrival, seal_arrival
from core.store.queries.decision import KnownPeople, ready_submissions
from core.store.tables import Counter, CursorRow, GoldenRow, Inbox, IntakeTotal, LaneRow, LinkRow
from tests.support.builders import person, rules
from tests.support.engine import WORKSPACE, Engine, running

LANE = "deliver:crm:lead"


@pytest.fixture
def engine() -> Iterator[Engine]:
    with running(rules()) as made:
        yield made


def arrival(engine: Engine, event_id: str, **changes: Any) -> Any:
    given: dict[str, Any] = {"event_id": event_id, "object": "entry", "native_id": event_id, "way": "push", "record": person(1)}
    return seal_arrival(engine.store.vault, WORKSPACE, "form", Arrival(**(given | changes)), engine.clock.now())


def lease(engine: Engine, lane: str = LANE) -> int:
    now = engine.clock.now()
    token = engine.store.write(TakeLease(WORKSPACE, lane, "crm", now, now + timedelta(seconds=60)))
    assert token is not None
    return token


def plan_for(engine: Engine, token: int) -> StoreDecision:
    with engine.store.snapshot() as snapshot:
        batch = ready_submissions(snapshot, engine.clock.now(), 100)
        plan = decide(batch, KnownPeople(snapshot), engine.rules, Means(engine.store.new_id, engine.store.vault.digest))
        return PlanSealer(snapshot, engine.clock.now()).seal(plan, "decide", token)


def level_link(engine: Engine, number: int = 1) -> Any:
    engine.push(f"e{number}", person(number))
    engine.settle()
    return next(row for row in engine.rows(LinkRow) if row.remote_id == f"lead-{number}")


def test_joined_intake_is_one_insert_and_every_row_is_counted(engine: Engine) -> None:
    commands = [AcceptEvents((arrival(engine, f"e{number}"),)) for number in range(3)] + [AcceptEvents((arrival(engine, "e1"),))]

    engine.store.write(AcceptEvents.join(commands))

    assert sorted(row.duplicates for row in engine.rows(Inbox)) == [0, 0, 1]
    assert [row.acknowledged for row in engine.rows(IntakeTotal)] == [4]


def test_joined_counts_are_added_up(engine: Engine) -> None:
    counts = [CountEvents(WORKSPACE, (("refused", "form", 1),)), CountEvents(WORKSPACE, (("refused", "form", 2), ("late", "form", 1)))]

    engine.store.write(CountEvents.join(counts))
    engine.store.write(counts[0])

    assert {(row.name, row.value) for row in engine.rows(Counter)} == {("refused", 4), ("late", 1)}


def test_a_delivery_seen_before_is_counted_on_its_first_row_and_not_decided_again(engine: Engine) -> None:
    engine.push("e1", person(1))
    engine.settle()

    engine.push("e1", person(1, title="Head"))

    (row,) = engine.rows(Inbox)
    assert (row.state, row.duplicates) == ("done", 1)
    assert engine.due() == {}


def test_ids_that_no_database_takes_are_kept_apart_and_kept(engine: Engine) -> None:
    for event_id in ("half \ud800", "half \ufffd", "nul \x00", "x" * 5_000):
        engine.push(event_id, person(1), native_id=event_id, object="obj\x00", record=None)

    assert len(engine.rows(Inbox)) == 4


@pytest.mark.parametrize("taken_by", ["another worker", "a restart"])
def test_whoever_lost_the_lease_writes_nothing(engine: Engine, taken_by: str) -> None:
    link = level_link(engine)
    old = lease(engine)
    engine.clock.advance(61)
    if taken_by == "another worker":
        assert lease(engine) == old + 1
    else:
        engine.store.write(BreakLeases(WORKSPACE))
    now = engine.clock.now()
    commands: list[Any] = [
        RecordIntents(WORKSPACE, LANE, old, now, ((link.id, "k"),)),
        RecordOutcomes(WORKSPACE, LANE, old, now, (LinkOutcome(link.id, "parked", 1, None, reason_code="late"),)),
        AcceptPage(WORKSPACE, "crm", "lead", (arrival(engine, "p1"),), "c1", now, LANE, old, "decide"),
        StoreFetched(WORKSPACE, (Fetched(1, "ready"),), LANE, old, now, "decide"),
        RenewLease(WORKSPACE, LANE, old, now + timedelta(seconds=60)),
        replace(plan_for(engine, old), lane=LANE),
    ]

    for command in commands:
        with pytest.raises(LeaseLost):
            engine.store.write(command)

    assert next(row for row in engine.rows(LinkRow)).state == "level"
    assert len(engine.rows(Inbox)) == 1
    assert engine.rows(CursorRow) == []


def test_a_lease_is_given_to_one_at_a_time(engine: Engine) -> None:
    token = lease(engine)
    now = engine.clock.now()

    assert engine.store.write(TakeLease(WORKSPACE, LANE, "crm", now, now + timedelta(seconds=60))) is None

    engine.store.write(FinishLane(WORKSPACE, LANE, token, None))
    assert lease(engine) == token + 1


def test_a_wake_up_that_comes_while_the_lane_is_held_is_not_lost(engine: Engine) -> None:
    token = lease(engine)
    engine.store.write(WakeLane(WORKSPACE, LANE, "crm", engine.clock.now()))

    engine.store.write(FinishLane(WORKSPACE, LANE, token, engine.clock.now() + timedelta(hours=1)))

    assert [row.next_at for row in engine.rows(LaneRow)] == [engine.clock.now()]


def test_a_lane_that_waits_because_of_an_error_is_not_woken_early(engine: Engine) -> None:
    token = lease(engine)
    later = engine.clock.now() + timedelta(hours=1)
    engine.store.write(FinishLane(WORKSPACE, LANE, token, later, 1, "unavailable", "no answer", None))

    engine.store.write(WakeLane(WORKSPACE, LANE, "crm", engine.clock.now()))
    assert [row.next_at for row in engine.rows(LaneRow)] == [later]

    engine.store.write(SetPause(WORKSPACE, "crm", engine.clock.now(), None))
    assert [(row.next_at, row.error_code) for row in engine.rows(LaneRow)] == [(engine.clock.now(), None)]


def test_a_schedule_slot_is_served_once(engine: Engine) -> None:
    slot = ServeSlot(WORKSPACE, "poll", "2026-03-02T09:00", "read:crm:lead", "crm", engine.clock.now())

    assert [engine.store.write(slot) for _ in range(3)] == [True, False, False]


def test_a_decision_made_on_an_old_view_is_undone_as_a_whole(engine: Engine) -> None:
    # given two decisions about the same person, made from the same view
    engine.push("e1", person(1))
    token = lease(engine, "decide")
    first, second = plan_for(engine, token), plan_for(engine, token)
    engine.store.write(first)
    engine.push("e2", person(1, title="Head"))
    stale = replace(second, settlements=tuple(row | {"b_id": 2} for row in second.settlements))

    with pytest.raises(WorldMoved):
        engine.store.write(stale)

    assert len(engine.rows(GoldenRow)) == 1
    assert len(engine.rows(LinkRow)) == 1
    assert sorted(row.state for row in engine.rows(Inbox)) == ["done", "ready"]


def test_a_decision_about_a_record_that_changed_meanwhile_is_undone_as_a_whole(engine: Engine) -> None:
    engine.push("e1", person(1))
    engine.decide()
    engine.push("e2", person(1, title="Head"))
    token = lease(engine, "decide")
    stale = plan_for(engine, token)
    engine.store.write(plan_for(engine, token))
    engine.push("e3", person(1, title="Chief"))
    bare = replace(stale, settlements=(), observations=(), changed_links=())
    assert bare.changed_goldens

    with pytest.raises(WorldMoved):
        engine.store.write(bare)

    assert [row.version for row in engine.rows(GoldenRow)] == [2]
    assert [row.wanted_version for row in engine.rows(LinkRow)] == [2]


def test_a_new_want_for_a_link_that_got_another_one_meanwhile_is_undone(engine: Engine) -> None:
    engine.push("e1", person(1))
    engine.decide()
    token = lease(engine, "decide")
    engine.push("e2", person(1, title="Head"))
    plan = plan_for(engine, token)
    only_links = replace(plan, settlements=(), changed_goldens=(), observations=(), consents=(), keys=())
    engine.store.write(only_links)

    with pytest.raises(WorldMoved):
        engine.store.write(only_links)


def test_a_plan_that_read_a_record_which_moved_meanwhile_is_undone(engine: Engine) -> None:
    engine.push("e1", person(1))
    engine.decide()
    token = lease(engine, "decide")
    (golden,) = engine.rows(GoldenRow)
    empty = plan_for(engine, token)

    engine.store.write(replace(empty, unmoved=((golden.id, golden.version),)))
    with pytest.raises(WorldMoved):
        engine.store.write(replace(empty, unmoved=((golden.id, golden.version - 1),)))


def test_a_submission_is_settled_once(engine: Engine) -> None:
    engine.push("e1", person(1))
    token = lease(engine, "decide")
    with engine.store.snapshot() as snapshot:
        settle = PlanSealer(snapshot, engine.clock.now()).seal(
            Plan(settlements=[Settlement(engine.rows(Inbox)[0].id, Settled.TEST)]), "decide", token
        )
    engine.store.write(settle)

    with pytest.raises(WorldMoved):
        engine.store.write(settle)


def test_a_conflict_of_one_outcome_leaves_the_others_of_its_pass_alone(engine: Engine) -> None:
    one, two = level_link(engine, 1), level_link(engine, 2)
    token = lease(engine)
    outcomes = (
        LinkOutcome(one.id, "level", 5, None, remote_id="lead-2"),
        LinkOutcome(two.id, "level", 5, None, remote_id="lead-2", ticket="t9"),
    )

    engine.store.write(RecordOutcomes(WORKSPACE, LANE, token, engine.clock.now(), outcomes))

    after = {row.id: row for row in engine.rows(LinkRow)}
    assert (after[one.id].state, after[one.id].reason_code, after[one.id].remote_id) == ("parked", "remote_taken", "lead-1")
    assert (after[two.id].state, after[two.id].ticket) == ("level", "t9")


def test_what_an_outcome_does_not_speak_of_stays(engine: Engine) -> None:
    link = level_link(engine)
    token = lease(engine)
    marked = LinkOutcome(link.id, "level", 1, None, refused_fields={"a": "no"})
    engine.store.write(RecordOutcomes(WORKSPACE, LANE, token, engine.clock.now(), (marked,)))

    later = engine.clock.now() + timedelta(minutes=1)
    engine.store.write(RecordOutcomes(WORKSPACE, LANE, token, engine.clock.now(), (LinkOutcome(link.id, "behind", 0, later),)))

    (row,) = engine.rows(LinkRow)
    assert (row.refused_fields, row.remote_id, row.next_at) == ({"a": "no"}, "lead-1", later)
    assert row.sealed_sent == link.sealed_sent


def test_a_pushed_id_that_is_never_given_ends_in_quarantine_like_everything_else(engine: Engine) -> None:
    engine.push("e1", {}, record=None)
    token = lease(engine)
    gone = Fetched(engine.rows(Inbox)[0].id, "quarantined", reason_code="not_found", reason="gone")

    engine.store.write(StoreFetched(WORKSPACE, (gone,), LANE, token, engine.clock.now(), "decide"))

    (row,) = engine.rows(Inbox)
    assert (row.state, row.outcome, row.reason_code) == ("quarantined", "quarantined", "not_found")

    assert engine.replay() == 1
    (row,) = engine.rows(Inbox)
    assert (row.state, row.outcome, row.attempts) == ("to_read", None, 0)


def test_an_outcome_worked_out_before_something_was_learnt_of_its_link_is_given_back(engine: Engine) -> None:
    link, other = level_link(engine, 1), level_link(engine, 2)
    token = lease(engine)
    with engine.store.snapshot() as snapshot:
        known = read_agreements(snapshot, [link.id, other.id])
        columns = {each: agreement_columns(known[each], lambda _, content: content) for each in known}
    first = LinkOutcome(link.id, "level", 5, None, known=columns[link.id], known_version=known[link.id].version)
    engine.store.write(RecordOutcomes(WORKSPACE, LANE, token, engine.clock.now(), (first,)))

    second = LinkOutcome(other.id, "level", 5, None, known=columns[other.id], known_version=known[other.id].version)
    late = replace(first, state="parked", reason_code="late")
    stale = engine.store.write(RecordOutcomes(WORKSPACE, LANE, token, engine.clock.now(), (late, second)))

    after = {row.id: row for row in engine.rows(LinkRow)}
    assert stale == (link.id,)
    assert (after[link.id].state, after[other.id].known_version) == ("level", known[other.id].version + 1)
