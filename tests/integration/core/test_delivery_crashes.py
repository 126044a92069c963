"""Law 2, exhaustively: whatever boundary a process dies at, and whatever answer is lost, nobody is created twice."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import pytest

from connectors.memory.faults import Dial, MemoryFault
from core.contract import Unavailable
from core.flow.mapping.model import SyncMapping
from core.store.tables import LinkRow
from tests.support.builders import by_match, person, rules, sync_mapping
from tests.support.engine import Engine, running

PEOPLE = 2
WAYS = {"external id": sync_mapping, "natural key": by_match}
LAGS = (0.0, 5.0, 30.0)
FAULTS = (MemoryFault.TIMEOUT, MemoryFault.RESET_AFTER, MemoryFault.SERVER_ERROR)


def start(mapping: SyncMapping, lag: float = 5.0) -> Engine:
    engine = Engine(rules(mapping), remote={"search_lag_seconds": lag}, find_lag=lag)
    for number in range(PEOPLE):
        engine.push(f"e{number}", person(number))
    engine.boundaries.passed.clear()
    return engine


def live_to_the_end(engine: Engine) -> int:
    """Run until all is quiet, through as many crashes as are planned; give their number."""
    crashes = 0
    while engine.survive(engine.settle):
        crashes += 1
    return crashes


def assert_each_person_once(engine: Engine) -> None:
    mails = sorted(record["email"] for record in engine.crm.records().values())
    assert mails == [f"ada{number}@example.com" for number in range(PEOPLE)]
    links = engine.rows(LinkRow)
    assert [link.state for link in links] == ["level"] * PEOPLE
    assert {link.remote_id for link in links} == set(engine.crm.records())


def boundaries_of(mapping: SyncMapping) -> int:
    engine = start(mapping)
    engine.settle()
    engine.close()
    return len(engine.boundaries.passed)


@pytest.mark.parametrize("way", WAYS)
def test_a_crash_at_any_boundary_doubles_nobody(way: str) -> None:
    mapping = WAYS[way]()
    for death in range(1, boundaries_of(mapping) + 1):
        engine = start(mapping)
        engine.boundaries.deaths = {death}

        assert live_to_the_end(engine) == 1

        assert_each_person_once(engine)
        engine.close()


@pytest.mark.parametrize("way", WAYS)
def test_two_crashes_at_any_boundaries_double_nobody(way: str) -> None:
    mapping = WAYS[way]()
    count = boundaries_of(mapping)
    for first, gap in itertools.product(range(1, count + 1), (1, 4)):
        engine = start(mapping)
        engine.boundaries.deaths = {first, first + gap}

        assert live_to_the_end(engine) >= 1

        assert_each_person_once(engine)
        engine.close()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("lag", LAGS)
@pytest.mark.parametrize("faults", [(a,) for a in FAULTS] + list(itertools.product(FAULTS, FAULTS)), ids=str)
def test_lost_answers_double_nobody_however_late_the_search_knows(way: str, lag: float, faults: tuple[MemoryFault, ...]) -> None:
    engine = start(WAYS[way](), lag)
    for fault in faults:
        engine.crm.remote.faults.set(Dial(fault, writing_only=True))

    engine.settle()

    assert_each_person_once(engine)
    engine.close()


@pytest.mark.parametrize("way", WAYS)
def test_a_lost_answer_and_then_a_crash_at_any_boundary_double_nobody(way: str) -> None:
    mapping = WAYS[way]()
    for death in range(1, boundaries_of(mapping) + 6):
        engine = start(mapping)
        engine.crm.remote.faults.set(Dial(MemoryFault.RESET_AFTER, writing_only=True))
        engine.boundaries.deaths = {death}

        live_to_the_end(engine)

        assert_each_person_once(engine)
        engine.close()


def test_a_call_that_was_under_way_for_long_is_waited_for_before_the_search() -> None:
    # given a create that the remote applies only at the end of a minute, and a search that lags behind it
    def slow(verb: str, batch: object) -> None:
        if verb == "write" and not engine.crm.records():
            engine.clock.advance(59)

    with running(rules(by_match()), remote={"search_lag_seconds": 30.0}, find_lag=30.0, spoil=slow) as engine:
        engine.push("e1", person(1))
        engine.crm.remote.faults.set(Dial(MemoryFault.RESET_AFTER, writing_only=True))

        engine.settle()

        assert len(engine.crm.records()) == 1


def test_a_remote_that_goes_on_working_after_we_have_hung_up_doubles_nobody() -> None:
    # given a create that is given up at once, but that the remote carries out 40 seconds later all the same
    begun: list[datetime] = []
    arrived: list[datetime] = []

    def arrive() -> None:
        if begun and not arrived and engine.clock.now() >= begun[0] + timedelta(seconds=40):
            arrived.append(begun[0] + timedelta(seconds=40))
            engine.crm.remote.create("lead", person(1), now=arrived[0])

    def hangs(verb: str, batch: object) -> None:
        arrive()
        if verb == "write" and not begun:
            begun.append(engine.clock.now())
            raise Unavailable("No answer.", outcome_unknown=True)

    with running(rules(by_match()), spoil=hangs) as engine:
        engine.push("e1", person(1))

        engine.settle()
        engine.clock.advance(40)
        arrive()

        assert arrived
        assert len(engine.crm.records()) == 1


def test_a_create_that_can_not_be_searched_for_is_set_aside_when_its_answer_is_lost() -> None:
    # given a person without the e-mail address by which records are found
    with running(rules(by_match())) as engine:
        engine.push("e1", {"phone": "+4930231250", "first_name": "Ada", "last_name": "Byron"})
        engine.crm.remote.faults.set(Dial(MemoryFault.RESET_AFTER, writing_only=True))

        engine.settle()

        (link,) = engine.rows(LinkRow)
        assert (link.state, link.reason_code) == ("parked", "outcome_unknown")
        assert len(engine.crm.records()) == 1


def test_a_refused_call_is_simply_made_again() -> None:
    # given a rate limit, which says that nothing was done
    with running(rules(by_match())) as engine:
        engine.push("e1", {"phone": "+4930231250", "first_name": "Ada", "last_name": "Byron"})
        engine.crm.remote.faults.set(Dial(MemoryFault.RATE_LIMITED, retry_after=7.0, writing_only=True))

        engine.settle()

        assert [link.state for link in engine.rows(LinkRow)] == ["level"]
        assert len(engine.crm.records()) == 1


def test_a_connector_that_breaks_after_its_creates_were_applied_doubles_nobody() -> None:
    # given a connector with a bug: it cannot read the answer to any create of more than one record
    with running(rules(by_match())) as engine:
        inner = engine.crm.connector._inner
        honest = inner.write

        def broken(batch: list[object]) -> object:
            receipts = honest(batch)
            if len(batch) > 1:
                raise KeyError("id")
            return receipts

        inner.write = broken
        for number in range(PEOPLE):
            engine.push(f"e{number}", person(number))

        engine.settle()

        assert_each_person_once(engine)
