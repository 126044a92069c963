"""Batches of the HubSpot stand-in: limits, envelopes, partial failure, upserts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.hubspot import CONTACTS, Account


def test_14_a_batch_takes_a_hundred_rows_and_its_envelope_is_dated() -> None:
    account = Account()
    full = account.batch("create", _people(100))
    over = account.batch("create", _people(101, "b"))
    empty = account.batch("create", [])

    assert (full.status, full.data["status"], len(full.data["results"])) == (201, "COMPLETE", 100)
    assert {"requestedAt", "startedAt", "completedAt"} <= full.data.keys()
    assert (over.status, over.data["category"], empty.status) == (400, "VALIDATION_ERROR", 400)


def test_15_batch_create_without_trace_ids_is_all_or_nothing() -> None:
    account = Account()
    rows = [*_people(3), {"properties": {"email": "nonsense"}, "objectWriteTraceId": "only-one"}]
    reply = account.batch("create", rows)

    assert (reply.status, reply.data["category"]) == (400, "VALIDATION_ERROR")
    assert account.control("count") == {"live": 0, "archived": 0}


def test_15_batch_create_with_trace_ids_reports_each_bad_row() -> None:
    account = Account()
    account.contact(email="taken@example.com")
    rows = _traced([*_people(2), {"properties": {"email": "nonsense"}}, {"properties": {"email": "taken@example.com"}}])
    reply = account.batch("create", rows)

    assert (reply.status, reply.data["numErrors"], len(reply.data["results"])) == (207, 2, 2)
    assert [(one["category"], one["context"]) for one in reply.data["errors"]] == [
        ("VALIDATION_ERROR", {"objectWriteTraceId": ["t2"]}),
        ("CONFLICT", {"objectWriteTraceId": ["t3"]}),
    ]
    assert reply.data["errors"][1]["message"] == "Contact already exists. Existing ID: 101"


def test_15_trace_ids_must_differ_and_doubles_inside_a_batch_clash() -> None:
    account = Account()
    same_trace = account.batch("create", [{**row, "objectWriteTraceId": "t"} for row in _people(2)])
    same_person = account.batch("create", _people(1) * 2)

    assert (same_trace.status, same_person.status) == (400, 409)
    assert account.control("count")["live"] == 0


@pytest.mark.parametrize("what", ["read", "update"])
def test_16_unknown_ids_are_one_grouped_error(what: str) -> None:
    account = Account()
    known = account.contact(email="ada@example.com")
    rows = [{"id": one, **({"properties": {"city": "Berlin"}} if what == "update" else {})} for one in (known, "9001", "9002")]
    reply = account.batch(what, rows)

    assert (reply.status, reply.data["numErrors"]) == (207, 1)
    assert [one["id"] for one in reply.data["results"]] == [known]
    assert reply.data["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert reply.data["errors"][0]["context"] == {"ids": ["9001", "9002"]}


def test_16_from_2026_09_on_the_errors_are_folded_into_a_plain_success() -> None:
    account = Account()
    reply = account.call("POST", "/crm/objects/2026-09/contacts/batch/read", {"inputs": [{"id": "9001"}]})
    earlier = account.call("POST", "/crm/objects/2026-03/contacts/batch/read", {"inputs": [{"id": "9001"}]})

    assert (reply.status, reply.data["numErrors"], earlier.status) == (200, 1, 207)


def test_16_a_batch_read_takes_properties_and_a_unique_property() -> None:
    account = Account()
    account.contact(email="ada@example.com", city="Berlin")
    reply = account.batch("read", [{"id": "ADA@example.com"}], properties=["city"], propertiesWithHistory=["city"], idProperty="email")

    assert reply.data["results"][0]["properties"]["city"] == "Berlin"
    assert reply.data["results"][0]["propertiesWithHistory"]["city"][0]["value"] == "Berlin"


def test_17_an_upsert_tells_what_is_new() -> None:
    account = _with_own_property()
    first = account.batch("upsert", [_own("L-1", email="ada@example.com")])
    second = account.batch("upsert", [_own("L-1", city="Berlin"), _own("L-2", email="ben@example.com")])

    assert [one["new"] for one in first.data["results"]] == [True]
    assert {one["properties"]["leadloom_id"]: one["new"] for one in _read_own(account, second.data["results"])} == {
        "L-1": False,
        "L-2": True,
    }


def test_17_a_row_whose_address_belongs_to_somebody_else_names_the_holder() -> None:
    account = _with_own_property()
    holder = account.contact(email="ada@example.com")
    rows = _traced([_own("L-1", email="ada@example.com"), _own("L-2", email="ben@example.com")])
    reply = account.batch("upsert", rows)
    untraced = account.batch("upsert", [_own("L-1", email="ada@example.com"), _own("L-3", email="cem@example.com")])

    assert (reply.status, [one["new"] for one in reply.data["results"]]) == (207, [True])
    assert reply.data["errors"][0]["context"] == {"objectWriteTraceId": ["t0"]}
    assert f"Existing ID: {holder}" in reply.data["errors"][0]["message"]
    assert (untraced.status, account.control("count")["live"]) == (409, 2)


def test_17_an_upsert_by_email_must_bring_what_the_app_has_set_before() -> None:
    account = Account()
    full = {"id": "ada@example.com", "idProperty": "email", "properties": {"email": "ada@example.com", "city": "Berlin"}}
    partial = {**full, "properties": {"email": "ada@example.com", "zip": "10115"}}
    account.batch("upsert", [full])
    refused = account.batch("upsert", [partial])
    account.control("configure", email_partial_upsert="allow")
    allowed = account.batch("upsert", [partial])

    assert (refused.status, allowed.status) == (400, 200)
    assert "city" in refused.data["message"]


def test_17_doubles_and_mixed_id_properties_are_refused() -> None:
    account = _with_own_property()
    doubles = account.batch("upsert", _traced([_own("L-1", email="a@example.com"), _own("l-1", email="b@example.com")]))
    mixed = account.batch("upsert", [_own("L-1", email="a@example.com"), {**_own("b@example.com"), "idProperty": "email"}])
    plain = account.batch("upsert", [{"id": "Berlin", "idProperty": "city", "properties": {}}])

    assert [reply.status for reply in (doubles, mixed, plain)] == [400, 400, 400]
    assert account.control("count")["live"] == 0


def test_18_results_can_come_in_another_order_than_the_rows() -> None:
    account = Account(shuffle_results=True, seed=7)
    results = account.batch("create", _people(30)).data["results"]
    ids = [int(one["id"]) for one in results]

    assert sorted(ids) == list(range(101, 131))
    assert ids != sorted(ids)


def test_20_a_batch_archives_whatever_is_there() -> None:
    account = Account()
    ids = [account.contact(email=f"{n}@example.com") for n in range(2)]

    assert account.batch("archive", [{"id": one} for one in [*ids, "9001"]]).status == 204
    assert account.control("count") == {"live": 0, "archived": 2}


def test_a_batch_update_by_a_unique_property_changes_what_it_says() -> None:
    account = _with_own_property()
    record_id = account.contact(email="ada@example.com", leadloom_id="L-1")
    account.batch("update", [{"id": "L-1", "idProperty": "leadloom_id", "properties": {"city": "Berlin"}}])

    assert account.values(record_id, "city") == {"city": "Berlin"}


def _people(count: int, prefix: str = "a") -> list[dict[str, Any]]:
    return [{"properties": {"email": f"{prefix}{n}@example.com"}} for n in range(count)]


def _traced(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "objectWriteTraceId": f"t{place}"} for place, row in enumerate(rows)]


def _own(own_id: str, **properties: str) -> dict[str, Any]:
    return {"id": own_id, "idProperty": "leadloom_id", "properties": properties}


def _with_own_property() -> Account:
    account = Account()
    account.control("seed", leadloom_property=True)
    return account


def _read_own(account: Account, results: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in results:
        read = account.call("GET", f"{CONTACTS}/{one['id']}?properties=leadloom_id").data
        yield {**read, "new": one["new"]}
