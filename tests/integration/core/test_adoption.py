"""Records that are there already: found, adopted by the rule, shared by nobody."""

from __future__ import annotations

from typing import Any

from core.contract import Applied, Duplicate, Effect, Refused, Unavailable
from core.store.tables import LinkRow
from tests.support.builders import by_match, person, rules
from tests.support.engine import Engine, running


def link_of(engine: Engine, **wanted: Any) -> Any:
    (link,) = [row for row in engine.rows(LinkRow) if all(getattr(row, name) == value for name, value in wanted.items())]
    return link


def sent(engine: Engine) -> list[dict[str, Any]]:
    return [dict(write.fields) for batch in engine.crm.connector.writes for write in batch]


def answer_for(engine: Engine, chosen: Any, receipt: Any) -> None:
    """Have the remote answer the chosen writes differently; the others go through."""
    inner = engine.crm.connector._inner
    honest = inner.write

    def write(batch: Any) -> Any:
        others = iter(honest([each for each in batch if not chosen(each)]))
        return [receipt(each) if chosen(each) else next(others) for each in batch]

    inner.write = write


def test_an_existing_record_is_adopted_by_the_rule_and_filled_where_it_is_blank() -> None:
    with running(rules(by_match())) as engine:
        engine.crm.remote.create("lead", {"email": "ada1@example.com", "company": "Theirs"}, now=engine.clock.now())
        engine.clock.advance(60)
        engine.push("e0", person(1))

        engine.settle()

        (record,) = engine.crm.records().values()
        assert (record["company"], record["first_name"]) == ("Theirs", "Ada")
        link = link_of(engine)
        assert (link.state, link.remote_id, link.diverged_fields) == ("level", "lead-1", ["company"])


def test_what_stands_there_by_the_rule_is_not_written_until_our_side_moves() -> None:
    with running(rules(by_match())) as engine:
        engine.crm.remote.create("lead", {"email": "ada1@example.com", "company": "Theirs"}, now=engine.clock.now())
        engine.clock.advance(60)
        engine.push("e0", person(1))
        engine.settle()
        # when another field moves, and the first try of it fails
        engine.clock.advance(1)
        answer_for(
            engine, lambda write: "title" in write.fields and not engine.crm.connector.writes[1:], lambda write: Refused(Unavailable())
        )
        engine.crm.connector.writes.clear()
        engine.push("e1", person(1, title="Head"))
        engine.settle()

        assert link_of(engine).diverged_fields == ["company"]
        assert next(iter(engine.crm.records().values()))["company"] == "Theirs"
        # when our company moves
        engine.clock.advance(1)
        engine.push("e2", person(1, company="Ours"))
        engine.settle()
        assert next(iter(engine.crm.records().values()))["company"] == "Ours"
        assert link_of(engine).diverged_fields is None


def test_several_matches_are_left_to_a_person() -> None:
    with running(rules(by_match())) as engine:
        for company in ("One", "Two"):
            engine.crm.remote.create("lead", {"email": "ada1@example.com", "company": company}, now=engine.clock.now())
        engine.clock.advance(60)
        engine.push("e0", person(1))

        engine.settle()

        link = link_of(engine)
        assert (link.state, link.reason_code) == ("parked", "ambiguous")
        assert engine.crm.connector.writes == []


def test_a_record_that_another_person_holds_is_not_written_into() -> None:
    # given two people who share a role address; the search finds the first one's record for the second
    with running(rules(by_match())) as engine:
        engine.push("e0", person(1, email="sales@example.com", last_name="Byron"))
        engine.settle()
        engine.clock.advance(60)
        engine.crm.connector.writes.clear()

        engine.push("e1", person(2, email="sales@example.com", first_name="Grace", last_name="Hopper"))
        engine.settle()

        assert engine.crm.connector.writes == []
        assert link_of(engine, state="parked").reason_code == "remote_taken"
        (record,) = engine.crm.records().values()
        assert record["last_name"] == "Byron"


def test_two_people_of_one_batch_do_not_adopt_the_same_record() -> None:
    with running(rules(by_match())) as engine:
        engine.crm.remote.create("lead", {"email": "sales@example.com"}, now=engine.clock.now())
        engine.clock.advance(60)
        engine.push("e0", person(1, email="sales@example.com", last_name="Byron"))
        engine.push("e1", person(2, email="sales@example.com", first_name="Grace", last_name="Hopper"))

        engine.settle()

        assert sorted(link.state for link in engine.rows(LinkRow)) == ["level", "parked"]
        assert len(sent(engine)) == 1


def test_a_remote_record_that_turns_out_to_be_taken_parks_the_link() -> None:
    # given a remote that upserts the second person into the first one's record
    with running(rules()) as engine:
        engine.push("e0", person(1))
        engine.settle()
        answer_for(engine, lambda write: True, lambda write: Applied("lead-1", Effect.UPDATED))  # type: ignore[arg-type]  # an id
        engine.push("e1", person(2))

        engine.settle()

        parked = link_of(engine, state="parked")
        assert parked.reason_code == "remote_taken"
        assert link_of(engine, state="level").remote_id == "lead-1"


def test_what_the_remote_calls_a_duplicate_is_adopted() -> None:
    # given a record that the search does not know yet, but whose address the remote keeps unique
    with running(rules(by_match())) as engine:
        engine.crm.remote.create("lead", {"email": "ada1@example.com", "company": "Theirs"}, now=engine.clock.now())
        answer_for(engine, lambda write: write.target is None, lambda write: Refused(Duplicate(existing="lead-1")))
        engine.push("e0", person(1))

        engine.settle()

        (record,) = engine.crm.records().values()
        assert (record["company"], record["first_name"]) == ("Theirs", "Ada")
        assert link_of(engine).remote_id == "lead-1"
