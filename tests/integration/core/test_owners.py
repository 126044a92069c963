"""Owners: one colleague, two CRMs, two ids; what stands between them is the address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from core.runtime.reference_lists import ReferenceLists
from core.store.tables import ReferenceList
from tests.support.builders import inbound_mapping, rules
from tests.support.crm_pair import ADA, BOTH, edit, only, quiet, two_way
from tests.support.engine import Engine, running

SELLERS = ("sam@example.com", "kim@example.com")


@contextmanager
def with_owners() -> Iterator[tuple[Engine, dict[str, dict[str, str]]]]:
    """Two CRMs whose leads have owners, and the id of each seller there."""
    fields = {"email": "email", "last_name": "last_name", "city": "city", "owner": {"from": "owner", "refers": "user"}}
    base = rules(*(two_way(name, fields=fields) for name in BOTH), inbound=[inbound_mapping()])
    with running(base, connections=BOTH) as engine:
        lists = ReferenceLists(engine.store)
        engine.worker._rules = lambda: lists(engine.rules)
        ids: dict[str, dict[str, str]] = {}
        for name in BOTH:
            remote = engine.crms[name].remote
            sellers = SELLERS if name == "crm" else tuple(reversed(SELLERS))
            ids[name] = {mail: remote.create("user", {"email": mail}, now=engine.clock.now()).id for mail in sellers}
        read_owners(engine)
        yield engine, ids


def read_owners(engine: Engine) -> None:
    for name in BOTH:
        engine.read(name, "user")


def test_an_owner_set_in_one_crm_is_the_same_person_in_the_other() -> None:
    with with_owners() as (engine, ids):
        engine.push("e1", ADA)
        quiet(engine)

        edit(engine, "crm", owner=ids["crm"]["kim@example.com"])
        quiet(engine)

        assert only(engine, "hub")[1]["owner"] == ids["hub"]["kim@example.com"] != ids["crm"]["kim@example.com"]
        edit(engine, "hub", owner=ids["hub"]["sam@example.com"])
        quiet(engine)
        assert only(engine, "crm")[1]["owner"] == ids["crm"]["sam@example.com"]


def test_a_colleague_who_comes_later_is_found_for_records_that_name_them() -> None:
    with with_owners() as (engine, ids):
        engine.push("e1", ADA)
        quiet(engine)
        new = engine.crm.remote.create("user", {"email": "new@example.com"}, now=engine.clock.now()).id
        edit(engine, "crm", owner=new)
        quiet(engine)
        assert "owner" not in only(engine, "hub")[1]

        there = engine.crms["hub"].remote.create("user", {"email": "New@example.com"}, now=engine.clock.now()).id
        read_owners(engine)
        edit(engine, "crm", city="Ockham")
        quiet(engine)
        edit(engine, "crm", owner=ids["crm"]["sam@example.com"])
        quiet(engine)
        edit(engine, "crm", owner=new)
        quiet(engine)

        assert only(engine, "hub")[1]["owner"] == there


def test_the_list_of_colleagues_is_sealed_in_the_database() -> None:
    with with_owners() as (engine, _):
        assert b"sam@example.com" not in engine.file_bytes()
        assert len(engine.rows(ReferenceList)) == 2
