"""The budget of one remote account: limits too long to be forgotten with a restart, and the vendor's own count of the day.

Long limits are kept in a book outside of the process. Calls are set aside there before they are made, a few at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.contract import Limit
from core.runtime.allowance import DEFAULT_RESERVE, Aside, Book, DayCount, is_daily, share_of, slice_seconds
from core.runtime.http.limits import Hold

ASK_AGAIN_SECONDS = 3_600.0
"""How long a vendor's count that holds calls back is believed; then one call is let through, whose answer brings a new one."""
_WAIT_FOR_ANSWER_SECONDS = 60.0
_VENDORS_DAY = timedelta(days=1)  # a count older than that says nothing about what is left


class Budget:
    """Decides like `Limits`, in wall-clock time; one is shared by all connections of an account. Threads may share it."""

    def __init__(self, limits: Sequence[Limit] = (), reserve: float = DEFAULT_RESERVE, book: Book | None = None) -> None:
        """Take the account's long limits, which need a book, and the share of a day that is kept for live leads."""
        self._lock = threading.Lock()
        self._book = book
        self._windows = [] if book is None else [_KeptWindow(limit, reserve, book) for limit in limits]
        self._vendor = _VendorsDay(reserve)
        self._has_read_book = book is None

    def acquire(self, bucket: str | None, now: datetime, *, live: bool) -> Hold | None:
        """Count one call; or count nothing and tell how long to wait. Raises what the book raises."""
        with self._lock:
            self._read_book()
            touched = [window for window in self._windows if window.counts(bucket)]
            of_day = any(window.is_daily for window in touched) or not any(window.is_daily for window in self._windows)
            hold = self._vendor.hold(now, live=live) if of_day else None
            hold = hold or _take_of_all(touched, now, live=live)
            if hold is None and of_day:
                self._vendor.count()
            return hold

    def note(self, used: int, allowed: int, now: datetime) -> None:
        """Take over the vendor's count of the day; it is held beside our own, so it can only tighten."""
        with self._lock:
            self._read_book()
            self._vendor.note(DayCount(used, allowed, now))

    def settle(self) -> tuple[list[Aside], DayCount | None]:
        """Hand over the calls set aside and not made, which are forgotten here, and the vendor's count where it is new."""
        with self._lock:
            return [aside for window in self._windows for aside in window.unused()], self._vendor.news()

    def _read_book(self) -> None:
        if not self._has_read_book and self._book is not None:
            known = self._book.day_count()
            if known is not None:
                self._vendor.remember(known)
            self._has_read_book = True


def _take_of_all(windows: Sequence[_KeptWindow], now: datetime, *, live: bool) -> Hold | None:
    """Take a call of every limit or of none."""
    for number, window in enumerate(windows):
        hold = window.take(now, live=live)
        if hold is not None:
            for taken in windows[:number]:
                taken.put_back(live=live)
            return hold
    return None


@dataclass(slots=True)
class _Chunk:
    ends_at: datetime
    calls: int


class _KeptWindow:
    """One long limit; live calls and others are set aside apart, because the others may not use up the reserve."""

    def __init__(self, limit: Limit, reserve: float, book: Book) -> None:
        self.limit = limit
        self.is_daily = is_daily(limit)
        self._span = timedelta(seconds=limit.per_seconds)
        self._slice = slice_seconds(limit)
        self._reserve = reserve if self.is_daily else 0.0
        self._book = book
        self._chunks: dict[bool, _Chunk] = {}

    def counts(self, bucket: str | None) -> bool:
        return bucket == self.limit.bucket if self.limit.bucket is not None else bucket not in self.limit.exempt

    def take(self, now: datetime, *, live: bool) -> Hold | None:
        ends_at = datetime.fromtimestamp((now.timestamp() // self._slice + 1) * self._slice, UTC)
        chunk = self._chunks.get(live)
        if chunk is None or chunk.calls == 0 or chunk.ends_at != ends_at:
            share = share_of(self.limit.calls, self._reserve, live=live)
            granted = self._book.set_aside(self.limit.name, ends_at, now - self._span, share, self.unused())
            if granted.calls == 0:
                free_at = (granted.full_since or ends_at) + self._span
                return Hold(self._reason(live=live), max((free_at - now).total_seconds(), 1.0))
            chunk = self._chunks[live] = _Chunk(ends_at, granted.calls)
        chunk.calls -= 1
        return None

    def put_back(self, *, live: bool) -> None:
        self._chunks[live].calls += 1

    def unused(self) -> list[Aside]:
        chunks, self._chunks = self._chunks, {}
        return [Aside(self.limit.name, chunk.ends_at, chunk.calls) for chunk in chunks.values() if chunk.calls]

    def _reason(self, *, live: bool) -> str:
        if not self.is_daily:
            return f"limit '{self.limit.name}'"
        return _used_up(f"the {self.limit.calls:,} calls of a day are used up", live=live)


class _VendorsDay:
    """The vendor's newest count and our own calls since; it is the vendor's word when the day begins anew."""

    def __init__(self, reserve: float) -> None:
        self._reserve = reserve
        self._newest: DayCount | None = None
        self._since = 0
        self._asks_again_at: datetime | None = None
        self._is_news = False

    def hold(self, now: datetime, *, live: bool) -> Hold | None:
        newest, again_at = self._newest, self._asks_again_at
        if newest is None or again_at is None or now - newest.at >= _VENDORS_DAY:
            return None
        if newest.used + self._since < share_of(newest.allowed, self._reserve, live=live):
            return None
        if now >= again_at:
            self._asks_again_at = now + timedelta(seconds=_WAIT_FOR_ANSWER_SECONDS)
            return None
        reason = _used_up(f"by the vendor's own count the {newest.allowed:,} calls of a day are used up", live=live)
        return Hold(reason, (again_at - now).total_seconds())

    def count(self) -> None:
        self._since += 1

    def remember(self, known: DayCount) -> None:
        self._newest, self._since = known, 0
        self._asks_again_at = known.at + timedelta(seconds=ASK_AGAIN_SECONDS)

    def note(self, count: DayCount) -> None:
        self.remember(count)
        self._is_news = True

    def news(self) -> DayCount | None:
        newest = self._newest if self._is_news else None
        self._is_news = False
        return newest


def _used_up(what: str, *, live: bool) -> str:
    return what if live else f"{what}, but for those kept for live leads"
