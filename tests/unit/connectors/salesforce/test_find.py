"""Records are found by what Salesforce takes for equal, and people's data stays out of URLs."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from core.contract import ChangeKind, ConfigInvalid, Match, ObjectName
from tests.support.salesforce_bench import EXTERNAL_ID, LEAD, SalesforceAccount, salesforce_account


@pytest.fixture
def account() -> Iterator[SalesforceAccount]:
    with salesforce_account() as served:
        yield served


def found(account: SalesforceAccount, *matches: Match, kind: ObjectName = LEAD) -> list[list[str]]:
    answer = account.connector().find(kind, matches)
    assert set(answer) == set(matches)
    return [sorted(change.id for change in answer[match]) for match in matches]


def test_two_hundred_addresses_are_found_in_one_call_that_shows_none_of_them(account: SalesforceAccount) -> None:
    seeded = account.seed("Lead", 200)
    connector = account.connector()
    connector.describe()
    matches = [Match.on("Email", f"seed{n}@example.com") for n in range(200)]
    before = len(account.asked())
    answer = connector.find(LEAD, matches)
    assert [[change.id for change in answer[match]] for match in matches] == [[lead] for lead in seeded]
    assert len(account.asked()) - before == 1
    assert not any("example.com" in entry.query for entry in account.asked())


def test_case_does_not_matter_and_every_hit_is_told(account: SalesforceAccount) -> None:
    leads = sorted([account.create(Email="Ada@Example.com"), account.create(Email="ada@example.com")])
    assert found(account, Match.on("Email", "ADA@example.com"), Match.on("Email", "nobody@example.com")) == [leads, []]


@pytest.mark.parametrize("name", ["O'Neil", 'a "b" \\ c', "Łukasz 👩🏽‍🚀", "line\nbreak", "%_", "' OR Name != '"])
def test_a_value_is_only_ever_a_value(account: SalesforceAccount, name: str) -> None:
    lead = account.create(FirstName=name)
    account.create(FirstName="Other")
    assert found(account, Match.on("FirstName", name), Match.on("FirstName", "nobody")) == [[lead], []]


def test_several_fields_must_all_agree(account: SalesforceAccount) -> None:
    lead = account.create(LastName="Archer", PostalCode="10115")
    account.create(LastName="Archer", PostalCode="20095")
    match = Match(frozenset({("LastName", "Archer"), ("PostalCode", "10115")}))
    assert found(account, match, Match.on("Email", "x@example.com")) == [[lead], []]


def test_numbers_flags_and_dates_are_compared_as_such(account: SalesforceAccount) -> None:
    lead = account.create(NumberOfEmployees=50, DoNotCall=True)
    account.create(NumberOfEmployees=7)
    matches = [Match.on("NumberOfEmployees", "50.0"), Match.on("DoNotCall", "true"), Match.on("NumberOfEmployees", "many")]
    assert found(account, *matches) == [[lead], [lead], []]


def test_ids_of_either_length_are_found_and_others_are_not_asked(account: SalesforceAccount) -> None:
    lead = account.create()
    assert found(account, Match.on("id", lead), Match.on("id", lead[:15]), Match.on("id", "nothing")) == [[lead], [lead], []]


def test_a_converted_lead_is_found_by_its_id_only(account: SalesforceAccount) -> None:
    converted = account.create(Email="ada@example.com", **{EXTERNAL_ID: "L1"})
    account.control("convert_lead", id=converted)
    assert found(account, Match.on("Email", "ada@example.com"), Match.on(EXTERNAL_ID, "L1")) == [[], []]
    by_id = Match.on("id", converted)
    (change,) = account.connector().find(LEAD, [by_id])[by_id]
    assert change.kind is ChangeKind.CONVERTED and change.successor is not None


def test_deleted_records_are_not_found(account: SalesforceAccount) -> None:
    lead = account.create(Email="ada@example.com")
    account.delete("Lead", lead)
    assert found(account, Match.on("Email", "ada@example.com"), Match.on("id", lead)) == [[], []]


def test_texts_that_only_look_alike_are_kept_apart(account: SalesforceAccount) -> None:
    lead = account.create(FirstName="Straße")
    assert found(account, Match.on("FirstName", "STRASSE"), Match.on("FirstName", "straße")) == [[], [lead]]


def test_a_row_that_fits_no_match_has_them_asked_for_alone(account: SalesforceAccount) -> None:
    lead = account.create(FirstName="Otto")
    row = {"Id": lead, "FirstName": "Ótto", "SystemModstamp": "2026-01-01T00:00:00.000+0000"}
    part = {"httpStatusCode": 200, "referenceId": "q0", "body": {"done": True, "records": [row]}}
    account.fault(kind="status", match="/composite$", times=1, status=200, body=json.dumps({"compositeResponse": [part]}))
    assert found(account, Match.on("FirstName", "Otto"), Match.on("FirstName", "Ada"), Match.on("FirstName", "Bo")) == [[lead], [], []]
    assert len(account.asked("/composite")) == 2


@pytest.mark.parametrize("field", ["Description", "Nonsense__c"])
def test_a_field_that_cannot_be_searched_is_a_wrong_setting(account: SalesforceAccount, field: str) -> None:
    with pytest.raises(ConfigInvalid):
        account.connector().find(LEAD, [Match.on(field, "x")])


def test_long_values_are_spread_over_several_queries(account: SalesforceAccount) -> None:
    leads = [account.create(Street=f"{n} " + "ä" * 250) for n in range(30)]
    assert found(account, *(Match.on("Street", f"{n} " + "ä" * 250) for n in range(30))) == [[lead] for lead in leads]


def test_no_matches_need_no_call(account: SalesforceAccount) -> None:
    connector = account.connector()
    assert dict(connector.find(LEAD, [])) == {}


def test_owners_are_read_and_found_by_their_address_and_tell_whether_they_are_active(account: SalesforceAccount) -> None:
    account.control(
        "create", object="User", fields={"LastName": "Gone", "Username": "g@example.com", "Email": "g@example.com", "IsActive": False}
    )
    user, match = ObjectName("User"), Match.on("Email", "G@example.com")
    connector = account.connector()
    (change,) = connector.find(user, [match])[match]
    assert change.fields["IsActive"] is False
    read = [change for page in connector.read(user, None) for change in page.changes]
    assert {str(each.fields["Email"]): each.fields["IsActive"] for each in read}["g@example.com"] is False
    assert len(read) == 3


def test_contacts_are_found_by_their_address(account: SalesforceAccount) -> None:
    contact = account.create("Contact", Email="ada@example.com")
    assert found(account, Match.on("Email", "Ada@example.com"), kind=ObjectName("Contact")) == [[contact]]
