"""API call allowances: a rolling day of counted calls, and the two ways of being over a limit."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.salesforce.refusals import Refusal, refuse

_DAY = timedelta(hours=24)


@dataclass(slots=True)
class Usage:
    """Calls of the last 24 hours, in buckets of a minute, and of all times by kind."""

    by_kind: Counter[str] = field(default_factory=Counter)
    _minutes: deque[tuple[datetime, int]] = field(default_factory=deque)
    _used: int = 0

    def count(self, kind: str, now: datetime, calls: int = 1) -> None:
        """Count calls of one kind."""
        self.by_kind[kind] += calls
        self.spend(calls, now)

    def spend(self, calls: int, now: datetime) -> None:
        """Use up calls without naming a kind."""
        minute = now.replace(second=0, microsecond=0)
        if self._minutes and self._minutes[-1][0] == minute:
            calls_before = self._minutes.pop()[1]
            self._minutes.append((minute, calls_before + calls))
        else:
            self._minutes.append((minute, calls))
        self._used += calls

    def used(self, now: datetime) -> int:
        """Calls counted in the 24 hours before `now`."""
        while self._minutes and self._minutes[0][0] <= now - _DAY:
            self._used -= self._minutes.popleft()[1]
        return self._used


def over_day() -> Refusal:
    """The allowance of the rolling day is used up."""
    return refuse("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403)


def too_concurrent() -> Refusal:
    """Too many calls of twenty seconds or more at once."""
    message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    return refuse("REQUEST_LIMIT_EXCEEDED", message, status=403)


def allowances(maximum: int, used: int, bulk_queries: int) -> dict[str, Any]:
    """The body of the Limits resource, cut down to the allowances that matter to an integration."""
    return {
        "DailyApiRequests": _allowance(maximum, used),
        "DailyBulkApiBatches": _allowance(15_000, 0),
        "DailyBulkV2QueryJobs": _allowance(10_000, bulk_queries),
        "DailyBulkV2QueryFileStorageMB": _allowance(976_562, 0),
        "DataStorageMB": _allowance(1_024, 0),
    }


def _allowance(maximum: int, used: int) -> dict[str, int]:
    return {"Max": maximum, "Remaining": max(0, maximum - used)}
