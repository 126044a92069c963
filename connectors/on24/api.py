"""Calls to ON24's REST API, version 2: one GET with both halves of the token, lists of some days, and what a refusal means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote

from connectors.on24.settings import On24Settings
from core.contract import (
    AuthFailed,
    ConfigInvalid,
    ConnectorError,
    ContractBroken,
    Http,
    JsonValue,
    Missing,
    PermissionMissing,
    RateLimited,
    Request,
    Response,
    Unavailable,
)

JsonObject = dict[str, JsonValue]
PAGE_ROWS = 100
"""ON24 REST API, 'Client level analytics': 100 rows a page at most."""
_USED_UP_SECONDS = 300.0
"""How long a quota that is used up is left alone: ON24 does not tell when it fills again."""
REGISTRANTS, ATTENDEES = "registrant", "attendee"
_SUBACCOUNTS = {REGISTRANTS: "excludeSubaccounts", ATTENDEES: "excludesubaccounts"}


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list, and how many rows ON24 counts in all."""

    rows: Sequence[JsonObject] = field(repr=False)
    total: int
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class Api:
    """One client."""

    http: Http
    settings: On24Settings

    def try_reading(self, day: date) -> None:
        """Ask for one registrant, to see whether this token may."""
        self._page(REGISTRANTS, day, day, 0, 1)

    def event(self, event_id: str) -> JsonObject | None:
        """Read a webinar; None for one that was deleted."""
        try:
            return self._get("event", event_id)
        except Missing:
            return None

    def listings(self, resource: str, first: date, last: date) -> Iterator[Listing]:
        """Read who was active from `first` to `last` (ON24, `datefiltermode`), page by page.

        A list gets shorter while it is read, when people are active again; a page behind its end is no error.
        """
        before: Sequence[JsonObject] = ()
        number = 0
        while True:
            listing = self._page(resource, first, last, number, PAGE_ROWS)
            if listing.rows and listing.rows == before:
                raise ContractBroken("ON24's next page is the one that was read already.")
            yield listing
            before, number = listing.rows, number + 1
            goes_on = number < listing.pages if listing.pages is not None else len(listing.rows) >= PAGE_ROWS
            if not listing.rows or not goes_on:
                return

    def _page(self, resource: str, first: date, last: date, number: int, size: int) -> Listing:
        params = [
            *(("startdate", first.isoformat()), ("enddate", last.isoformat()), ("datefiltermode", "lastActivity")),
            *(("pageoffset", str(number)), ("itemsperpage", str(size)), ("excludeanonymous", "Y")),
            *([] if self.settings.subaccounts else [(_SUBACCOUNTS[resource], "Y")]),
            *([("userstatus", "any")] if self.settings.withdrawn and resource == REGISTRANTS else []),
        ]
        try:
            found = self._get(resource, params=params, accept=frozenset({400}) if number else frozenset())
        except Missing as error:
            hint = "Copy the number of the client from ON24, and look whether the account is an American or a European one (`base_url`)."
            raise ConfigInvalid(error.message, setting="client_id", hint=hint) from error
        rows, total, pages = (found.get(name) for name in (f"{resource}s", f"total{resource}s", "pagecount"))
        if not isinstance(rows, list) and number == 0:
            raise Unavailable(f"ON24 answered a list without its {resource}s.")
        told = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        return Listing(told, total if isinstance(total, int) else -1, pages if isinstance(pages, int) else None)

    def _get(self, *path: str, params: Sequence[tuple[str, str]] = (), accept: frozenset[int] = frozenset()) -> JsonObject:
        own = self.settings
        url = "/".join([f"{own.base_url}/v2/client/{own.client_id}", *(quote(part, safe="") for part in path)])
        # Both belong to every call; one of them alone is refused.
        token = {"accessTokenKey": own.token_key.get_secret_value(), "accessTokenSecret": own.token_secret.get_secret_value()}
        request = Request("GET", url, params=params, headers=token, accept=accept, authenticated=False)
        found = self.http.send(request, rows=(_refused,)).json()
        if not isinstance(found, dict):
            raise Unavailable("ON24 answered with something that is not a JSON object.")
        return found


def _refused(response: Response) -> ConnectorError | None:
    said = response.body[:2_000].lower()
    match response.status:
        case 401:
            hint = (
                "Make a new token in ON24 (Settings > Integrations > API) and enter its key and secret. "
                "ON24 disables a token that rested for 60 days, and one of another client does not open this one."
            )
            return AuthFailed("ON24 refused the token.", hint=hint)
        case 403 if b"maximum number of calls" in said:
            # Not 429: ON24's own description gives this text under 403, beside the missing permission.
            return RateLimited("The calls that ON24 allows are used up.", retry_after=_USED_UP_SECONDS)
        case 403:
            hint = "Ask ON24's account manager for API access (the product Connect), and look whether the client is active."
            return PermissionMissing("ON24 does not let this token read the client's analytics.", scope="client-level analytics", hint=hint)
        case 404 | 410:
            return Missing("ON24 knows no such client or webinar, or this token does not see it.")
        case _:
            return None
