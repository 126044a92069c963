"""Signing in, checking, describing, versions and the SDK."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.hubspot.paths import paths_for, rewritten
from connectors.hubspot.settings import HubSpotSettings
from core.contract import AuthFailed, ConfigInvalid, FieldKind, ObjectName, PermissionMissing, RateLimited, Write
from tests.support.hubspot_bench import TOKEN, Account, event, hubspot_account, sign

CONTACTS = ObjectName("contacts")
OAUTH = {"client_id": "sandbox-client", "client_secret": "sandbox-client-secret", "refresh_token": "sandbox-refresh"}


@pytest.fixture
def account() -> Iterator[Account]:
    with hubspot_account() as found:
        yield found


def test_a_check_names_the_account_and_what_an_admin_should_know(account: Account) -> None:
    health = account.connector().check()
    assert health.account == "HubSpot 424242 (SANDBOX)"
    assert any("America/New_York" in note for note in health.notes)
    assert any("deals has no property 'leadloom_id'" in note for note in health.notes)
    assert any("2027" in note for note in health.notes)


def test_a_check_refuses_the_webhooks_of_another_account(account: Account) -> None:
    assert account.connector(portal_id="424242").check()
    with pytest.raises(ConfigInvalid) as raised:
        account.connector(portal_id="5").check()
    assert raised.value.setting == "portal_id" and "424242" in raised.value.message


def test_a_check_tells_how_many_events_were_another_accounts(account: Account) -> None:
    connector = account.connector(portal_id="424242")
    at = account.clock.now()
    connector.parse(sign(json.dumps([event(), event(portalId=5)]).encode(), "secret", at))
    assert connector.foreign_events == 1
    assert any("1 webhook events of other accounts" in note for note in connector.check().notes)


def test_an_apps_webhooks_need_the_account_to_be_named() -> None:
    with pytest.raises(ValidationError, match="portal_id"):
        HubSpotSettings.model_validate({"oauth": OAUTH, "client_secrets": ["s"]})


def test_a_check_goes_on_without_the_accounts_details(account: Account) -> None:
    account.fault(kind="status", match="account-info", times=-1, status=403, body="{}")
    assert account.connector().check().account == "HubSpot account"


def test_a_missing_scope_is_named_by_the_check(account: Account) -> None:
    account.control("token", token="pat-narrow", scopes=["crm.objects.contacts.read"])
    with pytest.raises(PermissionMissing) as raised:
        account.connector(access_token="pat-narrow", objects=["contacts", "deals"]).check()
    assert raised.value.scope


def test_the_daily_limit_ends_at_the_accounts_midnight_once_the_zone_is_known(account: Account) -> None:
    connector = account.connector()
    connector.check()
    account.control("use_up_calls")
    with pytest.raises(RateLimited) as raised:
        list(connector.read(CONTACTS, None))
    assert raised.value.retry_after == 20 * 3600


def test_oauth_refreshes_by_time_and_keeps_a_rotated_refresh_token(account: Account) -> None:
    account.control("configure", rotate_refresh_token=True)
    connector = account.connector(oauth=OAUTH)
    for _ in range(3):
        assert connector.check().account
        account.clock.advance(1801)
    assert [line for line in account.lines() if "token" in line] == ["POST /oauth/v1/token"] * 3


def test_a_refused_refresh_stops_the_connection_and_shows_no_secret(account: Account) -> None:
    with pytest.raises(AuthFailed) as raised:
        account.connector(oauth={**OAUTH, "refresh_token": "worn-out"}).check()
    assert "worn-out" not in f"{raised.value} {raised.value.hint}"


def test_describe_tells_kinds_choices_and_what_is_unique(account: Account) -> None:
    contacts = account.connector(objects=["contacts"]).describe()[0]

    def kind(name: str) -> FieldKind:
        field = contacts.field(name)
        assert field is not None
        return field.kind

    kinds = {
        name: kind(name)
        for name in ("email", "phone", "lifecyclestage", "hs_object_id", "hubspot_owner_id", "hs_legal_basis", "createdate")
    }
    assert kinds == {
        "email": FieldKind.EMAIL,
        "phone": FieldKind.PHONE,
        "lifecyclestage": FieldKind.CHOICE,
        "hs_object_id": FieldKind.ID,
        "hubspot_owner_id": FieldKind.REFERENCE,
        "hs_legal_basis": FieldKind.CHOICES,
        "createdate": FieldKind.DATETIME,
    }
    stage, own, fixed = contacts.field("lifecyclestage"), contacts.field("leadloom_id"), contacts.field("hs_email_domain")
    assert stage is not None and stage.choices_closed and "lead" in (stage.choices or ())
    assert own is not None and own.unique and own.external_id
    assert fixed is not None and not fixed.updatable


def test_a_dated_version_never_touches_a_numbered_path(account: Account) -> None:
    account.control("configure", versions_off=["v3", "v4", "v1"])
    connector = account.connector(oauth=OAUTH, api_version="2026-03")
    assert connector.check().account == "HubSpot 424242 (SANDBOX)"
    list(connector.read(CONTACTS, None))
    assert not [line for line in account.lines() if "/v" in line]


def test_only_the_paths_of_the_table_are_rewritten() -> None:
    paths = paths_for("2026-09")
    assert rewritten("http://127.0.0.1:1/crm/v3/objects/contacts/batch/read", "http://127.0.0.1:1", paths).endswith(
        "/crm/objects/2026-09/contacts/batch/read"
    )
    assert rewritten("http://127.0.0.1:1/crm/v3/owners/", "http://127.0.0.1:1", paths) == "http://127.0.0.1:1/crm/v3/owners/"


def test_an_object_that_is_not_there_is_a_wrong_setting(account: Account) -> None:
    connector = account.connector(objects=["contatcs"])
    with pytest.raises(ConfigInvalid):
        connector.describe()
    with pytest.raises(ConfigInvalid):
        connector.write([Write(f"k{n}", ObjectName("contatcs"), {"lastname": "A"}) for n in range(8)])


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"access_token": "a", "oauth": OAUTH},
        {"access_token": "a", "base_url": "http://api.hubapi.com"},
        {"access_token": "a", "api_version": "v2"},
        {"access_token": "a", "objects": []},
        {"access_token": "a", "tpyo": 1},
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        HubSpotSettings.model_validate(settings)


def test_the_token_is_hidden() -> None:
    assert TOKEN not in repr(HubSpotSettings.model_validate({"access_token": TOKEN, "client_secrets": ["s3cr3t"]}))


def test_the_sdk_is_loaded_late_and_narrowly() -> None:
    code = (
        "import sys, connectors.hubspot.connector;"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'hubspot'];"
        "import hubspot.crm.objects, hubspot.crm.properties;"
        "loaded = [name for name in sys.modules if name.startswith('hubspot.')];"
        "assert not [name for name in loaded if name.startswith('hubspot.crm.contacts')];"
        "assert len(loaded) < 120, len(loaded)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_calls_of_the_day_are_asked_for_and_none_where_they_are_not_told(account: Account) -> None:
    connector = account.connector()
    before = connector.usage()
    connector.check()
    after = connector.usage()
    assert before is not None and after is not None and before.used < after.used <= after.allowed
    for status, body in ((403, "{}"), (404, "{}"), (200, '{"results": [{"fetchStatus": "PENDING", "currentUsage": 1, "usageLimit": 2}]}')):
        account.fault(kind="status", match="api-usage", times=1, status=status, body=body)
        assert account.connector().usage() is None
