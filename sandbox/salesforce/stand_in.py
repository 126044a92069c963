"""The stand-in itself: the way of a request through login, counting, limits and resources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sandbox.salesforce import bulk_ingest, bulk_query, oauth, soap_calls, soap_login
from sandbox.salesforce.auth import bearer, expired
from sandbox.salesforce.composite import inner_calls
from sandbox.salesforce.controls import CONTROLS, Act
from sandbox.salesforce.exchange import Exchange, call_with_headers
from sandbox.salesforce.limits import over_day, too_concurrent
from sandbox.salesforce.org import Call, Org
from sandbox.salesforce.refusals import Refusal, not_found, refuse
from sandbox.salesforce.routes import Router
from sandbox.wire import Answer, Push, Request, json_answer

FIRST_VERSION, LAST_VERSION = 31, 68
"""Older versions are retired, newer ones not yet there."""
_LONGEST_HEAD = 16_384
_VERSION = re.compile(r"v(\d+)\.0")


class SalesforceStandIn:
    """One org behind one host: what it holds changes by requests and by control verbs only."""

    name = "salesforce"

    def __init__(self) -> None:
        self._org = Org()
        self._router = Router(self._inner)

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one request at `now`; bulk jobs that were due before are carried out first."""
        self._advance(now)
        if len(request.path) + len(request.query) > _LONGEST_HEAD:
            return Answer(414)
        try:
            return self._answer(request, now)
        except Refusal as refusal:
            return refusal.answer()

    def pushes(self, now: datetime) -> Sequence[Push]:
        """Take out the outbound messages that are due; in disorder the last comes first and the first comes twice."""
        self._advance(now)
        due = self._org.outbox.take(self._org.dials.outbound_messages, self._row, now)
        return [*reversed(due), *due[:1]] if self._org.dials.outbound_disorder else due

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Settle an outbound message: taken, or to be repeated."""
        self._org.outbox.settle(push, status, now)

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """Turn dials, seed and inspect; raises ValueError for an unknown verb and for arguments that do not fit, no row changed."""
        if verb == "reset":
            self._org = Org()
            return {}
        if verb not in CONTROLS:
            raise ValueError(f"No control verb {verb!r}. Verbs: {', '.join(sorted([*CONTROLS, 'reset']))}.")
        self._advance(now)
        try:
            with self._org.savepoint():
                return CONTROLS[verb](Act(self._org, arguments, now))
        except (Refusal, KeyError, TypeError) as error:
            raise ValueError(f"{verb}: {error}") from error

    def _answer(self, request: Request, now: datetime) -> Answer:
        segments = [segment for segment in request.segments() if segment]
        match segments:
            case ["services", "oauth2", "token"]:
                return oauth.token(self._org, request, now)
            case ["services", "Soap", "u", version, *_] if version.replace(".", "", 1).isdigit():
                return self._soap(request, float(version), now)
            case ["services", "data"]:
                return json_answer([_version(number) for number in range(FIRST_VERSION, LAST_VERSION + 1)])
            case ["services", "data", version, *_]:
                return self._data(request, _known_version(version), now)
        raise not_found()

    def _soap(self, request: Request, version: float, now: datetime) -> Answer:
        asked = soap_calls.call_of(request)
        if asked is None:
            return soap_login.login(self._org, request, version, now)
        return soap_calls.carry_out(self._org, request, asked, version, now)

    def _data(self, request: Request, version: int, now: datetime) -> Answer:
        org = self._org
        authorization = request.headers.get("authorization", "")
        if request.headers.get("x-sandbox-fault") == "expired_token":
            org.tokens.live.pop(bearer(authorization), None)
            raise expired()
        user_id = org.tokens.user_of(authorization, now, org.dials.session_seconds)
        self._refuse_over_limit(now)
        call = Call(user_id, now, float(version), request.headers.get("host", "localhost"))
        x = Exchange(org, call, request)
        try:
            answer = self._inner(x, counts=True)
        except Refusal as refusal:
            answer = refusal.answer()
        usage = f"api-usage={org.usage.used(now)}/{org.dials.daily_limit}"
        return replace(answer, headers={**answer.headers, "sforce-limit-info": usage})

    def _refuse_over_limit(self, now: datetime) -> None:
        org = self._org
        if org.dials.concurrent_refusals:
            org.dials.concurrent_refusals -= 1
            raise too_concurrent()
        if org.usage.used(now) >= org.dials.daily_limit:
            raise over_day()

    def _inner(self, x: Exchange, *, counts: bool = False) -> Answer:
        method = x.request.params().get("_HttpMethod", [x.request.method])[0]
        segments = [segment for segment in x.request.segments() if segment][3:]
        if counts:
            self._count(x, method, segments)
        route, args = self._router.find(method, segments)
        call = call_with_headers(x.call, dict(x.request.headers))
        return route.handler(replace(x, call=call, args=args))

    def _count(self, x: Exchange, method: str, segments: list[str]) -> None:
        try:
            kind = self._router.find(method, segments)[0].kind
        except Refusal:
            kind = "other"
        calls = inner_calls(x.request.body) if kind == "batch" else 1
        x.org.usage.count(kind, x.call.now, calls)

    def _advance(self, now: datetime) -> None:
        for job in list(self._org.jobs.values()):
            step = bulk_query.advance if job.kind == "query" else bulk_ingest.advance
            while job.due is not None and job.due <= now:
                step(self._org, job)

    def _row(self, row_id: str) -> dict[str, Any] | None:
        table = self._org.table_of(row_id)
        return table.get(row_id) if table is not None else None


def _known_version(text: str) -> int:
    match = _VERSION.fullmatch(text)
    if match is None or not FIRST_VERSION <= int(match[1]) <= LAST_VERSION:
        raise refuse("NOT_FOUND", "The requested resource does not exist", status=404)
    return int(match[1])


def _version(number: int) -> dict[str, str]:
    """Three releases a year; version 20.0 was the one named Winter '11."""
    season = ("Winter", "Spring", "Summer")[(number - 20) % 3]
    return {"label": f"{season} '{11 + (number - 20) // 3}", "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
