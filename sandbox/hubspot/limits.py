"""Call limits: a rolling 10 seconds per app, a rolling second for searches, a day of the account's own time zone."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.hubspot.access import Token
from sandbox.hubspot.dials import Dials
from sandbox.hubspot.refusals import Refusal

BURST = timedelta(seconds=10)
SECOND = timedelta(seconds=1)


class Window:
    """Calls in a rolling span of time; only calls that were let through count."""

    def __init__(self, span: timedelta) -> None:
        self._span = span
        self._times: deque[datetime] = deque()

    def used(self, now: datetime) -> int:
        """Calls within the span that ends at `now`."""
        while self._times and self._times[0] <= now - self._span:
            self._times.popleft()
        return len(self._times)

    def note(self, now: datetime, times: int = 1) -> None:
        """Count calls at `now`."""
        self._times.extend([now] * times)


@dataclass(slots=True)
class Limits:
    """The counts of one account."""

    bursts: dict[str, Window] = field(default_factory=dict)
    searches: Window = field(default_factory=lambda: Window(SECOND))
    forms: Window = field(default_factory=lambda: Window(BURST))
    daily_used: int = 0
    _day: str = ""

    def day(self, now: datetime, time_zone: str) -> str:
        """The date at `now` in the account's time zone."""
        return now.astimezone(ZoneInfo(time_zone)).date().isoformat()

    def used_today(self, now: datetime, dials: Dials) -> int:
        """Calls since the account's last midnight."""
        today = self.day(now, dials.time_zone)
        if today != self._day:
            self._day, self.daily_used = today, 0
        return self.daily_used

    def burst(self, app: str) -> Window:
        """The rolling 10 seconds of one app."""
        return self.bursts.setdefault(app, Window(BURST))

    def admit(self, token: Token, policies: frozenset[str], dials: Dials, now: datetime) -> None:
        """Count a call against `policies` (`daily`, `burst`, `search`), or raise 429 naming the one that is used up."""
        burst = self.burst(token.app)
        if self.used_today(now, dials) >= dials.daily_limit and "daily" in policies:
            raise too_many("DAILY", "daily", dials)
        if "burst" in policies and burst.used(now) >= burst_limit(token, dials):
            raise too_many("TEN_SECONDLY_ROLLING", "ten_secondly_rolling", dials)
        if "search" in policies and self.searches.used(now) >= dials.search_per_second:
            raise too_many("SECONDLY", "secondly", dials)
        self.daily_used += "daily" in policies
        if "burst" in policies:
            burst.note(now)
        if "search" in policies:
            self.searches.note(now)

    def headers(self, token: Token, dials: Dials, now: datetime) -> dict[str, str]:
        """What every answer but a search's says about the limits; OAuth apps are told nothing of the day."""
        most = burst_limit(token, dials)
        found = {
            "X-HubSpot-RateLimit-Max": str(most),
            "X-HubSpot-RateLimit-Remaining": str(max(0, most - self.burst(token.app).used(now))),
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
        }
        if not token.oauth:
            found["X-HubSpot-RateLimit-Daily"] = str(dials.daily_limit)
            found["X-HubSpot-RateLimit-Daily-Remaining"] = str(max(0, dials.daily_limit - self.used_today(now, dials)))
        return found


def burst_limit(token: Token, dials: Dials) -> int:
    """Calls that this token's app may make in any 10 seconds."""
    return dials.oauth_burst_limit if token.oauth else dials.burst_limit


def too_many(policy: str, words: str, dials: Dials) -> Refusal:
    """429 in one of the two forms in which the vendor writes it."""
    more = {"policyName": policy, "groupName": "publicapi:private-apps:sandbox"}
    if dials.rate_limit_body == "errorType":
        more["errorType"] = "RATE_LIMIT"
    headers = {} if dials.retry_after is None else {"Retry-After": f"{dials.retry_after:g}"}
    category = "" if dials.rate_limit_body == "errorType" else "RATE_LIMITS"
    return Refusal(429, category, f"You have reached your {words} limit.", more=more, headers=headers)
