"""LinkedIn's grant: which refresh token is used after an admin renewed it, and what is told of its end."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from connectors.linkedin_lead_gen.settings import LinkedInSettings
from connectors.linkedin_lead_gen.signin import grant_of, token
from core.contract import AuthFailed, Request, Response, Token, Unavailable

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OLD, NEW, ROTATED = "old-refresh-token", "new-refresh-token", "rotated-refresh-token"


class Clock:
    """Stands still."""

    def now(self) -> datetime:
        return NOW


class Endpoint:
    """LinkedIn's token endpoint: refuses what is not `good`, and answers with `more`."""

    def __init__(self, *good: str, **more: object) -> None:
        self.good, self.more = good, more
        self.asked: list[str] = []

    def send(self, request: Request, rows: Any = ()) -> Response:
        (given,) = parse_qs((request.body or b"").decode())["refresh_token"]
        self.asked.append(given)
        if given not in self.good:
            raise AuthFailed("refused")
        return Response(200, {}, json.dumps({"access_token": "t", "expires_in": 3600, **self.more}).encode())


def settings(refresh: str) -> LinkedInSettings:
    oauth = {"client_id": "app", "refresh_token": refresh}
    return LinkedInSettings.model_validate({"owner": "urn:li:sponsoredAccount:3", "client_secrets": ["topsecret"], "oauth": oauth})


def fetched(endpoint: Endpoint, refresh: str, previous: Token | None = None) -> Token:
    return token(settings(refresh), previous, http=endpoint, clock=Clock())


def test_what_linkedin_put_in_its_place_is_used_until_it_is_refused() -> None:
    first = fetched(Endpoint(OLD, refresh_token=ROTATED), OLD)
    again = Endpoint(ROTATED)
    fetched(again, OLD, first)
    fallback = Endpoint(OLD)
    fetched(fallback, OLD, first)
    assert again.asked == [ROTATED] and fallback.asked == [ROTATED, OLD]


def test_a_grant_that_an_admin_renewed_is_used_before_the_old_one() -> None:
    first = fetched(Endpoint(OLD, refresh_token=ROTATED), OLD)
    endpoint = Endpoint(OLD, ROTATED, NEW)
    fetched(endpoint, NEW, first)
    assert endpoint.asked == [NEW]


def test_a_renewed_grant_ends_the_warning_before_it_is_used() -> None:
    old = fetched(Endpoint(OLD, refresh_token_expires_in=86_400), OLD)
    (warned, renewed) = (grant_of(settings(name), lambda: old, NOW) for name in (OLD, NEW))
    assert warned.expires_at == NOW + timedelta(days=1)
    assert (renewed.expires_at, renewed.healthy) == (None, True)


@pytest.mark.parametrize("told", [None, True, 0, -1, 1.5, "86400", 10**30, [], {}])
def test_an_end_that_is_no_span_of_time_is_not_known(told: object) -> None:
    fresh = fetched(Endpoint(OLD, refresh_token_expires_in=told), OLD)
    assert fresh.refresh_expires_at is None and grant_of(settings(OLD), lambda: fresh, NOW).healthy


def test_an_outage_is_no_end() -> None:
    def fails() -> Token:
        raise Unavailable

    with pytest.raises(Unavailable):
        grant_of(settings(OLD), fails, NOW)


def test_a_grant_that_is_refused_says_what_a_person_has_to_do() -> None:
    def fails() -> Token:
        raise AuthFailed("LinkedIn refused to renew the token.")

    told = grant_of(settings(OLD), fails, NOW)
    assert not told.healthy and "refused" in told.note and "grant the app access again" in told.hint
