"""What the budget of an account's API calls is made of: a day's share for each class of calls, and the book they stand in. Light."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.contract import Limit

DAY_SECONDS = 86_400.0
KEPT_FROM_SECONDS = 600.0
"""Limits over shorter times are kept in memory: they are over before a restart is noticed, or nearly."""
DEFAULT_RESERVE = 0.2
_SLICES = 96  # a quarter of an hour of a day


@dataclass(frozen=True, slots=True)
class Aside:
    """Calls set aside under a limit for the slice of time that ends at `ends_at`."""

    limit_name: str
    ends_at: datetime
    calls: int


@dataclass(frozen=True, slots=True)
class Granted:
    """How many calls were set aside; if none, `full_since` is the end of the slice that has to become too old first."""

    calls: int
    full_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class DayCount:
    """The vendor's own count of the day's calls, by whomever they were made."""

    used: int
    allowed: int
    at: datetime


class Book(Protocol):
    """Keeps the calls of one account for all processes."""

    def set_aside(self, limit_name: str, ends_at: datetime, over: datetime, share: int, unused: Sequence[Aside]) -> Granted:
        """Take `unused` back; then set calls aside so that no more than `share` are, in all slices that end after `over`."""
        ...

    def day_count(self) -> DayCount | None:
        """What the vendor said last."""
        ...


def share_of(calls: int, reserve: float, *, live: bool) -> int:
    """How many of a day's calls a class may use up: live ones all, others what the reserve leaves, and at least one."""
    return calls if live else max(1, math.floor(round(calls * (1 - reserve), 6)))


def slice_seconds(limit: Limit) -> int:
    """How finely a long limit's calls are kept apart by time."""
    return math.ceil(limit.per_seconds / _SLICES)


def is_daily(limit: Limit) -> bool:
    """Whether it is the limit of a day for all calls, of which a part is reserved for live leads."""
    return limit.per_seconds == DAY_SECONDS and limit.bucket is None


def is_kept(limit: Limit) -> bool:
    """Whether a limit's calls stand in the book, and not in memory only."""
    return limit.per_seconds >= KEPT_FROM_SECONDS
