"""The HubSpot stand-in: from a request and a moment to the answer HubSpot would give."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any

from sandbox.hubspot import controls, forms_api, imports_api
from sandbox.hubspot.access import Token, expired, require_scopes
from sandbox.hubspot.call import Call
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Actor
from sandbox.hubspot.refusals import Refusal, missing
from sandbox.hubspot.routes import Match, match
from sandbox.wire import Answer, Push, Request, json_answer

_ANONYMOUS = Actor("API", "anonymous", "Anonymous")
_LONGEST_TARGET = 16_384
"""Path and query; where exactly HubSpot's edge cuts is not told, but it does answer 414 (guide 'Error handling')."""


class HubSpotStandIn:
    """One HubSpot account (424242) as a pure core; `control` turns its dials and reads its state."""

    name = "hubspot"

    def __init__(self) -> None:
        self._portal = Portal()

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one request; errors are answers too, each with a correlation id."""
        self._advance(now)
        correlation_id = self._portal.correlation_id()
        found = match(request.method, request.segments(), self._portal.dials.versions_off)
        token: Token | None = None
        try:
            if len(request.path) + len(request.query) > _LONGEST_TARGET:
                raise Refusal(414, "", "URI Too Long")
            if found is None:
                raise missing()
            token = self._admit(request, found, now)
            answer = found.route.handler(self._portal, _call(request, found, token, now))
        except Refusal as refusal:
            answer = self._refused(refusal, correlation_id)
        headers = {**answer.headers, "X-HubSpot-Correlation-Id": correlation_id}
        if token is not None and found is not None and found.route.kind != "search":
            headers.update(self._portal.limits.headers(token, self._portal.dials, now))
        return Answer(answer.status, answer.body, headers)

    def pushes(self, now: datetime) -> Sequence[Push]:
        """The webhooks to send at `now`; a receiver has five seconds to answer."""
        self._advance(now)
        return self._portal.hooks.due(now, self._portal.dials, self._portal.chance)

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Note how a push ended; failures are tried up to ten times more over 24 hours."""
        self._portal.hooks.settle(push, status, now)

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """Run a control verb; unknown verbs and dials, and acts the account refuses, are ValueErrors that say why."""
        self._advance(now)
        if verb == "reset":
            self._portal = Portal()
            return {}
        found = controls.run(self._portal, verb, arguments, now)
        if verb == "configure" and "seed" in arguments:
            self._portal.chance = Random(int(arguments["seed"]))
        return found

    def _advance(self, now: datetime) -> None:
        if self._portal.submissions:
            forms_api.apply_due(self._portal, now)
        if self._portal.imports:
            imports_api.advance(self._portal, now)

    def _admit(self, request: Request, found: Match, now: datetime) -> Token | None:
        """Count the call and let it in, or refuse it: penalty first, then token, scopes, limits."""
        portal, route = self._portal, found.route
        _refuse_penalty(portal, now)
        if request.headers.get("x-sandbox-fault") == "expired_token":
            raise expired(now)
        portal.calls[route.kind] += 1
        if route.scope is None:
            return None
        token = portal.access.admit(request.headers.get("authorization"), now)
        require_scopes(token, _scopes(portal, found))
        portal.limits.admit(token, route.policies, portal.dials, now)
        return token

    def _refused(self, refusal: Refusal, correlation_id: str) -> Answer:
        if self._portal.dials.error_body == "bare":
            return json_answer({"message": refusal.message}, refusal.status, refusal.headers)
        return json_answer(refusal.body(correlation_id), refusal.status, refusal.headers)


def _call(request: Request, found: Match, token: Token | None, now: datetime) -> Call:
    actor = _ANONYMOUS if token is None else Actor("INTEGRATION", token.app, token.app)
    return Call(request, now, found.version, found.path, actor, request.params())


def _scopes(portal: Portal, found: Match) -> list[str]:
    pattern = found.route.scope or ""
    if "{}" not in pattern:
        return [pattern] if pattern else []
    named = [portal.schema(found.path[part]).kind.scope for part in ("type", "to") if part in found.path]
    return ["tickets" if scope == "tickets" else pattern.format(scope) for scope in dict.fromkeys(named)]


def _refuse_penalty(portal: Portal, now: datetime) -> None:
    until = portal.dials.penalty_until
    if until is None or until <= now:
        return
    seconds = math.ceil((until - now).total_seconds())
    raise Refusal(477, "MIGRATION_IN_PROGRESS", "The account is being moved to another data center.", headers={"Retry-After": str(seconds)})
