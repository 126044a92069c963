"""Reads what an answer's headers say about limits: how long to be silent, and how many calls are left. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_SECONDS = 86_400.0
_SALESFORCE_USAGE = re.compile(r"api-usage=(\d{1,12})/(\d{1,12})", re.ASCII)
_EPOCH_FROM = 1_000_000_000  # a reset larger than this is a point in time, not a span


@dataclass(frozen=True, slots=True)
class Pressure:
    """The vendor's own counter: so many calls left until the reset; `interval_seconds` is its window where told."""

    remaining: int
    reset_seconds: float
    interval_seconds: float | None = None


def read_retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read Retry-After in either form of RFC 9110, 10.2.3, as seconds from 0 to a day; None when absent or unreadable."""
    text = headers.get("retry-after", "").strip()
    seconds = _number(text)
    if seconds is None:
        moment = _http_date(text)
        seconds = None if moment is None else (moment - now).total_seconds()
    return None if seconds is None else _clamp(seconds)


def read_pressure(headers: Mapping[str, str], now: datetime) -> Pressure | None:
    """Read the counters of HubSpot ("Usage guidelines": a rolling interval in milliseconds) and the common X-RateLimit ones."""
    remaining = _number(headers.get("x-hubspot-ratelimit-remaining", ""))
    interval = _number(headers.get("x-hubspot-ratelimit-interval-milliseconds", ""))
    if remaining is not None and interval is not None:
        return Pressure(max(0, int(remaining)), _clamp(interval / 1000), interval / 1000)
    remaining = _number(headers.get("x-ratelimit-remaining", ""))
    reset = _number(headers.get("x-ratelimit-reset", ""))
    if remaining is not None and reset is not None:
        span = reset - now.timestamp() if reset > _EPOCH_FROM else reset
        return Pressure(max(0, int(remaining)), _clamp(span))
    return None


@dataclass(frozen=True, slots=True)
class DayUsage:
    """The vendor's own count of the day: so many calls used of so many allowed, by all who call the account."""

    used: int
    allowed: int


def read_day_usage(headers: Mapping[str, str]) -> DayUsage | None:
    """Read the count of Salesforce (REST guide, "Limit Info Header") and of HubSpot ("Usage guidelines": daily limit and remaining).

    Salesforce may count the app's calls beside the org's (`per-app-api-usage`); the count with less left is given. HubSpot
    sends none to OAuth apps and none with answers of a search.
    """
    counts = [DayUsage(int(used), int(allowed)) for used, allowed in _SALESFORCE_USAGE.findall(headers.get("sforce-limit-info", ""))]
    allowed = _number(headers.get("x-hubspot-ratelimit-daily", ""))
    remaining = _number(headers.get("x-hubspot-ratelimit-daily-remaining", ""))
    if allowed is not None and remaining is not None:
        counts.append(DayUsage(max(0, int(allowed) - max(0, int(remaining))), int(allowed)))
    return min((count for count in counts if count.allowed > 0), key=lambda count: count.allowed - count.used, default=None)


def _clamp(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_SECONDS)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
