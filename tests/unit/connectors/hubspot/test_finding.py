"""Look-ups against the stand-in over loopback HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.contract import Match, ObjectName
from tests.support.hubspot_bench import Account, hubspot_account

CONTACTS = ObjectName("contacts")
COMPANIES = ObjectName("companies")


@pytest.fixture
def account() -> Iterator[Account]:
    with hubspot_account() as found:
        yield found


def find(account: Account, object_name: ObjectName, *matches: Match) -> list[list[str]]:
    found = account.connector().find(object_name, matches)
    return [[change.id for change in found[match]] for match in matches]


def test_records_are_found_by_id_and_the_unknown_stay_empty(account: Account) -> None:
    first, second = account.seed(CONTACTS, 2)
    assert find(account, CONTACTS, Match.on("id", second), Match.on("id", "x1"), Match.on("id", first)) == [[second], [], [first]]


def test_records_are_found_by_any_address_in_any_case(account: Account) -> None:
    made = account.control("seed", contacts=[{"email": "mara@example.com", "hs_additional_emails": "m.lindqvist@example.org"}])
    (native_id,) = made["contacts"]
    matches = [Match.on("email", text) for text in ("Mara@Example.com", "m.lindqvist@example.org", "nobody@example.com")]
    assert find(account, CONTACTS, *matches) == [[native_id], [native_id], []]
    assert not any(line.endswith("/search") for line in account.lines())


def test_records_are_found_by_the_unique_property_without_search(account: Account) -> None:
    made = account.control(
        "seed", contacts=[{"email": "a@example.com", "leadloom_id": "L1"}, {"email": "b@example.com", "leadloom_id": "L2"}]
    )
    assert find(account, CONTACTS, Match.on("leadloom_id", "L2"), Match.on("leadloom_id", "L3")) == [[made["contacts"][1]], []]
    assert not any(line.endswith("/search") for line in account.lines())


def test_other_properties_are_found_by_search_with_all_their_hits(account: Account) -> None:
    rows = [{"name": "North", "domain": "one.example.com"}, {"name": "South", "domain": "one.example.com"}, {"name": "West"}]
    made = account.control("seed", companies=rows)["companies"]
    assert find(account, COMPANIES, Match.on("domain", "One.example.com"), Match.on("domain", "two.example.com")) == [made[:2], []]


def test_a_match_on_several_fields_needs_all_of_them(account: Account) -> None:
    rows = [
        {"email": "a@example.com", "lastname": "Raman", "city": "London"},
        {"email": "b@example.com", "lastname": "Raman", "city": "Boston"},
    ]
    made = account.control("seed", contacts=rows)["contacts"]
    match = Match(frozenset({("lastname", "Raman"), ("city", "Boston")}))
    assert find(account, CONTACTS, match) == [[made[1]]]


def test_many_values_are_spread_over_bodies_that_hubspot_takes(account: Account) -> None:
    rows = [{"name": f"Company {n}", "domain": f"{'long-' * 10}{n}.example.com"} for n in range(100)]
    made = account.control("seed", companies=rows)["companies"]
    account.control("configure", search_per_second=100)
    assert find(account, COMPANIES, *(Match.on("domain", row["domain"]) for row in rows)) == [[one] for one in made]


def test_more_hits_than_a_page_are_all_found(account: Account) -> None:
    made = account.control("seed", companies=[{"name": "Twin", "city": "Berlin"} for _ in range(250)])["companies"]
    assert find(account, COMPANIES, Match.on("city", "Berlin")) == [made]


def test_archived_records_are_not_found(account: Account) -> None:
    (native_id,) = account.seed(CONTACTS, 1)
    account.delete(CONTACTS, native_id)
    assert find(account, CONTACTS, Match.on("id", native_id), Match.on("email", "seed0@example.com")) == [[], []]


def test_an_empty_value_finds_nothing_and_asks_nothing(account: Account) -> None:
    assert find(account, CONTACTS, Match.on("email", "")) == [[]]
    assert account.lines() == []
