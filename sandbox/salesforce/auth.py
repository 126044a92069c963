"""Access tokens: who got in, how often, and how long a token lives."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.salesforce.refusals import Refusal, refuse

REFRESH_TOKEN = "sandbox-refresh"


@dataclass(slots=True)
class Token:
    """One access token; `calls_left` None means that only idleness ends it."""

    user_id: str
    last_used: datetime
    calls_left: int | None = None


@dataclass(slots=True)
class Tokens:
    """The living tokens, the current refresh token and the number of logins by grant."""

    live: dict[str, Token] = field(default_factory=dict)
    logins: Counter[str] = field(default_factory=Counter)
    refused_logins: int = 0
    refresh_token: str = REFRESH_TOKEN
    issued: int = 0

    def issue(self, org_id: str, user_id: str, now: datetime, calls: int | None) -> str:
        """A new token in the form `<org id>!<letters>`; the same history gives the same token."""
        self.issued += 1
        secret = hashlib.sha256(f"{user_id}/{self.issued}".encode()).hexdigest()
        token = f"{org_id[:15]}!AQ{secret}"
        self.live[token] = Token(user_id, now, calls)
        return token

    def rotate(self) -> str:
        """Replace the refresh token; the former one is dead from here on."""
        self.refresh_token = f"{REFRESH_TOKEN}-{self.issued}"
        return self.refresh_token

    def user_of(self, authorization: str, now: datetime, idle_seconds: float) -> str:
        """The user behind an `Authorization: Bearer` header; every call resets the idle clock.

        Raises 401 INVALID_SESSION_ID, and forgets a token found too old.
        """
        token = bearer(authorization)
        found = self.live.get(token)
        if found is None or found.calls_left == 0 or now - found.last_used > timedelta(seconds=idle_seconds):
            self.live.pop(token, None)
            raise expired()
        found.last_used = now
        if found.calls_left is not None:
            found.calls_left -= 1
        return found.user_id


def bearer(authorization: str) -> str:
    """The token in an `Authorization` header; `OAuth <token>` is the older spelling."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "oauth") else ""


def expired() -> Refusal:
    """What every REST resource answers without a living token."""
    return refuse("INVALID_SESSION_ID", "Session expired or invalid", status=401)
