"""Gets the bearer token: the configured one, or a fresh one from a refresh token; and tells when the grant behind it ends."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode

from connectors.linkedin_lead_gen.settings import LinkedInSettings, OAuthSettings
from core.contract import AuthFailed, Clock, ConnectorError, Http, Request, Response, Subscription, Token, Unavailable

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_DEFAULT_SECONDS = 3600
_LONGEST_SECONDS = 10**9
_GRANT = "grant"
_GRANT_AGAIN = (
    "Have a person of the advertiser grant the app access again (LinkedIn's OAuth 2.0 tools in the app's settings), "
    "and put the new refresh token into `oauth.refresh_token`."
)
_REFUSALS = {"invalid_grant", "invalid_request", "invalid_client", "unauthorized_client", "invalid_client_id", "invalid_client_secret"}


def token(settings: LinkedInSettings, previous: Token | None, *, http: Http, clock: Clock) -> Token:
    """Give the configured token, which holds until it is refused, or refresh (LinkedIn, 'Programmatic refresh tokens').

    A refresh token that LinkedIn replaced travels in `previous`. It is left for the configured one where that is another
    than the one it came from, because an admin has renewed the grant; it is tried first otherwise. Raises AuthFailed when
    LinkedIn refuses them.
    """
    if settings.access_token is not None:
        return Token(settings.access_token.get_secret_value(), base_url=settings.base_url)
    assert settings.oauth is not None
    configured = settings.oauth.refresh_token.get_secret_value()
    known = previous if previous is not None and previous.made_from in (None, _mark(settings.oauth)) else None
    if known is not None and known.refresh and known.refresh != configured:
        try:
            return _refreshed(settings, settings.oauth, known.refresh, http=http, clock=clock)
        except AuthFailed:
            pass
    return _refreshed(settings, settings.oauth, configured, http=http, clock=clock)


def grant_of(settings: LinkedInSettings, granted: Callable[[], Token | None], now: datetime) -> Subscription:
    """How the access stands that a person granted: a refresh token lives for a year from that day, however often it is used.

    LinkedIn, 'Programmatic refresh tokens': each renewal tells the seconds that are left of it. Nobody but a person can
    grant another one. Raises TryLater.
    """
    if settings.oauth is None:
        hint = "It ends about 60 days after it was made, which LinkedIn does not tell here; with `oauth` tokens are renewed and watched."
        return Subscription(_GRANT, "The access token", renews=False, hint=hint)
    name = "The refresh token"
    try:
        token = granted()
    except AuthFailed as error:
        return Subscription(_GRANT, name, healthy=False, note=error.message, renews=False, hint=_GRANT_AGAIN)
    if token is None or token.made_from != _mark(settings.oauth):
        note = "when it ends is told with the next renewal of the access token"
        return Subscription(_GRANT, name, note=note, renews=False, hint=_GRANT_AGAIN)
    ends = token.refresh_expires_at
    if ends is not None and ends <= now:
        return Subscription(_GRANT, name, ends, healthy=False, note="it has expired", renews=False, hint=_GRANT_AGAIN)
    return Subscription(_GRANT, name, ends, renews=False, hint=_GRANT_AGAIN)


def _mark(oauth: OAuthSettings) -> str:
    return hashlib.sha256(oauth.refresh_token.get_secret_value().encode("utf-8")).hexdigest()[:32]


def _refreshed(settings: LinkedInSettings, oauth: OAuthSettings, refresh: str, *, http: Http, clock: Clock) -> Token:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh,
        "client_id": oauth.client_id,
        "client_secret": settings.client_secrets[0].get_secret_value(),
    }
    request = Request("POST", oauth.token_url, headers=_FORM, body=urlencode(form).encode(), authenticated=False)
    found = http.send(request, [_refused]).json()
    value = found.get("access_token") if isinstance(found, dict) else None
    if not isinstance(value, str) or not value:
        raise Unavailable("LinkedIn's token endpoint gave no token.")
    now, replaced = clock.now(), found.get("refresh_token")
    kept = replaced if isinstance(replaced, str) and replaced else refresh
    left = _span(found.get("refresh_token_expires_in"))
    return Token(
        value,
        now + (_span(found.get("expires_in")) or timedelta(seconds=_DEFAULT_SECONDS)),
        base_url=settings.base_url,
        refresh=kept,
        refresh_expires_at=None if left is None else now + left,
        made_from=_mark(oauth),
    )


def _span(seconds: object) -> timedelta | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds < _LONGEST_SECONDS:
        return None
    return timedelta(seconds=seconds)


def _refused(response: Response) -> ConnectorError | None:
    """An OAuth error object is a refusal; an answer without one is somebody else's page, thus an outage."""
    if response.status not in (400, 401, 403):
        return None
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        body = None
    reason = body.get("error") if isinstance(body, dict) else None
    if not isinstance(reason, str):
        return Unavailable(f"LinkedIn's token endpoint answered HTTP {response.status} without a reason.")
    named = f" ({reason})" if reason in _REFUSALS else ""
    return AuthFailed(
        f"LinkedIn refused to renew the token{named}.", hint="Grant the app access again and put the new refresh token in place."
    )
