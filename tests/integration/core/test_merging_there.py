"""What becomes of two records of one CRM when their people are merged here: left, merged there, or told of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from connectors.memory.faults import Dial, MemoryFault
from core.model.ids import GoldenId
from core.runtime.desk.conflicts import Filter, list_conflicts
from core.runtime.desk.merging import merge, tell_different
from core.runtime.desk.unmerging import plan_unmerge, unmerge
from core.store.tables import GoldenRow, Inbox, LinkRow
from tests.support.builders import inbound_mapping, rules
from tests.support.crm_pair import quiet, two_way
from tests.support.engine import Engine, running

ADA = {"email": "ada@example.com", "first_name": "Ada", "last_name": "Byron", "city": "London"}
COUNTESS = {"email": "countess@example.org", "first_name": "Ada", "last_name": "Lovelace", "company": "Engines"}


@contextmanager
def crm(on_merge: str, **changes: Any) -> Iterator[Engine]:
    """One CRM with two people in it."""
    mapping = two_way(on_merge=on_merge, **changes)
    with running(rules(mapping, inbound=[inbound_mapping()]), connections=("crm", "hub")) as engine:
        engine.push("e1", ADA)
        engine.settle()
        engine.push("e2", COUNTESS)
        quiet(engine)
        assert len(engine.crm.records()) == 2
        yield engine


def join(engine: Engine) -> Any:
    """The two made one by a person."""
    ids = sorted(GoldenId(row.id) for row in engine.rows(GoldenRow) if row.state == "active")
    return merge(engine.store, engine.rules, (ids[0], ids[1]), by="person:ada", why="", now=engine.clock.now())


def links(engine: Engine) -> dict[str, tuple[str, str | None, str | None]]:
    """How the links of the CRM stand, by role."""
    return {row.role: (row.state, row.reason_code, row.errand) for row in engine.rows(LinkRow) if row.connection == "crm"}


def test_the_records_are_merged_there_and_the_survivor_is_level() -> None:
    with crm("merge") as engine:
        join(engine)
        assert links(engine)["secondary"] == ("behind", "to_merge", "merge")

        quiet(engine)

        ((_, fields),) = engine.crm.records().items()
        assert (fields["email"], fields["company"], fields["city"]) == ("countess@example.org", "Engines", "London")
        assert links(engine) == {"primary": ("level", None, None), "secondary": ("not_wanted", "merged_there", None)}
        assert len([row for row in engine.rows(GoldenRow) if row.state == "active"]) == 1
        assert {row.outcome for row in engine.rows(Inbox)} <= {"new", "no_news", "changed"}


@pytest.mark.parametrize("on_merge", ["relink", "flag"])
def test_without_it_both_records_stay_and_one_is_written(on_merge: str) -> None:
    with crm(on_merge) as engine:
        join(engine)
        quiet(engine)

        assert len(engine.crm.records()) == 2
        code = {"relink": "merged", "flag": "merge_flagged"}[on_merge]
        assert links(engine) == {"primary": ("level", None, None), "secondary": ("not_wanted", code, None)}
        listed = list_conflicts(engine.store, engine.rules, Filter(), 10)
        assert [each.kind.value for each in listed] == ([] if on_merge == "relink" else ["double"])


@pytest.mark.parametrize("fault", [MemoryFault.RESET_AFTER, MemoryFault.CUT_OFF_AFTER, MemoryFault.RESET, MemoryFault.RATE_LIMITED])
def test_a_lost_answer_neither_repeats_nor_forgets_a_merge(fault: MemoryFault) -> None:
    with crm("merge") as engine:
        join(engine)
        engine.crm.remote.faults.set(Dial(fault, writing_only=True))
        quiet(engine)
        engine.clock.advance(3600)
        quiet(engine)

        ((_, fields),) = engine.crm.records().items()
        assert fields["company"] == "Engines"
        assert links(engine) == {"primary": ("level", None, None), "secondary": ("not_wanted", "merged_there", None)}


def test_a_survivor_that_is_gone_there_parks_the_merge_and_a_replay_deletes_nothing() -> None:
    with crm("merge") as engine:
        join(engine)
        (kept,) = [row.remote_id for row in engine.rows(LinkRow) if row.connection == "crm" and row.role == "primary"]
        engine.crm.remote.delete("lead", str(kept), now=engine.clock.now())
        engine.settle()
        (other,) = [row for row in engine.rows(LinkRow) if row.connection == "crm" and row.role == "secondary"]
        assert other.state == "parked", (other.reason_code, other.reason)

        engine.replay()
        quiet(engine)

        assert list(engine.crm.records()) == [other.remote_id]


def test_what_was_merged_there_is_made_anew_on_approval_alone() -> None:
    with crm("merge") as engine:
        done = join(engine)
        quiet(engine)
        plan = plan_unmerge(engine.store, engine.rules, done.loser)
        assert [link.reason_code for link in plan.parting.gone_there] == ["merged_there"]
        unmerge(engine.store, engine.rules, plan, by="person:ada", now=engine.clock.now())
        quiet(engine)
        assert len(engine.crm.records()) == 1


def test_with_approval_the_lost_record_gets_a_new_one() -> None:
    with crm("merge") as engine:
        done = join(engine)
        quiet(engine)
        plan = plan_unmerge(engine.store, engine.rules, done.loser, recreate=True)
        unmerge(engine.store, engine.rules, plan, by="person:ada", now=engine.clock.now(), recreate=True)
        quiet(engine)
        assert {fields["email"] for fields in engine.crm.records().values()} == {"ada@example.com", "countess@example.org"}


def test_a_merge_that_is_taken_back_in_time_is_not_made_there() -> None:
    with crm("merge") as engine:
        done = join(engine)
        plan = plan_unmerge(engine.store, engine.rules, done.loser)
        unmerge(engine.store, engine.rules, plan, by="person:ada", now=engine.clock.now())
        quiet(engine)

        assert len(engine.crm.records()) == 2
        stand = [(row.role, row.state, row.errand) for row in engine.rows(LinkRow) if row.connection == "crm"]
        assert stand == [("primary", "level", None)] * 2


def test_a_merge_in_the_crm_does_not_overrule_who_was_told_apart() -> None:
    with crm("relink") as engine:
        one, other = sorted(GoldenId(row.id) for row in engine.rows(GoldenRow))
        tell_different(engine.store, (one, other), by="person:ada", now=engine.clock.now())
        first, second = sorted(engine.crm.records())
        engine.clock.advance(60)
        engine.crm.remote.merge("lead", first, [second], now=engine.clock.now())
        quiet(engine)

        assert sorted(row.id for row in engine.rows(GoldenRow) if row.state == "active") == [one, other]
        assert list(engine.crm.records()) == [first]
        closed = [row.reason for row in engine.rows(LinkRow) if row.connection == "crm" and row.reason_code == "merged_there"]
        assert len(closed) == 1 and "told it apart" in str(closed[0])
