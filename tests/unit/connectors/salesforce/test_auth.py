"""Tokens are fetched by each grant, and a refusal says what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.salesforce.auth import login_error
from core.contract import AuthFailed, ConfigInvalid, RateLimited, Response, StopConnection, Unavailable
from tests.support.salesforce_bench import SECRET, SalesforceAccount, read_all, salesforce_account, upsert

REFRESH = "sandbox-refresh"


@pytest.fixture
def account() -> Iterator[SalesforceAccount]:
    with salesforce_account() as served:
        yield served


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def public(key: rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def test_client_credentials_open_the_org(account: SalesforceAccount) -> None:
    account.connector().check()
    assert account.control("logins")["by_grant"] == {"client_credentials": 1}


def test_a_signed_assertion_opens_the_org(account: SalesforceAccount, key: rsa.RSAPrivateKey) -> None:
    account.control("configure", jwt_public_key_pem=public(key), jwt_audiences=[account.served.url])
    account.connector(grant="jwt_bearer", username="integration@example.com", private_key=pem(key)).check()
    assert account.control("logins")["by_grant"] == {"jwt-bearer": 1}


def test_an_assertion_for_another_audience_says_which_setting_helps(account: SalesforceAccount, key: rsa.RSAPrivateKey) -> None:
    account.control("configure", jwt_public_key_pem=public(key), jwt_audiences=["https://login.salesforce.com"])
    connector = account.connector(grant="jwt_bearer", username="integration@example.com", private_key=pem(key))
    with pytest.raises(AuthFailed) as caught:
        connector.check()
    assert "audience" in str(caught.value.hint)


def test_a_key_that_is_none_is_a_wrong_setting(account: SalesforceAccount) -> None:
    connector = account.connector(grant="jwt_bearer", username="integration@example.com", private_key="not-a-key-5512")
    with pytest.raises(ConfigInvalid) as caught:
        connector.check()
    assert caught.value.setting == "private_key"
    assert "5512" not in str(caught.value) and caught.value.__cause__ is None


def test_a_rotated_refresh_token_is_used_from_then_on(account: SalesforceAccount) -> None:
    account.control("configure", rotate_refresh_token=True)
    connector = account.connector(grant="refresh_token", refresh_token=REFRESH)
    connector.check()
    account.control("expire_tokens")
    connector.check()
    account.control("expire_tokens")
    connector.check()
    assert account.control("logins") == {"total": 3, "by_grant": {"refresh_token": 3}, "refused": 0}


def test_the_instance_of_the_answer_is_where_calls_go_without_a_double_slash(account: SalesforceAccount) -> None:
    connector = account.connector()
    token = connector.token(None, connector.context.http)
    assert token.base_url == account.served.url
    assert token.expires_at is None


def test_an_expired_session_costs_one_login_and_keeps_the_headers(account: SalesforceAccount) -> None:
    account.control("configure", assignment_owner=account.control("records", object="User")[1]["Id"])
    connector = account.connector()
    connector.check()
    account.clock.advance(timedelta(hours=3).total_seconds())
    connector.write([upsert(1)])
    assert account.control("logins")["total"] == 2
    (row,) = account.control("records", object="Lead")
    assert row["OwnerId"] != account.control("records", object="User")[1]["Id"]


def test_a_wrong_secret_stops_the_connection_without_showing_it(account: SalesforceAccount) -> None:
    connector = account.connector(consumer_secret="nearly-" + SECRET)
    with pytest.raises(AuthFailed) as caught:
        connector.check()
    assert "consumer_secret" in str(caught.value.hint)
    assert SECRET not in f"{caught.value} {caught.value.hint}"


def test_the_login_limit_is_waited_for(account: SalesforceAccount) -> None:
    account.control("configure", login_refusals=1)
    with pytest.raises(RateLimited) as caught:
        account.connector().check()
    assert caught.value.retry_after == 900


@pytest.mark.parametrize(("status", "body"), [(503, "<html>maintenance</html>"), (400, ""), (500, '{"error": "invalid_grant"}')])
def test_an_outage_of_the_login_host_is_no_refusal(account: SalesforceAccount, status: int, body: str) -> None:
    account.fault(kind="status", match="oauth2/token", times=-1, status=status, body=body)
    with pytest.raises(Unavailable):
        read_all(account.connector())


@pytest.mark.parametrize(
    ("description", "word"),
    [
        ("user hasn't approved this consumer", "approve"),
        ("expired access/refresh token", "refresh token"),
        ("no client credentials user enabled", "run-as user"),
        ("never seen before", "consumer_key"),
    ],
)
def test_a_refusal_says_what_to_do(description: str, word: str) -> None:
    error = login_error(Response(400, {}, f'{{"error": "invalid_grant", "error_description": "{description}"}}'.encode()))
    assert isinstance(error, StopConnection) and word in str(error.hint)
