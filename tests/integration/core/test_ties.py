"""A person's record is tied to that of the company where they work, whichever of the two comes first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.store.tables import LinkRow
from tests.support.builders import inbound_mapping, rules, sync_mapping
from tests.support.crm_pair import ADA
from tests.support.engine import Engine, running

PEOPLE = {"email": "email", "last_name": "last_name", "account": {"record_of": "account"}}
COMPANY = {"name": "Analytical Engines", "domain": "engines.example.com"}
WORKER = ADA | {"email": "ada@engines.example.com"}


@contextmanager
def crm(*, by_name: bool = False) -> Iterator[Engine]:
    """A CRM with contacts and accounts; companies come from a list, people from a form."""
    contacts = sync_mapping(name="people", to={"connection": "crm", "object": "contact"}, fields=PEOPLE)
    accounts = {"name": "name"} if by_name else {"name": "name", "domain": "domain"}
    companies = sync_mapping(name="companies", golden="Account", to={"connection": "crm", "object": "account"}, fields=accounts)
    told = {"name": "name"} if by_name else {"name": "name", "domain": "domain"}
    lists = inbound_mapping(name="companies-in", to="Account", **{"from": {"connection": "list"}}, fields=told)
    with running(rules(contacts, companies, inbound=[inbound_mapping(), lists])) as engine:
        yield engine


def tied(engine: Engine) -> list[Any]:
    """The accounts to which the contacts are tied."""
    return [record.get("account") for record in engine.crm.records("contact").values()]


def test_a_contact_is_tied_to_the_account_that_is_there() -> None:
    with crm() as engine:
        engine.push("c1", COMPANY, connection="list")
        engine.settle()
        engine.push("e1", WORKER)
        engine.settle()

        assert tied(engine) == list(engine.crm.records("account"))


def test_a_contact_is_tied_when_the_account_comes_later() -> None:
    with crm() as engine:
        engine.push("e1", WORKER)
        engine.settle()
        assert tied(engine) == [None]

        engine.push("c1", COMPANY, connection="list")
        engine.settle()

        assert tied(engine) == list(engine.crm.records("account"))
        assert {row.state for row in engine.rows(LinkRow)} == {"level"}


def test_a_contact_with_a_private_address_is_tied_by_the_company_s_name_only() -> None:
    with crm(by_name=True) as engine:
        engine.push("c1", {"name": "Analytical Engines"}, connection="list")
        engine.push("e1", ADA | {"email": "ada@gmail.com"})
        engine.push("e2", {"email": "grace@gmail.com", "last_name": "Hopper", "company": "Analytical Engines Ltd"})
        engine.settle()

        ties = {record["email"]: record.get("account") for record in engine.crm.records("contact").values()}
        assert ties == {"ada@gmail.com": None, "grace@gmail.com": next(iter(engine.crm.records("account")))}


def test_nothing_is_written_twice_for_a_tie() -> None:
    with crm() as engine:
        engine.push("c1", COMPANY, connection="list")
        engine.push("e1", WORKER)
        engine.settle()
        before = len(engine.crm.connector.writes)

        engine.push("c2", COMPANY | {"name": "Analytical Engines"}, connection="list")
        engine.push("e2", WORKER)
        engine.settle()

        assert len(engine.crm.connector.writes) == before
