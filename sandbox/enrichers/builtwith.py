"""The BuiltWith stand-in: known domains, a key, credits, at most 16 domains a call and ten calls a second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sandbox.wire import Answer, Push, Request, json_answer

KEY = "sandbox-builtwith-key"
LARGEST_LOOKUP = 16
CALLS_PER_SECOND = 10
CREDITS = 1_000


class BuiltWithStandIn:
    """One account. Not thread-safe; the shell locks."""

    name = "builtwith"

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._known: dict[str, list[str]] = {}
        self._asked: Counter[str] = Counter()
        self._calls: list[float] = []
        self._lookups = 0
        self._credits = CREDITS

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one call; a refused one costs no credit."""
        params = {name: values[-1] for name, values in request.params().items()}
        if params.get("KEY") != KEY:
            return _refused(401, "The key is wrong")
        self._calls = [each for each in self._calls if each > now.timestamp() - 1]
        if len(self._calls) >= CALLS_PER_SECOND:
            return _refused(429, "Too many requests")
        self._calls.append(now.timestamp())
        match request.path:
            case "/usagev2/api.json":
                return json_answer({"used": CREDITS - self._credits, "purchased": CREDITS, "remaining": self._credits})
            case "/v22/api.json":
                return self._look_up(params.get("LOOKUP", "").split(","), now)
        return _refused(404, "Not found")

    def pushes(self, now: datetime) -> Sequence[Push]:  # noqa: ARG002 - part of what every stand-in offers
        """None."""
        return ()

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Never called, since nothing is pushed."""

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:  # noqa: ARG002 - no dial needs the time
        """Turn a dial: `know`, `credits`, `counts`, `reset`; `LookupError` for any other."""
        match verb:
            case "know":
                self._known[arguments["domain"]] = list(arguments["technologies"])
                return {}
            case "credits":
                self._credits = int(arguments["left"])
                return {}
            case "counts":
                return {"calls": self._lookups, "asked": dict(self._asked)}
            case "reset":
                self._begin()
                return {}
        raise LookupError(f"there is no dial '{verb}'")

    def _look_up(self, domains: Sequence[str], now: datetime) -> Answer:
        """Answers in another order than asked, as a client must not build on it."""
        if len(domains) > LARGEST_LOOKUP:
            return _refused(400, f"{LARGEST_LOOKUP} domains at most")
        if self._credits < len(domains):
            return json_answer({"Results": [], "Errors": [{"Lookup": None, "Message": "Not enough credits", "Code": -4}]})
        self._credits -= len(domains)
        self._lookups += 1
        self._asked.update(domains)
        known = [domain for domain in sorted(domains, reverse=True) if domain in self._known]
        errors = [{"Lookup": domain, "Message": "No data", "Code": -7} for domain in domains if domain not in self._known]
        return json_answer({"Results": [self._result(domain, now) for domain in known], "Errors": errors})

    def _result(self, domain: str, now: datetime) -> dict[str, Any]:
        seen = int(now.timestamp() * 1000)
        technologies = [{"Name": name, "Tag": "shop", "FirstDetected": 0, "LastDetected": seen} for name in self._known[domain]]
        meta = {"CompanyName": domain.partition(".")[0].title(), "Vertical": "Mills", "Names": [{"Name": "Somebody"}]}
        path = {"Domain": domain, "Technologies": technologies, "FirstIndexed": 0, "LastIndexed": seen}
        return {"Lookup": domain, "Result": {"Paths": [path]}, "Meta": meta}


def _refused(status: int, message: str) -> Answer:
    return json_answer({"Results": [], "Errors": [{"Lookup": None, "Message": message, "Code": -1}]}, status)
