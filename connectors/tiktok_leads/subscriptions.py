"""Ask TikTok which subscriptions to leads are left, since it ends them without a word when an access token is revoked."""

from __future__ import annotations

from connectors.tiktok_leads.settings import TikTokLeadsSettings, Watch
from core.contract import AuthFailed, ConfigInvalid, Http, JsonValue, PermissionMissing, RateLimited, Request, Unavailable

_PATH = "/open_api/v1.3/subscription/get/"
_PAGE_SIZE = 100
_MOST_PAGES = 100
_FINE = (0, 20001)
_THROTTLED = (40016, 40100, 40132, 40133)
_REFUSED = 40001
_SCOPE = "Lead Management"
_AGAIN = "TikTok ended it, most likely because its access token was revoked: subscribe again, then download what was missed."


def require_subscription(http: Http, settings: TikTokLeadsSettings, watch: Watch) -> None:
    """Raise ConfigInvalid when no subscription leads to the connection's own address any more.

    Raises AuthFailed, PermissionMissing, RateLimited or Unavailable when TikTok does not tell.
    """
    for page in range(1, _MOST_PAGES + 1):
        content = _ask(http, settings, watch, page)
        rows = content.get("subscriptions")
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and row.get("callback_url") == watch.callback_url:
                return
        told = content.get("page_info")
        last = told.get("total_page") if isinstance(told, dict) else None
        if not isinstance(last, int) or page >= last:
            break
    raise ConfigInvalid("No subscription to leads leads to this connection's address.", setting="watch.callback_url", hint=_AGAIN)


def _ask(http: Http, settings: TikTokLeadsSettings, watch: Watch, page: int) -> dict[str, JsonValue]:
    # TikTok wants the app's secret in the URL. It must come into no message: the runtime names paths without their query.
    params = (
        ("app_id", watch.app_id),
        ("secret", settings.app_secrets[0].get_secret_value()),
        ("subscribe_entity", "LEAD"),
        ("page", str(page)),
        ("page_size", str(_PAGE_SIZE)),
    )
    headers = {"Access-Token": watch.access_token.get_secret_value(), "Accept": "application/json"}
    found = http.send(Request("GET", _PATH, params=params, headers=headers, authenticated=False)).json()
    if not isinstance(found, dict):
        raise Unavailable("TikTok answered with something that is not a JSON object.")
    _raise_for(found.get("code"))
    content = found.get("data")
    return content if isinstance(content, dict) else {}


def _raise_for(code: JsonValue) -> None:
    """A failure is HTTP 200 as well; the verdict stands in the body."""
    if isinstance(code, bool) or not isinstance(code, int):
        raise Unavailable("TikTok's answer has no code.")
    if code in _FINE:
        return
    if code in _THROTTLED:
        raise RateLimited(f"TikTok takes no more calls for now (code {code}).")
    if 40100 <= code < 40200:
        raise AuthFailed(f"TikTok refused the app or its access token (code {code}).", hint="Put a valid token into `watch`.")
    if code == _REFUSED:
        raise PermissionMissing(
            f"TikTok refused to tell the app's subscriptions (code {code}).",
            scope=_SCOPE,
            hint=f"Add {_SCOPE} to the app's permissions at TikTok and authorise it again.",
        )
    if 40000 <= code < 50000:
        raise ConfigInvalid(
            f"TikTok refused the question (code {code}).", setting="watch", hint="Compare it with the app's page at TikTok."
        )
    raise Unavailable(f"TikTok failed to answer (code {code}).")
