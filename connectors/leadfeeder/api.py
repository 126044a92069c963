"""Calls to Leadfeeder's API: one GET, lists of a span of days within the 10,000 rows that one tells, and what a refusal means."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import quote

from core.contract import (
    AuthFailed,
    Clock,
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
MOST_ROWS = 10_000
"""Leadfeeder API, 'Get leads': no more results than these are told of one question."""
_A_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list, and the places its rows name. `cut`: it is the last that is told, though its one day may have more."""

    rows: Sequence[JsonObject] = field(repr=False)
    places: Mapping[str, JsonObject] = field(repr=False)
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Api:
    """One account. `most` rows are told of one question."""

    http: Http
    clock: Clock
    account: str
    most: int = MOST_ROWS

    def accounts(self) -> list[JsonObject]:
        """List the accounts that the token sees."""
        return _rows(self._get("accounts"))

    def own(self) -> JsonObject:
        """Read the attributes of the account; raises ConfigInvalid when the token does not see it."""
        try:
            found = self._get("accounts", self.account).get("data")
        except Missing as error:
            raise self._unknown() from error
        return attributes_of(found)

    def lead(self, lead_id: str) -> tuple[JsonObject, Mapping[str, JsonObject]] | None:
        """Read one company; None when it is not there any more."""
        try:
            found = self._get("accounts", self.account, "leads", lead_id)
        except Missing:
            return None
        row = found.get("data")
        return (row, _places(found)) if isinstance(row, dict) else None

    def listings(self, resource: str, first: date, last: date) -> Iterator[Listing]:
        """Read `leads` or `visits` of these days page by page, in halves of the span where one question tells too little.

        A row may be met several times: on both sides of a page's end while others come in, and again in a half.
        """
        told, before, number = 0, [""], 1
        while True:
            found = self._page(resource, first, last, number)
            rows = _rows(found)
            names = [id_of(row) for row in rows]
            if rows and names == before:
                raise ContractBroken("Leadfeeder's next page is the one that was read already.")
            told, before, number = told + len(rows), names, number + 1
            is_full = told >= self.most
            yield Listing(rows, _places(found), cut=is_full and first == last)
            if is_full or not rows or not _goes_on(found, len(rows)):
                break
        if is_full and first < last:
            middle = first + (last - first) // 2
            yield from self.listings(resource, first, middle)
            yield from self.listings(resource, middle + timedelta(days=1), last)

    def _page(self, resource: str, first: date, last: date, number: int) -> JsonObject:
        span = [("start_date", first.isoformat()), ("end_date", last.isoformat())]
        params = [*span, ("page[number]", str(number)), ("page[size]", str(PAGE_ROWS))]
        try:
            return self._get("accounts", self.account, resource, params=params)
        except Missing as error:
            raise self._unknown() from error

    def _get(self, *path: str, params: Sequence[tuple[str, str]] = ()) -> JsonObject:
        url = "/".join(["", *(quote(part, safe="") for part in path)])
        found = self.http.send(Request("GET", url, params=params), rows=(self._refused,)).json()
        if not isinstance(found, dict):
            raise Unavailable("Leadfeeder answered with something that is not a JSON object.")
        return found

    def _unknown(self) -> ConfigInvalid:
        hint = "Run `leadloom check` without a wrong id: it lists the accounts that the token sees. Correct `account`."
        return ConfigInvalid(f"The token sees no account '{self.account}'.", setting="account", hint=hint)

    def _refused(self, response: Response) -> ConnectorError | None:
        match response.status:
            case 401:
                hint = "Copy the token from Leadfeeder, Settings > Personal > API tokens, or make a new one there."
                return AuthFailed("Leadfeeder refused the token.", hint=hint)
            case 403:
                hint = "The API needs a trial or a paid plan, and a user who may see this account."
                return PermissionMissing(f"Leadfeeder does not let this token read{_words(response)}.", scope="API access", hint=hint)
            case 404:
                return Missing("Leadfeeder knows no such account or company, or this token does not see it.")
            case 429:
                return RateLimited("Leadfeeder's 100 requests of this minute are used up.", retry_after=self._wait(response))
            case _:
                return None

    def _wait(self, response: Response) -> float:
        """The count begins anew with the next minute (Leadfeeder API, 'Rate limiting')."""
        told = response.headers.get("retry-after", "")
        return float(told) if told.isdecimal() and len(told) < 6 else float(_A_MINUTE - self.clock.now().second)


def attributes_of(row: JsonValue) -> JsonObject:
    """The attributes of a JSON:API resource; empty for anything else."""
    found = row.get("attributes") if isinstance(row, dict) else None
    return found if isinstance(found, dict) else {}


def id_of(row: JsonObject) -> str:
    """The id of a JSON:API resource, which may be a number; "" without a usable one."""
    value = row.get("id")
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    return text if 0 < len(text) <= 100 and text.isprintable() else ""


def _rows(found: JsonObject) -> list[JsonObject]:
    rows = found.get("data")
    if not isinstance(rows, list):
        raise Unavailable("Leadfeeder answered a list without its data.")
    return [row for row in rows if isinstance(row, dict)]


def _places(found: JsonObject) -> dict[str, JsonObject]:
    rows = found.get("included")
    named = [row for row in rows if isinstance(row, dict) and row.get("type") == "locations"] if isinstance(rows, list) else []
    return {id_of(row): attributes_of(row) for row in named}


def _goes_on(found: JsonObject, count: int) -> bool:
    """Whether a next page is linked; where no links are told at all, a full page has a next one."""
    links = found.get("links")
    return bool(links.get("next")) if isinstance(links, dict) else count >= PAGE_ROWS


def _words(response: Response) -> str:
    """What Leadfeeder says itself, shortened, as JSON:API puts it."""
    try:
        title = json.loads(response.body)["errors"][0]["title"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return ""
    return f" ({title[:100]})" if isinstance(title, str) and title.isprintable() else ""
