"""Versions, tokens, scopes, limits and error bodies of the HubSpot stand-in; numbers are those of its reference page."""

from __future__ import annotations

import json

import pytest

from tests.support.hubspot import CONTACTS, TOKEN, Account


@pytest.mark.parametrize("version", ["2025-09", "2026-03", "2026-09"])
def test_01_dated_paths_are_twins_of_the_numbered_ones(version: str) -> None:
    account = Account()
    record_id = account.contact(email="ada@example.com")

    assert account.call("GET", f"/crm/objects/{version}/contacts/{record_id}").status == 200
    assert account.call("GET", f"/crm/properties/{version}/contacts/email").data["name"] == "email"
    assert account.call("GET", f"/crm/objects/{version}/contacts/{record_id}/associations/companies").data == {"results": []}


def test_01_a_version_that_is_switched_off_is_gone_and_its_twins_stay() -> None:
    account = Account(versions_off=["v3", "v4"])

    assert account.call("GET", CONTACTS).status == 404
    assert account.call("GET", "/crm/v4/objects/contacts/1/associations/companies").status == 404
    assert account.call("GET", "/crm/objects/2026-09/contacts").status == 200


def test_02_unknown_tokens_are_401_and_missing_scopes_403() -> None:
    account = Account()
    account.control("token", token="pat-narrow", scopes=["crm.objects.contacts.read"])

    unknown = account.call("GET", CONTACTS, token="wrong")
    missing = account.call("GET", CONTACTS, token=None)
    forbidden = account.call("POST", CONTACTS, {"properties": {"email": "a@example.com"}}, token="pat-narrow")

    assert (unknown.status, unknown.data["category"]) == (401, "INVALID_AUTHENTICATION")
    assert missing.status == 401
    assert (forbidden.status, forbidden.data["category"]) == (403, "MISSING_SCOPES")
    assert forbidden.data["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.contacts.write"]
    assert account.call("GET", CONTACTS, token="pat-narrow").status == 200


def test_02_tokens_end_after_half_an_hour_or_after_some_calls_or_when_revoked() -> None:
    account = Account()
    access = _oauth_token(account)
    account.control("token", token="pat-two-calls", calls=2)
    account.control("token", token="pat-revoked")
    account.control("token", token="pat-revoked", revoke=True)

    assert [account.call("GET", CONTACTS, token="pat-two-calls").status for _ in range(3)] == [200, 200, 401]
    assert account.call("GET", CONTACTS, token="pat-revoked").status == 401
    account.wait(seconds=1799)
    assert account.call("GET", CONTACTS, token=access).status == 200
    account.wait(seconds=1)
    assert account.call("GET", CONTACTS, token=access).status == 401


def test_02_a_fault_header_lets_a_good_token_look_expired() -> None:
    reply = Account().call("GET", CONTACTS, headers={"x-sandbox-fault": "expired_token"})

    assert (reply.status, reply.data["category"]) == (401, "INVALID_AUTHENTICATION")
    assert "expired" in reply.data["message"]


@pytest.mark.parametrize("path", ["/oauth/v1/token", "/oauth/v3/token", "/oauth/2026-03/token"])
def test_03_tokens_are_issued_for_forms_and_refused_for_json(path: str) -> None:
    account = Account()
    good = account.form(path, grant_type="refresh_token", **_CLIENT, refresh_token="sandbox-refresh")
    as_json = account.call("POST", path, {"grant_type": "refresh_token"}, token=None)
    wrong = account.form(path, grant_type="refresh_token", **_CLIENT, refresh_token="nonsense")

    assert good.status == 200
    assert (good.data["token_type"], good.data["expires_in"], good.data["refresh_token"]) == ("bearer", 1800, "sandbox-refresh")
    assert ("hub_id" in good.data) is (path != "/oauth/v1/token")
    assert as_json.status == 415
    assert (wrong.status, wrong.data["status"]) == (400, "BAD_REFRESH_TOKEN")


def test_03_refreshing_can_rotate_the_refresh_token() -> None:
    account = Account(rotate_refresh_token=True)
    first = account.form("/oauth/v1/token", grant_type="refresh_token", **_CLIENT, refresh_token="sandbox-refresh")
    again = account.form("/oauth/v1/token", grant_type="refresh_token", **_CLIENT, refresh_token="sandbox-refresh")
    next_one = account.form("/oauth/v1/token", grant_type="refresh_token", **_CLIENT, refresh_token=first.data["refresh_token"])

    assert first.data["refresh_token"] != "sandbox-refresh"
    assert (again.status, next_one.status) == (400, 200)


def test_03_a_token_can_be_introspected_and_revoked() -> None:
    account = Account()
    access = _oauth_token(account)

    assert account.form("/oauth/v3/introspect", **_CLIENT, token=access).data["active"] is True
    assert account.form("/oauth/v3/revoke", **_CLIENT, token="sandbox-refresh").status == 204
    assert account.form("/oauth/v3/introspect", **_CLIENT, token=access).data == {"active": False}


def test_04_answers_tell_what_is_left_of_the_rolling_ten_seconds_and_the_day() -> None:
    account = Account()
    account.control("configure", burst_limit=190, daily_limit=1000)
    account.call("GET", CONTACTS)
    account.wait(seconds=6)
    second = account.call("GET", CONTACTS).headers
    account.wait(seconds=5)
    third = account.call("GET", CONTACTS).headers
    search = account.search().headers

    assert second["X-HubSpot-RateLimit-Max"] == "190"
    assert second["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    assert (second["X-HubSpot-RateLimit-Remaining"], third["X-HubSpot-RateLimit-Remaining"]) == ("188", "188")
    assert (second["X-HubSpot-RateLimit-Daily"], third["X-HubSpot-RateLimit-Daily-Remaining"]) == ("1000", "997")
    assert not [name for name in search if "RateLimit" in name]


def test_05_each_limit_names_its_policy() -> None:
    account = Account()
    account.control("configure", burst_limit=2, search_per_second=1)
    burst = [account.call("GET", CONTACTS) for _ in range(3)][-1]
    search = [account.search() for _ in range(2)][-1]
    account.control("use_up_calls")
    daily = account.call("GET", CONTACTS)

    assert [reply.status for reply in (burst, search, daily)] == [429, 429, 429]
    assert [reply.data["policyName"] for reply in (burst, search, daily)] == ["TEN_SECONDLY_ROLLING", "SECONDLY", "DAILY"]
    assert burst.data["errorType"] == "RATE_LIMIT"
    assert "Retry-After" not in burst.headers


def test_05_the_other_form_of_a_429_has_a_category_and_may_name_a_wait() -> None:
    account = Account(rate_limit_body="category", retry_after=3)
    account.control("use_up_calls")
    reply = account.call("GET", CONTACTS)

    assert (reply.data["category"], "errorType" in reply.data, reply.headers["Retry-After"]) == ("RATE_LIMITS", False, "3")


def test_05_the_day_ends_at_midnight_of_the_account_not_of_utc() -> None:
    account = Account(time_zone="America/New_York")
    account.control("use_up_calls")
    account.wait(hours=16)
    after_utc_midnight = account.call("GET", CONTACTS).status
    account.wait(hours=1.1)

    assert (after_utc_midnight, account.call("GET", CONTACTS).status) == (429, 200)


def test_06_searches_of_all_tokens_share_five_a_second() -> None:
    account = Account()
    account.control("configure", search_per_second=5)
    account.control("token", token="pat-other-app")
    path, body = f"{CONTACTS}/search", {"limit": 1}
    first = [account.call("POST", path, body, token=token).status for token in (TOKEN, "pat-other-app") * 3]
    account.wait(seconds=1)

    assert first == [200] * 5 + [429]
    assert account.call("POST", path, body).status == 200


def test_33_hot_objects_penalties_and_bare_bodies_come_by_dial() -> None:
    account = Account(hot_objects={"contacts": 1}, error_body="bare")
    locked, free = (account.call("POST", CONTACTS, {"properties": {"email": f"{n}@example.com"}}) for n in range(2))
    account.control("configure", penalty_477_seconds=90)
    account.wait(seconds=30)
    penalty = account.call("GET", CONTACTS)
    account.wait(seconds=60)

    assert (locked.status, list(locked.data)) == (423, ["message"])
    assert free.status == 201
    assert (penalty.status, penalty.headers["Retry-After"]) == (477, "60")
    assert account.call("GET", CONTACTS).status == 200


def test_35_every_error_carries_its_correlation_id_in_body_and_header() -> None:
    account = Account()
    replies = [account.call("GET", "/nowhere"), account.call("GET", f"{CONTACTS}/1"), account.call("POST", CONTACTS, [])]

    assert [reply.status for reply in replies] == [404, 404, 400]
    assert all(reply.data["correlationId"] == reply.headers["X-HubSpot-Correlation-Id"] for reply in replies)
    assert len({reply.data["correlationId"] for reply in replies}) == 3


def test_36_the_account_tells_its_details_and_the_day_s_use() -> None:
    account = Account(time_zone="Europe/Berlin")
    details = account.call("GET", "/account-info/v3/details").data
    usage = account.call("GET", "/account-info/v3/api-usage/daily/private-apps").data["results"][0]

    assert (details["portalId"], details["timeZone"], details["utcOffset"]) == (424242, "Europe/Berlin", "+01:00")
    assert (usage["currentUsage"], usage["usageLimit"], usage["resetsAt"]) == (2, 650_000, "2026-11-02T23:00:00.000Z")


def test_37_reset_forgets_everything_and_calls_are_counted_by_kind() -> None:
    account = Account()
    account.contact(email="ada@example.com")
    account.search()
    counted = account.control("calls")
    account.control("reset")

    assert counted == {"total": 2, "create": 1, "search": 1}
    assert account.control("count", object="contacts") == {"live": 0, "archived": 0}
    assert account.contact(email="ada@example.com") == "101"


def test_37_seeding_adds_records_and_the_property_only_on_demand() -> None:
    account = Account()
    account.control("seed", contacts=[{"email": "ada@example.com"}], companies=[{"name": "Example Works"}])
    before = account.call("GET", "/crm/v3/properties/contacts/leadloom_id").status
    account.control("seed_demo")

    assert before == 404
    assert account.call("GET", "/crm/v3/properties/contacts/leadloom_id").data["hasUniqueValue"] is True
    assert account.control("count", object="contacts")["live"] == 7


def test_37_a_verb_or_dial_that_does_not_exist_is_named() -> None:
    account = Account()
    with pytest.raises(ValueError, match="unknown dials"):
        account.control("configure", brust_limit=3)
    with pytest.raises(ValueError, match="another kind"):
        account.control("configure", burst_limit="3")
    with pytest.raises(ValueError, match="one of"):
        account.control("configure", error_body="none")
    with pytest.raises(ValueError, match="unknown verb"):
        account.control("sead")


def test_37_the_same_calls_give_the_same_bytes() -> None:
    def history() -> list[str]:
        account = Account(shuffle_results=True)
        rows = [{"properties": {"email": f"{n}@example.com"}} for n in range(20)]
        return [json.dumps(account.batch("create", rows).data), json.dumps(account.call("GET", "/nowhere").data)]

    assert history() == history()


_CLIENT = {"client_id": "sandbox-client", "client_secret": "sandbox-client-secret"}


def _oauth_token(account: Account) -> str:
    reply = account.form("/oauth/v1/token", grant_type="refresh_token", **_CLIENT, refresh_token="sandbox-refresh")
    return str(reply.data["access_token"])
