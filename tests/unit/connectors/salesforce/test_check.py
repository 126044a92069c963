"""A check names the org, and says what an admin should know."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.contract import ConfigInvalid, ContractBroken, PermissionMissing, Unavailable
from tests.support.salesforce_bench import ORGANIZATION, PATH_TOKEN, SalesforceAccount, salesforce_account


@pytest.fixture
def account() -> Iterator[SalesforceAccount]:
    with salesforce_account() as served:
        yield served


def test_a_good_connection_has_no_notes_and_changes_nothing(account: SalesforceAccount) -> None:
    health = account.connector().check()
    assert health.account.startswith("Salesforce org") and health.notes == ["1 of 100000 API calls of the last 24 hours are used up."]
    assert {entry.method for entry in account.asked("/services/data")} == {"GET"}


def test_the_org_and_user_are_named_where_salesforce_tells_them(account: SalesforceAccount) -> None:
    identity = '{"identity": "https://login.salesforce.com/id/00DRO00000000012AA/005RO00000000012AA"}'
    account.fault(kind="status", match="GET /services/data/v64.0/$", times=1, status=200, body=identity)
    assert account.connector().check().account == "Salesforce org 00DRO00000000012AA, user 005RO00000000012AA"


def test_calls_that_run_low_are_noted(account: SalesforceAccount) -> None:
    account.control("use_up_calls", leave=1000)
    assert "poll less often" in account.connector().check().notes[0]


def test_what_the_outbound_messages_lack_is_noted(account: SalesforceAccount) -> None:
    notes = {
        organization: account.connector(token=PATH_TOKEN, organization_id=organization).check().notes[1:]
        for organization in (None, ORGANIZATION, "00DRO0000000009")
    }
    assert [len(notes[each]) for each in (None, ORGANIZATION, "00DRO0000000009")] == [1, 0, 1]
    assert ORGANIZATION in notes[None][0] and "refused" in notes["00DRO0000000009"][0]


def test_a_version_that_the_org_does_not_have_is_a_wrong_setting(account: SalesforceAccount) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        account.connector(api_version="99.0").check()
    assert caught.value.setting == "api_version"


def test_an_object_out_of_reach_is_noted(account: SalesforceAccount) -> None:
    assert "Leed__c" in account.connector(objects=["Leed__c"]).check().notes[1]


def test_a_missing_permission_is_named(account: SalesforceAccount) -> None:
    body = '[{"errorCode": "API_DISABLED_FOR_ORG", "message": "API is not enabled for this Organization or Partner"}]'
    account.fault(kind="status", match="GET /services/data", times=1, status=403, body=body)
    with pytest.raises(PermissionMissing) as caught:
        account.connector().check()
    assert caught.value.scope == "API Enabled"


def test_a_maintenance_page_is_an_outage(account: SalesforceAccount) -> None:
    account.fault(kind="status", match="GET /services/data", times=-1, status=503, body="<html>setting things up</html>")
    with pytest.raises(Unavailable):
        account.connector().check()


def test_closing_twice_is_fine(account: SalesforceAccount) -> None:
    connector = account.connector()
    connector.close()
    connector.close()


def test_the_calls_of_the_day_are_asked_for(account: SalesforceAccount) -> None:
    account.control("use_up_calls", leave=1000)
    told = account.connector().usage()
    assert told is not None and told.allowed == 100_000 and 99_000 <= told.used < 99_010


def test_who_may_not_view_the_setup_is_told_no_count(account: SalesforceAccount) -> None:
    body = '[{"errorCode": "INSUFFICIENT_ACCESS", "message": "insufficient access rights"}]'
    account.fault(kind="status", match="GET /services/data/v64.0/limits", times=1, status=403, body=body)
    assert account.connector().usage() is None


def test_an_answer_without_the_count_is_not_believed(account: SalesforceAccount) -> None:
    for body in ('{"DailyApiRequests": 5}', "[]", '{"DailyApiRequests": {"Max": "many", "Remaining": 1}}'):
        account.fault(kind="status", match="GET /services/data/v64.0/limits", times=1, status=200, body=body)
        with pytest.raises(ContractBroken):
            account.connector().usage()
