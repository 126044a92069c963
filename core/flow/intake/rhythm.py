"""The rhythm of a source, learned from when it gave something, and whether its present silence is longer than that explains. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median, quantiles

FEWEST_ARRIVALS = 8
FEWEST_DAYS = 3
"""Before a source has given something so often, on so many days, nothing is expected of it: an import is no rhythm."""
PATIENCE = 6.0
"""A silence counts from so many of the longer gaps (the 95th percentile) on."""
SHORTEST_SILENCE = timedelta(hours=1)
_WAKING_SHARE = 0.25
_EXPLAINED_SHARE = 0.8

_HOUR = timedelta(hours=1)
_Slot = tuple[bool, int]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The usual time between two arrivals, the silence that is allowed (of waking hours), and how long nothing has come.

    `usual` and `allowed` are None as long as they are not learned.
    """

    last_at: datetime
    silent_for: timedelta
    usual: timedelta | None = None
    allowed: timedelta | None = None
    is_silent: bool = False


def rhythm(arrivals: Sequence[datetime], now: datetime) -> Rhythm:
    """Learn from arrivals, oldest first and at least one, all in UTC; several at one moment should be given once.

    Hours in which the source usually sleeps (nights, weekends) count neither into its gaps nor into its silence: an hour of
    working days or of weekends is awake where something came in it on a quarter of those days. Where such hours explain less
    than four fifths of what came, there is no such habit, and all hours count.
    """
    last = arrivals[-1]
    silent_for = max(now - last, timedelta())
    if len(arrivals) < FEWEST_ARRIVALS or len({each.date() for each in arrivals}) < FEWEST_DAYS:
        return Rhythm(last, silent_for)
    awake = _waking_hours(arrivals)
    gaps = [_waking(earlier, later, awake).total_seconds() for earlier, later in pairwise(arrivals)]
    longer = timedelta(seconds=quantiles(gaps, n=20, method="inclusive")[-1])
    allowed = max(PATIENCE * longer, SHORTEST_SILENCE)
    usual = timedelta(seconds=median((later - earlier).total_seconds() for earlier, later in pairwise(arrivals)))
    return Rhythm(last, silent_for, usual, allowed, _waking(last, max(now, last), awake) > allowed)


def _waking_hours(arrivals: Sequence[datetime]) -> frozenset[_Slot] | None:
    """The hours in which the source is awake; None: all of them."""
    first, last = arrivals[0].date(), arrivals[-1].date()
    days = Counter(_is_weekend(first + timedelta(days=each)) for each in range((last - first).days + 1))
    seen = Counter(_slot(*each) for each in {(arrival.date(), arrival.hour) for arrival in arrivals})
    awake = frozenset(slot for slot, count in seen.items() if count >= _WAKING_SHARE * days[slot[0]])
    explained = sum(_slot(each.date(), each.hour) in awake for each in arrivals)
    return awake if explained >= _EXPLAINED_SHARE * len(arrivals) else None


def _waking(start: datetime, end: datetime, awake: frozenset[_Slot] | None) -> timedelta:
    if awake is None:
        return end - start
    total, at = timedelta(), start
    while at < end:
        until = min(at.replace(minute=0, second=0, microsecond=0) + _HOUR, end)
        if _slot(at.date(), at.hour) in awake:
            total += until - at
        at = until
    return total


def _slot(day: date, hour: int) -> _Slot:
    return _is_weekend(day), hour


def _is_weekend(day: date) -> bool:
    return day.weekday() >= 5
