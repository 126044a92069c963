"""References that are associations, against the stand-in over loopback HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from core.contract import Applied, Effect, Match, NativeId, ObjectName, Receipt, Ref, Refused, TryLater, Write
from tests.support.hubspot_bench import TOKEN, Account, hubspot_account

CONTACTS = ObjectName("contacts")
COMPANIES = ObjectName("companies")
OWNER = Ref(ObjectName("owners"), NativeId("71001"))


@pytest.fixture(params=["v3", "2026-09"])
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    with hubspot_account(api_version=request.param) as found:
        found.control("configure", shuffle_results=True)
        yield found


def company(native_id: str) -> Ref:
    return Ref(COMPANIES, NativeId(native_id))


def upsert(number: int, **fields: Any) -> Write:
    given = {"email": f"p{number}@example.com", "lastname": f"Person {number}"} | fields
    return Write(f"k{number}", CONTACTS, given, target=Match.on("leadloom_id", f"L{number}"))


def applied(receipt: Receipt) -> Applied:
    assert isinstance(receipt, Applied), receipt
    return receipt


def calls(account: Account) -> list[str]:
    return [line.partition("/batch/")[2] for line in account.lines() if "/batch/" in line]


def linked(account: Account, contact: str) -> Mapping[str, Sequence[str | None]]:
    """Companies of a contact, each with the labels of the association."""
    path = f"/crm/v4/objects/contacts/{contact}/associations/companies"
    found = account.ask("GET", path, TOKEN)["results"]
    return {str(one["toObjectId"]): sorted(kind["label"] or "" for kind in one["associationTypes"]) for one in found}


def test_references_to_other_records_are_one_more_call_a_batch(account: Account) -> None:
    made = account.seed("companies", 2)
    receipts = account.connector().write([upsert(n, companies=company(made[n % 2])) for n in range(50)])
    assert calls(account) == ["upsert", "associate/default"]
    assert [list(linked(account, applied(receipts[n]).id)) for n in (0, 1)] == [[made[0]], [made[1]]]
    assert not any(applied(receipt).refused_fields for receipt in receipts)


def test_a_reference_under_a_labels_name_makes_the_labelled_association(account: Account) -> None:
    (employer,) = account.seed("companies", 1)
    account.ask("POST", "/crm/v4/associations/contacts/companies/labels", TOKEN, {"label": "Billing contact", "name": "billing"})
    (receipt,) = account.connector().write([upsert(1, **{"billing contact": company(employer)})])
    assert linked(account, applied(receipt).id) == {employer: ["", "Billing contact"]}


def test_an_owner_and_other_reference_properties_stay_values(account: Account) -> None:
    (employer,) = account.seed("companies", 1)
    (receipt,) = account.connector().write([upsert(1, hubspot_owner_id=OWNER, city=company(employer))])
    record = account.records(CONTACTS)[applied(receipt).id]
    assert (record["hubspot_owner_id"], record["city"]) == ("71001", employer)
    assert calls(account) == ["upsert"] and linked(account, applied(receipt).id) == {}


def test_a_company_that_is_not_there_loses_the_field_and_not_the_record_nor_its_neighbours(account: Account) -> None:
    (employer,) = account.seed("companies", 1)
    receipts = account.connector().write([upsert(1, companies=company("999")), upsert(2, companies=company(employer))])
    assert applied(receipts[0]).refused_fields == {"companies": "OBJECT_NOT_FOUND"}
    assert not applied(receipts[1]).refused_fields and list(linked(account, applied(receipts[1]).id)) == [employer]


def test_an_unknown_label_is_named_in_the_receipt(account: Account) -> None:
    (employer,) = account.seed("companies", 1)
    (receipt,) = account.connector().write([upsert(1, **{"no such label": company(employer)})])
    assert applied(receipt).refused_fields == {"no such label": "ASSOCIATION_LABEL_UNKNOWN"}


def test_a_write_of_nothing_but_a_reference_updates_the_record_without_a_call_for_properties(account: Account) -> None:
    (employer,) = account.seed("companies", 1)
    (contact,) = account.seed(CONTACTS, 1)
    (receipt,) = account.connector().write([Write("k", CONTACTS, {"companies": company(employer)}, target=NativeId(contact))])
    assert applied(receipt).effect is Effect.UPDATED and calls(account) == ["associate/default"]
    assert list(linked(account, contact)) == [employer]


def test_rows_that_were_refused_get_no_association(account: Account) -> None:
    (employer,) = account.seed("companies", 1)
    bad = upsert(1, lifecyclestage="nonsense", companies=company(employer))
    refused, good = account.connector().write([bad, upsert(2, companies=company(employer))])
    assert isinstance(refused, Refused) and not applied(good).refused_fields


def test_an_association_that_may_go_later_makes_an_upsert_go_again_and_never_a_create(account: Account) -> None:
    (employer,) = account.seed("companies", 1)
    account.fault(kind="status", match="/associate/default", times=-1, status=503)
    create = Write("c", CONTACTS, {"email": "new@example.com", "companies": company(employer)})
    created, again = account.connector().write([create, upsert(1, companies=company(employer))])
    assert list(applied(created).refused_fields) == ["companies"]
    assert isinstance(again, Refused) and isinstance(again.error, TryLater)
    account.clear()
    (receipt,) = account.connector().write([upsert(1, companies=company(employer))])
    assert not applied(receipt).refused_fields and list(linked(account, applied(receipt).id)) == [employer]


def test_a_missing_scope_loses_the_association_and_the_receipt_says_why(account: Account) -> None:
    (employer,) = account.seed("companies", 1)
    body = json.dumps({"category": "MISSING_SCOPES", "context": {"requiredGranularScopes": ["crm.objects.companies.write"]}})
    account.fault(kind="status", match="/associate/default", times=-1, status=403, body=body)
    (receipt,) = account.connector().write([upsert(1, companies=company(employer))])
    assert "crm.objects.companies.write" in applied(receipt).refused_fields["companies"]


def test_a_call_refused_whole_is_halved_until_the_bad_pair_is_alone(account: Account) -> None:
    made = account.seed("companies", 8)
    body = json.dumps({"status": "error", "category": "VALIDATION_ERROR", "message": "One or more associations are not valid."})
    account.fault(kind="status", match="/associate/default", times=2, status=400, body=body)
    receipts = account.connector().write([upsert(n, companies=company(made[n])) for n in range(8)])
    assert [list(linked(account, applied(receipt).id)) for receipt in receipts] == [[one] for one in made]
    assert calls(account).count("associate/default") == 5


def test_one_record_may_point_to_several_objects(account: Account) -> None:
    (employer,), (deal,) = account.seed("companies", 1), account.control("seed", deals=[{"dealname": "Renewal"}])["deals"]
    (receipt,) = account.connector().write([upsert(1, companies=company(employer), deals=Ref(ObjectName("deals"), deal))])
    assert not applied(receipt).refused_fields and calls(account) == ["upsert", "associate/default", "associate/default"]
