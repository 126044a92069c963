"""Gets the bearer token: the configured one, or a fresh one from a refresh token."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urlencode

from connectors.linkedin_lead_gen.settings import LinkedInSettings, OAuthSettings
from core.contract import AuthFailed, Clock, ConnectorError, Http, Request, Response, Token, Unavailable

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_DEFAULT_SECONDS = 3600
_REFUSALS = {"invalid_grant", "invalid_request", "invalid_client", "unauthorized_client", "invalid_client_id", "invalid_client_secret"}


def token(settings: LinkedInSettings, previous: Token | None, *, http: Http, clock: Clock) -> Token:
    """Give the configured token, which holds until it is refused, or refresh (LinkedIn, 'Programmatic refresh tokens').

    A refresh token that LinkedIn replaced travels in `previous`; when it is refused the configured one is tried, since an
    admin may have renewed it. Raises AuthFailed when LinkedIn refuses them.
    """
    if settings.access_token is not None:
        return Token(settings.access_token.get_secret_value(), base_url=settings.base_url)
    assert settings.oauth is not None
    configured = settings.oauth.refresh_token.get_secret_value()
    if previous is not None and previous.refresh and previous.refresh != configured:
        try:
            return _refreshed(settings, settings.oauth, previous.refresh, http=http, clock=clock)
        except AuthFailed:
            pass
    return _refreshed(settings, settings.oauth, configured, http=http, clock=clock)


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
    seconds, replaced = found.get("expires_in"), found.get("refresh_token")
    lifetime = timedelta(seconds=seconds if isinstance(seconds, int) and 0 < seconds < 10**9 else _DEFAULT_SECONDS)
    kept = replaced if isinstance(replaced, str) and replaced else refresh
    return Token(value, clock.now() + lifetime, base_url=settings.base_url, refresh=kept)


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
