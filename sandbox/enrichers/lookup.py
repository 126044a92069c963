"""Stand-ins for services that are asked about one person or company at a time: known answers, credit, a pace, late answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sandbox.wire import Answer, Push, Request, json_answer

AEROLEADS_KEY = "sandbox-aeroleads-key"
FACTS_TOKEN = "sandbox-facts-token"
CALLS_PER_SECOND = 5
CREDITS = 1_000


class LookupService:
    """One account. Not thread-safe; the shell locks. How it is asked, and with which key, is the concrete service's."""

    name = ""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._known: dict[str, Any] = {}
        self._later: set[str] = set()
        self._asked: Counter[str] = Counter()
        self._calls: list[float] = []
        self._credits = CREDITS

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one call: 200, 202 where the answer comes later, 404 for nobody. Only a hit costs credit; without it, 402."""
        if not self.lets_in(request):
            return json_answer({"error": "invalid_key"}, 401)
        self._calls = [each for each in self._calls if each > now.timestamp() - 1]
        if len(self._calls) >= CALLS_PER_SECOND:
            return Answer(429, b'{"error": "too_many_requests"}', {"content-type": "application/json", "retry-after": "1"})
        self._calls.append(now.timestamp())
        who = self.asked_about(request)
        if who is None:
            return json_answer({"error": "not_found"}, 404)
        self._asked[who] += 1
        if self._credits < 1:
            return json_answer({"error": "credits_exhausted"}, 402)
        if who in self._later:
            self._later.discard(who)
            return json_answer({"status": "queued"}, 202)
        if who not in self._known:
            return json_answer({"error": "not_found"}, 404)
        self._credits -= 1
        return json_answer(self._known[who])

    def lets_in(self, request: Request) -> bool:
        """Whether the key is right."""
        raise NotImplementedError

    def asked_about(self, request: Request) -> str | None:
        """Who or what a call is about; None for a call that this service does not know."""
        raise NotImplementedError

    def pushes(self, now: datetime) -> Sequence[Push]:  # noqa: ARG002 - part of what every stand-in offers
        """None."""
        return ()

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Never called, since nothing is pushed."""

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:  # noqa: ARG002 - no dial needs the time
        """Turn a dial: `know`, `later`, `credits`, `counts`, `reset`; `LookupError` for any other."""
        match verb:
            case "know":
                self._known[str(arguments["who"])] = arguments["answer"]
                return {}
            case "later":
                self._later.add(str(arguments["who"]))
                return {}
            case "credits":
                self._credits = int(arguments["left"])
                return {}
            case "counts":
                return {"asked": dict(self._asked), "credits": self._credits}
            case "reset":
                self._begin()
                return {}
        raise LookupError(f"there is no dial '{verb}'")


class AeroLeadsStandIn(LookupService):
    """Speaks as the AeroLeads connector assumes that AeroLeads does, which publishes no reference: a profile, and a key in the query."""

    name = "aeroleads"

    def lets_in(self, request: Request) -> bool:
        """The key stands in the query."""
        return request.params().get("api_key") == [AEROLEADS_KEY]

    def asked_about(self, request: Request) -> str | None:
        """The address of a profile."""
        is_known = request.method == "GET" and request.path == "/apis/details"
        return request.params().get("linkedin_url", [""])[-1] or None if is_known else None


class FactsStandIn(LookupService):
    """A service of no vendor for the connector that asks any: `GET /v1/companies/{domain}`, or `POST /v1/find` with `domain`."""

    name = "facts"

    def lets_in(self, request: Request) -> bool:
        """The token stands in the header."""
        return request.headers.get("authorization") == f"Bearer {FACTS_TOKEN}"

    def asked_about(self, request: Request) -> str | None:
        """The domain of a company."""
        parts = request.segments()
        if request.method == "GET" and parts[:2] == ["v1", "companies"] and len(parts) == 3:
            return parts[2]
        if request.method == "POST" and parts == ["v1", "find"]:
            return _domain_in(request)
        return None


def _domain_in(request: Request) -> str | None:
    try:
        asked = request.json()
    except (ValueError, RecursionError):
        return None
    domain = asked.get("domain") if isinstance(asked, dict) else None
    return domain if isinstance(domain, str) and domain else None
