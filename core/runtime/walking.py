"""Reading an object from the beginning outside of a lane: short limits are waited for, and the walk goes on where it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from core.contract import Cursor, ObjectName, Page, RateLimited

MOST_SECONDS = 120.0
"""Longer limits, as that of a day, end the walk: whoever gave the command would wait for hours."""
SHORT_SECONDS = 10.0
"""How long to wait where nothing says how long."""

AT_WORK_SECONDS = 5.0
"""How long the vendor is left to its work between two looks."""


def every_page(connector: Any, object_name: str, wait: Callable[[float], None] = time.sleep) -> Iterator[Page]:
    """Yield all pages, to the very end: what the vendor is still at work on is waited for.

    Raises ConnectorError; RateLimited only where the wait is longer than `MOST_SECONDS`.
    """
    cursor: Cursor | None = None
    while True:
        waits = False
        try:
            for page in connector.read(ObjectName(object_name), cursor):
                yield page
                cursor, waits = page.resume, page.waits
        except RateLimited as limited:
            wait(waiting_time(limited))
            continue
        if not waits:
            return
        wait(AT_WORK_SECONDS)


def patiently(call: Callable[[], Any], wait: Callable[[float], None] = time.sleep) -> Any:
    """Make a call, again and again while a short limit holds it back."""
    while True:
        try:
            return call()
        except RateLimited as limited:
            wait(waiting_time(limited))


def waiting_time(limited: RateLimited) -> float:
    """Seconds to wait; raises the error itself where that is too long."""
    seconds = SHORT_SECONDS if limited.retry_after is None else limited.retry_after
    if seconds > MOST_SECONDS:
        raise limited
    return max(seconds, 0.05)
