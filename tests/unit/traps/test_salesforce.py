"""What Salesforce integrations fall into: each test falls when the protection it names is taken away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.salesforce.auth import login_error
from connectors.salesforce.errors import bulk_problem, read_problems, record_error
from core.contract import Applied, Clear, Match, NativeId, ObjectName, Pending, Receipt, Refused, Response, TryLater, Unavailable, Write
from tests.support.salesforce_bench import EXTERNAL_ID, LEAD, SalesforceAccount, collected, salesforce_account, settings_for, upsert

OUT_OF_ORDER = json.dumps([{"errorCode": "UNKNOWN_EXCEPTION", "message": "An unexpected error occurred."}])
EMPTY_VALUES: dict[str, Any] = {"Title": None, "Phone": "", "City": []}
JOBS = "jobs/ingest"


@pytest.fixture
def account() -> Iterator[SalesforceAccount]:
    with salesforce_account() as served:
        yield served


def create(number: int = 1) -> Write:
    return Write(key=f"c{number}", object=LEAD, fields={"LastName": f"Writer {number}", "Company": "Example Ltd"})


def update(native_id: str, **fields: Any) -> Write:
    return Write(key="u", object=LEAD, fields=fields, target=NativeId(native_id))


def applied(receipt: Receipt) -> Applied:
    assert isinstance(receipt, Applied), receipt
    return receipt


@pytest.mark.parametrize(("write", "is_unknown"), [(create(), True), (upsert(1), False)], ids=["create", "upsert"])
def test_a_server_error_that_names_its_code_leaves_the_outcome_of_a_create_unknown(
    account: SalesforceAccount, write: Write, is_unknown: bool
) -> None:
    account.fault(kind="status", match="composite/sobjects", times=-1, status=500, body=OUT_OF_ORDER)
    with pytest.raises(Unavailable) as caught:
        account.connector().write([write])
    assert caught.value.outcome_unknown is is_unknown


def test_a_server_error_on_closing_a_job_is_found_out_by_collecting_and_not_sent_again_blindly(account: SalesforceAccount) -> None:
    connector = account.connector(bulk_from=1)
    account.fault(kind="status", match=f"PATCH .*{JOBS}", status=500, body=OUT_OF_ORDER)
    receipts = connector.write([create()])
    assert [type(receipt) for receipt in receipts] == [Pending]


def test_a_refused_query_inside_a_successful_composite_answer_is_no_empty_result(account: SalesforceAccount) -> None:
    account.connector().describe()
    part = {"referenceId": "q0", "httpStatusCode": 400, "httpHeaders": {}, "body": [{"errorCode": "QUERY_TIMEOUT", "message": "slow"}]}
    connector = account.connector()
    account.fault(kind="status", match="POST .*/composite$", status=200, body=json.dumps({"compositeResponse": [part]}))
    with pytest.raises(Unavailable):
        connector.find(ObjectName("Lead"), [Match.on("Email", "ada@example.com")])


@pytest.mark.parametrize("bulk_from", [2_000, 1], ids=["collections", "job"])
def test_an_empty_value_never_empties_a_field_and_is_named(account: SalesforceAccount, bulk_from: int) -> None:
    lead = account.create(Title="Head", Phone="+1 212 555 0100", City="Rome")
    connector = account.connector(bulk_from=bulk_from)
    (receipt,) = collected(account, connector, connector.write([update(lead, **EMPTY_VALUES, Company="Example Inc")]))
    assert set(applied(receipt).refused_fields) == set(EMPTY_VALUES)
    row = account.row(lead)
    assert (row["Title"], row["Phone"], row["City"], row["Company"]) == ("Head", "+1 212 555 0100", "Rome", "Example Inc")


@pytest.mark.parametrize("bulk_from", [2_000, 1], ids=["collections", "job"])
def test_the_order_to_clear_empties_a_field(account: SalesforceAccount, bulk_from: int) -> None:
    lead = account.create(Title="Head")
    connector = account.connector(bulk_from=bulk_from)
    collected(account, connector, connector.write([update(lead, Title=Clear())]))
    assert account.row(lead)["Title"] is None


@pytest.mark.parametrize("bulk_from", [2_000, 1], ids=["collections", "job"])
def test_external_ids_that_differ_in_capitals_only_never_meet_in_one_call(account: SalesforceAccount, bulk_from: int) -> None:
    connector = account.connector(bulk_from=bulk_from)
    first, second = (
        Write(key=name, object=LEAD, fields={"LastName": "Writer", "Company": "Example Ltd"}, target=Match.on(EXTERNAL_ID, name))
        for name in ("Link-a", "LINK-A")
    )
    receipts = collected(account, connector, connector.write([first, second]))
    assert not [receipt for receipt in receipts if isinstance(receipt, Refused) and not isinstance(receipt.error, TryLater)]
    assert isinstance(receipts[0], Applied) and len(account.records("Lead")) == 1


@pytest.mark.parametrize("setting", ["assignment_rules", "allow_duplicates"])
def test_a_setting_that_a_job_cannot_carry_out_keeps_large_batches_from_jobs(account: SalesforceAccount, setting: str) -> None:
    connector = account.connector(bulk_from=2, **{setting: True})
    receipts = connector.write([upsert(1), upsert(2), upsert(3)])
    assert [applied(receipt).effect for receipt in receipts]
    assert not account.asked(JOBS)
    (call,) = account.asked("PATCH")
    assert call.headers["sforce-auto-assign"] == ("TRUE" if setting == "assignment_rules" else "FALSE")
    assert ("sforce-duplicate-rule-header" in call.headers) is (setting == "allow_duplicates")


def test_an_external_id_that_reads_like_the_order_to_clear_goes_by_no_job(account: SalesforceAccount) -> None:
    write = Write(key="k", object=LEAD, fields={"LastName": "Writer", "Company": "Example Ltd"}, target=Match.on(EXTERNAL_ID, "#N/A"))
    (receipt,) = account.connector(bulk_from=1).write([write])
    assert account.row(applied(receipt).id)[EXTERNAL_ID] == "#N/A"
    assert not account.asked(JOBS)


@pytest.mark.parametrize(
    "text", ["ada@example.com is not valid", "Ada Archer: is not valid", "ADA_ARCHER@EXAMPLE.COM:is not valid:Email --"]
)
def test_a_failed_row_without_a_code_is_parked_and_not_quoted(text: str) -> None:
    error = record_error(bulk_problem(text))
    assert "ada" not in str(error).casefold()


def test_a_code_that_is_none_is_not_quoted() -> None:
    (problem,) = read_problems([{"errorCode": "no such person ada@example.com", "message": "ada@example.com"}])
    assert "ada" not in str(record_error(problem))


def test_values_that_automation_puts_into_the_text_of_a_validation_rule_are_blotted_out() -> None:
    message = "Duplicate of ada@example.com, phone +1 (212) 555-0100: ask sales ops"
    problem = read_problems([{"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": message, "fields": []}])[0]
    error = record_error(problem)
    assert "ask sales ops" in str(error) and error.hint
    assert "ada" not in str(error) and "555" not in str(error)


def test_a_refusal_of_the_login_does_not_quote_what_is_no_code() -> None:
    body = json.dumps({"error": "token 00Dxx!AQ.secret is bad", "error_description": "authentication failure"}).encode()
    error = login_error(Response(400, {}, body))
    assert "secret" not in str(error) and error is not None and error.hint


@pytest.mark.parametrize("grant", ["password", "soap"])
def test_logins_that_salesforce_is_retiring_are_not_offered(grant: str) -> None:
    with pytest.raises(ValidationError):
        settings_for("https://acme.my.salesforce.com", grant=grant)


def test_a_version_that_answers_an_upsert_without_a_body_is_not_offered() -> None:
    with pytest.raises(ValidationError):
        settings_for("https://acme.my.salesforce.com", api_version="45")
