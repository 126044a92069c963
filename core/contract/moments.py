"""Moments of records: read as a sender wrote them, however wrong; and when a state that keeps being counted anew holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

_SETTLES = timedelta(days=2)
_SHARE = 100_000


def read_moment(value: object, zone: tzinfo = UTC) -> datetime | None:
    """Read a text in ISO 8601 and give it in UTC; one that names no offset is in `zone`. None for anything else.

    Also None for what lies outside the years 1 to 9999 once it is put into UTC.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def as_of(moment: datetime, read_at: datetime) -> datetime:
    """Tell since when a state holds whose `moment` stands still while its numbers are still being counted at the vendor's.

    A hundred-thousandth of what has passed since is added, and no more than two days count. So of two states of one moment
    the one that was read later is the later one, and two moments some seconds apart never change places.
    """
    return moment + min(max(read_at - moment, timedelta()), _SETTLES) / _SHARE
