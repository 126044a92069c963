"""Records of several objects are written by one composite request, whole or not at all, and the one to blame is named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from core.contract import (
    Applied,
    ConfigInvalid,
    ContractBroken,
    Duplicate,
    Effect,
    Invalid,
    Match,
    Missing,
    NativeId,
    ObjectName,
    RateLimited,
    Receipt,
    Refused,
    Sibling,
    TryLater,
    Undone,
    Write,
    WriteValue,
)
from tests.support.salesforce_bench import EXTERNAL_ID, SalesforceAccount, family, salesforce_account


@pytest.fixture
def account() -> Iterator[SalesforceAccount]:
    with salesforce_account() as served:
        yield served


def ids(receipts: Sequence[Receipt]) -> list[str]:
    assert all(isinstance(receipt, Applied) for receipt in receipts), receipts
    return [receipt.id for receipt in receipts if isinstance(receipt, Applied)]


def errors(receipts: Sequence[Receipt]) -> list[Any]:
    assert all(isinstance(receipt, Refused) for receipt in receipts), receipts
    return [receipt.error for receipt in receipts if isinstance(receipt, Refused)]


def spoilt(number: int = 1, **fields: Any) -> list[Write]:
    """A family whose person has these fields."""
    company, person = family(number)
    return [company, replace(person, fields={**person.fields, **fields})]


def test_a_group_is_one_call_to_the_vendor_and_one_of_the_daily_allowance(account: SalesforceAccount) -> None:
    connector = account.connector()
    before = account.control("calls")["last_day"]
    company, person = ids(connector.write_group(family(1)))
    assert account.row(person, "Contact")["AccountId"] == company
    assert account.control("calls")["last_day"] == before + 1
    assert len(account.asked("POST /services/data/v64.0/composite")) == 1


def test_the_second_time_the_same_records_are_updated(account: SalesforceAccount) -> None:
    first = account.connector().write_group(family(1))
    again = account.connector().write_group(family(1))
    assert ids(again) == ids(first)
    assert [receipt.effect for receipt in again if isinstance(receipt, Applied)] == [Effect.UPDATED, Effect.UPDATED]


def test_a_record_known_by_its_id_is_updated_although_its_answer_is_empty(account: SalesforceAccount) -> None:
    kept = account.create("Account", Name="Old")
    company, person = family(1)
    receipts = account.connector().write_group([replace(company, target=NativeId(kept)), person])
    assert ids(receipts)[0] == kept and account.row(kept, "Account")["Name"] == "Byron Engines"
    assert account.row(ids(receipts)[1], "Contact")["AccountId"] == kept


def test_the_one_to_blame_is_told_with_its_reason_and_the_others_as_undone(account: SalesforceAccount) -> None:
    company, person = family(1)
    first = errors(account.connector().write_group([replace(company, fields={"Name": "x" * 300}), person]))
    assert isinstance(first[0], Invalid) and first[0].field == "Name" and isinstance(first[1], Undone)
    last = errors(account.connector().write_group(spoilt(Email="not an address")))
    assert isinstance(last[0], Undone) and isinstance(last[1], Invalid) and last[1].field == "Email"
    assert account.records("Account") == {} and account.records("Contact") == {}


def test_a_field_that_is_hidden_is_left_out_and_named(account: SalesforceAccount) -> None:
    account.control("configure", hidden_fields={"Contact": ["Title"]})
    receipts = account.connector().write_group(spoilt(Title="Head"))
    assert len(ids(receipts)) == 2
    assert isinstance(receipts[1], Applied) and list(receipts[1].refused_fields) == ["Title"]
    assert len(account.records("Contact")) == 1


def test_a_text_that_salesforce_would_take_for_a_reference_is_refused_by_name_before_it_is_sent(account: SalesforceAccount) -> None:
    told = errors(account.connector().write_group(spoilt(Description="see @{r0.id}")))
    assert isinstance(told[1], Invalid) and told[1].field == "Description" and "@{" in told[1].message
    assert isinstance(told[0], Undone) and account.asked("composite") == []


def test_a_reference_to_a_record_that_does_not_go_before_is_a_bug(account: SalesforceAccount) -> None:
    company, person = family(1)
    with pytest.raises(ContractBroken):
        account.connector().write_group([person, company])


def test_an_external_id_cannot_lead_to_another_resource(account: SalesforceAccount) -> None:
    company, person = family(1)
    hostile = replace(person, target=Match.on(EXTERNAL_ID, "a/../../query?q=x&y@{r0.id}"))
    _, made = ids(account.connector().write_group([company, hostile]))
    assert account.row(made, "Contact")[EXTERNAL_ID] == "a/../../query?q=x&y@{r0.id}"


def test_a_converted_lead_in_a_group_names_its_contact(account: SalesforceAccount) -> None:
    lead = account.create("Lead")
    account.control("convert_lead", id=lead)
    write = Write("l", ObjectName("Lead"), {"Title": "Head"}, target=NativeId(lead))
    told = errors(account.connector().write_group([*family(1), write]))
    assert isinstance(told[2], Missing) and told[2].successor_object == "Contact"
    assert [type(error) for error in told[:2]] == [Undone, Undone] and account.records("Account") != {}


def test_an_external_id_field_that_is_not_there_stops_the_connection(account: SalesforceAccount) -> None:
    company, person = family(1)
    with pytest.raises(ConfigInvalid, match="No_Such__c") as stopped:
        account.connector().write_group([company, replace(person, target=Match.on("No_Such__c", "1"))])
    assert stopped.value.hint
    assert account.records("Account") == {}


def test_a_locked_record_has_the_whole_group_tried_again_later(account: SalesforceAccount) -> None:
    account.control("configure", locks=[{"times": 1}])
    assert any(isinstance(error, TryLater) for error in errors(account.connector().write_group(family(1))))
    assert len(ids(account.connector().write_group(family(1)))) == 2


def test_a_duplicate_rule_names_the_record_that_is_there(account: SalesforceAccount) -> None:
    there = account.create("Contact", Email="w1@example.com")
    account.control("configure", duplicate_rule={"mode": "alert"})
    told = errors(account.connector().write_group(spoilt(Email="w1@example.com")))
    assert isinstance(told[1], Duplicate) and told[1].existing == there
    assert len(ids(account.connector(allow_duplicates=True).write_group(spoilt(Email="w1@example.com")))) == 2


def test_a_group_over_the_daily_limit_is_tried_later(account: SalesforceAccount) -> None:
    connector = account.connector()
    account.control("use_up_calls")
    with pytest.raises(RateLimited):
        connector.write_group(family(1))


def test_a_request_that_is_refused_as_a_whole_refuses_the_group(account: SalesforceAccount) -> None:
    company, person = family(1)
    group = [company, *(replace(person, key=f"p{n}", target=Match.on(EXTERNAL_ID, f"P{n}")) for n in range(24))]
    assert len(ids(account.connector().write_group(group))) == 25
    account.fault(match="/composite", kind="status", status=400, body='[{"errorCode":"JSON_PARSER_ERROR","message":"?"}]', times=1)
    told = errors(account.connector().write_group(family(2)))
    assert isinstance(told[0], Invalid) and isinstance(told[1], Undone)


def test_references_within_a_group_may_form_a_chain(account: SalesforceAccount) -> None:
    company, person = family(1)
    account.control("add_field", object="Opportunity", name=EXTERNAL_ID, type="string", length=64, external_id=True, unique=True)
    fields: dict[str, WriteValue] = {"Name": "Engines", "StageName": "Open", "CloseDate": "2026-12-31", "AccountId": Sibling(company.key)}
    write = Write("deal", ObjectName("Opportunity"), fields, target=Match.on(EXTERNAL_ID, "D1"))
    made = ids(account.connector().write_group([company, person, write]))
    assert account.row(made[2], "Opportunity")["AccountId"] == made[0]
