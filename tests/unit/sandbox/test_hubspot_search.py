"""Search in the HubSpot stand-in: operators, limits, order, pages, and an index that lags."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.hubspot.moments import millis
from tests.support.hubspot import CONTACTS, START, Account, where


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (where("city", "EQ", "BERLIN"), ["ada"]),
        (where("city", "NEQ", "Berlin"), ["ben", "cem"]),
        (where("firstname", "LT", "ben"), ["ada"]),
        (where("firstname", "LTE", "ben"), ["ada", "ben"]),
        (where("firstname", "GT", "ben"), ["cem"]),
        (where("firstname", "GTE", "ben"), ["ben", "cem"]),
        (where("firstname", "BETWEEN", "b", highValue="bz"), ["ben"]),
        (where("city", "IN", values=["berlin", "paris"]), ["ada", "ben"]),
        (where("city", "IN", values=["Berlin"]), []),
        (where("city", "NOT_IN", values=["berlin"]), ["ben", "cem"]),
        (where("city", "HAS_PROPERTY"), ["ada", "ben"]),
        (where("city", "NOT_HAS_PROPERTY"), ["cem"]),
        (where("email", "CONTAINS_TOKEN", "*@example.org"), ["cem"]),
        (where("email", "CONTAINS_TOKEN", "ada"), ["ada"]),
        (where("email", "NOT_CONTAINS_TOKEN", "ada"), ["ben", "cem"]),
        (where("email", "EQ", "Ada@example.com"), ["ada"]),
        (where("email", "IN", values=["nobody@example.com", "ben@example.com"]), ["ben"]),
        (where("hs_searchable_calculated_phone_number", "EQ", "+49 30 23125001"), ["ada"]),
        (where("hs_searchable_calculated_phone_number", "EQ", "03023125001"), ["ada"]),
    ],
)
def test_22_operators(condition: dict[str, Any], found: list[str]) -> None:
    assert _names(_three_people().search(condition, properties=["firstname"]).data) == found


def test_22_filters_join_by_and_groups_by_or() -> None:
    account = _three_people()
    groups = [
        {"filters": [where("city", "EQ", "Berlin"), where("firstname", "EQ", "ben")]},
        {"filters": [where("firstname", "EQ", "cem")]},
        {"filters": [where("city", "EQ", "Paris")]},
    ]
    reply = account.call("POST", f"{CONTACTS}/search", {"filterGroups": groups})

    assert _names(reply.data) == ["ben", "cem"]


def test_22_moments_are_epoch_milliseconds_as_text() -> None:
    account = Account()
    account.contact(firstname="ada")
    account.wait(seconds=10)
    account.contact(firstname="ben")
    after = str(millis(START) + 5_000)

    assert _names(account.search(where("lastmodifieddate", "GTE", after)).data) == ["ben"]
    assert _names(account.search(where("createdate", "LT", after)).data) == ["ada"]
    assert account.search(where("createdate", "LT", "yesterday")).status == 400


def test_22_results_are_sorted_and_paged_by_an_integer() -> None:
    account = _three_people()
    sort = [{"propertyName": "firstname", "direction": "DESCENDING"}]
    first = account.search(sorts=sort, limit=2).data
    rest = account.search(sorts=sort, limit=2, after=first["paging"]["next"]["after"]).data

    assert (_names(first), first["total"], first["paging"]["next"]["after"]) == (["cem", "ben"], 3, "2")
    assert (_names(rest), "paging" in rest) == (["ada"], False)


def test_22_ids_sort_and_compare_as_numbers() -> None:
    account = _three_people()
    reply = account.search(where("hs_object_id", "GT", "101"), sorts=["hs_object_id"])

    assert _names(reply.data) == ["ben", "cem"]


def test_22_free_text_looks_into_names_addresses_and_phones() -> None:
    account = _three_people()

    assert _names(account.search(query="ad").data) == ["ada"]
    assert _names(account.search(query="030 23125001").data) == ["ada"]


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": 10, "after": "9991"},
        {"query": "x" * 3_001},
        {"filterGroups": [{"filters": [where("city", "HAS_PROPERTY")]}] * 6},
        {"filterGroups": [{"filters": [where("city", "HAS_PROPERTY")] * 7}]},
        {"filterGroups": [{"filters": [where("city", "HAS_PROPERTY")] * 5}] * 4},
        {"filterGroups": [{"filters": [where("shoe_size", "EQ", "44")]}]},
        {"filterGroups": [{"filters": [where("city", "LIKE", "B")]}]},
        {"filterGroups": [{"filters": [where("city", "EQ")]}]},
        {"sorts": ["city", "zip"]},
    ],
)
def test_22_queries_beyond_the_limits_are_refused(body: dict[str, Any]) -> None:
    assert Account().call("POST", f"{CONTACTS}/search", body).status == 400


def test_22_the_index_lags_behind_new_and_changed_records() -> None:
    account = Account(index_delay_seconds=30)
    record_id = account.contact(firstname="ada", city="Berlin")
    at_once = account.search(where("city", "EQ", "Berlin")).data["total"]
    account.wait(seconds=30)
    later = account.search(where("city", "EQ", "Berlin")).data["total"]
    account.call("PATCH", f"{CONTACTS}/{record_id}", {"properties": {"city": "Paris"}})
    stale = account.search(where("city", "EQ", "Berlin"), properties=["city"]).data["results"]
    account.wait(seconds=30)

    assert (at_once, later) == (0, 1)
    assert [(one["properties"]["city"], one["updatedAt"]) for one in stale] == [("Berlin", "2026-11-02T12:00:00.000Z")]
    assert account.search(where("city", "EQ", "Paris")).data["total"] == 1


def _three_people() -> Account:
    account = Account()
    account.contact(firstname="ada", email="ada@example.com", city="Berlin", phone="+49 30 23125001")
    account.contact(firstname="ben", email="ben@example.com", city="Paris")
    account.contact(firstname="cem", email="cem@example.org")
    return account


def _names(data: Any) -> list[str]:
    return [one["properties"].get("firstname") for one in data["results"]]
