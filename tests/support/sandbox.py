"""Serve a stand-in inside a test, on a clock that stands still until the test moves it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sandbox.clock import DialClock
from sandbox.shell import Served
from sandbox.wire import StandIn

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def frozen_clock(at: datetime = START) -> DialClock:
    """A clock that stands at `at`."""
    clock = DialClock()
    clock.freeze()
    clock.set(at)
    return clock


@contextmanager
def serving(stand_in: StandIn, clock: DialClock | None = None, *, pump_every_seconds: float | None = None) -> Iterator[Served]:
    """Serve `stand_in` on a free port until the block ends.

    Webhooks go out only when the test calls `served.pump()`, unless `pump_every_seconds` is given.
    Fails the test when the core raised anything, because its caller only saw a 500.
    """
    with Served(stand_in, clock or frozen_clock(), pump_every_seconds=pump_every_seconds) as served:
        yield served
    assert not served.crashes, "the stand-in itself failed:\n" + "\n".join(served.crashes)


def control(served: Served, verb: str, **arguments: Any) -> Any:
    """Turn a dial over HTTP as another process would; a refusal raises `ValueError` with the sandbox's own message."""
    body = json.dumps(arguments).encode()
    request = urllib.request.Request(f"{served.url}/_sandbox/{verb}", body, {"content-type": "application/json"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        with refusal:
            raise ValueError(json.load(refusal)["error"]) from None
