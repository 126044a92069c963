"""Gets the bearer token: the configured one, or a fresh one from a refresh token."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urlencode

from connectors.hubspot.settings import HubSpotSettings, OAuthSettings
from core.contract import AuthFailed, Clock, ConnectorError, Http, Request, Response, Token, Unavailable

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_DEFAULT_SECONDS = 1800


def token(settings: HubSpotSettings, path: str, previous: Token | None, *, http: Http, clock: Clock) -> Token:
    """Give the configured token, which holds until it is refused, or refresh.

    A refresh token that HubSpot rotated travels in `previous`; if it is refused, the configured one is tried, since an
    admin may have renewed it. Raises AuthFailed when HubSpot refuses them.
    """
    if settings.access_token is not None:
        return Token(settings.access_token.get_secret_value())
    assert settings.oauth is not None
    configured = settings.oauth.refresh_token.get_secret_value()
    known = [previous.refresh] if previous is not None and previous.refresh else []
    for refresh in dict.fromkeys([*known, configured]):
        try:
            return _refreshed(settings.oauth, path, refresh, http=http, clock=clock)
        except AuthFailed:
            if refresh == configured:
                raise
    raise AssertionError("the configured refresh token is always tried last")


def _refreshed(oauth: OAuthSettings, path: str, refresh: str, *, http: Http, clock: Clock) -> Token:
    form = {
        "grant_type": "refresh_token",
        "client_id": oauth.client_id,
        "client_secret": oauth.client_secret.get_secret_value(),
        "refresh_token": refresh,
    }
    request = Request("POST", path, headers=_FORM, body=urlencode(form).encode(), authenticated=False)
    found = http.send(request, [_refused]).json()
    if not isinstance(found, dict) or not isinstance(found.get("access_token"), str):
        raise Unavailable("HubSpot's token endpoint gave no token.")
    seconds = found.get("expires_in")
    lifetime = timedelta(seconds=seconds if isinstance(seconds, int | float) else _DEFAULT_SECONDS)
    rotated = found.get("refresh_token")
    return Token(found["access_token"], clock.now() + lifetime, refresh=rotated if isinstance(rotated, str) else refresh)


def _refused(response: Response) -> ConnectorError | None:
    """HubSpot's token endpoint answers 400 with a `status` such as BAD_REFRESH_TOKEN; a page that is no JSON is somebody else's."""
    if response.status not in (400, 401, 403):
        return None
    try:
        body = json.loads(response.body)
    except ValueError:
        return Unavailable(f"HubSpot's token endpoint answered HTTP {response.status} without a reason.")
    reason = str(body.get("status") or body.get("error") or "") if isinstance(body, dict) else ""
    named = f" ({reason})" if reason.replace("_", "").isalnum() else ""
    return AuthFailed(f"HubSpot refused to give a new token{named}.", hint="Install the app again and renew the refresh token.")
