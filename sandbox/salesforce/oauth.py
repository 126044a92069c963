"""The token endpoint: four OAuth grants, form-encoded, with errors as an object."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.salesforce.jwt_bearer import BadAssertion, read_assertion, refuse_bad_claims
from sandbox.salesforce.org import INTEGRATION_USERNAME, ORG_ID, Org
from sandbox.wire import Answer, Request, json_answer

CONSUMER_KEY = "sandbox-key"
CONSUMER_SECRET = "sandbox-secret"
PASSWORD = "sandbox-password"
SECURITY_TOKEN = "sandbox-token"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"

Form = dict[str, str]


@dataclass(frozen=True, slots=True)
class Login:
    """One attempt to get in."""

    org: Org
    form: Form
    now: datetime


class OAuthError(Exception):
    """A login that is refused: `error` and `error_description` of the answer."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.error, self.description, self.status = error, description, status
        super().__init__(f"{error}: {description}")

    def answer(self) -> Answer:
        """The object that OAuth errors are, unlike all other errors."""
        return json_answer({"error": self.error, "error_description": self.description}, self.status)


def token(org: Org, request: Request, now: datetime) -> Answer:
    """POST /services/oauth2/token; the answer names no expiry."""
    try:
        grant, form = _grant(request)
        if org.dials.login_refusals:
            org.dials.login_refusals -= 1
            raise OAuthError("invalid_grant", "login rate exceeded")
        _GRANTS[grant](Login(org, form, now))
    except OAuthError as error:
        org.tokens.refused_logins += 1
        return error.answer()
    org.tokens.logins[grant.rpartition(":")[2]] += 1
    told = _success(org, request, now)
    if grant == "refresh_token" and org.dials.rotate_refresh_token:
        told["refresh_token"] = org.tokens.rotate()
    return json_answer(told)


def _grant(request: Request) -> tuple[str, Form]:
    form: Form = {}
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = _form(request)
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        form |= _basic(credentials)
    grant = form.get("grant_type", "")
    if request.method != "POST" or grant not in _GRANTS:
        raise OAuthError("unsupported_grant_type", "grant type not supported")
    return grant, form


def _form(request: Request) -> Form:
    try:
        return {name: values[0] for name, values in request.form().items()}
    except UnicodeDecodeError as error:
        raise OAuthError("invalid_request", "the form is not UTF-8") from error


def _basic(credentials: str) -> Form:
    try:
        key, _, secret = base64.b64decode(credentials).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise OAuthError("invalid_client", "invalid client credentials", 401) from error
    return {"client_id": key, "client_secret": secret}


def _check_client(form: Form, *, secret_is_optional: bool = False) -> None:
    if form.get("client_id") != CONSUMER_KEY:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    secret = form.get("client_secret")
    if secret is None and secret_is_optional:
        return
    if secret != CONSUMER_SECRET:
        raise OAuthError("invalid_client", "invalid client credentials", 401)


def _client_credentials(login: Login) -> None:
    _check_client(login.form)


def _password(login: Login) -> None:
    _check_client(login.form)
    if login.form.get("username") != INTEGRATION_USERNAME or not is_password(login.form.get("password", "")):
        raise OAuthError("invalid_grant", "authentication failure")


def _refresh_token(login: Login) -> None:
    _check_client(login.form, secret_is_optional=True)
    if login.form.get("refresh_token") != login.org.tokens.refresh_token:
        raise OAuthError("invalid_grant", "expired access/refresh token")


def _jwt_bearer(login: Login) -> None:
    try:
        claims = read_assertion(login.form.get("assertion", ""), login.org.dials.jwt_public_key_pem)
        refuse_bad_claims(claims, login.org.dials.jwt_audiences, login.now)
    except BadAssertion as error:
        raise OAuthError("invalid_grant", str(error)) from error
    if claims.get("iss") != CONSUMER_KEY:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    if claims.get("sub") != INTEGRATION_USERNAME:
        raise OAuthError("invalid_grant", "user hasn't approved this consumer")


def is_password(text: str) -> bool:
    """Whether this is the integration user's password, alone or followed by the security token."""
    return text in (PASSWORD, PASSWORD + SECURITY_TOKEN)


def _success(org: Org, request: Request, now: datetime) -> dict[str, Any]:
    base = f"http://{request.headers.get('host', 'localhost')}"
    identity = f"{base}/id/{ORG_ID}/{org.integration_user}"
    issued = str(int(now.timestamp() * 1000))
    signature = hmac.new(CONSUMER_SECRET.encode(), (identity + issued).encode(), hashlib.sha256).digest()
    return {
        "access_token": org.tokens.issue(ORG_ID, org.integration_user, now, org.dials.token_calls),
        "signature": base64.b64encode(signature).decode(),
        "scope": "api",
        "instance_url": base,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued,
    }


_GRANTS: dict[str, Callable[[Login], None]] = {
    "client_credentials": _client_credentials,
    "password": _password,
    "refresh_token": _refresh_token,
    JWT_GRANT: _jwt_bearer,
}
