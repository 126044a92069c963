"""Delivery runs taken back, through the lanes of a running engine: what was written goes back, and stays back."""

from __future__ import annotations

from typing import Any

import pytest

from core.runtime.desk.conflicts import Filter, list_conflicts
from core.runtime.desk.undo import CannotUndo, UndoPlan, Why, enter_undo, plan_undo
from core.store.queries.status import last_runs
from tests.support.engine import Engine
from tests.support.two_crms import BOTH, audit, both, cities, edit, go, only, quiet, submit


def delivery_runs(engine: Engine, name: str = "crm") -> list[str]:
    """The ids of a connection's delivery runs, oldest first."""
    with engine.store.snapshot() as snapshot:
        return [run.id for run in reversed(last_runs(snapshot, 100, f"deliver:{name}:lead")) if run.counts.get("updated")]


def planned(engine: Engine, name: str = "crm") -> UndoPlan:
    """What taking the last update of a connection back would do."""
    return plan_undo(engine.store, engine.rules, delivery_runs(engine, name)[-1])


def undo(engine: Engine, plan: UndoPlan) -> None:
    engine.clock.advance(60)
    enter_undo(engine.store, plan, "admin", engine.clock.now())


def test_what_is_undone_stays_undone_on_both_sides_until_a_form_says_something() -> None:
    with both() as engine:
        submit(engine, "e2", city="Paris", first_name="Augusta")
        quiet(engine)
        plan = planned(engine)
        assert sorted((each.field, each.now, each.back_to) for each in plan.restores) == [
            ("city", "Paris", "London"),
            ("first_name", "Augusta", "Ada"),
        ]
        assert (plan.stays, plan.records, plan.of, plan.is_many) == ((), 1, 1, False)

        undo(engine, plan)
        quiet(engine)
        assert cities(engine) == ["London", "London"]
        assert [only(engine, name)[1]["first_name"] for name in BOTH] == ["Ada", "Ada"]
        assert audit(engine) == [("admin", "run.undo", "1 records, 2 fields")]

        submit(engine, "e3", city="Torquay")
        quiet(engine)
        assert cities(engine) == ["Torquay", "Torquay"]


def test_the_undoing_can_be_undone() -> None:
    with both() as engine:
        submit(engine, "e2", city="Paris")
        quiet(engine)
        undo(engine, planned(engine))
        quiet(engine)

        undo(engine, planned(engine))
        quiet(engine)

        assert cities(engine) == ["Paris", "Paris"]


def reasons(plan: UndoPlan) -> dict[str, Why]:
    return {each.field: each.code for each in plan.stays}


def test_a_field_that_was_changed_since_is_left_as_it_is() -> None:
    with both() as engine:
        submit(engine, "e2", city="Paris", first_name="Augusta", last_name="Lovelace")
        quiet(engine)
        run = delivery_runs(engine)[-1]
        edit(engine, "crm", city="Ockham")
        quiet(engine)
        submit(engine, "e3", city="Ockham", first_name="Ada Augusta", last_name="Lovelace")
        engine.decide()

        plan = plan_undo(engine.store, engine.rules, run)

        assert [(each.field, each.back_to) for each in plan.restores] == [("last_name", "Byron")]
        assert reasons(plan) == {"city": Why.MOVED_HERE, "first_name": Why.MOVED_HERE}


def test_a_field_that_differs_there_by_rule_is_left_as_it_is() -> None:
    with both(authority="ours") as engine:
        submit(engine, "e2", city="Paris")
        quiet(engine)
        edit(engine, "crm", city="Ockham")
        quiet(engine)

        assert reasons(planned(engine)) == {"city": Why.MOVED_THERE}


def test_a_line_of_one_way_and_a_blank_are_not_put_back() -> None:
    fields = {name: name for name in ("email", "company", "city")} | {"last_name": {"from": "last_name", "direction": "to"}}
    with both(fields=fields) as engine:
        submit(engine, "e2", last_name="Lovelace", company="Engines", city="Paris")
        quiet(engine)

        plan = planned(engine)

        assert [each.field for each in plan.restores] == ["city"]
        assert reasons(plan) == {"last_name": Why.ONE_WAY, "company": Why.UNKNOWN}


def test_a_blank_that_was_seen_is_not_put_back_without_the_right_to() -> None:
    with both() as engine:
        edit(engine, "crm", company="", title="")
        go(engine)
        submit(engine, "e2", company="Engines", title="Countess")
        quiet(engine)

        plan = planned(engine)

        assert [(each.field, each.back_to) for each in plan.restores] == [("title", "")]
        assert reasons(plan) == {"company": Why.NOT_CARRIED}
        undo(engine, plan)
        quiet(engine)
        assert [only(engine, name)[1].get("title") or "" for name in BOTH] == ["", ""]


def test_records_that_the_run_created_or_that_are_gone_are_told() -> None:
    with both() as engine:
        with engine.store.snapshot() as snapshot:
            (first,) = [run.id for run in last_runs(snapshot, 100, "deliver:crm:lead") if run.counts.get("created")]
        submit(engine, "e2", city="Paris")
        quiet(engine)
        engine.crm.remote.delete("lead", only(engine, "crm")[0], now=engine.clock.now())
        go(engine)

        assert reasons(plan_undo(engine.store, engine.rules, first)) == {"": Why.CREATED}
        assert reasons(planned(engine)) == {"": Why.NOT_WRITTEN}


def test_an_erased_person_is_told() -> None:
    with both() as engine:
        submit(engine, "e2", city="Paris")
        quiet(engine)
        engine.store.write(DestroyKeys())

        assert reasons(planned(engine)) == {"": Why.ERASED}
        assert list_conflicts(engine.store, engine.rules, Filter(), 100) == []


class DestroyKeys:
    """What erasure does to the keys of all people."""

    def apply(self, tx: Any) -> None:
        tx.exec_driver_sql("UPDATE subject_key SET wrapped = NULL")


def test_a_run_of_many_records_is_more_than_the_safety_stop_lets_pass() -> None:
    with both() as engine:
        for round_number, city in enumerate(("London", "Paris")):
            engine.clock.advance(600)
            for number in range(11):
                engine.push(f"m{round_number}-{number}", {"email": f"m{number}@example.com", "last_name": f"M{number}", "city": city})
            quiet(engine)

        plan = planned(engine)
        assert (plan.records, plan.of, plan.is_many) == (11, 12, True)


def test_runs_that_wrote_nothing_say_what_they_are() -> None:
    with both() as engine:
        with engine.store.snapshot() as snapshot:
            runs = {run.lane: run.id for run in last_runs(snapshot, 100)}

        for lane, words in {"decide": "decided what came in", "read:crm:lead": "read a CRM"}.items():
            with pytest.raises(CannotUndo, match=words):
                plan_undo(engine.store, engine.rules, runs[lane])
        with pytest.raises(CannotUndo, match="no run 'nothing'"):
            plan_undo(engine.store, engine.rules, "nothing")
