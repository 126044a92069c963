"""HubSpot's error bodies, and the errors they become."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.hubspot.api import error_for
from connectors.hubspot.problems import read_problem
from core.contract import (
    AuthFailed,
    ConfigInvalid,
    ContractBroken,
    Duplicate,
    Invalid,
    Missing,
    PermissionMissing,
    RateLimited,
    Response,
    TryLater,
    Unavailable,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def nested(*faults: dict[str, Any]) -> dict[str, Any]:
    return {"status": "error", "category": "VALIDATION_ERROR", "message": f"Property values were not valid: {json.dumps(faults)}"}


def refusal(status: int, body: Any = None, **headers: str) -> Response:
    return Response(status, headers, b"" if body is None else json.dumps(body).encode())


def test_a_refused_value_is_named_by_field_and_rule_and_never_quoted() -> None:
    body = nested({"isValid": False, "message": "secret@person was not valid", "error": "INVALID_EMAIL", "name": "email"})
    error = read_problem(body).as_error()
    assert isinstance(error, Invalid)
    assert (error.field, error.rule) == ("email", "INVALID_EMAIL")
    assert "secret@person" not in error.message


@pytest.mark.parametrize("code", ["PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"])
def test_a_property_that_cannot_be_written_is_schema_drift(code: str) -> None:
    assert read_problem(nested({"error": code, "name": "shoe_size"})).is_schema_drift()
    mixed = nested({"error": code, "name": "shoe_size"}, {"error": "INVALID_OPTION", "name": "lifecyclestage"})
    assert not read_problem(mixed).is_schema_drift()


def test_a_conflict_names_the_record_that_exists() -> None:
    error = read_problem({"category": "CONFLICT", "message": "Contact already exists. Existing ID: 4711"}).as_error()
    assert isinstance(error, Duplicate) and error.existing == "4711"


def test_a_taken_unique_value_is_a_duplicate_too() -> None:
    text = "Contact 205 already has the value L1 of the unique property leadloom_id."
    error = read_problem(nested({"error": "CONFLICTING_UNIQUE_VALUE", "name": "leadloom_id", "message": text})).as_error()
    assert isinstance(error, Duplicate) and error.existing == "205"


def test_an_unknown_record_is_missing_with_a_hint_at_merges() -> None:
    problem = read_problem({"category": "OBJECT_NOT_FOUND", "message": "Could not get some", "context": {"ids": ["5", 6]}})
    error = problem.as_error()
    assert isinstance(error, Missing) and "merged" in str(error.hint)
    assert problem.ids == {"5", "6"}


def test_a_row_that_hubspot_could_not_handle_now_is_tried_later() -> None:
    assert isinstance(read_problem({"category": "INTERNAL_ERROR"}).as_error(), TryLater)


@pytest.mark.parametrize("body", [None, [], "text", {}, {"message": 5, "errors": "x", "context": []}, {"message": "[{broken"}])
def test_a_body_of_any_form_is_read(body: Any) -> None:
    assert isinstance(read_problem(body).as_error(), Invalid)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ContractBroken),
        (401, AuthFailed),
        (403, PermissionMissing),
        (404, ConfigInvalid),
        (414, ContractBroken),
        (423, RateLimited),
        (429, RateLimited),
        (477, RateLimited),
        (500, Unavailable),
        (502, Unavailable),
        (523, Unavailable),
    ],
)
def test_every_status_has_its_error_also_without_a_body(status: int, kind: type[Exception]) -> None:
    assert type(error_for(refusal(status), NOW)) is kind
    assert type(error_for(Response(status, {}, b"<html>gateway</html>"), NOW)) is kind


def test_a_missing_scope_is_named() -> None:
    inner = {
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": ["crm.objects.deals.write"]},
    }
    error = error_for(refusal(403, {"category": "MISSING_SCOPES", "errors": [inner]}), NOW)
    assert isinstance(error, PermissionMissing) and error.scope == "crm.objects.deals.write"


@pytest.mark.parametrize(
    ("policy", "zone", "seconds"),
    [
        ("SECONDLY", None, 1),
        ("TEN_SECONDLY_ROLLING", None, 10),
        ("DAILY", None, 3600),
        ("DAILY", "America/New_York", 20 * 3600),
        ("", None, 10),
    ],
)
def test_the_wait_follows_the_policy(policy: str, zone: str | None, seconds: float) -> None:
    error = error_for(refusal(429, {"policyName": policy}), NOW, ZoneInfo(zone) if zone else None)
    assert isinstance(error, RateLimited) and error.retry_after == seconds


def test_midnight_is_the_accounts_own_also_when_the_clocks_change() -> None:
    spring_forward = datetime(2026, 3, 8, 5, 0, tzinfo=UTC)  # 00:00 in New York, on a day of 23 hours
    error = error_for(refusal(429, {"policyName": "DAILY"}), spring_forward, ZoneInfo("America/New_York"))
    assert isinstance(error, RateLimited) and error.retry_after == 23 * 3600


@pytest.mark.parametrize(("status", "header", "seconds"), [(477, "86400", 86400), (423, "1", 2), (429, "30", 30), (429, "junk", 10)])
def test_a_wait_that_hubspot_names_is_kept(status: int, header: str, seconds: float) -> None:
    error = error_for(refusal(status, {}, **{"retry-after": header}), NOW)
    assert isinstance(error, RateLimited) and error.retry_after == seconds
