"""Keeps a connection within its declared limits and within what the vendor's answers say, over all threads.

Decides only; whoever calls it waits. Time comes in as seconds of a clock that only goes forward.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from core.contract import Limit

_SLICES = 100


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a call has to wait, and for how many seconds."""

    reason: str
    seconds: float


class Limits:
    """Sliding windows for the manifest's limits, the vendor's own counters on top, and a gate that closes after a refusal."""

    def __init__(self, limits: Sequence[Limit]) -> None:
        """Begin with nothing used."""
        self._lock = threading.Lock()
        self._windows = {limit.name: _Window(limit) for limit in limits}
        self._caps: dict[str, _Cap] = {}
        self._gate_until = 0.0

    def acquire(self, bucket: str | None, now: float) -> Hold | None:
        """Count one call against every limit that it touches; or count nothing and tell how long to wait."""
        with self._lock:
            windows = [window for window in self._windows.values() if window.counts(bucket)]
            caps = [cap for name, cap in self._caps.items() if name not in self._windows or self._windows[name].counts(bucket)]
            holds = [
                Hold("closed by the vendor", self._gate_until - now),
                *(Hold(f"limit '{window.limit.name}'", window.wait(now)) for window in windows),
                *(Hold("the vendor's own count", cap.wait(now)) for cap in caps),
            ]
            longest = max(holds, key=lambda hold: hold.seconds)
            if longest.seconds > 0:
                return longest
            for window in windows:
                window.count(now)
            for cap in caps:
                cap.left -= 1
            return None

    def gate(self, now: float) -> Hold | None:
        """Tell whether the vendor has asked for silence, without counting a call."""
        with self._lock:
            return Hold("closed by the vendor", self._gate_until - now) if self._gate_until > now else None

    def close_gate(self, seconds: float, now: float) -> None:
        """Let no call pass for so many seconds; never shortens an earlier closing."""
        with self._lock:
            self._gate_until = max(self._gate_until, now + seconds)

    def tighten(self, name: str, remaining: int, reset_seconds: float, now: float) -> None:
        """Take over the vendor's count: at most `remaining` more calls within `reset_seconds`.

        `name` is a declared limit, or any other word for a count over all calls. The declared limits stay in force, and an
        earlier, stricter count stays until its own time is over.
        """
        with self._lock:
            known = self._caps.get(name)
            if known is None or known.until <= now:
                self._caps[name] = _Cap(remaining, now + reset_seconds)
            else:
                known.left = min(known.left, remaining)

    def name_for(self, bucket: str | None, interval_seconds: float | None) -> str:
        """Find the declared limit that a vendor's counter speaks of: the one with that interval, else none ("vendor")."""
        fitting = [w.limit.name for w in self._windows.values() if w.counts(bucket) and w.limit.per_seconds == interval_seconds]
        return fitting[0] if fitting else "vendor"


@dataclass(slots=True)
class _Cap:
    left: int
    until: float

    def wait(self, now: float) -> float:
        return self.until - now if self.left <= 0 else 0.0


class _Window:
    """Counts in slices of a hundredth of the window, each kept until its youngest call is out: never over, a little under."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._slice_seconds = limit.per_seconds / _SLICES
        self._slices: deque[tuple[int, int]] = deque()
        self._used = 0

    def counts(self, bucket: str | None) -> bool:
        if self.limit.bucket is not None:
            return bucket == self.limit.bucket
        return bucket not in self.limit.exempt

    def wait(self, now: float) -> float:
        while self._slices and self._free_at(self._slices[0]) <= now:
            self._used -= self._slices.popleft()[1]
        if self._used < self.limit.calls:
            return 0.0
        return self._free_at(self._slices[0]) - now

    def count(self, now: float) -> None:
        index = int(now // self._slice_seconds)
        if (index + 1) * self._slice_seconds <= now:  # the division rounds; the slice must end after the call
            index += 1
        if self._slices and self._slices[-1][0] >= index:
            youngest, used = self._slices.pop()
            self._slices.append((youngest, used + 1))
        else:
            self._slices.append((index, 1))
        self._used += 1

    def _free_at(self, entry: tuple[int, int]) -> float:
        return (entry[0] + 1) * self._slice_seconds + self.limit.per_seconds
