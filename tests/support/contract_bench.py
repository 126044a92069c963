"""What HTTP connectors share on the contract suite's bench: the suite's fault dial on a stand-in, and one clock for both sides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.contract.testing import RETRY_AFTER_SECONDS, FaultKind
from sandbox.clock import DialClock
from sandbox.shell import Served
from tests.support.http import HandClock
from tests.support.sandbox import START

Dial = Mapping[str, Any]
JSON = {"content-type": "application/json"}
WRITING = "^(POST|PUT|PATCH|DELETE) "
HTML = "<!doctype html><html><body><h1>Please log in to the network</h1></body></html>"
SILENCE_SECONDS = 0.05


def answer(status: int, body: object, **headers: str) -> Dial:
    """A dial that answers with a status and a JSON body, as the vendor words it."""
    return {"kind": "status", "status": status, "body": json.dumps(body), "headers": {**JSON, **headers}}


DIALS: Mapping[FaultKind, Dial] = {
    FaultKind.RATE_LIMITED: answer(429, {"message": "too many requests"}),
    FaultKind.RATE_LIMITED_WITH_WAIT: answer(429, {"message": "too many requests"}, **{"retry-after": str(RETRY_AFTER_SECONDS)}),
    FaultKind.SERVER_ERROR: answer(500, {"message": "internal error"}),
    FaultKind.TIMEOUT: {"kind": "timeout", "seconds": SILENCE_SECONDS},
    FaultKind.RESET: {"kind": "reset"},
    FaultKind.RESET_AFTER: {"kind": "reset_after"},
    FaultKind.HTML_BODY: {"kind": "status", "status": 200, "body": HTML, "headers": {"content-type": "text/html"}},
    FaultKind.CUT_OFF_BODY: {"kind": "truncated_after"},
    FaultKind.UNAUTHORIZED: answer(401, {"message": "unauthorized"}),
    FaultKind.FORBIDDEN: answer(403, {"message": "forbidden"}),
}
"""The vendor-neutral dials; `SandboxFaults(words=...)` puts the vendor's own in their place."""
APPLIED_THEN_SPOILT = frozenset({FaultKind.RESET_AFTER, FaultKind.CUT_OFF_BODY})


class SandboxFaults:
    """The suite's dial, turned at a served stand-in.

    `data` and `writing` are patterns over `METHOD /path`: the vendor's data endpoints (not the token's), and those that
    write. `words` holds the vendor's own answers, among them `FaultKind.SAME_PAGE` (a canned page that points to itself).
    """

    def __init__(self, served: Served, *, words: Mapping[FaultKind, Dial], data: str = ".*", writing: str = WRITING) -> None:
        self._served = served
        self._dials = {**DIALS, **words}
        self._data = data
        self._writing = writing

    def set(self, kind: FaultKind) -> None:
        self.clear()
        match = self._writing if kind in APPLIED_THEN_SPOILT else self._data
        self._served.faults.add({"match": match, "times": -1, **self._dials[kind]})

    def clear(self) -> None:
        self._served.faults.clear()


class JointClock(HandClock):
    """A clock by hand that takes the stand-in's clock along, so that both sides always agree on the time."""

    def __init__(self, dial: DialClock, start: datetime = START) -> None:
        super().__init__(start)
        dial.freeze()
        dial.set(start)
        self._dial = dial

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        self._dial.advance(seconds)
