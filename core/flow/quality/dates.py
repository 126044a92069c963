"""Days and moments as forms, files and APIs write them. A reading that could be two is refused, never guessed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.flow.quality.canonical import NOTHING, Normalised

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier enero gennaio januari janeiro",
            "february feb februar février febrero febbraio februari fevereiro fév",
            "march mar märz mär maerz mrz mars marzo maart março",
            "april apr avril abril aprile avr",
            "may mai mayo maggio mei maio",
            "june jun juni juin junio giugno junho",
            "july jul juli juillet julio luglio julho",
            "august aug août agosto augustus aout",
            "september sep sept septembre septiembre settembre setembro",
            "october oct oktober okt octobre octubre ottobre outubro",
            "november nov novembre noviembre novembro",
            "december dec dezember dez décembre diciembre dicembre dezembro déc",
        ),
        start=1,
    )
    for name in names.split()
}
_TIME = re.compile(
    r"(?:T|,? |, ?)(?:at |um |à )?(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)? ?([ap])?(?:(?<=[ap])\.?m\.?)?(?: ?(?:Uhr|h))?"
    r" ?(Z|UTC|GMT|[+-]\d{2}:?\d{2})?\Z",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\Z")
_POINTS = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})\Z")
_SLASHED = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})\Z")
_RUN = re.compile(r"(\d{4})(\d{2})(\d{2})\Z")
_DAY_MONTH = re.compile(r"(?:[^\W\d_]+,? )?(\d{1,2})(?:\.|st|nd|rd|th)?[ -](?:de )?([^\W\d_]+)\.?,?[ -](?:de )?(\d{4})\Z")
_MONTH_DAY = re.compile(r"(?:[^\W\d_]+, )?([^\W\d_]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})\Z")
_EPOCH = re.compile(r"\d{10}|\d{13}")
_LONGEST = 60

_UNKNOWN = "is not a date that is understood; write it as 2026-01-31"
_AMBIGUOUS = "is ambiguous: day and month cannot be told apart; write it as 2026-01-31"
_NO_SUCH_DAY = "is not a date that exists"


class _Refused(Exception):
    """The text is no date; the message says why."""


@lru_cache(maxsize=5_000)
def moment(text: str, form: str | None, zone: str | None) -> Normalised:
    """Read a moment into UTC; a day without a time stays a day.

    A time without an offset is taken to be in the zone. One that the clocks skipped in spring is read as if they had not
    been put forward yet; one that they showed twice in autumn is the first of the two.
    """
    if not text:
        return NOTHING
    try:
        found = _read(text, form, ZoneInfo(zone) if zone else UTC)
        if isinstance(found, datetime):
            found = found.astimezone(UTC)
    except _Refused as refusal:
        return Normalised(text, str(refusal))
    except (ValueError, OverflowError):
        return Normalised(text, _UNKNOWN)
    return Normalised(found.isoformat())


@lru_cache(maxsize=5_000)
def day(text: str, form: str | None) -> Normalised:
    """Read a day; of a moment, the day where it was written down (its own offset), not the one in UTC."""
    if not text:
        return NOTHING
    try:
        found = _read(text, form, UTC)
    except _Refused as refusal:
        return Normalised(text, str(refusal))
    except (ValueError, OverflowError):
        return Normalised(text, _UNKNOWN)
    return Normalised(found.date().isoformat() if isinstance(found, datetime) else found.isoformat())


def _read(text: str, form: str | None, zone: tzinfo) -> date | datetime:
    if len(text) > _LONGEST:
        raise _Refused(_UNKNOWN)
    found = _iso(text, zone)
    if found is not None:
        return found
    if form:
        return _in_format(text, form, zone)
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC) + timedelta(milliseconds=int(text[10:] or 0))
    clock = _TIME.search(text)
    if clock is None:
        return _day(text)
    return _at(_day(text[: clock.start()].strip(" ,")), clock, zone)


def _iso(text: str, zone: tzinfo) -> date | datetime | None:
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        found = datetime.fromisoformat(text) if len(text) > 10 else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=zone)


def _in_format(text: str, form: str, zone: tzinfo) -> date | datetime:
    try:
        found = datetime.strptime(text, form)  # noqa: DTZ007  # the zone is given below
    except (ValueError, OverflowError):
        raise _Refused(f"is not written as {form}") from None
    if not any(directive in form for directive in ("%H", "%I", "%c", "%X")):
        return found.date()
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _day(text: str) -> date:
    for shape in (_YEAR_FIRST, _RUN):
        if parts := shape.match(text):
            return _existing(int(parts[1]), int(parts[parts.re.groups - 1]), int(parts[parts.re.groups]), _UNKNOWN)
    if parts := _POINTS.match(text):
        return _existing(int(parts[3]), int(parts[2]), int(parts[1]), _NO_SUCH_DAY)
    if parts := _SLASHED.match(text):
        return _slashed(int(parts[1]), int(parts[3]), int(parts[4]))
    if parts := _DAY_MONTH.match(text):
        return _existing(int(parts[3]), _MONTHS.get(parts[2].casefold(), 0), int(parts[1]), _UNKNOWN)
    if parts := _MONTH_DAY.match(text):
        return _existing(int(parts[3]), _MONTHS.get(parts[1].casefold(), 0), int(parts[2]), _UNKNOWN)
    raise _Refused(_UNKNOWN)


def _slashed(first: int, second: int, year: int) -> date:
    """Read 31/01/2026 and 01/31/2026 where only one order is possible; refuse 01/02/2026."""
    if first <= 12 and second <= 12 and first != second:
        raise _Refused(_AMBIGUOUS)
    month_first = second > 12
    return _existing(year, first if month_first else second, second if month_first else first, _NO_SUCH_DAY)


def _existing(year: int, month: int, of_month: int, otherwise: str) -> date:
    try:
        return date(year, month, of_month)
    except ValueError:
        raise _Refused(otherwise) from None


def _at(found: date, clock: re.Match[str], zone: tzinfo) -> datetime:
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if clock[4]:
        if not 1 <= hour <= 12:
            raise _Refused(_UNKNOWN)
        hour = hour % 12 + (12 if clock[4].lower() == "p" else 0)
    return datetime.combine(found, time(hour, minute, second), _offset(clock[5]) or zone)


def _offset(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text[0] not in "+-":
        return UTC
    return datetime.strptime(text, "%z").tzinfo
