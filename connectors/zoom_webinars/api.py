"""Calls to Zoom: the token, one GET, pages behind a token, and what a refusal means."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote, urlencode

from connectors.zoom_webinars.settings import ZoomSettings
from core.contract import (
    AuthFailed,
    Clock,
    ConnectorError,
    ContractBroken,
    Http,
    JsonObject,
    Missing,
    PermissionMissing,
    Request,
    Response,
    Token,
    Unavailable,
)

PAGE_SIZE = 300
_TOKEN_SECONDS = 3600
_NO_SCOPE, _STALE_PAGE, _GONE = 4711, 300, (3001, 3000, 1001)


class PageExpired(Exception):
    """The page token is too old (Zoom keeps one for a quarter of an hour); the list has to be begun again."""


def fetch_token(settings: ZoomSettings, http: Http, clock: Clock) -> Token:
    """Ask for a token of an hour (Zoom, 'Server-to-Server OAuth'); raises AuthFailed when Zoom refuses the app."""
    pair = f"{settings.client_id}:{settings.client_secret.get_secret_value()}".encode()
    form = urlencode({"grant_type": "account_credentials", "account_id": settings.account_id}).encode()
    headers = {"authorization": f"Basic {base64.b64encode(pair).decode()}", "content-type": "application/x-www-form-urlencoded"}
    request = Request("POST", settings.login_url + "/oauth/token", headers=headers, body=form, repeatable=True, authenticated=False)
    answer = http.send(request, rows=(_refused_app,)).json()
    value = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(value, str) or not value:
        raise Unavailable("Zoom's token endpoint gave no token.")
    seconds = answer.get("expires_in")
    lifetime = timedelta(seconds=seconds if isinstance(seconds, int) else _TOKEN_SECONDS)
    return Token(value, clock.now() + lifetime, base_url=settings.base_url)


def _refused_app(response: Response) -> ConnectorError | None:
    if response.status not in (400, 401, 403):
        return None
    hint = "Check account_id, client_id and client_secret, and that the app is activated."
    return AuthFailed("Zoom refused to give a token for this app.", hint=hint)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list, and the token of the next, "" at the end."""

    rows: Sequence[JsonObject] = field(repr=False)
    next: str


@dataclass(frozen=True, slots=True)
class Api:
    """Zoom's API, version 2."""

    http: Http

    def get(self, *path: str, params: Sequence[tuple[str, str]] = ()) -> JsonObject:
        """Read one resource; raises Missing for what is not there, PermissionMissing naming the scope, PageExpired.

        Ids are quoted, so that they cannot lead to another path.
        """
        url = "/".join(["/v2", *(quote(part, safe="") for part in path)])
        response = self.http.send(Request("GET", url, params=params, accept=frozenset({400})), rows=(_refused,))
        if response.status == 400:
            raise _bad_request(response)
        found = response.json()
        if not isinstance(found, dict):
            raise Unavailable("Zoom answered with something that is not a JSON object.")
        return found

    def page(self, key: str, *path: str, params: Sequence[tuple[str, str]] = (), after: str = "") -> Listing:
        """Read one page of a list whose rows stand under `key`."""
        given = [*params, ("page_size", str(PAGE_SIZE)), *([("next_page_token", after)] if after else [])]
        answer = self.get(*path, params=given)
        rows, following = answer.get(key), answer.get("next_page_token")
        if not isinstance(rows, list):
            raise Unavailable(f"Zoom answered a list without its {key}.")
        following = following if isinstance(following, str) else ""
        if following and following == after:
            raise ContractBroken("Zoom's page points to itself, so that reading would never end.")
        return Listing([row for row in rows if isinstance(row, dict)], following)

    def all(self, key: str, *path: str, params: Sequence[tuple[str, str]] = ()) -> Iterator[JsonObject]:
        """Read all rows of a list, page by page."""
        seen, after = {""}, ""
        while True:
            listing = self.page(key, *path, params=params, after=after)
            yield from listing.rows
            after = listing.next
            if not after:
                return
            if after in seen:
                raise ContractBroken("Zoom's pages go round in a circle.")
            seen.add(after)


def quoted_uuid(uuid: str) -> str:
    """Quote a webinar's uuid once more than usual where it holds a slash, which Zoom's paths otherwise take for their own.

    Zoom, 'Using Zoom APIs': a uuid that begins with "/" or holds "//" is encoded twice.
    """
    return quote(uuid, safe="") if uuid.startswith("/") or "//" in uuid else uuid


def _body(response: Response) -> JsonObject:
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _refused(response: Response) -> ConnectorError | None:
    """Zoom names a scope that is missing in code 4711, whatever the status is; a 403 is a plan or a role that is not enough."""
    body = _body(response)
    if body.get("code") == _NO_SCOPE or response.status == 403:
        return _no_scope(body)
    if response.status == 404:
        return Missing("Zoom knows no such webinar or user, or this app does not see it.")
    return None


def _no_scope(body: JsonObject) -> PermissionMissing:
    message = str(body.get("message") or "")
    named = message.partition("[")[2].partition("]")[0] if "scope" in message else ""
    scope = named if 0 < len(named) <= 200 and named.isprintable() else "webinar:read:admin"
    return PermissionMissing(
        f"The Zoom app lacks the scope '{scope}', or the account's plan has no webinars.",
        scope=scope,
        hint=f"Add '{scope}' to the app's scopes in the Zoom App Marketplace and activate it again; webinars need a Webinars licence.",
    )


def _bad_request(response: Response) -> Exception:
    body = _body(response)
    code = body.get("code")
    if code == _NO_SCOPE:
        return _no_scope(body)
    if code == _STALE_PAGE and "token" in str(body.get("message") or "").lower():
        return PageExpired()
    if code in _GONE:
        return Missing("Zoom knows no such webinar or user, or this app does not see it.")
    return ContractBroken(f"Zoom refused a request that this connector made (code {code if isinstance(code, int) else 'unknown'}).")
