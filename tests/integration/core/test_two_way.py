"""Two CRMs that both live: what people change in one is in the other, once, and nothing bounces."""

from __future__ import annotations

from datetime import timedelta

from core.store.tables import GoldenRow, Inbox, LinkRow, ObservationRow
from tests.support.crm_pair import ADA, BOTH, both, edit, go, hold, only, quiet


def test_an_edit_in_one_crm_is_in_the_other_and_does_not_come_back() -> None:
    with both() as engine:
        engine.push("e1", ADA)
        quiet(engine)

        edit(engine, "crm", city="Ockham")
        quiet(engine)

        assert [only(engine, name)[1]["city"] for name in BOTH] == ["Ockham", "Ockham"]
        assert len(engine.rows(GoldenRow)) == 1
        assert {row.state for row in engine.rows(LinkRow)} == {"level"}
        assert sum(1 for row in engine.rows(ObservationRow) if row.link_id) == 1


def test_a_record_made_in_one_crm_becomes_one_in_the_other() -> None:
    with both() as engine:
        engine.crms["hub"].remote.create("lead", {"email": "grace@example.com", "last_name": "Hopper"}, now=engine.clock.now())
        quiet(engine)

        assert only(engine, "crm")[1]["email"] == "grace@example.com"
        assert [row.outcome for row in engine.rows(Inbox) if row.connection == "hub"] == ["new"]


def test_the_later_edit_of_the_same_field_wins_on_both_sides() -> None:
    with both() as engine:
        engine.push("e1", ADA)
        quiet(engine)

        edit(engine, "crm", city="Ockham")
        edit(engine, "hub", city="Torquay")
        quiet(engine)

        assert [only(engine, name)[1]["city"] for name in BOTH] == ["Torquay", "Torquay"]


def test_where_ours_counts_a_change_there_is_listed_and_left() -> None:
    with both(authority="ours") as engine:
        engine.push("e1", ADA)
        quiet(engine)

        edit(engine, "crm", city="Ockham")
        quiet(engine)

        assert [only(engine, name)[1]["city"] for name in BOTH] == ["Ockham", "London"]
        assert sorted(row.diverged_fields or [] for row in engine.rows(LinkRow)) == [[], ["city"]]


def test_a_blank_there_empties_nothing() -> None:
    with both() as engine:
        engine.push("e1", ADA)
        quiet(engine)

        edit(engine, "crm", city=None)
        quiet(engine)

        assert only(engine, "hub")[1]["city"] == "London"


def test_a_blank_empties_where_the_line_says_so() -> None:
    with both() as engine:
        engine.push("e1", ADA | {"title": "Countess"})
        quiet(engine)

        edit(engine, "crm", title=None)
        quiet(engine)

        assert only(engine, "hub")[1].get("title") in (None, "")


def test_an_edit_just_before_our_write_is_not_overwritten() -> None:
    with both() as engine:
        engine.push("e1", ADA)
        quiet(engine)
        engine.clock.advance(600)

        engine.push("e2", ADA | {"city": "Paris"})
        engine.decide()
        edit(engine, "crm", city="Ockham")
        quiet(engine)

        assert [only(engine, name)[1]["city"] for name in BOTH] == ["Ockham", "Ockham"]


def test_records_that_were_there_before_are_taken_over_without_a_write() -> None:
    with both() as engine:
        for name in BOTH:
            engine.crms[name].remote.create("lead", dict(ADA), now=engine.clock.now())
        quiet(engine)

        assert len(engine.rows(GoldenRow)) == 1
        assert {row.state for row in engine.rows(LinkRow)} == {"level"}
        assert all(not crm.connector.writes for crm in engine.crms.values())


def test_a_deleted_record_is_not_made_anew_by_the_next_form() -> None:
    with both() as engine:
        engine.push("e1", ADA)
        quiet(engine)
        engine.crm.remote.delete("lead", only(engine, "crm")[0], now=engine.clock.now())
        quiet(engine)

        engine.push("e2", ADA | {"city": "Paris"})
        quiet(engine)

        assert engine.crm.records() == {}
        assert only(engine, "hub")[1]["city"] == "Paris"
        assert {row.reason_code for row in engine.rows(LinkRow) if row.connection == "crm"} == {"deleted_there"}


def test_a_deleted_record_is_made_anew_where_the_mapping_says_so() -> None:
    with both(recreate=True) as engine:
        engine.push("e1", ADA)
        quiet(engine)
        engine.crm.remote.delete("lead", only(engine, "crm")[0], now=engine.clock.now())
        quiet(engine)
        assert engine.crm.records() == {}

        engine.push("e2", ADA | {"city": "Paris"})
        quiet(engine)

        assert only(engine, "crm")[1]["city"] == "Paris"


def test_a_deletion_is_propagated_where_the_mapping_says_so() -> None:
    with both(on_delete="propagate") as engine:
        engine.push("e1", ADA)
        quiet(engine)
        engine.crm.remote.delete("lead", only(engine, "crm")[0], now=engine.clock.now())
        quiet(engine)

        assert engine.crms["hub"].records() == {}
        assert {row.reason_code for row in engine.rows(LinkRow)} == {"deleted_there", "deleted_by_us"}


def test_too_many_deletions_stop_and_ask() -> None:
    with both(on_delete="propagate") as engine:
        for number in range(15):
            engine.push(f"e{number}", ADA | {"email": f"ada{number}@example.com", "first_name": f"Ada{number}"})
        quiet(engine)
        for remote_id in list(engine.crm.records()):
            engine.crm.remote.delete("lead", remote_id, now=engine.clock.now())
        quiet(engine)

        assert len(engine.crms["hub"].records()) == 15
        assert {row.reason_code for row in engine.rows(LinkRow) if row.connection == "hub"} == {"safety_stop"}

        engine.replay()
        quiet(engine)
        assert engine.crms["hub"].records() == {}


def test_a_merge_there_takes_the_tie_to_the_survivor() -> None:
    with both() as engine:
        engine.push("e1", ADA)
        engine.push("e2", {"email": "countess@example.com", "last_name": "Lovelace"})
        quiet(engine)
        first, second = sorted(engine.crm.records())

        engine.clock.advance(60)
        engine.crm.remote.merge("lead", second, [first], now=engine.clock.now())
        quiet(engine)

        active = [row for row in engine.rows(GoldenRow) if row.state == "active"]
        assert len(active) == 1
        written = [row for row in engine.rows(LinkRow) if row.connection == "crm" and row.role == "primary"]
        assert [(row.remote_id, row.state) for row in written] == [(second, "level")]


def test_a_merge_with_a_stranger_moves_the_tie() -> None:
    with both(new_records="ignore") as engine:
        engine.push("e1", ADA)
        quiet(engine)
        ours = only(engine, "crm")[0]
        stranger = engine.crm.remote.create("lead", {"last_name": "Lovelace", "city": "Paris"}, now=engine.clock.now()).id

        engine.clock.advance(60)
        engine.crm.remote.merge("lead", stranger, [ours], now=engine.clock.now())
        quiet(engine)
        engine.push("e2", ADA | {"first_name": "Augusta"})
        quiet(engine)

        assert engine.crm.records()[stranger]["first_name"] == "Augusta"
        (row,) = [row for row in engine.rows(LinkRow) if row.connection == "crm"]
        assert (row.remote_id, row.state) == (stranger, "level")


def test_our_own_writes_cost_no_decision_when_they_come_back() -> None:
    with both() as engine:
        engine.push("e1", ADA)
        engine.settle()
        go(engine)

        assert [row.connection for row in engine.rows(Inbox)] == ["form"]


def test_a_workflow_that_always_answers_back_is_frozen() -> None:
    with both(authority="ours", fields={"email": "email", "city": {"from": "city", "enforce": True}, "last_name": "last_name"}) as engine:
        engine.push("e1", ADA)
        quiet_rounds = 0
        for _ in range(12):
            go(engine)
            record_id, fields = only(engine, "crm")
            if fields["city"] != "ATLANTIS":
                engine.crm.remote.edit("lead", record_id, {"city": "ATLANTIS"}, now=engine.clock.now() + timedelta(seconds=1))
            else:
                quiet_rounds += 1
            engine.clock.advance(120)

        assert quiet_rounds >= 3
        assert [row.frozen_fields for row in engine.rows(LinkRow) if row.connection == "crm"] == [{"city": "bounces"}]


def test_what_a_person_decides_holds_on_both_sides_until_somebody_says_otherwise() -> None:
    with both(authority="ours") as engine:
        engine.push("e1", ADA)
        quiet(engine)
        edit(engine, "crm", city="Ockham")
        quiet(engine)

        hold(engine, "crm", city="Ockham")
        quiet(engine)
        assert [only(engine, name)[1]["city"] for name in BOTH] == ["Ockham", "Ockham"]
        assert all(not row.diverged_fields for row in engine.rows(LinkRow))

        engine.clock.advance(60)
        engine.push("e2", ADA | {"city": "Paris"})
        quiet(engine)
        assert [only(engine, name)[1]["city"] for name in BOTH] == ["Paris", "Paris"]


def test_a_person_may_also_decide_for_ours() -> None:
    with both(authority="ours") as engine:
        engine.push("e1", ADA)
        quiet(engine)
        edit(engine, "crm", city="Ockham")
        quiet(engine)

        hold(engine, "crm", city="London")
        quiet(engine)

        assert [only(engine, name)[1]["city"] for name in BOTH] == ["London", "London"]
        assert all(not row.diverged_fields for row in engine.rows(LinkRow))


def test_a_refused_write_that_names_the_successor_is_followed_without_a_poll() -> None:
    """A one-way mapping reads nothing there, and hears of a merge with its next write alone."""
    with both(direction="to", new_records="ignore") as engine:
        engine.push("e1", ADA)
        engine.settle()
        ours = only(engine, "crm")[0]
        stranger = engine.crm.remote.create("lead", {"last_name": "Lovelace"}, now=engine.clock.now()).id
        engine.crm.remote.merge("lead", stranger, [ours], now=engine.clock.now())

        engine.push("e2", ADA | {"first_name": "Augusta"})
        engine.settle()

        assert engine.crm.records()[stranger]["first_name"] == "Augusta"
