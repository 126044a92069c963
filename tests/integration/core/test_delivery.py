"""Delivery on the real store: one receipt per record, minimal writes, wants that move, people that are merged."""

from __future__ import annotations

from typing import Any

import pytest

import connectors.memory.connector
from core.contract import Clear
from core.store.tables import LinkRow
from tests.support.builders import inbound_mapping, person, rules, sync_mapping
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


def inbound(connection: str, authority: int) -> Any:
    return inbound_mapping(name=connection, **{"from": {"connection": connection}}, authority=authority)


def with_consent() -> Any:
    return inbound_mapping(consent={"news": "news"})


def test_one_bad_row_in_two_hundred_parks_alone_with_the_vendors_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connectors.memory.connector, "BULK_FROM", 500)
    mapping = sync_mapping(fields={"email": "email", "status": "message"})
    with running(rules(mapping), facts={"batch": 200, "bulk_from": None}) as engine:
        for number in range(200):
            engine.push(f"e{number}", person(number, note="no such status" if number == 77 else "new"))

        engine.settle()

        states = [link.state for link in engine.rows(LinkRow)]
        assert (states.count("level"), states.count("parked")) == (199, 1)
        parked = link_of(engine, state="parked")
        assert parked.reason_code == "invalid"
        assert parked.reason == "The remote does not accept this value of 'status'."
        assert parked.hint is not None
        assert len(engine.crm.records()) == 199


def test_ten_updates_are_one_write_of_the_newest_state() -> None:
    with running(rules()) as engine:
        engine.push("e0", person(1))
        engine.settle()
        engine.crm.connector.writes.clear()
        for number in range(1, 11):
            engine.clock.advance(1)
            engine.push(f"e{number}", person(1, title=f"Head {number}"))

        engine.settle()

        assert sent(engine) == [{"title": "Head 10"}]


def test_a_write_that_changes_nothing_is_not_sent() -> None:
    with running(rules()) as engine:
        engine.push("e0", person(1))
        engine.settle()
        engine.crm.connector.writes.clear()

        engine.push("e1", person(1))
        engine.settle()

        assert engine.crm.connector.writes == []


def test_an_emptied_field_is_cleared_there_only_where_the_mapping_says_so() -> None:
    # given a form that outranks itself by time, with an emptied title (`empty: clear`) and an emptied city
    sources = [inbound("form", 0), inbound("desk", 5)]
    with running(rules(inbound=sources)) as engine:
        engine.push("e0", person(1, title="Head", city="Berlin"))
        engine.settle()
        engine.crm.connector.writes.clear()

        engine.push("e1", person(1, title="", city=""), connection="desk")
        engine.settle()

        assert sent(engine) == [{"title": Clear()}]
        (record,) = engine.crm.records().values()
        assert (record["title"], record["city"]) == (None, "Berlin")


def test_a_want_that_moves_while_it_is_written_is_delivered_afterwards() -> None:
    def moves(verb: str, batch: Any) -> None:
        if verb == "write" and not engine.crm.connector.writes:
            engine.clock.advance(1)
            engine.push("e1", person(1, title="Head"))
            engine.decide()

    with running(rules(), spoil=moves) as engine:
        engine.push("e0", person(1))

        engine.settle()

        assert sent(engine)[1:] == [{"title": "Head"}]
        assert link_of(engine).state == "level"


def test_consent_withdrawn_while_a_record_is_written_stops_all_further_writes() -> None:
    def withdraws(verb: str, batch: Any) -> None:
        if verb == "write" and not engine.crm.connector.writes:
            engine.clock.advance(1)
            engine.push("e1", person(1, title="Head", news="no"))
            engine.decide()

    mapping = sync_mapping(consent={"purpose": "news", "require": True})
    with running(rules(mapping, inbound=[with_consent()]), spoil=withdraws) as engine:
        engine.push("e0", person(1, news="yes"))

        engine.settle()

        assert len(engine.crm.connector.writes) == 1
        link = link_of(engine)
        assert (link.state, link.reason_code) == ("not_wanted", "no_consent")
        assert link.remote_id == "lead-1"


def test_a_refused_field_loses_the_field_and_not_the_record() -> None:
    mapping = sync_mapping(fields={"email": "email", "secret": "company"})
    with running(rules(mapping)) as engine:
        engine.push("e0", person(1))
        engine.settle()

        link = link_of(engine)
        assert (link.state, link.refused_fields) == ("level", {"secret": "unknown field"})
        # and the mark goes when the remote takes the field
        table = engine.crm.remote.table("lead")
        table.names = table.names | {"secret"}
        engine.clock.advance(1)
        engine.push("e1", person(1, company="Better Engines"))
        engine.settle()
        assert link_of(engine).refused_fields is None


def test_merged_people_keep_one_record_that_is_written_and_the_other_is_left_alone() -> None:
    # given two people whose records are out there, and a third submission that connects them
    with running(rules()) as engine:
        engine.push("e0", {"email": "ada@example.com", "first_name": "Ada"})
        engine.clock.advance(1)
        engine.push("e1", {"phone": "+4930231250", "first_name": "Ada", "last_name": "Byron"})
        engine.settle()
        engine.clock.advance(1)
        engine.push("e2", {"email": "ada@example.com", "phone": "+4930231250", "first_name": "Ada", "title": "Countess"})

        engine.settle()

        roles = sorted((link.role, link.state) for link in engine.rows(LinkRow))
        assert roles == [("primary", "level"), ("secondary", "not_wanted")]
        assert len({link.golden_id for link in engine.rows(LinkRow)}) == 1
        assert [record.get("title") for record in engine.crm.records().values()] == ["Countess", None]


def test_a_record_merged_twice_takes_all_its_links_along() -> None:
    with running(rules()) as engine:
        for number, mail in enumerate(("a", "b", "c")):
            engine.push(f"e{number}", {"email": f"{mail}@example.com", "phone": f"+493023125{number}0", "first_name": "Ada"})
            engine.clock.advance(1)
        engine.settle()
        engine.push("m1", {"email": "c@example.com", "phone": "+4930231251" + "0", "first_name": "Ada"})
        engine.settle()
        engine.push("m2", {"email": "b@example.com", "phone": "+4930231250" + "0", "first_name": "Ada"})

        engine.settle()

        assert len({link.golden_id for link in engine.rows(LinkRow)}) == 1
        assert [link.role for link in engine.rows(LinkRow)].count("primary") == 1
