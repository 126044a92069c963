"""The calls to HubSpot's API, and the one table that turns its answers into errors.

Every call goes through the runtime's transport. Writes, lists, definitions and merges go over the SDK. Searches,
batch reads and account details go over `context.http`: a search must name its limit bucket, a read by POST must be
marked as safe to repeat, and the SDK does not know the account API.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from connectors.hubspot.paths import paths_for
from connectors.hubspot.problems import Problem, read_problem
from connectors.hubspot.sdk import Answered, Sdk
from connectors.hubspot.settings import HubSpotSettings
from core.contract import (
    AuthFailed,
    ConfigInvalid,
    ConnectorError,
    Context,
    ContractBroken,
    PermissionMissing,
    RateLimited,
    Request,
    Response,
    Unavailable,
)

SEARCH_BUCKET = "search"
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_DAILY_WAIT_SECONDS = 3600.0
_NO_STATUSES: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """A refusal of a whole call with what its judgement depends on."""

    response: Response
    problem: Problem
    now: datetime
    zone: ZoneInfo | None


class HubSpotApi:
    """One account's API. Answers are successes; everything else is raised from the error table."""

    def __init__(self, settings: HubSpotSettings, context: Context) -> None:
        """Do no I/O."""
        self._context = context
        self._timeout = settings.timeout_seconds
        self.paths = paths_for(settings.api_version)
        self._sdk = Sdk(context.sdk, settings.base_url, self.paths, settings.timeout_seconds)
        self._zone: ZoneInfo | None = None

    def page(self, object_name: str, *, limit: int, after: str | None, properties: Sequence[str], archived: bool = False) -> Response:
        """List up to `limit` records, live or from the recycle bin, in the order of their ids."""
        return self._over_sdk(lambda: self._sdk.page(object_name, limit=limit, after=after, properties=properties, archived=archived))

    def write_batch(self, verb: str, object_name: str, body: Mapping[str, Any], *, accept: frozenset[int]) -> Response:
        """Send a batch of writes; statuses in `accept` come back as a plain answer."""
        return self._over_sdk(lambda: self._sdk.batch(verb, object_name, body), accept=accept, writes=True)

    def merge(self, object_name: str, survivor: str, loser: str, *, accept: frozenset[int]) -> Response:
        """Merge one record into another."""
        body = {"primaryObjectId": survivor, "objectIdToMerge": loser}
        return self._over_sdk(lambda: self._sdk.merge(object_name, body), accept=accept, writes=True)

    def properties(self, object_name: str) -> Response:
        """List the property definitions of an object."""
        return self._over_sdk(lambda: self._sdk.properties(object_name))

    def read_batch(self, object_name: str, body: Mapping[str, Any]) -> Response:
        """Read up to 100 records by id or by a unique property."""
        return self._post(f"{self.paths.objects}/{quote(object_name, safe='')}/batch/read", body)

    def search(self, object_name: str, body: Mapping[str, Any]) -> Response:
        """Run one query."""
        return self._post(f"{self.paths.objects}/{quote(object_name, safe='')}/search", body, bucket=SEARCH_BUCKET)

    def owners(self, *, limit: int, after: str | None, archived: bool) -> Response:
        """List up to `limit` owners, live or archived, in the order of their ids."""
        query = {"limit": str(limit), "archived": "true" if archived else "false", **({"after": after} if after else {})}
        return self._get(f"{self.paths.owners}?{urlencode(query)}")

    def association_labels(self, source: str, target: str) -> Response:
        """List the association types from one object to another."""
        return self._get(f"{self._between(source, target)}/labels")

    def associate(self, source: str, target: str, verb: str, body: Mapping[str, Any], *, accept: frozenset[int]) -> Response:
        """Associate up to 2,000 pairs; doing so again changes nothing. `verb` is `associate/default` or `create`."""
        return self._post(f"{self._between(source, target)}/batch/{verb}", body, accept=accept)

    def account(self) -> Mapping[str, Any]:
        """Tell the account's details, and remember its time zone, in which the daily limit starts anew."""
        found = self._get(self.paths.account).json()
        details: Mapping[str, Any] = found if isinstance(found, dict) else {}
        self._zone = _zone(details.get("timeZone"))
        return details

    def usage(self) -> Any:
        """Ask for the calls of the account's day."""
        return self._get(self.paths.usage).json()

    def server_now(self, response: Response) -> datetime:
        """Tell HubSpot's time by the answer's Date header; without one, ours."""
        try:
            moment = parsedate_to_datetime(response.headers["date"])
        except (KeyError, ValueError, TypeError):
            return self._context.clock.now()
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def error_of(self, response: Response, *, writes: bool) -> ConnectorError:
        """Judge a refusal of a whole call by the error table; a write that met a server error may have been applied."""
        error = error_for(response, self.server_now(response), self._zone)
        if isinstance(error, Unavailable):
            error.outcome_unknown = writes
        return error

    def _between(self, source: str, target: str) -> str:
        return f"{self.paths.associations}/{quote(source, safe='')}/{quote(target, safe='')}"

    def _get(self, path: str) -> Response:
        return self._context.http.send(Request("GET", path, timeout_seconds=self._timeout), [self._row])

    def _post(self, path: str, body: Mapping[str, Any], *, bucket: str | None = None, accept: frozenset[int] = _NO_STATUSES) -> Response:
        request = Request(
            "POST",
            path,
            headers=_JSON,
            body=json.dumps(body, separators=(",", ":")).encode(),
            repeatable=True,
            accept=accept,
            bucket=bucket,
            timeout_seconds=self._timeout,
        )
        return self._context.http.send(request, [self._row])

    def _over_sdk(self, call: Callable[[], Response], *, accept: frozenset[int] = _NO_STATUSES, writes: bool = False) -> Response:
        try:
            return call()
        except Answered as answered:
            response = answered.response
        if response.status in accept:
            return response
        raise self.error_of(response, writes=writes)

    def _row(self, response: Response) -> ConnectorError | None:
        return self.error_of(response, writes=False)


def error_for(response: Response, now: datetime, zone: ZoneInfo | None = None) -> ConnectorError:
    """Judge an answer that refuses a whole call.

    Statuses and categories as in HubSpot's guide 'Error handling'. Messages name HubSpot's categories and never quote its
    texts, which may hold values.
    """
    build = _TABLE.get(response.status) or (_unavailable if response.status >= 500 else _broken)
    return build(Answer(response, problem_of(response), now, zone))


def problem_of(response: Response) -> Problem:
    """Read a refusal's body; a page that is no JSON is a problem without details."""
    try:
        return read_problem(json.loads(response.body))
    except ValueError:
        return Problem()


def _unauthorized(_answer: Answer) -> ConnectorError:
    return AuthFailed("HubSpot refused the credentials.", hint="Renew the service key, the private app's token or the refresh token.")


def _forbidden(answer: Answer) -> ConnectorError:
    scopes = ", ".join(answer.problem.scopes)
    if scopes:
        hint = "Add the scope to the service key or app in HubSpot, then check the connection again."
        return PermissionMissing(f"HubSpot's token lacks the scope {scopes}.", scope=scopes, hint=hint)
    reason = answer.problem.category or "no reason given"
    hint = "Check the scopes of the service key or app, and that the user who made it still may do this; then check the connection again."
    return PermissionMissing(f"HubSpot does not allow the call ({reason}).", scope=answer.problem.category, hint=hint)


def _limited(answer: Answer) -> ConnectorError:
    policy = answer.problem.policy.upper()
    waits = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0, "DAILY": _seconds_to_midnight(answer.now, answer.zone)}
    wait = max(waits.get(policy, 0.0), _retry_after(answer.response)) or 10.0
    return RateLimited(f"HubSpot's limit is used up ({policy or 'unnamed policy'}).", retry_after=wait)


def _locked(answer: Answer) -> ConnectorError:
    wait = max(2.0, _retry_after(answer.response))
    return RateLimited("HubSpot has locked these records while a large change is under way.", retry_after=wait)


def _migrating(answer: Answer) -> ConnectorError:
    return RateLimited("HubSpot is moving the account to another data centre.", retry_after=_retry_after(answer.response) or 3600.0)


def _unknown_path(_answer: Answer) -> ConnectorError:
    hint = "Check the object's name, and whether HubSpot still serves this API version."
    return ConfigInvalid("HubSpot knows no such object or API version.", hint=hint, setting="api_version")


def _too_long(_answer: Answer) -> ConnectorError:
    return ContractBroken("HubSpot found the request too long.", hint="Name fewer properties in the connection's settings.")


def _unavailable(answer: Answer) -> ConnectorError:
    return Unavailable(f"HubSpot is out of order (HTTP {answer.response.status}).")


def _broken(answer: Answer) -> ConnectorError:
    if answer.problem.is_about_object:
        return ConfigInvalid("HubSpot knows no such object.", hint="Check the names in the connection's objects.", setting="objects")
    return ContractBroken(f"HubSpot refused the call as malformed (HTTP {answer.response.status}, {answer.problem.rule}).")


_TABLE: Mapping[int, Callable[[Answer], ConnectorError]] = {
    401: _unauthorized,
    403: _forbidden,
    404: _unknown_path,
    414: _too_long,
    423: _locked,
    429: _limited,
    477: _migrating,
}
"""Everything else: 500 and above is Unavailable (502, 504 and 52x are Cloudflare's), the rest is ContractBroken."""


def _retry_after(response: Response) -> float:
    """Seconds of a Retry-After header; 0 without one. HubSpot promises it only with 477."""
    try:
        return max(0.0, float(response.headers.get("retry-after", "0")))
    except ValueError:
        return 0.0


def _seconds_to_midnight(now: datetime, zone: ZoneInfo | None) -> float:
    """The daily count starts anew at midnight of the account's time zone."""
    if zone is None:
        return _DAILY_WAIT_SECONDS
    local = now.astimezone(zone)
    midnight = datetime.combine(local.date() + timedelta(days=1), time.min, tzinfo=zone)
    return max(1.0, midnight.timestamp() - now.timestamp())


def _zone(name: object) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if isinstance(name, str) else None
    except (KeyError, ValueError, OSError):
        return None
