"""Calls to the Graph API: one GET, its pages, and what its error codes mean."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from core.contract import (
    AuthFailed,
    ConfigInvalid,
    ConnectorError,
    ContractBroken,
    Http,
    Invalid,
    JsonObject,
    JsonValue,
    Missing,
    PermissionMissing,
    RateLimited,
    Request,
    Response,
    Unavailable,
)

SCOPES = ("leads_retrieval", "pages_manage_metadata", "pages_show_list", "pages_read_engagement", "pages_manage_ads", "ads_management")
_DEAD_TOKEN = {102, 104, 190}
_BUSY = {1, 2}
_LIMITED = {4, 17, 32, 341, 613, *range(80_000, 80_015)}
_UNKNOWN_PATH = 2500
_GONE = {(100, 33), (803, None)}
_LONGEST_WAIT_MINUTES = 60 * 24 * 7
_TRACE = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Graph:
    """The Graph API at one version. The token travels in the Authorization header, never in a URL."""

    http: Http
    version: str

    def get(self, *path: str, params: Sequence[tuple[str, str]] = ()) -> JsonObject:
        """Read one node or one page of an edge; ids are quoted, so that they cannot lead to another path."""
        url = "/".join(["", self.version, *(quote(part, safe="") for part in path)])
        found = self.http.send(Request("GET", url, params=params), rows=ERROR_ROWS).json()
        if not isinstance(found, dict):
            raise Unavailable("Meta answered with something that is not a JSON object.")
        return found

    def pages(self, *path: str, params: Sequence[tuple[str, str]] = (), after: str | None = None) -> Iterator[GraphPage]:
        """Follow an edge page by page from `after`.

        Builds every page's URL itself: Meta's own `paging.next` carries the access token. Raises ContractBroken when
        Meta names a page that was read before, which would never end.
        """
        read = {after}
        while True:
            position = [("after", after)] if after else []
            page = _page(self.get(*path, params=[*params, *position]))
            yield page
            if page.after is None:
                return
            if page.after in read:
                raise ContractBroken("Meta repeats a page of its listing.")
            read.add(page.after)
            after = page.after


@dataclass(frozen=True, slots=True)
class GraphPage:
    """Some nodes of an edge, and where the next ones are; `after` None: there are no more."""

    nodes: Sequence[JsonValue]
    after: str | None


def _page(answer: JsonObject) -> GraphPage:
    nodes, paging = answer.get("data"), answer.get("paging")
    if not isinstance(nodes, list):
        raise Unavailable("Meta answered a listing without its data.")
    if not isinstance(paging, dict) or not paging.get("next"):
        return GraphPage(nodes, None)
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    if not isinstance(after, str) or not after:
        raise ContractBroken("Meta names a next page without its cursor.")
    return GraphPage(nodes, after)


def graph_error(response: Response) -> ConnectorError | None:
    """Recognise the Graph API's error object (Graph API, 'Handling errors'), whatever HTTP status it came with.

    Meta's own message is not passed on: for a malformed token it quotes the token.
    """
    error = _error_object(response)
    code = _number(error.get("code"))
    if code is None:
        return None
    subcode = _number(error.get("error_subcode"))
    name = f"Meta answered error {code}" + (f"/{subcode}" if subcode else "") + f" (trace {_trace(error.get('fbtrace_id'))})"
    if code in _LIMITED:
        return RateLimited(f"{name}: the quota is used up.", retry_after=_wait(response))
    if code in _BUSY or error.get("is_transient") is True:
        return Unavailable(f"{name}: out of order for a moment.")
    return _stopping(code, name, str(error.get("message", ""))) or _about_the_object(code, subcode, name)


ERROR_ROWS = (graph_error,)


def _stopping(code: int, name: str, message: str) -> ConnectorError | None:
    if code in _DEAD_TOKEN:
        return AuthFailed(f"{name}: the page access token is not valid.", hint="Make a new token for the page and put it in place.")
    if code == _UNKNOWN_PATH:
        hint = "Set `api_version` to one that Meta still serves."
        return ConfigInvalid(f"{name}: there is no such path in this version of the Graph API.", hint=hint, setting="api_version")
    if code != 10 and not 200 <= code <= 299:
        return None
    scope = next((scope for scope in SCOPES if scope in message), "leads_retrieval")
    return PermissionMissing(
        f"{name}: the token lacks the permission '{scope}'.",
        scope=scope,
        hint="Give the app that permission, and its user access to leads in the Leads Access Manager; then make a new token.",
    )


def _about_the_object(code: int, subcode: int | None, name: str) -> ConnectorError | None:
    if (code, subcode) in _GONE or (code, None) in _GONE:
        return Missing(f"{name}: no such object, or this token may not see it.")
    return Invalid(f"{name}: the request is not valid.", rule=str(code)) if code == 100 else None


def _error_object(response: Response) -> dict[str, object]:
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _trace(value: object) -> str:
    return value if isinstance(value, str) and _TRACE.fullmatch(value) else "-"


def _wait(response: Response) -> float | None:
    """Seconds until calls are granted again: as HTTP tells, else from the business-use-case header, which tells minutes."""
    seconds = response.headers.get("retry-after", "")
    if seconds.isdecimal() and len(seconds) < 8:
        return float(seconds)
    try:
        usage = json.loads(response.headers.get("x-business-use-case-usage", ""))
        minutes = [float(row["estimated_time_to_regain_access"]) for rows in usage.values() for row in rows]
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
    longest = max(minutes, default=0)
    return 60 * longest if 0 < longest <= _LONGEST_WAIT_MINUTES else None
