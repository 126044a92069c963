"""What HubSpot integrations fall into: each test falls when the protection it names is taken away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from connectors.hubspot.api import error_for
from connectors.hubspot.problems import read_problem
from connectors.hubspot.schema import field_spec
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.values import written
from core.contract import (
    Applied,
    AuthFailed,
    Duplicate,
    Match,
    ObjectName,
    PermissionMissing,
    RateLimited,
    Refused,
    Response,
    Unavailable,
    Write,
)
from tests.support.hubspot_bench import Account, hubspot_account, hubspot_manifest

CONTACTS = ObjectName("contacts")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OAUTH = {"client_id": "sandbox-client", "client_secret": "sandbox-client-secret", "refresh_token": "sandbox-refresh"}
LEGAL_BASIS = "Legitimate interest \N{EN DASH} prospect/lead"


def upsert(number: int, **fields: Any) -> Write:
    given = {"email": f"p{number}@example.com", "lastname": f"Person {number}", **fields}
    return Write(f"k{number}", CONTACTS, given, target=Match.on("leadloom_id", f"L{number}"))


@pytest.fixture
def account() -> Iterator[Account]:
    with hubspot_account() as served:
        yield served


def test_a_read_over_the_sdk_that_meets_a_long_retry_after_is_one_request_without_waiting(account: Account) -> None:
    limited = {"status": 429, "body": "{}", "headers": {"retry-after": "3600"}}
    account.fault(kind="status", match="GET /crm/v3/objects", times=-1, **limited)
    before = account.clock.now()
    with pytest.raises(RateLimited) as caught:
        next(account.connector().read(CONTACTS, None))
    assert caught.value.retry_after == 3600
    assert account.clock.now() == before
    assert sum(line.startswith("GET /crm/v3/objects") for line in account.lines()) == 1


def test_searches_keep_to_five_a_second_which_all_apps_of_the_account_share(account: Account) -> None:
    (limit,) = [limit for limit in hubspot_manifest().limits if limit.bucket == "search"]
    assert (limit.calls, limit.per_seconds) == (5, 1)
    connector = account.connector(properties={"contacts": ["email"]}, timeout_seconds=20)
    connector.find(CONTACTS, [Match.on("lastname", "first")])
    before = account.clock.now()
    for number in range(8):
        connector.find(CONTACTS, [Match.on("lastname", f"archer {number}")])
    assert (account.clock.now() - before).total_seconds() >= 1
    assert not account.control("records", object="contacts")


def test_an_option_is_known_by_its_exact_characters_not_by_its_label() -> None:
    definition: dict[str, Any] = {"name": "hs_legal_basis", "label": "Basis", "type": "enumeration", "fieldType": "select"}
    spec = field_spec(CONTACTS, definition | {"options": [{"value": LEGAL_BASIS, "label": "Prospect"}]})
    assert spec.choices == (LEGAL_BASIS,) and spec.choices_closed
    assert written({"hs_legal_basis": LEGAL_BASIS})[0] == {"hs_legal_basis": LEGAL_BASIS}


@pytest.mark.parametrize("status", [400, 403])
def test_a_page_of_a_proxy_at_the_token_endpoint_is_an_outage_and_no_refusal(account: Account, status: int) -> None:
    connector = account.connector(oauth=OAUTH)
    account.fault(kind="status", match="/oauth/", times=-1, status=status, body="<html>blocked</html>")
    with pytest.raises(Unavailable):
        connector.check()


def test_a_refused_refresh_token_stops_the_connection(account: Account) -> None:
    with pytest.raises(AuthFailed):
        account.connector(oauth=OAUTH | {"refresh_token": "revoked"}).check()


def test_a_403_without_scopes_names_its_reason_and_what_to_do() -> None:
    error = error_for(Response(403, {}, b'{"category": "USER_DOES_NOT_HAVE_PERMISSIONS", "message": "Ada may not"}'), NOW)
    assert isinstance(error, PermissionMissing)
    assert "USER_DOES_NOT_HAVE_PERMISSIONS" in error.message and error.hint
    assert "Ada" not in f"{error.message}{error.hint}"


@pytest.mark.parametrize("key", ["category", "errorType", "policyName"])
def test_a_word_of_the_vendor_that_is_none_is_not_quoted(key: str) -> None:
    problem = read_problem({key: "contact ada@example.com is at fault"})
    assert "ada" not in f"{problem.as_error()}{problem.policy}{problem.rule}"


def test_an_empty_secret_is_a_wrong_setting_and_not_a_failing_webhook() -> None:
    with pytest.raises(ValidationError):
        HubSpotSettings.model_validate({"access_token": "t", "client_secrets": [""]})


@pytest.mark.parametrize("version", ["v3", "2026-09"], ids=["207", "200"])
def test_a_refused_row_inside_a_success_is_told_with_its_reason_whatever_the_status(account: Account, version: str) -> None:
    (taken,) = account.control("seed", contacts=[{"email": "taken@example.com"}])["contacts"]
    good, bad = account.connector(api_version=version).write([upsert(1), upsert(2, email="taken@example.com")])
    assert isinstance(good, Applied)
    assert isinstance(bad, Refused) and isinstance(bad.error, Duplicate) and bad.error.existing == taken


@pytest.mark.parametrize("target", ["create", "upsert"])
def test_one_bad_row_in_a_hundred_costs_no_further_call(account: Account, target: str) -> None:
    batch = [upsert(number, lifecyclestage="nonsense" if number == 50 else "lead") for number in range(100)]
    if target == "create":
        batch = [replace(write, target=None) for write in batch]
    receipts = account.connector(timeout_seconds=20).write(batch)
    assert [number for number, receipt in enumerate(receipts) if isinstance(receipt, Refused)] == [50]
    assert [line for line in account.lines() if "/batch/" in line] == [f"POST /crm/v3/objects/contacts/batch/{target}"]


def test_a_change_that_search_hides_for_longer_than_expected_is_met_in_the_overlap(account: Account) -> None:
    connector = account.connector(index_lag_seconds=60, overlap_seconds=120, deletions_every_seconds=100_000)
    account.control("configure", index_delay_seconds=150)
    cursor = list(connector.read(CONTACTS, None))[-1].resume
    (hidden,) = account.seed(CONTACTS, 1)
    told: list[str] = []
    for _ in range(8):
        account.clock.advance(40)
        pages = list(connector.read(CONTACTS, cursor))
        told += [change.id for page in pages for change in page.changes]
        cursor = pages[-1].resume
    assert hidden in told


def test_the_day_ends_at_the_accounts_midnight_also_when_the_date_there_is_another() -> None:
    body = b'{"policyName": "DAILY", "errorType": "RATE_LIMIT"}'
    late_evening = datetime(2026, 3, 2, 3, 30, tzinfo=UTC)
    error = error_for(Response(429, {}, body), late_evening, ZoneInfo("America/New_York"))
    assert isinstance(error, RateLimited) and error.retry_after == 5_400
