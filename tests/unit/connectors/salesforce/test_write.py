"""Each write gets the receipt it deserves, whatever happens to its neighbours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.salesforce.rows import Operation, Row, Verb, calls
from core.contract import (
    Applied,
    Blob,
    Clear,
    ConfigInvalid,
    Duplicate,
    Effect,
    Invalid,
    Match,
    Missing,
    NativeId,
    ObjectName,
    PermissionMissing,
    RateLimited,
    Receipt,
    RecordError,
    Ref,
    Refused,
    TryLater,
    Unavailable,
    Write,
    WriteKind,
)
from tests.support.salesforce_bench import EXTERNAL_ID, LEAD, SalesforceAccount, collected, salesforce_account, upsert


@pytest.fixture
def account() -> Iterator[SalesforceAccount]:
    with salesforce_account() as served:
        yield served


def create(number: int, **fields: Any) -> Write:
    given = {"LastName": f"Writer {number}", "Company": "Example Ltd", **fields}
    return Write(key=f"c{number}", object=LEAD, fields=given)


def update(native_id: str, **fields: Any) -> Write:
    return Write(key=f"u{native_id}", object=LEAD, fields=fields, target=NativeId(native_id))


def delete(target: NativeId | Match) -> Write:
    return Write(key="d", object=LEAD, fields={}, kind=WriteKind.DELETE, target=target)


def applied(receipt: Receipt) -> Applied:
    assert isinstance(receipt, Applied), receipt
    return receipt


def error_of(receipt: Receipt) -> Any:
    assert isinstance(receipt, Refused), receipt
    return receipt.error


def test_a_batch_of_200_upserts_is_one_call(account: SalesforceAccount) -> None:
    receipts = account.connector().write([upsert(n) for n in range(200)])
    assert [applied(receipt).effect for receipt in receipts] == [Effect.CREATED] * 200
    assert len(account.asked("PATCH")) == 1
    again = account.connector().write([upsert(n) for n in range(200)])
    assert {applied(receipt).effect for receipt in again} == {Effect.UPDATED}
    assert [applied(receipt).id for receipt in again] == [applied(receipt).id for receipt in receipts]


def test_creates_updates_upserts_and_deletes_of_one_batch_keep_their_places(account: SalesforceAccount) -> None:
    kept, gone = account.seed("Lead", 2)
    batch = [update(kept, Title="Head"), upsert(1), delete(NativeId(gone)), create(2)]
    effects = [applied(receipt).effect for receipt in account.connector().write(batch)]
    assert effects == [Effect.UPDATED, Effect.CREATED, Effect.DELETED, Effect.CREATED]
    assert account.row(kept)["Title"] == "Head"


def test_two_writes_of_one_external_id_go_one_after_the_other(account: SalesforceAccount) -> None:
    receipts = account.connector().write([upsert(1, Title="first"), upsert(2), upsert(1, Title="second")])
    assert applied(receipts[0]).id == applied(receipts[2]).id
    assert account.row(applied(receipts[0]).id)["Title"] == "second"
    assert len(account.asked("PATCH")) == 2


@given(
    st.lists(st.tuples(st.sampled_from([Verb.CREATE, Verb.UPSERT, Verb.UPDATE]), st.sampled_from("abAB")), max_size=60), st.integers(1, 7)
)
def test_a_call_has_one_operation_no_record_twice_and_no_row_is_lost(rows: list[tuple[Verb, str]], most: int) -> None:
    made = [
        Row(n, Operation("Lead", verb, None if verb is Verb.CREATE else "X"), None if verb is Verb.CREATE else name, {})
        for n, (verb, name) in enumerate(rows)
    ]
    planned = list(calls(made, most=most))
    assert sorted(row.index for call in planned for row in call) == list(range(len(rows)))
    for call in planned:
        assert len(call) <= most and len({row.operation for row in call}) == 1
        names = [row.identity.lower() if row.operation.verb is Verb.UPSERT else row.identity for row in call if row.identity]
        assert len(set(names)) == len(names)


def test_a_refused_row_leaves_the_others_alone(account: SalesforceAccount) -> None:
    receipts = account.connector().write([upsert(1), upsert(2, Email="not an address"), upsert(3)])
    assert applied(receipts[0]) and applied(receipts[2])
    error = error_of(receipts[1])
    assert isinstance(error, Invalid) and (error.field, error.rule) == ("Email", "INVALID_EMAIL_ADDRESS")


def test_a_call_refused_for_one_row_is_narrowed_down_to_it(account: SalesforceAccount) -> None:
    body = json.dumps([{"errorCode": "JSON_PARSER_ERROR", "message": "Cannot deserialize instance of date"}])
    account.fault(kind="status", match="PATCH", times=3, status=400, body=body)
    receipts = account.connector().write([upsert(n) for n in range(4)])
    assert [isinstance(receipt, Applied) for receipt in receipts] == [False, True, True, True]
    assert error_of(receipts[0]).rule == "JSON_PARSER_ERROR"


def test_a_hidden_field_is_left_out_and_named_while_the_record_is_written(account: SalesforceAccount) -> None:
    account.control("configure", hidden_fields={"Lead": ["Title", "Phone"]})
    receipts = account.connector().write([upsert(1, Title="Head", Phone="555-0100"), upsert(2), upsert(3, Title="Head")])
    assert [set(applied(receipt).refused_fields) for receipt in receipts] == [{"Title", "Phone"}, set(), {"Title"}]
    assert len(account.control("records", object="Lead")) == 3


def test_a_read_only_field_is_left_out_too(account: SalesforceAccount) -> None:
    (receipt,) = account.connector().write([create(1, CreatedDate="2026-01-01T00:00:00Z")])
    assert set(applied(receipt).refused_fields) == {"CreatedDate"}


def test_an_update_of_nothing_but_hidden_fields_changes_nothing(account: SalesforceAccount) -> None:
    lead = account.create()
    (receipt,) = account.connector().write([update(lead, Unknown__c="x")])
    assert (applied(receipt).id, applied(receipt).effect) == (lead, Effect.UNCHANGED)


def test_a_missing_external_id_field_stops_the_connection_with_advice(account: SalesforceAccount) -> None:
    account.control("configure", hidden_fields={"Lead": [EXTERNAL_ID]})
    with pytest.raises(ConfigInvalid) as caught:
        account.connector().write([upsert(n) for n in range(50)])
    assert EXTERNAL_ID in str(caught.value) and "External ID" in str(caught.value.hint)
    assert len(account.asked("PATCH")) == 1


def test_a_cleared_field_is_empty_and_an_absent_one_untouched(account: SalesforceAccount) -> None:
    lead = account.create(Title="Head", Phone="555-0100")
    account.connector().write([update(lead, Title=Clear())])
    assert (account.row(lead)["Title"], account.row(lead)["Phone"]) == (None, "555-0100")


def test_references_are_written_as_ids_and_files_are_refused(account: SalesforceAccount) -> None:
    campaign = account.create("Campaign", Name="Fair")
    lead = account.create()
    fields = {"CampaignId": Ref(ObjectName("Campaign"), NativeId(campaign)), "LeadId": Ref(LEAD, NativeId(lead))}
    connector = account.connector()
    (receipt,) = connector.write([Write(key="m", object=ObjectName("CampaignMember"), fields=fields)])
    assert account.row(applied(receipt).id, "CampaignMember")["LeadId"] == lead
    (refused,) = connector.write([upsert(1, Description=Blob("a.pdf", "application/pdf", b""))])
    assert error_of(refused).field == "Description"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {"a": 1}, ["\udfff"]])
def test_a_value_without_a_form_is_refused_alone(account: SalesforceAccount, value: Any) -> None:
    receipts = account.connector().write([upsert(1, Description=value), upsert(2)])
    assert isinstance(error_of(receipts[0]), Invalid) and applied(receipts[1])


def test_the_id_and_the_external_id_never_stand_in_the_body_twice(account: SalesforceAccount) -> None:
    (receipt,) = account.connector().write([upsert(1, Id="00QRO0000000001", leadloom_id__c="other")])
    assert account.row(applied(receipt).id)[EXTERNAL_ID] == "L1"


@pytest.mark.parametrize(
    "target",
    [Match(frozenset({("Email", "a@example.com"), ("Phone", "1")})), Match.on(EXTERNAL_ID, ""), NativeId("a,b"), Match.on("Id", "../x")],
)
def test_a_target_that_is_none_is_refused_unsent(account: SalesforceAccount, target: NativeId | Match) -> None:
    (receipt,) = account.connector().write([Write(key="k", object=LEAD, fields={"Title": "x"}, target=target)])
    assert isinstance(error_of(receipt), Invalid)
    assert not account.asked("PATCH")


@given(external_id=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20))
@settings(max_examples=30, deadline=None)
def test_any_external_id_reaches_its_own_record_and_no_other_resource(external_id: str) -> None:
    with salesforce_account() as account:
        fields = {"LastName": "Archer", "Company": "Example Ltd"}
        write = Write(key="k", object=LEAD, fields=fields, target=Match.on(EXTERNAL_ID, external_id))
        (receipt,) = account.connector().write([write])
        if isinstance(receipt, Applied):
            assert account.row(receipt.id)[EXTERNAL_ID] == (external_id.strip() or None)
        else:
            assert isinstance(error_of(receipt), RecordError)
        paths = {entry.path for entry in account.asked("PATCH")}
        assert paths == {f"/services/data/v64.0/composite/sobjects/Lead/{EXTERNAL_ID}"}


def test_a_locked_row_alone_is_worth_another_try(account: SalesforceAccount) -> None:
    lead, other = account.seed("Lead", 2)
    account.control("configure", locks=[{"ids": [lead], "times": 1}])
    receipts = account.connector().write([update(lead, Title="Head"), update(other, Title="Head")])
    assert isinstance(error_of(receipts[0]), TryLater) and applied(receipts[1])


def test_a_unique_value_that_is_taken_names_its_holder(account: SalesforceAccount) -> None:
    holder = account.create(**{EXTERNAL_ID: "L1"})
    (receipt,) = account.connector().write([create(2, **{EXTERNAL_ID: "L1"})])
    assert isinstance(error_of(receipt), Duplicate) and error_of(receipt).existing == holder


def test_duplicate_rules_refuse_unless_they_only_alert_and_duplicates_are_allowed(account: SalesforceAccount) -> None:
    account.create(Email="w1@example.com")
    account.control("configure", duplicate_rule={"mode": "alert"})
    (refused,) = account.connector().write([upsert(1)])
    assert isinstance(error_of(refused), Duplicate)
    (saved,) = account.connector(allow_duplicates=True).write([upsert(1)])
    assert applied(saved).effect is Effect.CREATED
    account.control("configure", duplicate_rule={"mode": "block"})
    (blocked,) = account.connector(allow_duplicates=True).write([upsert(2, Email="w1@example.com")])
    assert isinstance(error_of(blocked), Duplicate)


@pytest.mark.parametrize("runs", [False, True])
def test_assignment_rules_run_only_where_wanted(account: SalesforceAccount, runs: bool) -> None:
    users = {row["LastName"]: row["Id"] for row in account.control("records", object="User")}
    account.control("configure", assignment_owner=users["Sales"])
    (receipt,) = account.connector(assignment_rules=runs).write([upsert(1)])
    assert (account.row(applied(receipt).id)["OwnerId"] == users["Sales"]) is runs


def test_a_converted_lead_names_its_contact(account: SalesforceAccount) -> None:
    connector = account.connector()
    (made,) = connector.write([upsert(1)])
    contact = account.control("convert_lead", id=applied(made).id)["contactId"]
    by_id, by_key, other = connector.write([update(applied(made).id, Title="x"), upsert(1), upsert(2)])
    for error in (error_of(by_id), error_of(by_key)):
        assert isinstance(error, Missing) and (error.successor_object, error.successor) == ("Contact", contact)
    assert applied(other)


def test_a_merged_record_names_the_one_that_stayed(account: SalesforceAccount) -> None:
    last, winner, loser = account.seed("Lead", 3)
    account.control("merge", object="Lead", winner=winner, losers=[loser])
    account.control("merge", object="Lead", winner=last, losers=[winner])
    (receipt,) = account.connector().write([update(loser, Title="x")])
    error = error_of(receipt)
    assert isinstance(error, Missing) and (error.successor_object, error.successor) == ("Lead", last)


def test_an_owner_is_set_by_a_reference_to_a_user(account: SalesforceAccount) -> None:
    sales = next(row["Id"] for row in account.control("records", object="User") if row["LastName"] == "Sales")
    owner = Ref(ObjectName("User"), NativeId(sales))
    for connector in (account.connector(), account.connector(bulk_from=1)):
        lead = account.create()
        receipts = connector.write([update(lead, OwnerId=owner)])
        assert [applied(receipt).effect for receipt in collected(account, connector, receipts)] == [Effect.UPDATED]
        assert account.row(lead)["OwnerId"] == sales


def test_a_reference_to_a_record_that_is_gone_names_the_field(account: SalesforceAccount) -> None:
    gone = account.create("Account")
    account.delete("Account", gone)
    wanted = Write("k", ObjectName("Contact"), {"LastName": "Archer", "AccountId": Ref(ObjectName("Account"), NativeId(gone))})
    (receipt,) = account.connector().write([wanted])
    assert isinstance(error_of(receipt), Invalid) and error_of(receipt).field == "AccountId"


def test_deleting_twice_is_deleted_and_deleting_nothing_is_missing(account: SalesforceAccount) -> None:
    lead = NativeId(account.create(**{EXTERNAL_ID: "L1"}))
    connector = account.connector()
    for target in (lead, lead):
        (receipt,) = connector.write([delete(target)])
        assert applied(receipt).effect is Effect.DELETED
    (missing,) = connector.write([delete(Match.on(EXTERNAL_ID, "L1"))])
    assert isinstance(error_of(missing), Missing)


def test_a_record_is_deleted_by_its_external_id(account: SalesforceAccount) -> None:
    lead = account.create(**{EXTERNAL_ID: "L1"})
    (receipt,) = account.connector().write([delete(Match.on(EXTERNAL_ID, "L1"))])
    assert (applied(receipt).id, account.row(lead)["IsDeleted"]) == (lead, True)


def test_a_lost_answer_to_an_upsert_is_repeated_and_to_a_create_is_not(account: SalesforceAccount) -> None:
    account.fault(kind="reset_after", match="(PATCH|POST) .*/composite", times=1)
    (receipt,) = account.connector().write([upsert(1)])
    assert applied(receipt)
    account.fault(kind="reset_after", match="(PATCH|POST) .*/composite", times=1)
    with pytest.raises(Unavailable) as caught:
        account.connector().write([create(2)])
    assert caught.value.outcome_unknown
    assert len(account.control("records", object="Lead")) == 2


def test_what_was_applied_before_an_outage_is_not_lost(account: SalesforceAccount) -> None:
    account.fault(kind="status", match="POST .*/composite", times=-1, status=500)
    receipts = account.connector().write([upsert(1), create(2), upsert(3)])
    assert applied(receipts[0]) and applied(receipts[2])
    assert isinstance(error_of(receipts[1]), Unavailable)


def test_the_daily_limit_stops_the_call(account: SalesforceAccount) -> None:
    connector = account.connector()
    connector.check()
    account.control("use_up_calls")
    with pytest.raises(RateLimited) as caught:
        connector.write([upsert(1)])
    assert caught.value.retry_after == 900


def test_a_row_that_speaks_for_the_whole_connection_is_raised(account: SalesforceAccount) -> None:
    body = json.dumps([{"success": False, "errors": [{"statusCode": "API_DISABLED_FOR_ORG", "message": "", "fields": []}]}])
    account.fault(kind="status", match="PATCH", times=1, status=200, body=body)
    with pytest.raises(PermissionMissing):
        account.connector().write([upsert(1)])
