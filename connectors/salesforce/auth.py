"""Fetches access tokens: one form-encoded request to the login host, for each of three OAuth grants.

simple-salesforce is not used for this: it takes an outage of the token endpoint for bad credentials, knows no refresh
tokens and sends the JWT's expiry as a text.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from connectors.salesforce.settings import Settings
from core.contract import (
    AuthFailed,
    Clock,
    ConfigInvalid,
    ConnectorError,
    ContractBroken,
    Http,
    RateLimited,
    Request,
    Response,
    Token,
    Unavailable,
)

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105 - a path
JWT_LIFE = timedelta(minutes=3)
LOGIN_PAUSE_SECONDS = 900.0

_WORD = re.compile(r"[A-Za-z][A-Za-z_ ]{1,39}")
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_HINTS: Sequence[tuple[str, str]] = (
    ("approved", "Pre-authorise the user for the app, or let the user approve it once."),
    ("audience", "Set audience to https://login.salesforce.com, or https://test.salesforce.com for a sandbox."),
    ("assertion", "The certificate in the app must belong to private_key, and the clocks must agree."),
    ("expired", "Fetch a new refresh token, or renew the certificate."),
    ("no client credentials user", "Name a run-as user in the app's client-credentials settings."),
    ("client identifier", "Check consumer_key."),
    ("client credentials", "Check consumer_key and consumer_secret, and that the app allows this grant."),
    ("authentication failure", "Check the user, its profile's login hours and IP ranges, and the app's policies."),
)
_DEFAULT_HINT = "Check consumer_key and its secret or key, the user, and that the app allows this grant."


def fetch_token(settings: Settings, previous: Token | None, http: Http, clock: Clock) -> Token:
    """Ask the login host for a token whose `base_url` is the instance; a rotated refresh token comes along.

    Raises AuthFailed with a hint, RateLimited for the login limit, Unavailable for outages of the login host.
    """
    form, headers = _asking(settings, previous, clock.now())
    request = Request(
        "POST",
        settings.login_url + TOKEN_PATH,
        headers={"content-type": "application/x-www-form-urlencoded", "accept": "application/json", **headers},
        body=urlencode(form).encode(),
        repeatable=settings.grant != "refresh_token",
        bucket="login",
        authenticated=False,
    )
    answer = http.send(request, [login_error]).json()
    return _token(answer, previous)


def login_error(response: Response) -> ConnectorError | None:
    """What a refusing answer of the token endpoint means; other answers than the documented object are outages."""
    error, described = _oauth_error(response)
    if error is None or response.status >= 500:
        return Unavailable(f"The login host answered HTTP {response.status} without a reason.")
    if "rate" in error or "rate exceeded" in described:
        return RateLimited("The org's limit of logins is reached.", retry_after=LOGIN_PAUSE_SECONDS)
    if error in {"server_error", "temporarily_unavailable", "unknown_error"}:
        return Unavailable(f"The login host is out of order ({error}).")
    hint = next((text for sign, text in _HINTS if sign in described), _DEFAULT_HINT)
    named = f" ({error})" if _WORD.fullmatch(error) else ""
    return AuthFailed(f"Salesforce refused to give a token{named}.", hint=hint)


def sign_assertion(settings: Settings, now: datetime) -> str:
    """Sign the JWT of the bearer flow with RS256 (Salesforce help, "OAuth 2.0 JWT Bearer Flow"); `exp` is a number."""
    # Late: only this grant needs a crypto library.
    import jwt
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    claims = {
        "iss": settings.consumer_key,
        "sub": settings.username,
        "aud": settings.audience or settings.login_url,
        "exp": int((now + JWT_LIFE).timestamp()),
    }
    try:
        key = load_pem_private_key(_secret(settings.private_key).encode(), password=None)
        return jwt.encode(claims, key, algorithm="RS256")  # type: ignore[arg-type] # PyJWT itself refuses other keys than RSA
    except (ValueError, TypeError, jwt.PyJWTError):
        # Not `from` the cause: its text may quote the key.
        raise ConfigInvalid(
            "private_key is not an unencrypted RSA key in PEM form.",
            hint="Give the whole file, with its BEGIN line.",
            setting="private_key",
        ) from None


def _asking(settings: Settings, previous: Token | None, now: datetime) -> tuple[Mapping[str, str], Mapping[str, str]]:
    if settings.grant == "jwt_bearer":
        return {"grant_type": _JWT_GRANT, "assertion": sign_assertion(settings, now)}, {}
    if settings.grant == "client_credentials":
        pair = f"{settings.consumer_key}:{_secret(settings.consumer_secret)}".encode()
        return {"grant_type": "client_credentials"}, {"authorization": f"Basic {base64.b64encode(pair).decode()}"}
    form = {
        "grant_type": "refresh_token",
        "client_id": settings.consumer_key,
        "refresh_token": (previous.refresh if previous else None) or _secret(settings.refresh_token),
    }
    return form | ({"client_secret": _secret(settings.consumer_secret)} if settings.consumer_secret else {}), {}


def _token(answer: Any, previous: Token | None) -> Token:
    value, instance = (answer.get("access_token"), answer.get("instance_url")) if isinstance(answer, dict) else (None, None)
    if not isinstance(value, str) or not isinstance(instance, str) or not urlsplit(instance).hostname:
        raise ContractBroken("The token answer names no access_token or no instance_url.")
    refresh = answer.get("refresh_token") or (previous.refresh if previous else None)
    return Token(value, base_url=instance.rstrip("/"), refresh=refresh)


def _oauth_error(response: Response) -> tuple[str | None, str]:
    try:
        payload = json.loads(response.body)
    except ValueError:
        return None, ""
    if not isinstance(payload, dict) or not isinstance(payload.get("error"), str):
        return None, ""
    return payload["error"], str(payload.get("error_description") or "").lower()


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
