"""Bearer tokens, their scopes and their end; the OAuth client of the sandbox."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from sandbox.hubspot.moments import millis
from sandbox.hubspot.refusals import Refusal

PRIVATE_TOKEN = "pat-sandbox-token"
CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-client-secret"
REFRESH_TOKEN = "sandbox-refresh"
AUTHORIZATION_CODE = "sandbox-code"


@dataclass(slots=True)
class Token:
    """One bearer token; `scopes` of `None` means all of them."""

    app: str
    oauth: bool = False
    scopes: frozenset[str] | None = None
    expires_at: datetime | None = None
    calls_left: int | None = None
    refresh_token: str | None = None


@dataclass(slots=True)
class Access:
    """Who may call: tokens by their text, and the refresh tokens that still work."""

    tokens: dict[str, Token] = field(default_factory=lambda: {PRIVATE_TOKEN: Token("private-app")})
    clients: dict[str, str] = field(default_factory=lambda: {CLIENT_ID: CLIENT_SECRET})
    refresh_tokens: dict[str, str] = field(default_factory=lambda: {REFRESH_TOKEN: CLIENT_ID})
    codes: dict[str, str] = field(default_factory=lambda: {AUTHORIZATION_CODE: CLIENT_ID})
    _serial: count[int] = field(default_factory=lambda: count(1))

    def admit(self, header: str | None, now: datetime) -> Token:
        """The token of an Authorization header; raises 401 when it is missing, unknown or over."""
        scheme, _, text = (header or "").partition(" ")
        token = self.tokens.get(text.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            raise _unauthenticated("Authentication credentials not found or not valid for this account.")
        if token.expires_at is not None and token.expires_at <= now:
            raise expired(token.expires_at)
        if token.calls_left is not None:
            if token.calls_left <= 0:
                raise expired(now)
            token.calls_left -= 1
        return token

    def issue(self, token: Token) -> str:
        """Keep a new access token and name it."""
        name = f"sandbox-access-{next(self._serial)}"
        self.tokens[name] = token
        return name

    def new_refresh_token(self, client: str) -> str:
        """Make a further refresh token for `client`."""
        name = f"sandbox-refresh-{next(self._serial)}"
        self.refresh_tokens[name] = client
        return name


def expired(at: datetime) -> Refusal:
    """401: the token was good once, until `at`."""
    return _unauthenticated("The OAuth token used to make this call expired. Get a new one.", {"expireTime": [str(millis(at))]})


def require_scopes(token: Token, wanted: Iterable[str]) -> None:
    """Raise 403 unless the token has every scope in `wanted`."""
    lacking = [] if token.scopes is None else [scope for scope in wanted if scope not in token.scopes]
    if not lacking:
        return
    detail: dict[str, Any] = {
        "errors": [{"message": "One or more of the following scopes are required.", "context": {"requiredGranularScopes": lacking}}],
        "links": {"scopes": "https://developers.hubspot.com/scopes"},
    }
    raise Refusal(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes to make this call.", more=detail)


def _unauthenticated(message: str, context: dict[str, Any] | None = None) -> Refusal:
    return Refusal(401, "INVALID_AUTHENTICATION", message, context=context)
