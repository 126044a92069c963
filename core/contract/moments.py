"""Read a moment as a sender wrote it, however wrong it is."""

from __future__ import annotations

from datetime import UTC, datetime


def read_moment(value: object) -> datetime | None:
    """Read a text in ISO 8601, in UTC where it names no offset; None for anything else.

    Also None for what lies outside the years 1 to 9999 once it is put into UTC.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
