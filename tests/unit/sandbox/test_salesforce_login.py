"""Getting into the Salesforce stand-in and being thrown out again."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox.wire import Answer, Request
from tests.support.salesforce_sandbox import CLIENT, SandboxOrg

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PASSWORD = {**CLIENT, "grant_type": "password", "username": "integration@example.com", "password": "sandbox-password"}
REFRESH = {"grant_type": "refresh_token", "client_id": "sandbox-key", "refresh_token": "sandbox-refresh"}


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@pytest.fixture
def org(key: RSAPrivateKey) -> SandboxOrg:
    made = SandboxOrg()
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    made.control("configure", jwt_public_key_pem=pem)
    return made


def _assertion(org: SandboxOrg, key: RSAPrivateKey, **claims: Any) -> dict[str, str]:
    expiry = str(int(org.now.timestamp()) + 180)
    told = {"iss": "sandbox-key", "sub": "integration@example.com", "aud": "https://acme.my.salesforce.com", "exp": expiry, **claims}
    signed = ".".join(_encode(json.dumps(part).encode()) for part in ({"alg": "RS256"}, told))
    return {"grant_type": JWT_GRANT, "assertion": f"{signed}.{_encode(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"}


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.mark.parametrize("form", [CLIENT, PASSWORD, REFRESH])
def test_1_each_grant_answers_a_token_without_an_expiry(org: SandboxOrg, form: dict[str, str]) -> None:
    reply = org.log_in(form)
    assert reply.status == 200
    assert {"access_token", "instance_url", "id", "token_type", "issued_at", "signature"} <= reply.json.keys()
    assert "expires_in" not in reply.json
    assert reply.json["instance_url"] == "http://crm.test:8801"


def test_1_client_credentials_may_come_as_basic_authorization(org: SandboxOrg) -> None:
    credentials = base64.b64encode(b"sandbox-key:sandbox-secret").decode()
    assert org.log_in({"grant_type": "client_credentials"}, {"authorization": f"Basic {credentials}"}).status == 200


def test_1_a_body_that_is_not_form_encoded_is_no_grant(org: SandboxOrg) -> None:
    reply = org.log_in(CLIENT, {"content-type": "application/json"})
    assert (reply.status, reply.json["error"]) == (400, "unsupported_grant_type")


def test_1_a_rotated_refresh_token_ends_the_former_one(org: SandboxOrg) -> None:
    org.control("configure", rotate_refresh_token=True)
    renewed = org.log_in(REFRESH).json["refresh_token"]
    assert org.log_in(REFRESH).json["error"] == "invalid_grant"
    assert org.log_in({**REFRESH, "refresh_token": renewed}).status == 200


def test_2_a_well_signed_assertion_lets_in_with_exp_as_text_or_number(org: SandboxOrg, key: RSAPrivateKey) -> None:
    assert org.log_in(_assertion(org, key)).status == 200
    assert org.log_in(_assertion(org, key, exp=int(org.now.timestamp()) + 60)).status == 200


@pytest.mark.parametrize(
    "claims",
    [{"aud": "https://example.com"}, {"exp": "1"}, {"exp": "99999999999"}, {"exp": "soon"}, {"sub": "else@example.com"}],
)
def test_2_an_assertion_with_a_wrong_claim_is_an_invalid_grant(org: SandboxOrg, key: RSAPrivateKey, claims: dict[str, str]) -> None:
    reply = org.log_in(_assertion(org, key, **claims))
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")


def test_2_an_assertion_signed_with_another_key_is_an_invalid_grant(org: SandboxOrg) -> None:
    reply = org.log_in(_assertion(org, generate_private_key(65537, 2048)))
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")


def test_3_login_errors_are_an_object_and_rest_errors_an_array(org: SandboxOrg) -> None:
    refused = org.log_in({**CLIENT, "client_secret": "wrong"})
    assert refused.status == 401
    assert refused.json.keys() == {"error", "error_description"}
    assert isinstance(org.send("GET", "/sobjects/Nothing/describe").json, list)


def _soap(org: SandboxOrg, password: str, version: str = "59.0") -> Answer:
    credentials = f"<n1:username>integration@example.com</n1:username><n1:password>{password}</n1:password>"
    return org.stand_in.handle(Request("POST", f"/services/Soap/u/{version}", body=f"<n1:login>{credentials}</n1:login>".encode()), org.now)


def test_4_soap_login_answers_a_session_id_that_works(org: SandboxOrg) -> None:
    answer = _soap(org, "sandbox-passwordsandbox-token")
    org.token = answer.body.decode().partition("<sessionId>")[2].partition("</sessionId>")[0]
    assert org.send("GET", "/limits").status == 200


def test_4_soap_login_faults_for_a_wrong_password_a_new_version_and_when_switched_off(org: SandboxOrg) -> None:
    wrong, new = _soap(org, "nope"), _soap(org, "sandbox-password", "65.0")
    org.control("configure", soap_login=False)
    off = _soap(org, "sandbox-password")
    assert [one.status for one in (wrong, new, off)] == [500, 500, 500]
    assert b"<sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>" in wrong.body
    assert b"<sf:exceptionCode>INSUFFICIENT_ACCESS</sf:exceptionCode>" in off.body


def test_5_a_call_without_a_living_token_is_refused(org: SandboxOrg) -> None:
    reply = org.send("GET", "/limits", headers={"authorization": "Bearer stale"})
    assert (reply.status, reply.json) == (401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])


def test_5_a_token_dies_when_idle_and_lives_on_with_use(org: SandboxOrg) -> None:
    org.send("GET", "/limits")
    org.later(minutes=110)
    assert org.send("GET", "/limits").status == 200
    org.later(minutes=110)
    assert org.send("GET", "/limits").status == 200
    org.later(minutes=121)
    assert org.send("GET", "/limits").status == 401


def test_5_all_tokens_one_token_or_a_token_after_some_calls_can_be_ended(org: SandboxOrg) -> None:
    org.send("GET", "/limits")
    org.control("expire_tokens")
    assert org.send("GET", "/limits").status == 401
    org.token = org.log_in().json["access_token"]
    other = org.log_in().json["access_token"]
    org.control("expire_tokens", token=other)
    assert org.send("GET", "/limits").status == 200
    org.control("configure", token_calls=2)
    org.token = org.log_in().json["access_token"]
    assert [org.send("GET", "/limits").status for _ in range(3)] == [200, 200, 401]


def test_5_the_fault_header_ends_the_token_it_comes_with_and_applies_nothing(org: SandboxOrg) -> None:
    row = {"LastName": "Archer", "Company": "Example Ltd"}
    org.create()
    reply = org.send("POST", "/sobjects/Lead", row, headers={"x-sandbox-fault": "expired_token"})
    assert (reply.status, reply.code) == (401, "INVALID_SESSION_ID")
    assert org.send("GET", "/limits").status == 401
    assert org.control("count", object="Lead") == {"count": 1}


def test_6_logins_are_counted_and_can_hit_their_rate_limit(org: SandboxOrg) -> None:
    org.log_in()
    org.log_in(PASSWORD)
    org.control("configure", login_refusals=1)
    assert org.log_in().json == {"error": "invalid_grant", "error_description": "login rate exceeded"}
    assert org.control("logins") == {"total": 2, "by_grant": {"client_credentials": 1, "password": 1}, "refused": 1}
