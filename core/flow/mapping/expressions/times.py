"""Points in time and spans between them. Everything is reckoned in UTC; there is no clock here."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from core.flow.mapping.expressions.model import EvaluationError

_SPAN = re.compile(r"[+-]?(?:[0-9]{1,12}(?:\.[0-9]{1,12})?(?:ms|us|d|h|m|s))+")
_PART = re.compile(r"([0-9.]+)(ms|us|d|h|m|s)")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds", "ms": "milliseconds", "us": "microseconds"}


def moment(value: Any) -> datetime | None:
    """Read an ISO date or date with time; without an offset it is UTC, a date alone its first moment. Null and blank text are null."""
    if isinstance(value, datetime):
        return _in_utc(value)
    if value is None:
        return None
    if not isinstance(value, str):
        raise EvaluationError('A time is written as a text: `timestamp("2026-01-31T00:00:00Z")`.')
    text = value.strip()
    if not text:
        return None
    try:
        if text[4:5] != "-" or text[7:8] != "-" or text[10:11] not in ("", "T", "t", " ") or not text.isascii():
            raise _no_time()
        return _in_utc(datetime.fromisoformat(text.upper()))
    except ValueError:
        raise _no_time() from None


def _in_utc(value: datetime) -> datetime:
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        raise _no_time() from None


def _no_time() -> EvaluationError:
    return EvaluationError("This text is not a time. A time is written `2026-01-31` or `2026-01-31T18:30:00Z`.")


def span(value: Any) -> timedelta | None:
    """Read a duration such as `24h`, `1h30m`, `45s`, `30d`; null and blank text are null."""
    if value is None or isinstance(value, timedelta):
        return value
    text = value.strip() if isinstance(value, str) else "?"
    if not text:
        return None
    if not _SPAN.fullmatch(text):
        raise EvaluationError("This is not a duration. A duration is a text such as `24h`, `1h30m`, `45s` or `30d`.")
    try:
        total = sum((timedelta(**{_UNITS[unit]: float(number)}) for number, unit in _PART.findall(text)), timedelta())
        return -total if text[0] == "-" else total
    except OverflowError:
        raise EvaluationError("The duration is too long.") from None


def span_text(value: timedelta) -> str:
    """Write a duration as CEL does: in seconds, with an s."""
    seconds = value.total_seconds()
    return f"{int(seconds)}s" if seconds == int(seconds) else f"{seconds}s"
