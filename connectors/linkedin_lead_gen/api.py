"""Calls to LinkedIn's versioned REST API: Rest.li queries, responses, forms, and what a refusal means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from core.contract import ConfigInvalid, ConnectorError, Http, JsonObject, PermissionMissing, Request, Response, Unavailable

SCOPE = "r_marketing_leadgen_automation"
PAGE_SIZE = 100
_NO_VERSION = "NONEXISTENT_VERSION"


@dataclass(frozen=True, slots=True)
class Window:
    """A span of submission times in milliseconds since 1970, for one lead type of one owner."""

    owner: str
    lead_type: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Api:
    """LinkedIn's API at one version. The token travels in the Authorization header."""

    http: Http
    version: str

    def response(self, response_id: str) -> JsonObject:
        """Fetch one response by its id; raises Missing when there is none."""
        return self._get(f"/rest/leadFormResponses/{quote(response_id, safe='')}")

    def form(self, form_id: str) -> JsonObject:
        """Fetch one form; raises Missing when there is none."""
        return self._get(f"/rest/leadForms/{quote(form_id, safe='')}")

    def responses(self, window: Window, offset: int, count: int = PAGE_SIZE) -> JsonObject:
        """Fetch one page of the responses of a window."""
        kind = window.owner.split(":")[2]
        query = {
            "q": "owner",
            "owner": f"({kind}:{quote(window.owner, safe='')})",
            "leadType": f"(leadType:{window.lead_type})",
            "submittedAtTimeRange": f"(start:{window.start},end:{window.end})",
            "start": str(offset),
            "count": str(count),
        }
        return self._get("/rest/leadFormResponses", query)

    def _get(self, path: str, query: Mapping[str, str] | None = None) -> JsonObject:
        # Rest.li's parentheses and colons are syntax and must stay as they are, so the query is not handed over as parameters.
        url = path + ("?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else "")
        headers = {"LinkedIn-Version": self.version, "X-RestLi-Protocol-Version": "2.0.0", "Accept": "application/json"}
        found = self.http.send(Request("GET", url, headers=headers), rows=ERROR_ROWS).json()
        if not isinstance(found, dict):
            raise Unavailable("LinkedIn answered with something that is not a JSON object.")
        return found


def linkedin_error(response: Response) -> ConnectorError | None:
    """Recognise a version that was switched off, and a permission that is missing; the defaults know the rest."""
    if response.status == 426 or _code(response) == _NO_VERSION:
        return ConfigInvalid(
            f"LinkedIn does not serve the configured version of its API (HTTP {response.status}).",
            setting="api_version",
            hint="Set `api_version` to a year and month that LinkedIn's page on versioning lists as active.",
        )
    if response.status == 403:
        hint = f"The app needs {SCOPE} (an access request at LinkedIn), and its user a role on the owner that may download leads."
        return PermissionMissing(f"The token lacks the permission '{SCOPE}', or its user may not see the leads.", scope=SCOPE, hint=hint)
    return None


ERROR_ROWS = (linkedin_error,)


def _code(response: Response) -> str:
    if response.status < 400:
        return ""
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        return ""
    return str(body.get("code") or "") if isinstance(body, dict) else ""
