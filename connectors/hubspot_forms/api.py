"""Calls to HubSpot's older forms API: one page of a form's submissions, and what a refusal means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from core.contract import ConnectorError, Http, Invalid, JsonValue, PermissionMissing, RateLimited, Request, Response, Unavailable

SCOPE = "forms"
LARGEST_PAGE = 50
_DAILY_WAIT_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class SubmissionPage:
    """Some submissions of a form, newest first, and where the next ones are; `after` None: there are no more."""

    nodes: Sequence[JsonValue] = field(repr=False)
    after: str | None


@dataclass(frozen=True, slots=True)
class FormsApi:
    """HubSpot's 'Get submissions for a form' (legacy forms API v1). The token travels in the Authorization header."""

    http: Http

    def page(self, form: str, *, after: str | None = None, limit: int = LARGEST_PAGE) -> SubmissionPage:
        """Read one page; raises Missing for a form that is not there and Invalid for an `after` that HubSpot no longer takes."""
        params = [("limit", str(limit)), *([("after", after)] if after else [])]
        rows = [_forbidden, _limited, *([_stale] if after else [])]
        url = f"/form-integrations/v1/submissions/forms/{quote(form, safe='')}"
        found = self.http.send(Request("GET", url, params=params), rows=rows).json()
        nodes = found.get("results") if isinstance(found, dict) else None
        if not isinstance(found, dict) or not isinstance(nodes, list):
            raise Unavailable("HubSpot answered a listing without its results.")
        return SubmissionPage(nodes, _after(found.get("paging")))


def _after(paging: JsonValue) -> str | None:
    following = paging.get("next") if isinstance(paging, dict) else None
    after = following.get("after") if isinstance(following, dict) else None
    return str(after) if isinstance(after, (str, int)) and str(after) else None


def _forbidden(response: Response) -> ConnectorError | None:
    if response.status != 403:
        return None
    hint = f"Add the scope '{SCOPE}' to the service key or private app in HubSpot, then check the connection again."
    return PermissionMissing(f"HubSpot's token lacks the scope '{SCOPE}'.", scope=SCOPE, hint=hint)


def _limited(response: Response) -> ConnectorError | None:
    """The day's calls are used up; the ten seconds of the other limit are left to the runtime."""
    is_daily = response.status == 429 and _policy(response) == "DAILY"
    return RateLimited("HubSpot's calls of this day are used up.", retry_after=_DAILY_WAIT_SECONDS) if is_daily else None


def _policy(response: Response) -> str:
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        return ""
    return str(body.get("policyName", "")).upper() if isinstance(body, dict) else ""


def _stale(response: Response) -> ConnectorError | None:
    return Invalid("HubSpot no longer knows this place in a form's submissions.") if response.status == 400 else None
