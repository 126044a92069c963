"""The clock of a sandbox: real time that can be shifted, set and frozen, so that hours pass in no time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def real_time() -> datetime:
    """The machine's time, aware, in UTC."""
    return datetime.now(UTC)


class DialClock:
    """Tell the time by a base clock plus an offset, or stand still once frozen. Safe to share between threads."""

    def __init__(self, base: Callable[[], datetime] = real_time) -> None:
        self._base = base
        self._offset = timedelta()
        self._frozen_at: datetime | None = None
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The dialled time, aware, in UTC."""
        with self._lock:
            return self._now()

    def advance(self, seconds: float) -> None:
        """Move by `seconds`, back when negative; a frozen clock moves too and stays frozen."""
        with self._lock:
            self._move_to(self._now() + timedelta(seconds=seconds))

    def set(self, at: datetime) -> None:
        """Move to `at`, which must be aware; a running clock runs on from there."""
        if at.tzinfo is None:
            raise ValueError(
                f"the clock cannot be set to {at.isoformat()}: it names no time zone; write for example {at.isoformat()}+00:00"
            )
        with self._lock:
            self._move_to(at.astimezone(UTC))

    def freeze(self) -> None:
        """Stand still from now on; only `advance` and `set` move the clock."""
        with self._lock:
            self._frozen_at = self._now()

    def _now(self) -> datetime:
        return self._frozen_at or self._base() + self._offset

    def _move_to(self, at: datetime) -> None:
        if self._frozen_at is not None:
            self._frozen_at = at
        else:
            self._offset = at - self._base()
