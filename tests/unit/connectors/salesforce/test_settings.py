"""Wrong settings are told by name before anything is called."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.salesforce.settings import Settings

GOOD = {"login_url": "https://acme.my.salesforce.com", "consumer_key": "key", "consumer_secret": "secret-91"}


def test_client_credentials_need_no_more_than_this() -> None:
    settings = Settings.model_validate(GOOD)
    assert settings.grant == "client_credentials"
    assert settings.objects[0] == "Lead"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"login_url": "https://login.salesforce.com"}, "login_url"),
        ({"login_url": "http://acme.my.salesforce.com"}, "login_url"),
        ({"login_url": "https://user@acme.my.salesforce.com"}, "login_url"),
        ({"consumer_secret": None}, "consumer_secret"),
        ({"grant": "jwt_bearer"}, "username and private_key"),
        ({"grant": "refresh_token"}, "refresh_token"),
        ({"api_version": "51.0"}, "api_version"),
        ({"api_version": "latest"}, "api_version"),
        ({"objects": []}, "objects"),
        ({"objects": ["Lead; DROP"]}, "objects"),
        ({"fields": {"Lead": ["Email, Phone"]}}, "fields"),
        ({"overlap_seconds": -1}, "overlap_seconds"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_wrong_setting_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(GOOD | changes)
    assert named in str(caught.value)


@pytest.mark.parametrize("written", ["60", "60.0", "v60.0", 60])
def test_a_version_may_be_written_in_several_ways(written: object) -> None:
    assert Settings.model_validate(GOOD | {"api_version": written}).api_version == "60.0"


def test_a_sandbox_on_this_machine_may_do_without_tls() -> None:
    assert Settings.model_validate(GOOD | {"login_url": "http://127.0.0.1:8801/"}).login_url == "http://127.0.0.1:8801"


def test_secrets_do_not_show() -> None:
    assert "secret-91" not in repr(Settings.model_validate(GOOD))
