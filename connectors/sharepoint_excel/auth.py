"""The token of the app alone, without a user (Microsoft identity platform, "OAuth 2.0 client credentials flow")."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote, urlencode

from connectors.sharepoint_excel.settings import SharePointSettings
from core.contract import AuthFailed, Clock, ConfigInvalid, ConnectorError, Http, Request, Response, Token, Unavailable

_NO_TENANT = frozenset({90002, 900021, 900023})
_LIFETIME_SECONDS = 3599


def fetch_token(settings: SharePointSettings, http: Http, clock: Clock) -> Token:
    """Fetch a token; raises AuthFailed when the app is refused, ConfigInvalid when there is no such tenant."""
    form = {
        "grant_type": "client_credentials",
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.get_secret_value(),
        "scope": f"{settings.base_url}/.default",
    }
    url = f"{settings.login_url}/{quote(settings.tenant, safe='')}/oauth2/v2.0/token"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    request = Request("POST", url, headers=headers, body=urlencode(form).encode(), repeatable=True, bucket="login", authenticated=False)
    answer = http.send(request, [_refused]).json()
    value = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(value, str) or not value:
        raise Unavailable("Microsoft's token endpoint gave no token.")
    seconds = answer.get("expires_in")
    lifetime = timedelta(seconds=seconds if isinstance(seconds, int) and 0 < seconds < 10**6 else _LIFETIME_SECONDS)
    return Token(value, clock.now() + lifetime, base_url=settings.base_url)


def _refused(response: Response) -> ConnectorError | None:
    if response.status not in (400, 401, 403, 404):
        return None
    try:
        answer = response.json()
    except Unavailable:
        return None
    codes = answer.get("error_codes") if isinstance(answer, dict) else None
    known = [code for code in codes if isinstance(code, int)] if isinstance(codes, list) else []
    if _NO_TENANT & set(known):
        return ConfigInvalid("Microsoft knows no such tenant.", hint="Correct `tenant`: its id, or a domain of it.", setting="tenant")
    told = f" (AADSTS{known[0]})" if known else ""
    hint = "Look at `client_id`, and whether `client_secret` is the secret's value and has not run out."
    return AuthFailed(f"Microsoft refused the app{told}.", hint=hint)
