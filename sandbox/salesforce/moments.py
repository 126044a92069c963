"""Timestamps in the one form that Salesforce writes, and the several that it reads."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=1024)
def stamp(moment: datetime) -> str:
    """`moment` in UTC, cut to the second: `2026-01-01T00:00:00.000+0000`. Stamps sort as text in the order of time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def read_moment(text: str) -> datetime | None:
    """An ISO 8601 time with an offset; None for anything else, a time without offset included."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
