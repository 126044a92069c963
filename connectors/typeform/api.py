"""Calls to Typeform's API: one GET, the pages of the form list, and what a refusal means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from core.contract import ConnectorError, Http, JsonObject, PermissionMissing, Request, Response, Unavailable

FORMS_SCOPE, RESPONSES_SCOPE = "forms:read", "responses:read"
_FORMS_PER_PAGE = 200


@dataclass(frozen=True, slots=True)
class Api:
    """Typeform's API. The token travels in the Authorization header."""

    http: Http

    def get(self, *path: str, scope: str, params: Sequence[tuple[str, str]] = ()) -> JsonObject:
        """Read one resource that needs `scope`; ids are quoted, so that they cannot lead to another path."""
        url = "/".join(["", *(quote(part, safe="") for part in path)])
        rows = (lambda response: _forbidden(response, scope),)
        found = self.http.send(Request("GET", url, params=params), rows=rows).json()
        if not isinstance(found, dict):
            raise Unavailable("Typeform answered with something that is not a JSON object.")
        return found

    def forms(self) -> Iterator[JsonObject]:
        """List the account's forms, as far as the token sees them."""
        page, pages = 1, 1
        while page <= pages:
            params = [("page", str(page)), ("page_size", str(_FORMS_PER_PAGE))]
            answer = self.get("forms", scope=FORMS_SCOPE, params=params)
            yield from items_of(answer)
            count = answer.get("page_count")
            pages = count if isinstance(count, int) else pages
            page += 1


def items_of(answer: JsonObject) -> list[JsonObject]:
    """The items of a listing; raises Unavailable when it has none to tell, which an empty listing does."""
    items = answer.get("items")
    if not isinstance(items, list):
        raise Unavailable("Typeform answered a listing without its items.")
    return [item for item in items if isinstance(item, dict)]


def _forbidden(response: Response, scope: str) -> ConnectorError | None:
    if response.status != 403:
        return None
    hint = f"Make a personal access token with {FORMS_SCOPE} and {RESPONSES_SCOPE}, by a person who may see the forms."
    return PermissionMissing(f"The token lacks the scope '{scope}', or its owner may not see this form.", scope=scope, hint=hint)
