"""Fetches access tokens for a service account: one assertion signed with its key (Google Identity, "OAuth 2.0 for service accounts")."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from urllib.parse import urlencode

from connectors.google_sheets.settings import GoogleSheetsSettings
from core.contract import AuthFailed, Clock, ConfigInvalid, ConnectorError, ContractBroken, Http, Request, Response, Token, Unavailable

SCOPE = "https://www.googleapis.com/auth/spreadsheets.readonly"
LIFE = timedelta(minutes=10)
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_HINT = "Make a new key for the service account, put the whole JSON file in, and see that the server's clock is right."


def account_of(settings: GoogleSheetsSettings) -> tuple[str, str, str]:
    """The account's address, key id and private key; raises ConfigInvalid, without quoting any of it."""
    try:
        key = json.loads(settings.service_account.get_secret_value())
        found = tuple(str(key[name]) for name in ("client_email", "private_key_id", "private_key"))
    except (ValueError, KeyError, TypeError, RecursionError):
        hint = "Google Cloud console: IAM, Service accounts, Keys, Add key, JSON."
        raise ConfigInvalid("service_account is not the JSON key of a service account.", hint=hint, setting="service_account") from None
    return found[0], found[1], found[2]


def fetch_token(settings: GoogleSheetsSettings, http: Http, clock: Clock) -> Token:
    """Ask for a token that may only read spreadsheets; raises AuthFailed with a hint, or Unavailable."""
    now = clock.now()
    form = urlencode({"grant_type": _GRANT, "assertion": _assertion(settings, now)}).encode()
    request = Request(
        "POST",
        settings.token_url,
        headers={"content-type": "application/x-www-form-urlencoded", "accept": "application/json"},
        body=form,
        repeatable=True,
        bucket="login",
        authenticated=False,
    )
    answer = http.send(request, [_refused]).json()
    value = answer.get("access_token") if isinstance(answer, dict) else None
    seconds = answer.get("expires_in") if isinstance(answer, dict) else None
    if not isinstance(value, str) or not isinstance(seconds, int):
        raise ContractBroken("Google's token answer names no access_token or no expires_in.")
    return Token(value, now + timedelta(seconds=seconds), base_url=settings.base_url)


def _assertion(settings: GoogleSheetsSettings, now: datetime) -> str:
    # Late: only fetching a token needs a crypto library.
    import jwt
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    email, key_id, private_key = account_of(settings)
    claims = {
        "iss": email,
        "scope": SCOPE,
        "aud": settings.token_url,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFE).timestamp()),
    }
    try:
        key = load_pem_private_key(private_key.encode(), password=None)
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": key_id})  # type: ignore[arg-type] # PyJWT refuses other keys
    except (ValueError, TypeError, jwt.PyJWTError):
        # Not `from` the cause: its text may quote the key.
        raise ConfigInvalid("The private_key in service_account cannot be used.", hint=_HINT, setting="service_account") from None


def _refused(response: Response) -> ConnectorError | None:
    if response.status >= 500:
        return Unavailable(f"Google's token endpoint answered HTTP {response.status}.")
    return AuthFailed("Google refused to give the service account a token.", hint=_HINT) if response.status in (400, 401) else None
