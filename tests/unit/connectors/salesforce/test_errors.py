"""Every error code leads to what can be done about it, and no text quotes a person's data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.salesforce.errors import Problem, bulk_problem, call_error, read_error, read_problems, record_error, refused_fields
from core.contract import (
    AuthFailed,
    ConfigInvalid,
    ConnectorError,
    ContractBroken,
    Duplicate,
    Invalid,
    Missing,
    PermissionMissing,
    RateLimited,
    Response,
    StopConnection,
    TryLater,
    Unavailable,
)

EXISTING = "00QRO0000000001AAA"
CASES: list[tuple[str, str, type[ConnectorError]]] = [
    ("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access", TryLater),
    ("ALL_OR_NONE_OPERATION_ROLLED_BACK", "", TryLater),
    ("PROCESSING_HALTED", "", TryLater),
    ("ENTITY_IS_LOCKED", "", TryLater),
    ("QUERY_TIMEOUT", "", Unavailable),
    ("REQUEST_RUNNING_TOO_LONG", "", Unavailable),
    ("SERVER_UNAVAILABLE", "", Unavailable),
    ("UNKNOWN_EXCEPTION", "", Unavailable),
    ("INVALID_QUERY_LOCATOR", "", Unavailable),
    ("INVALID_LOGIN", "", AuthFailed),
    ("API_DISABLED_FOR_ORG", "", PermissionMissing),
    ("TXN_SECURITY_METERING_ERROR", "", PermissionMissing),
    ("STORAGE_LIMIT_EXCEEDED", "", StopConnection),
    ("ENTITY_IS_DELETED", "", Missing),
    ("NOT_FOUND", "", Missing),
    ("CANNOT_UPDATE_CONVERTED_LEAD", "", Missing),
    ("INVALID_CROSS_REFERENCE_KEY", "", Missing),
    ("DUPLICATES_DETECTED", "", Duplicate),
    ("DUPLICATE_EXTERNAL_ID", "", Duplicate),
    ("DUPLICATE_VALUE", "duplicate value found: X duplicates value on record with id: 00QRO0000000001", Duplicate),
    ("DUPLICATE_VALUE", "Duplicate external id specified: L1", TryLater),
    ("REQUIRED_FIELD_MISSING", "", Invalid),
    ("INVALID_FIELD", "", Invalid),
    ("CANNOT_EXECUTE_FLOW_TRIGGER", "UNABLE_TO_LOCK_ROW, unable to obtain", TryLater),
    ("CANNOT_EXECUTE_FLOW_TRIGGER", "System.NullPointerException", Invalid),
    ("INSUFFICIENT_ACCESS_OR_READONLY", "", Invalid),
    ("SOMETHING_NEW", "", Invalid),
]


@pytest.mark.parametrize(("code", "message", "expected"), CASES)
def test_a_code_leads_to_its_class(code: str, message: str, expected: type[ConnectorError]) -> None:
    assert type(record_error(Problem(code, message))) is expected


def test_the_two_request_limits_wait_differently_long() -> None:
    daily = record_error(Problem("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))
    crowd = record_error(Problem("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."))
    assert isinstance(daily, RateLimited) and isinstance(crowd, RateLimited)
    assert (daily.retry_after, crowd.retry_after) == (900.0, 5.0)


@pytest.mark.parametrize("key", ["duplicateResut", "duplicateResult"])
@pytest.mark.parametrize("code", ["errorCode", "statusCode"])
def test_the_record_that_a_duplicate_rule_found_is_named(key: str, code: str) -> None:
    record = {"attributes": {"type": "Contact"}, "Id": EXISTING}
    result = {"matchResults": [{"entityType": "Contact", "matchRecords": [{"record": record}]}]}
    (problem,) = read_problems([{code: "DUPLICATES_DETECTED", "message": "Use one of these records?", key: result}])
    error = record_error(problem)
    assert isinstance(error, Duplicate)
    assert (error.existing, error.existing_object) == (EXISTING, "Contact")


@pytest.mark.parametrize("result", [None, {}, {"matchResults": None}, {"matchResults": [{"matchRecords": [{"record": {}}]}]}, "text"])
def test_a_duplicate_result_in_another_form_names_nothing(result: Any) -> None:
    error = record_error(Problem("DUPLICATES_DETECTED", detail={"duplicateResut": result}))
    assert isinstance(error, Duplicate) and error.existing is None


def test_a_unique_value_names_the_record_that_holds_it() -> None:
    error = record_error(Problem("DUPLICATE_VALUE", f"duplicate value found: X__c duplicates value on record with id: {EXISTING}"))
    assert isinstance(error, Duplicate) and error.existing == EXISTING


@pytest.mark.parametrize("code", sorted({code for code, _, _ in CASES} | {"STRING_TOO_LONG", "INVALID_EMAIL_ADDRESS", "MALFORMED_ID"}))
def test_no_text_quotes_the_vendors_message(code: str) -> None:
    error = record_error(Problem(code, "Email: bad value: ada@example.com (max length=80)", ("Email",)))
    assert "ada@example.com" not in f"{error.message} {error.hint} {error!r}"


def test_a_text_that_is_too_long_says_how_long_it_may_be() -> None:
    error = record_error(Problem("STRING_TOO_LONG", "First Name: data value too large: Ada (max length=40)", ("FirstName",)))
    assert isinstance(error, Invalid) and error.field == "FirstName" and "40" in str(error.hint)


def test_a_reference_to_nothing_is_the_values_fault_and_not_the_records() -> None:
    error = record_error(Problem("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ("AccountId",)))
    assert isinstance(error, Invalid) and error.field == "AccountId"


@pytest.mark.parametrize(
    ("problem", "names"),
    [
        (Problem("INVALID_FIELD", "No such column 'Foo__c' on sobject of type Lead"), ("Foo__c",)),
        (Problem("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: A, B__c. Please check"), ("A", "B__c")),
        (Problem("INVALID_FIELD_FOR_INSERT_UPDATE", "whatever", ("A",)), ("A",)),
        (Problem("INVALID_FIELD", "something else"), ()),
        (Problem("STRING_TOO_LONG", "", ("A",)), ()),
    ],
)
def test_fields_that_may_not_be_written_are_recognised(problem: Problem, names: tuple[str, ...]) -> None:
    assert refused_fields(problem) == names


def test_a_failed_bulk_row_is_read_like_any_other() -> None:
    problem = bulk_problem("INVALID_EMAIL_ADDRESS:Email: invalid email address: a:b:Email --")
    assert (problem.code, problem.fields) == ("INVALID_EMAIL_ADDRESS", ("Email",))
    assert bulk_problem("UNABLE_TO_LOCK_ROW:unable to obtain:--").code == "UNABLE_TO_LOCK_ROW"
    assert bulk_problem("").code == "UNKNOWN_EXCEPTION"


def answer(status: int, body: object) -> Response:
    return Response(status, {}, json.dumps(body).encode())


def test_edge_answers_without_a_body_pass_by_themselves() -> None:
    assert isinstance(call_error(Response(420)), Unavailable)
    assert isinstance(call_error(Response(406)), Unavailable)
    assert call_error(Response(503, {}, b"<html></html>")) is None


def test_an_expired_session_is_left_to_the_runtime() -> None:
    assert call_error(answer(401, [{"errorCode": "INVALID_SESSION_ID", "message": ""}])) is None


def test_a_403_that_is_no_limit_is_a_permission() -> None:
    error = call_error(answer(403, [{"errorCode": "INSUFFICIENT_ACCESS", "message": ""}]))
    assert isinstance(error, PermissionMissing) and error.scope == "INSUFFICIENT_ACCESS"


def test_a_read_blames_no_record() -> None:
    assert isinstance(read_error(answer(404, [{"errorCode": "NOT_FOUND", "message": ""}])), ConfigInvalid)
    assert isinstance(read_error(answer(400, [{"errorCode": "MALFORMED_QUERY", "message": ""}])), ContractBroken)
