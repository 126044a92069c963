"""Two-way sync when changes, readings and our own writes overtake each other, or an automation there meddles."""

from __future__ import annotations

from typing import Any

from core.store.tables import LinkRow
from tests.support.builders import inbound_mapping, rules
from tests.support.crm_pair import ADA, BOTH, both, edit, only, quiet, two_way


def test_an_edit_of_another_field_just_before_our_write_is_taken_in() -> None:
    with both() as engine:
        engine.push("e1", ADA)
        quiet(engine)

        engine.clock.advance(5)
        engine.crm.remote.edit("lead", only(engine, "crm")[0], {"city": "Ockham"}, now=engine.clock.now())
        engine.push("e2", {"email": ADA["email"], "company": "Engines"})
        engine.settle()
        quiet(engine)

        assert [only(engine, name)[1]["city"] for name in BOTH] == ["Ockham", "Ockham"]


def test_what_an_automation_there_makes_of_our_write_is_taken_in() -> None:
    with both() as engine:
        engine.crm.remote.normalise = lambda _, fields: fields | ({"city": fields["city"].upper()} if fields.get("city") else {})
        engine.push("e1", ADA)
        engine.clock.advance(1)
        quiet(engine)

        assert [only(engine, name)[1]["city"] for name in BOTH] == ["LONDON", "LONDON"]


def test_a_field_that_stays_as_it_was_whatever_we_write_is_listed() -> None:
    with both(authority="ours", fields={"email": "email", "last_name": "last_name", "city": {"from": "city", "enforce": True}}) as engine:
        engine.crm.remote.normalise = lambda _, fields: fields | ({"city": "ATLANTIS"} if "city" in fields else {})
        engine.push("e1", ADA)
        quiet(engine)

        assert [row.diverged_fields for row in engine.rows(LinkRow) if row.connection == "crm"] == [["city"]]


def test_a_record_that_was_out_of_sight_and_is_seen_again_goes_on() -> None:
    with both() as engine:
        engine.push("e1", ADA)
        quiet(engine)
        record_id = only(engine, "crm")[0]
        row = engine.crm.remote.table("lead").rows.pop(record_id)
        engine.push("ref", {}, connection="crm", object="lead", native_id=record_id, record=None)
        engine.settle()
        assert {row.reason_code for row in engine.rows(LinkRow) if row.connection == "crm"} == {"unreadable_there"}

        engine.crm.remote.table("lead").rows[record_id] = row
        engine.crm.remote.edit("lead", record_id, {"owner": None, "website": "https://example.com"}, now=engine.clock.now())
        quiet(engine)

        assert {row.state for row in engine.rows(LinkRow)} == {"level"}


def test_a_change_that_does_not_count_is_listed_also_after_the_mapping_was_renamed() -> None:
    with both(authority="ours") as engine:
        engine.push("e1", ADA)
        quiet(engine)

        engine.rules = rules(*[two_way(name, name=f"{name}-people", authority="ours") for name in BOTH], inbound=[inbound_mapping()])
        edit(engine, "crm", city="Ockham")
        quiet(engine)

        assert [row.diverged_fields for row in engine.rows(LinkRow) if row.connection == "crm"] == [["city"]]


def test_what_is_to_be_enforced_while_a_write_is_on_its_way_is_written_after_it() -> None:
    lines = {"email": "email", "last_name": "last_name", "company": "company", "city": {"from": "city", "enforce": True}}
    with both(authority="ours", fields=lines) as engine:
        engine.push("e1", ADA)
        quiet(engine)
        write, record_id = engine.crm.connector.write, only(engine, "crm")[0]

        def overtaken(batch: Any) -> Any:
            engine.crm.connector.write = write  # type: ignore[method-assign]
            engine.crm.remote.edit("lead", record_id, {"city": "Ockham"}, now=engine.clock.now())
            engine.read("crm")
            engine.decide()
            return write(batch)

        engine.push("e2", {"email": ADA["email"], "company": "Engines"})
        engine.crm.connector.write = overtaken  # type: ignore[method-assign]
        quiet(engine)

        assert only(engine, "crm")[1]["city"] == "London"


def test_a_field_that_moved_on_both_sides_waits_for_a_person_where_the_mapping_says_so() -> None:
    with both(on_conflict="hold") as engine:
        engine.push("e1", ADA)
        quiet(engine)
        engine.clock.advance(600)

        engine.push("e2", ADA | {"city": "Paris"})
        engine.decide()
        edit(engine, "crm", city="Ockham")
        quiet(engine)

        assert only(engine, "crm")[1]["city"] == "Ockham"
        assert [row.frozen_fields for row in engine.rows(LinkRow) if row.connection == "crm"] == [{"city": "held"}]
