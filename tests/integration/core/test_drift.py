"""Comparing with a CRM completely: what differs and why, what is missing, doubled and strange, and repairing it."""

from __future__ import annotations

from typing import Any

import pytest

from core.runtime.adoption import AdoptionRehearsal
from core.runtime.drift import Comparison
from core.runtime.drift_repair import plan_repair, repair
from core.runtime.lanes.names import LaneKind, LaneName
from core.store.tables import LinkRow
from tests.support.builders import inbound_mapping, rules, sync_mapping
from tests.support.engine import Engine, running

ADA = {"email": "ada@example.com", "first_name": "Ada", "last_name": "Byron", "city": "London"}


def engine_of(**changes: Any) -> Any:
    return running(rules(sync_mapping(**changes), inbound=[inbound_mapping()]))


def compared(engine: Engine, limit: int = 20) -> Comparison:
    made = Comparison(engine.store, engine.connections, engine.rules.sync[0], engine.clock.now, limit)
    made.run()
    return made


def read_all(engine: Engine) -> None:
    engine.wake(LaneName(LaneKind.READ, "crm", "lead"))
    engine.settle()


def known(engine: Engine, count: int = 1) -> list[str]:
    """So many people, written and read; the ids of their records."""
    for number in range(count):
        engine.push(f"e{number}", ADA | {"email": f"ada{number}@example.com", "first_name": f"Ada{number}"})
    engine.settle()
    read_all(engine)
    engine.clock.advance(3600)
    return sorted(engine.crm.records())


def edit(engine: Engine, remote_id: str, **fields: Any) -> None:
    engine.clock.advance(60)
    engine.crm.remote.edit("lead", remote_id, fields, now=engine.clock.now())


def test_sides_that_agree_have_no_drift() -> None:
    with engine_of() as engine:
        known(engine, 3)
        found = compared(engine).found
        assert (found.read, found.level, found.differs, found.has_drift) == (3, 3, 0, False)


def test_each_difference_says_which_side_has_not_followed() -> None:
    with engine_of(authority="ours") as engine:
        ids = known(engine, 3)
        edit(engine, ids[0], city="Ockham")
        read_all(engine)
        edit(engine, ids[1], city="Torquay")
        engine.push("e9", ADA | {name: engine.crm.records()[ids[2]][name] for name in ("email", "first_name")} | {"city": "Paris"})
        engine.decide()
        engine.clock.advance(60)
        found = compared(engine).found

        whys = {(row.remote_id, each.field, each.ours, each.theirs, each.why.value) for row in found.rows for each in row.fields}
        assert whys == {
            (ids[0], "city", "London", "Ockham", "diverged"),
            (ids[1], "city", "London", "Torquay", "theirs_not_taken_in"),
            (ids[2], "city", "Paris", "London", "ours_not_written"),
        }
        assert found.fields == {"diverged": 1, "theirs_not_taken_in": 1, "ours_not_written": 1}


def test_only_what_cannot_be_found_by_its_id_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with engine_of() as engine:
        hidden, gone, _ = known(engine, 3)
        engine.crm.remote.delete("lead", gone, now=engine.clock.now())
        page = engine.crm.remote.page
        monkeypatch.setattr(
            engine.crm.remote, "page", lambda *words: ([row for row in page(*words)[0] if row.id != hidden], page(*words)[1])
        )
        found = compared(engine).found
        assert (found.not_shown, found.missing, [remote_id for _, remote_id in found.missing_rows]) == (2, 1, [gone])
        assert (found.read, found.level) == (2, 2)


def test_doubles_and_strangers_are_told() -> None:
    with engine_of() as engine:
        (mine,) = known(engine)
        again = engine.crm.remote.create("lead", dict(ADA) | {"email": "ada0@example.com"}, now=engine.clock.now()).id
        engine.crm.remote.create("lead", {"last_name": "Nobody"}, now=engine.clock.now())
        found = compared(engine).found
        assert (found.doubles, found.unknown_of_ours, found.strangers) == (1, 1, 1)
        assert [set(records) for _, records in found.double_rows] == [{mine, again}]


def test_a_repair_takes_in_what_was_missed_and_leaves_what_differs_by_rule() -> None:
    with running(
        rules(sync_mapping(), sync_mapping(name="hub-leads", to={"connection": "hub", "object": "lead"}), inbound=[inbound_mapping()]),
        connections=("crm", "hub"),
    ) as engine:
        known(engine)
        (mine,) = engine.crm.records()
        edit(engine, mine, city="Ockham")
        made = compared(engine)
        assert plan_repair(engine.store, made, enforce=False).taken_in == 1
        repair(engine.store, made, engine.clock.now, enforce=False)
        engine.settle()

        assert [fields["city"] for fields in engine.crms["hub"].records().values()] == ["Ockham"]
        assert not compared(engine).found.has_drift


def test_ours_is_enforced_where_it_is_asked_for() -> None:
    with engine_of(authority="ours") as engine:
        (mine,) = known(engine)
        edit(engine, mine, city="Ockham")
        read_all(engine)
        made = compared(engine)
        assert plan_repair(engine.store, made, enforce=False).is_empty
        assert plan_repair(engine.store, made, enforce=True).enforced == 1
        repair(engine.store, made, engine.clock.now, enforce=True)
        engine.settle()

        assert engine.crm.records()[mine]["city"] == "London"
        assert not compared(engine).found.has_drift


def test_a_missing_record_is_set_aside_by_the_repair_and_not_deleted() -> None:
    with engine_of(on_delete="archive") as engine:
        known(engine)
        (mine,) = engine.crm.records()
        engine.crm.remote.delete("lead", mine, now=engine.clock.now())
        engine.crm.remote.forget_deleted()
        made = compared(engine)
        repair(engine.store, made, engine.clock.now, enforce=False)
        engine.settle()
        assert [(row.state, row.reason_code) for row in engine.rows(LinkRow)] == [("parked", "unreadable_there")]


def test_a_repair_of_many_asks_first() -> None:
    with engine_of() as engine:
        for remote_id in known(engine, 12):
            edit(engine, remote_id, city="Ockham")
        assert plan_repair(engine.store, compared(engine), enforce=False).is_too_much


def test_the_rows_are_limited_and_the_counts_are_not() -> None:
    with engine_of() as engine:
        for remote_id in known(engine, 5):
            edit(engine, remote_id, city="Ockham")
        found = compared(engine, limit=2).found
        assert (len(found.rows), found.differs) == (2, 5)


def test_an_adoption_is_foretold_without_a_trace() -> None:
    with engine_of(new_records="take") as engine:
        now = engine.clock.now()
        for number in range(3):
            engine.push(f"e{number}", ADA | {"email": f"ada{number}@example.com", "first_name": f"Ada{number}"})
        engine.push("e8", ADA | {"email": "phone@example.com", "phone": "+44 20 7946 0018", "first_name": "Phone"})
        engine.decide()
        first = ADA | {"email": "ada0@example.com", "first_name": "Ada0"}
        engine.crm.remote.create("lead", {name: value for name, value in first.items() if name != "city"}, now=now)
        for _ in range(2):
            engine.crm.remote.create("lead", {"email": "ada1@example.com", "last_name": "Byron"}, now=now)
        engine.crm.remote.create("lead", {"email": "new@example.com", "last_name": "New"}, now=now)
        engine.crm.remote.create("lead", {"last_name": "Nobody"}, now=now)
        found = AdoptionRehearsal(engine.store, engine.connections, engine.rules.sync[0], engine.clock.now).run()

        assert (found.records, found.linked, found.match, found.create, found.several_records) == (5, 0, 1, 2, 1)
        assert (found.strangers, found.taken) == (2, 1)
        assert found.fill >= 1
        assert not engine.crm.connector.writes
        assert all(row.remote_id is None for row in engine.rows(LinkRow))
