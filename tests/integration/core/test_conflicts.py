"""A person's word on fields that are left different, through the lanes of a running engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from core.runtime.desk.conflicts import CannotDecide, Conflict, Filter, Kind, Side, decide, enter, list_conflicts, release
from core.runtime.metrics import metrics_text
from core.store.queries.conflicts import fields_apart
from core.store.queries.status import counted_events
from core.store.tables import LinkRow, ObservationRow
from tests.support.builders import inbound_mapping, rules
from tests.support.engine import Engine, running
from tests.support.two_crms import ADA, BOTH, audit, both, cities, edit, go, only, quiet, submit, two_way

PLAIN = {"email": "email", "first_name": "first_name", "last_name": "last_name"}


def listed(engine: Engine, **chosen: Any) -> list[Conflict]:
    return list_conflicts(engine.store, engine.rules, Filter(**chosen), 100)


def resolve(engine: Engine, conflict: Conflict, side: Side, value: str | None = None) -> Any:
    engine.clock.advance(60)
    decision = decide(engine.store, engine.rules, (conflict.link, conflict.field), (side, value))
    enter(engine.store, engine.clock.now(), "admin", decision)
    return decision


def diverge(engine: Engine) -> Conflict:
    edit(engine, "crm", city="Ockham")
    go(engine)
    (found,) = listed(engine)
    return found


def test_a_field_left_different_is_listed_with_both_values_and_its_line() -> None:
    with both(authority="ours") as engine:
        found = diverge(engine)

        assert (found.kind, found.connection, found.field, found.golden) == (Kind.DIVERGED, "crm", "city", ("city",))
        assert (found.ours, found.sent, found.theirs) == ("London", "London", "Ockham")
        assert found.mapping.startswith("crm-leads:") and found.remote_id == only(engine, "crm")[0]
        assert [(each.connection, each.field, each.theirs) for each in found.elsewhere] == [("hub", "city", "London")]
        assert listed(engine, kind=Kind.FROZEN) == [] and listed(engine, connection="hub") == [] and listed(engine, object="deal") == []


def counted(engine: Engine) -> dict[tuple[str, str], int]:
    with engine.store.snapshot() as snapshot:
        return fields_apart(snapshot)


def test_fields_of_a_record_that_is_gone_are_neither_listed_nor_counted() -> None:
    with both(authority="ours") as engine:
        diverge(engine)
        assert counted(engine) == {("crm", "diverged"): 1}
        engine.crm.remote.delete("lead", only(engine, "crm")[0], now=engine.clock.now())
        go(engine)

        assert counted(engine) == {} and listed(engine) == []


def test_their_value_goes_to_every_side_and_holds_until_somebody_speaks() -> None:
    with both(authority="ours") as engine:
        decision = resolve(engine, diverge(engine), Side.THEIRS)
        assert decision.golden == {"city": "Ockham"}
        assert [(each.connection, each.now, each.then) for each in decision.follows] == [("hub", "London", "Ockham")]
        quiet(engine)

        assert cities(engine) == ["Ockham", "Ockham"] and listed(engine) == []
        assert audit(engine) == [("admin", "conflicts.resolve", "field: city, by: theirs")]

        submit(engine, "e2", city="Paris")
        quiet(engine)
        assert cities(engine) == ["Paris", "Paris"]


def test_our_value_is_written_there() -> None:
    with both(authority="ours") as engine:
        decision = resolve(engine, diverge(engine), Side.OURS)
        assert [(each.connection, each.now, each.then) for each in decision.follows] == [("crm", "Ockham", "London")]
        quiet(engine)

        assert cities(engine) == ["London", "London"] and listed(engine) == []


def test_a_third_value_goes_to_both() -> None:
    with both(authority="ours") as engine:
        decision = resolve(engine, diverge(engine), Side.VALUE, "Torquay")
        assert sorted(each.connection for each in decision.follows) == ["crm", "hub"]
        quiet(engine)

        assert cities(engine) == ["Torquay", "Torquay"] and listed(engine) == []


def test_a_line_of_one_way_is_decided_for_ours_only() -> None:
    with both(fields=PLAIN | {"city": {"from": "city", "direction": "to"}}) as engine:
        found = diverge(engine)

        with pytest.raises(CannotDecide, match="one way"):
            decide(engine.store, engine.rules, (found.link, "city"), (Side.THEIRS, None))
        resolve(engine, found, Side.OURS)
        quiet(engine)

        assert cities(engine) == ["London", "London"]


def test_a_blank_is_not_taken_by_a_line_that_takes_none() -> None:
    with both() as engine:
        edit(engine, "crm", city=None)
        go(engine)
        (found,) = listed(engine)

        with pytest.raises(CannotDecide, match="empty: clear"):
            decide(engine.store, engine.rules, (found.link, "city"), (Side.THEIRS, None))


@pytest.mark.parametrize(("link", "field"), [("link:nobody", "city"), ("", "last_name")])
def test_what_is_not_listed_is_not_decided(link: str, field: str) -> None:
    with both(authority="ours") as engine:
        found = diverge(engine)

        with pytest.raises(CannotDecide, match="not left different"):
            decide(engine.store, engine.rules, (link or found.link, field), (Side.OURS, None))


@contextmanager
def held() -> Iterator[Engine]:
    """A field that moved on both sides under `on_conflict: hold`."""
    with both(on_conflict="hold") as engine:
        submit(engine, "e2", city="Paris")
        engine.decide()
        edit(engine, "crm", city="Ockham")
        quiet(engine)
        yield engine


def test_a_held_field_waits_and_is_decided() -> None:
    with held() as engine:
        (found,) = listed(engine)
        assert (found.kind, found.ours, found.theirs) == (Kind.HELD, "Paris", "Ockham")

        with pytest.raises(CannotDecide, match="hold it again"):
            release(engine.store, engine.rules, (found.link, "city"), ("admin", engine.clock.now()))
        resolve(engine, found, Side.THEIRS)
        quiet(engine)

        assert cities(engine) == ["Ockham", "Ockham"] and listed(engine) == []


def test_a_held_field_is_released_to_the_mapping_that_holds_no_more() -> None:
    with held() as engine:
        engine.rules = rules(*(two_way(name) for name in BOTH), inbound=[inbound_mapping()])
        (found,) = listed(engine)

        release(engine.store, engine.rules, (found.link, "city"), ("admin", engine.clock.now()))
        quiet(engine)

        assert cities(engine) == ["Ockham", "Ockham"] and listed(engine) == []


@contextmanager
def frozen(**changes: Any) -> Iterator[Engine]:
    """A workflow in one CRM answers every write of ours until the loop is broken."""
    with both(authority="ours", fields=PLAIN | {"city": {"from": "city", "enforce": True}}, **changes) as engine:
        for _ in range(12):
            go(engine, 1)
            record_id, fields = only(engine, "crm")
            if fields["city"] != "ATLANTIS":
                engine.crm.remote.edit("lead", record_id, {"city": "ATLANTIS"}, now=engine.clock.now() + timedelta(seconds=1))
            engine.clock.advance(120)
        yield engine


def test_a_frozen_field_is_listed_with_the_other_mappings_line_and_values() -> None:
    with frozen() as engine:
        (found,) = listed(engine)

        assert (found.kind, found.ours, found.theirs) == (Kind.FROZEN, "London", "ATLANTIS")
        (other,) = found.elsewhere
        assert (other.connection, other.ours, other.theirs) == ("hub", "London", "London")
        assert 'leadloom_fields_apart{connection="crm",kind="frozen"} 1.0' in metrics_text(engine.store, engine.clock)
        assert other.mapping.startswith("hub-leads:")


def test_a_released_field_is_followed_by_the_rules_of_its_line() -> None:
    with frozen() as engine:
        (found,) = listed(engine)

        stood = release(engine.store, engine.rules, (found.link, "city"), ("admin", engine.clock.now()))
        assert stood.kind is Kind.FROZEN
        quiet(engine)

        assert cities(engine) == ["London", "London"] and listed(engine) == []
        assert [row.bounces for row in engine.rows(LinkRow) if row.connection == "crm"] == [None]
        assert audit(engine) == [("admin", "conflicts.release", "field: city")]


def test_only_what_is_frozen_is_released() -> None:
    with both(authority="ours") as engine:
        found = diverge(engine)

        with pytest.raises(CannotDecide, match="not frozen"):
            release(engine.store, engine.rules, (found.link, "city"), ("admin", engine.clock.now()))


def test_a_second_record_of_a_person_is_listed_as_a_double() -> None:
    with both() as engine:
        engine.crm.remote.create("lead", dict(ADA), now=engine.clock.now())
        go(engine)

        (found,) = listed(engine)
        assert (found.kind, found.field, found.remote_id in engine.crm.records()) == (Kind.DOUBLE, "", True)


def test_records_that_match_twice_are_listed_as_ambiguous() -> None:
    mapping = two_way("crm", external_id=None, match="email")
    with running(rules(mapping, inbound=[inbound_mapping()]), connections=("crm",)) as engine:
        for _ in range(2):
            engine.crm.remote.create("lead", dict(ADA), now=engine.clock.now())
        engine.clock.advance(60)
        engine.push("e1", ADA)
        engine.settle()

        assert [each.kind for each in listed(engine)] == [Kind.AMBIGUOUS]


def test_echoes_are_counted_over_restarts() -> None:
    with both() as engine:

        def echoes() -> int:
            with engine.store.snapshot() as snapshot:
                return counted_events(snapshot).get(("echoes", "crm"), 0)

        first = echoes()
        assert f'leadloom_echoes_total{{connection="crm"}} {first}.0' in metrics_text(engine.store, engine.clock)
        assert 'event="echoes"' not in metrics_text(engine.store, engine.clock)
        engine.restart()
        submit(engine, "e2", city="Paris")
        go(engine)

        assert first > 0 and echoes() == first + 1


def test_what_a_person_decides_is_one_observation() -> None:
    with both(authority="ours") as engine:
        before = len(engine.rows(ObservationRow))
        found = diverge(engine)
        resolve(engine, found, Side.THEIRS)
        quiet(engine)

        assert len(engine.rows(ObservationRow)) == before + 2
