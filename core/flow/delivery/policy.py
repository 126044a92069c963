"""When to try again: exponential with jitter, the vendor's own wish honoured within bounds. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MAX_RETRY_AFTER_SECONDS = 86_400.0
"""A vendor's wish beyond a day is cut to a day: by then somebody will have looked."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The schedule; `chance` gives a number from 0 to 1."""

    first_seconds: float = 5.0
    max_seconds: float = 3600.0
    jitter: float = 0.2
    park_after: int = 12
    chance: Callable[[], float] = lambda: 0.5

    def delay(self, attempts: int, retry_after: float | None = None) -> float:
        """Seconds until the next try after `attempts` failed ones; never sooner than the vendor asked."""
        backoff = min(self.first_seconds * 2.0 ** min(max(attempts - 1, 0), 30), self.max_seconds)
        spread = backoff * (1 + self.jitter * (2 * self.chance() - 1))
        if retry_after is None:
            return spread
        return max(min(retry_after, MAX_RETRY_AFTER_SECONDS), 1.0) * (1 + self.jitter * self.chance())
