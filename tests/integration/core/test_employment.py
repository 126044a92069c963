"""A person's record is tied to the account that fits, by name and place too; what is not sure is asked, and a person's word stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from core.model.ids import GoldenId
from core.runtime.desk.employing import NoSuchRecord, employer, look_anew, open_questions, say_employer
from core.runtime.lanes.names import LaneKind, LaneName
from core.store.firm_tables import EmploymentRow
from core.store.tables import GoldenRow
from tests.support.builders import inbound_mapping, rules, sync_mapping
from tests.support.engine import Engine, running

MATCH = LaneName(LaneKind.MATCH)
PEOPLE = {"email": "email", "last_name": "last_name", "account": {"record_of": "account"}}
FIRM = {"name": "name", "domain": "domain", "city": "city", "country": "country"}
GLOBEX = {"name": "Globex Corporation", "domain": "globex.example", "city": "Leeds", "country": "GB"}
MARA = {"email": "mara@gmail.com", "last_name": "Lind", "company": "Globex Corp.", "city": "Leeds", "country": "GB"}


@contextmanager
def crm() -> Iterator[Engine]:
    """A CRM with contacts and accounts; companies come from a list, people from a form."""
    contacts = sync_mapping(name="people", to={"connection": "crm", "object": "contact"}, fields=PEOPLE)
    companies = sync_mapping(name="companies", golden="Account", to={"connection": "crm", "object": "account"}, fields=FIRM)
    lists = inbound_mapping(name="companies-in", to="Account", **{"from": {"connection": "list"}}, fields=FIRM)
    told = {name: name for name in ("email", "last_name", "company", "city", "country")}
    with running(rules(contacts, companies, inbound=[inbound_mapping(fields=told), lists])) as engine:
        yield engine


def settle(engine: Engine) -> None:
    """Decide and deliver, match, and deliver what came of that."""
    engine.settle()
    engine.clock.advance(3)
    engine.step(MATCH)
    engine.settle()


def take_in(engine: Engine, *, companies: tuple[Mapping[str, Any], ...] = (), people: tuple[Mapping[str, Any], ...] = ()) -> None:
    for company in companies:
        engine.push(f"c{engine.clock.seconds()}{company}", company, connection="list")
    for person in people:
        engine.push(f"p{engine.clock.seconds()}{person}", person)
    settle(engine)


def tied_to(engine: Engine, email: str = "mara@gmail.com") -> Any:
    """The domain of the account to which somebody's contact is tied."""
    (contact,) = [each for each in engine.crm.records("contact").values() if each["email"] == email]
    account = contact.get("account")
    return engine.crm.records("account")[account]["domain"] if account else None


def lead(engine: Engine) -> GoldenId:
    (found,) = [row.id for row in engine.rows(GoldenRow) if row.subject == "Lead" and row.state == "active"]
    return GoldenId(found)


def account(engine: Engine, place: int = 0) -> GoldenId:
    return GoldenId(sorted(row.id for row in engine.rows(GoldenRow) if row.subject == "Account")[place])


def test_a_private_address_is_tied_by_name_and_place_to_an_account_known_by_its_domain() -> None:
    with crm() as engine:
        take_in(engine, companies=(GLOBEX,), people=(MARA,))

        assert tied_to(engine) == "globex.example"
        found = employer(engine.store, lead(engine))
        assert found is not None and found.state == "tied" and found.confidence == 0.95 and found.reason == "the same name, the same place"


def test_an_account_that_comes_later_finds_its_people() -> None:
    with crm() as engine:
        take_in(engine, people=(MARA,))
        assert tied_to(engine) is None

        take_in(engine, companies=(GLOBEX,))

        assert tied_to(engine) == "globex.example"


def test_a_subdomain_is_tied_to_the_parent_s_account() -> None:
    with crm() as engine:
        take_in(engine, companies=(GLOBEX,), people=(MARA | {"email": "mara@uk.globex.example"},))
        assert tied_to(engine, "mara@uk.globex.example") == "globex.example"


def test_another_company_s_people_are_tied_to_nothing() -> None:
    with crm() as engine:
        take_in(engine, companies=(GLOBEX,), people=(MARA | {"company": "Initech"},))
        assert tied_to(engine) is None
        assert engine.rows(EmploymentRow) == []


def test_a_doubtful_account_is_asked_and_a_person_s_answer_stays() -> None:
    with crm() as engine:
        elsewhere = MARA | {"city": "Ulm", "country": "DE"}
        take_in(engine, companies=(GLOBEX,), people=(elsewhere,))
        (question,) = open_questions(engine.store, 10)
        assert tied_to(engine) is None and "another country" in question.reason and question.account["name"] == GLOBEX["name"]

        say_employer(engine.store, lead(engine), account(engine), by="dana", now=engine.clock.now())
        settle(engine)
        assert tied_to(engine) == "globex.example" and open_questions(engine.store, 10) == []

        take_in(engine, people=(elsewhere | {"company": "Initech"},))
        found = employer(engine.store, lead(engine))
        assert found is not None and found.state == "tied" and found.decided_by == "person:dana"


def test_who_works_for_none_of_the_accounts_is_not_tied_by_the_domain_either() -> None:
    with crm() as engine:
        take_in(engine, companies=(GLOBEX,))
        take_in(engine, people=(MARA | {"email": "mara@globex.example"},))
        assert tied_to(engine, "mara@globex.example") == "globex.example"

        say_employer(engine.store, lead(engine), None, by="dana", now=engine.clock.now())
        settle(engine)
        assert tied_to(engine, "mara@globex.example") is None
        take_in(engine, people=(MARA | {"email": "mara@globex.example", "last_name": "Lindqvist"},))

        assert tied_to(engine, "mara@globex.example") is None


def test_two_accounts_that_nothing_tells_apart_are_a_question_with_both_named() -> None:
    with crm() as engine:
        take_in(engine, companies=(GLOBEX, GLOBEX | {"domain": "globex-group.example"}), people=(MARA,))
        (question,) = open_questions(engine.store, 10)
        assert {question.account_id, question.rival_id} == {account(engine, 0), account(engine, 1)} and tied_to(engine) is None


def test_a_person_who_moves_is_tied_to_the_new_account() -> None:
    with crm() as engine:
        take_in(engine, companies=(GLOBEX, {"name": "Initech", "domain": "initech.example", "country": "GB"}), people=(MARA,))
        take_in(engine, people=(MARA | {"company": "Initech"},))
        assert tied_to(engine) == "initech.example"


def test_only_people_are_tied_and_only_to_accounts() -> None:
    with crm() as engine:
        take_in(engine, companies=(GLOBEX,), people=(MARA,))
        for pair in ((account(engine), account(engine)), (lead(engine), lead(engine)), (GoldenId("nobody"), account(engine))):
            with pytest.raises(NoSuchRecord):
                say_employer(engine.store, *pair, by="dana", now=engine.clock.now())


def test_everybody_is_looked_at_anew_on_demand_and_nothing_is_written_for_it() -> None:
    with crm() as engine:
        take_in(engine, companies=(GLOBEX,), people=(MARA,))
        before = len(engine.crm.connector.writes)

        assert look_anew(engine.store, engine.clock.now()) == 2
        settle(engine)

        assert tied_to(engine) == "globex.example" and len(engine.crm.connector.writes) == before
