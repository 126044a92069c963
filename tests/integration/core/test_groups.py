"""A person's record, their company's and what hangs on them are written in one go, or nothing is, and that is told."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from connectors.memory.faults import Dial, MemoryFault
from core.store.tables import LinkRow
from tests.support.builders import person, rules
from tests.support.engine import Engine
from tests.support.family import families, family, family_engine

FAULTS = (MemoryFault.TIMEOUT, MemoryFault.RESET_AFTER, MemoryFault.SERVER_ERROR, MemoryFault.CUT_OFF_AFTER)


def the_one(engine: Engine, object_name: str) -> dict[str, Any]:
    """The only record of an object, with its id."""
    ((native_id, record),) = engine.crm.records(object_name).items()
    return {"id": native_id, **record}


def counts(engine: Engine) -> tuple[int, ...]:
    return tuple(len(engine.crm.records(name)) for name in ("account", "contact", "opportunity"))


def the_link(engine: Engine) -> Any:
    (link,) = engine.rows(LinkRow)
    return link


def make(engine: Engine, object_name: str, **fields: Any) -> str:
    return engine.crm.remote.create(object_name, fields, now=engine.clock.now()).id


def wait(engine: Engine) -> None:
    """Let the remote's search know what is there."""
    engine.clock.advance(60)


def test_a_submission_makes_company_person_and_deal_in_one_call() -> None:
    with families() as engine:
        engine.push("e1", person())
        engine.settle()

        assert len(engine.crm.connector.writes) == 1
        company, contact, deal = (the_one(engine, name) for name in ("account", "contact", "opportunity"))
        assert contact["account"] == company["id"] and company["name"] == "Engines 1"
        assert (deal["contact"], deal["account"], deal["stage"]) == (contact["id"], company["id"], "open")
        assert the_link(engine).state == "level" and the_link(engine).remote_id == contact["id"]


def test_without_a_company_the_others_are_written_and_point_to_none() -> None:
    with families() as engine:
        engine.push("e1", person(company=""))
        engine.settle()

        assert counts(engine) == (0, 1, 1)
        assert the_one(engine, "contact").get("account") is None and the_one(engine, "opportunity").get("account") is None
        assert the_link(engine).state == "level"


def test_one_refused_record_leaves_nothing_behind_and_is_named() -> None:
    with families() as engine:
        engine.push("e1", person(note="no such stage"))
        engine.settle()

        assert counts(engine) == (0, 0, 0)
        link = the_link(engine)
        assert (link.state, link.reason_code) == ("parked", "invalid")
        assert "'deal' (opportunity)" in link.reason and "stage" in link.reason and "quarantine replay" in link.hint


def test_after_the_fix_the_whole_is_written_once() -> None:
    with families() as engine:
        engine.push("e1", person(note="no such stage"))
        engine.settle()
        engine.push("e2", person(note="won"))
        engine.settle()

        assert counts(engine) == (1, 1, 1)
        assert the_one(engine, "opportunity")["stage"] == "won" and the_link(engine).state == "level"


def test_a_change_of_one_record_writes_that_one_alone() -> None:
    with families() as engine:
        engine.push("e1", person())
        engine.settle()
        engine.push("e2", person(title="Countess"))
        engine.settle()
        engine.push("e3", person(note="won"))
        engine.settle()

        assert [[write.object for write in batch] for batch in engine.crm.connector.writes[1:]] == [["contact"], ["opportunity"]]
        assert the_one(engine, "contact")["title"] == "Countess" and the_one(engine, "opportunity")["stage"] == "won"
        assert counts(engine) == (1, 1, 1)


def test_the_same_submission_again_writes_nothing() -> None:
    with families() as engine:
        engine.push("e1", person())
        engine.settle()
        engine.push("e2", person())
        engine.settle()
        engine.replay()
        engine.settle()

        assert len(engine.crm.connector.writes) == 1


def test_a_company_that_is_there_is_pointed_to_and_not_written() -> None:
    with families() as engine:
        there = make(engine, "account", name="Engines 1", phone="+1 202 555 0100")
        wait(engine)
        engine.push("e1", person(phone="+12025550123"))
        engine.settle()

        assert counts(engine) == (1, 1, 1)
        assert the_one(engine, "account")["phone"] == "+1 202 555 0100" and the_one(engine, "contact")["account"] == there


def test_a_company_that_is_to_be_updated_keeps_what_it_was_found_by() -> None:
    with families(
        family({"mode": "update", "match": ["domain", "name"], "fields": {"name": "company", "phone": "phone", "domain": "website"}})
    ) as engine:
        there = make(engine, "account", name="Engines 1", note="kept")
        wait(engine)
        engine.push("e1", person(phone="+12025550123"))
        engine.settle()

        assert the_one(engine, "account") == {"id": there, "name": "Engines 1", "note": "kept", "phone": "+12025550123"}


def test_a_company_that_must_be_there_and_is_not_holds_everything_back_until_it_is() -> None:
    with families(family({"if_none": None, "fields": {"name": "company"}})) as engine:
        engine.push("e1", person())
        engine.settle()

        link = the_link(engine)
        assert counts(engine) == (0, 0, 0)
        assert (link.state, link.reason_code) == ("parked", "member_not_found") and "'company' (account)" in link.reason
        assert "name" in link.reason and "if_none: create" in link.hint

        make(engine, "account", name="Engines 1")
        wait(engine)
        engine.replay()
        engine.settle()

        assert counts(engine) == (1, 1, 1) and the_link(engine).state == "level"


def test_several_companies_of_the_name_wait_for_a_person() -> None:
    with families() as engine:
        twins = [make(engine, "account", name="Engines 1") for _ in range(2)]
        wait(engine)
        engine.push("e1", person())
        engine.settle()

        link = the_link(engine)
        assert counts(engine) == (2, 0, 0)
        assert (link.state, link.reason_code) == ("parked", "ambiguous") and "'company' (account)" in link.reason
        assert all(twin in link.reason for twin in twins)


@pytest.mark.parametrize("is_there", [False, True], ids=["new", "known"])
def test_a_person_who_changes_the_company_is_pointed_to_the_other_and_the_old_one_stays_as_it_is(is_there: bool) -> None:
    with families() as engine:
        if is_there:
            make(engine, "account", name="Looms")
        engine.push("e1", person())
        engine.settle()
        wait(engine)
        engine.push("e2", person(company="Looms"))
        engine.settle()

        names = {native_id: record["name"] for native_id, record in engine.crm.records("account").items()}
        assert sorted(names.values()) == ["Engines 1", "Looms"]
        assert names[the_one(engine, "contact")["account"]] == names[the_one(engine, "opportunity")["account"]] == "Looms"


def test_a_company_that_was_renamed_there_is_neither_renamed_back_nor_made_again() -> None:
    with families() as engine:
        engine.push("e1", person())
        engine.settle()
        company = the_one(engine, "account")["id"]
        engine.crm.remote.edit("account", company, {"name": "Engines & Looms"}, now=engine.clock.now())
        wait(engine)
        engine.push("e2", person(2, company="Engines 1"))
        engine.settle()

        assert the_one(engine, "account")["name"] == "Engines & Looms"
        assert {record["account"] for record in engine.crm.records("contact").values()} == {company}


@pytest.mark.parametrize("lag", [0.0, 5.0, 600.0])
def test_two_people_of_one_company_make_it_once_however_late_the_search_knows(lag: float) -> None:
    with families(lag=lag) as engine:
        engine.push("e1", person(1, company="Engines"))
        engine.push("e2", person(2, company="ENGINES "))
        engine.settle()
        engine.push("e3", person(3, company="Engines"))
        engine.settle()

        assert counts(engine) == (1, 3, 3)
        assert {record["account"] for record in engine.crm.records("contact").values()} == {the_one(engine, "account")["id"]}


def test_a_deal_that_was_deleted_there_is_told_and_made_anew_after_a_replay() -> None:
    with families() as engine:
        engine.push("e1", person())
        engine.settle()
        engine.crm.remote.delete("opportunity", the_one(engine, "opportunity")["id"], now=engine.clock.now())
        engine.push("e2", person(note="won"))
        engine.settle()
        assert (the_link(engine).state, the_link(engine).reason_code) == ("parked", "missing") and "'deal'" in the_link(engine).reason

        engine.replay()
        engine.settle()

        assert the_one(engine, "opportunity")["stage"] == "won" and the_link(engine).state == "level"


def test_a_company_that_was_deleted_there_is_looked_for_anew() -> None:
    with families() as engine:
        engine.push("e1", person())
        engine.settle()
        engine.crm.remote.delete("account", the_one(engine, "account")["id"], now=engine.clock.now())
        engine.crm.remote.delete("opportunity", the_one(engine, "opportunity")["id"], now=engine.clock.now())
        engine.push("e2", person(note="won"))
        engine.settle()
        for _ in range(3):
            engine.replay()
            engine.settle()

        assert the_one(engine, "opportunity")["account"] == the_one(engine, "account")["id"]
        assert the_link(engine).state == "level"


def test_a_contact_that_is_there_already_is_taken_over_with_its_group() -> None:
    with families(family(match="email")) as engine:
        there = make(engine, "contact", email="ada1@example.com", last_name="Byron1")
        wait(engine)
        engine.push("e1", person())
        engine.settle()

        assert counts(engine) == (1, 1, 1)
        assert the_one(engine, "contact")["id"] == there and the_one(engine, "contact")["account"] == the_one(engine, "account")["id"]


def test_members_of_many_are_looked_up_together() -> None:
    with families() as engine:
        for number in range(20):
            engine.push(f"e{number}", person(number))
        engine.decide()
        engine.deliver(object_name="contact")

        # one search by the name, one by our own id, and a write for each person
        assert counts(engine) == (20, 20, 20) and engine.crm.remote.calls == 22


def test_a_record_that_is_only_looked_up_is_not_made_to_point_anywhere() -> None:
    with families(family(deal={"mode": "lookup", "match": "name", "if_none": "create"})) as engine:
        there = make(engine, "opportunity", name="A deal")
        wait(engine)
        engine.push("e1", person())
        engine.settle()

        assert the_one(engine, "opportunity") == {"id": there, "name": "A deal"} and the_link(engine).state == "level"


def test_a_field_of_a_member_that_is_refused_alone_is_named_and_the_rest_is_written() -> None:
    with families(family(deal={"fields": {"name": "last_name", "colour": {"const": "red"}}})) as engine:
        engine.push("e1", person())
        engine.settle()

        assert counts(engine) == (1, 1, 1) and the_link(engine).state == "level"
        assert the_link(engine).refused_fields == {"deal.colour": "unknown field"}


def test_a_mapping_that_makes_what_it_looked_up_before_leaves_the_record_that_was_found_alone() -> None:
    with families() as engine:
        there = make(engine, "account", name="Engines 1")
        wait(engine)
        engine.push("e1", person())
        engine.settle()
        engine.rules = rules(family({"mode": "create", "match": None, "if_none": None}))
        engine.push("e2", person(company="Looms"))
        engine.settle()

        names = {native_id: record["name"] for native_id, record in engine.crm.records("account").items()}
        assert names.pop(there) == "Engines 1" and list(names.values()) == ["Looms"]
        assert the_one(engine, "contact")["account"] == next(iter(names))


def test_a_connector_that_breaks_its_word_parks_the_record_alone() -> None:
    def spoil(verb: str, batch: Any) -> None:
        if verb == "write_group" and any(write.fields.get("last_name") == "Byron1" for write in batch):
            raise KeyError("id")

    with families(spoil=spoil) as engine:
        engine.push("e1", person(1))
        engine.push("e2", person(2))
        engine.settle()

        assert sorted((link.state, link.reason_code) for link in engine.rows(LinkRow)) == [("level", None), ("parked", "contract_broken")]


@pytest.mark.parametrize("faults", [(a,) for a in FAULTS] + list(itertools.product(FAULTS, FAULTS)), ids=str)
def test_lost_answers_double_nothing(faults: tuple[MemoryFault, ...]) -> None:
    with families(lag=30.0) as engine:
        engine.push("e1", person())
        for fault in faults:
            engine.crm.remote.faults.set(Dial(fault, writing_only=True))
        engine.settle()

        assert counts(engine) == (1, 1, 1) and the_link(engine).state == "level"


def test_a_crash_at_any_boundary_doubles_nothing() -> None:
    with families() as engine:
        engine.push("e1", person())
        engine.boundaries.passed.clear()
        engine.settle()
        boundaries = len(engine.boundaries.passed)
    for death in range(1, boundaries + 1):
        engine = family_engine()
        engine.push("e1", person())
        engine.boundaries.passed.clear()
        engine.boundaries.deaths = {death}
        while engine.survive(engine.settle):
            pass

        assert counts(engine) == (1, 1, 1), death
        assert the_link(engine).state == "level"
        engine.close()
