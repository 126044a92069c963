"""Moments as the vendor writes them: ISO 8601 in UTC with milliseconds, and epoch milliseconds.

Both directions are cached, for a batch writes one moment a hundred times and a search reads it as often.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=1024)
def iso(moment: datetime) -> str:
    """Write `moment` as `2026-01-31T12:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def millis(moment: datetime) -> int:
    """Whole milliseconds since the epoch, rounded down."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


@lru_cache(maxsize=4096)
def parse(text: str) -> datetime:
    """Read epoch milliseconds or ISO 8601 (a date alone is midnight UTC); raises ValueError."""
    if text.lstrip("-").isdigit():
        try:
            return _EPOCH + timedelta(milliseconds=int(text))
        except OverflowError as error:
            raise ValueError(text) from error
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
