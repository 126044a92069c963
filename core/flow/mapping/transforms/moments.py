"""Transforms of days and moments. They take the canonical forms: `2026-01-31`, and `2026-01-31T08:15:00+00:00`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from core.flow.mapping.transforms.arithmetic import read_number
from core.flow.mapping.transforms.dateformats import check_format, format_moment, holds_a_day, holds_a_time, parse_moment
from core.flow.mapping.transforms.transform import Arguments, OutOfDomain, Parameter, Sample, Shape, Step, Transform, TransformFailed, Type

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"seconds": 1_000_000, "milliseconds": 1_000}


def read_moment(text: Any) -> date | datetime:
    """Read a canonical day or moment; a moment without an offset is one in UTC. Raises TransformFailed."""
    try:
        if isinstance(text, str) and len(text) == 10:
            return date.fromisoformat(text)
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise TransformFailed("is not a date as 2026-01-31 or 2026-01-31T08:15:00+00:00") from None


def _total(work: Callable[[Any], Any]) -> Step:
    """The calendar ends in the years 1 and 9999; what falls off there fails."""

    def worked(value: Any) -> Any:
        try:
            return work(value)
        except (OverflowError, ValueError):
            raise TransformFailed("lies outside the calendar") from None

    return worked


def _date_format(arguments: Arguments) -> Step:
    form, zone = check_format("date_format", arguments["format"]), ZoneInfo(arguments["zone"])

    def formatted(text: str) -> str:
        moment = read_moment(text)
        if isinstance(moment, datetime):
            return format_moment(moment.astimezone(zone), form)
        return format_moment(datetime(moment.year, moment.month, moment.day, tzinfo=zone), form)

    return _total(formatted)


def _date_parse(arguments: Arguments) -> Step:
    form, zone = check_format("date_parse", arguments["format"], whole=True), ZoneInfo(arguments["zone"])

    def parsed(text: Any) -> str:
        found = parse_moment(text, form) if isinstance(text, str) else None
        if found is None:
            raise OutOfDomain(f"is not written as {form}")
        if not holds_a_time(form):
            return found.date().isoformat()
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC).isoformat()

    return _total(parsed)


def _format_back(arguments: Arguments) -> Step | None:
    return _date_parse(arguments) if holds_a_day(arguments["format"]) else None


def _zone(arguments: Arguments) -> Step:
    zone = ZoneInfo(arguments["name"])

    def moved(text: str) -> str:
        moment = read_moment(text)
        return (moment.astimezone(zone) if isinstance(moment, datetime) else moment).isoformat()

    return _total(moved)


def _to_utc(_: Arguments) -> Step:
    return _total(lambda text: read_moment(text).isoformat())


def _epoch(arguments: Arguments) -> Step:
    unit = _UNITS[arguments["unit"]]

    def counted(text: str) -> int:
        moment = read_moment(text)
        if not isinstance(moment, datetime):
            moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
        return (moment - _EPOCH) // timedelta(microseconds=unit)

    return _total(counted)


def _from_epoch(arguments: Arguments) -> Step:
    unit, as_day = _UNITS[arguments["unit"]], arguments["of"] == "day"

    def moment(value: Any) -> str:
        count = read_number(value)
        if count != count.to_integral_value() or abs(count) > Decimal(10) ** 18:
            raise OutOfDomain("is not a whole count of seconds or milliseconds")
        found = _EPOCH + timedelta(microseconds=int(count) * unit)
        return found.date().isoformat() if as_day else found.isoformat()

    return _total(moment)


def _date_only(arguments: Arguments) -> Step:
    zone = ZoneInfo(arguments["zone"])

    def day(text: str) -> str:
        moment = read_moment(text)
        return moment.astimezone(zone).date().isoformat() if isinstance(moment, datetime) else moment.isoformat()

    return _total(day)


_FORMAT = Parameter("format", "The format in strftime's directives, such as `%d.%m.%Y`.", Type.FORMAT)
_IN_ZONE = Parameter("zone", "The time zone that the text is written in.", Type.ZONE, required=False, default="UTC")
_UNIT = Parameter("unit", "What is counted.", required=False, default="milliseconds", choices=tuple(_UNITS))
_OF = Parameter(
    "of",
    "What the count stands for: a moment, or a day (its midnight in UTC).",
    required=False,
    default="moment",
    choices=("moment", "day"),
)

MOMENTS = (
    Transform(
        "date_format",
        "Write a day or moment in a format; the way back reads it where the format holds year, month and day.",
        (
            Sample("%d.%m.%Y", "2026-01-31", "31.01.2026"),
            Sample({"format": "%m/%d/%Y %I:%M %p", "zone": "Europe/Berlin"}, "2026-07-31T18:15:00+00:00", "07/31/2026 08:15 PM"),
        ),
        forward=_date_format,
        parameters=(_FORMAT, _IN_ZONE),
        backward=_format_back,
    ),
    Transform(
        "date_parse",
        "Read a day or moment that is written in a format; the way back writes it.",
        (
            Sample("%d.%m.%Y", "31.01.2026", "2026-01-31"),
            Sample({"format": "%Y%m%d %H%M", "zone": "Europe/Berlin"}, "20260131 0915", "2026-01-31T08:15:00+00:00"),
        ),
        forward=_date_parse,
        parameters=(_FORMAT, _IN_ZONE),
        backward=_date_format,
    ),
    Transform(
        "zone",
        "Write a moment with the offset of a time zone; a day stays as it is.",
        (
            Sample("Europe/Berlin", "2026-01-31T08:15:00+00:00", "2026-01-31T09:15:00+01:00"),
            Sample("Asia/Tokyo", "2026-01-31", "2026-01-31"),
        ),
        forward=_zone,
        parameters=(Parameter("name", "The time zone, such as Europe/Berlin.", Type.ZONE),),
        backward=_to_utc,
    ),
    Transform(
        "epoch",
        "Count the milliseconds or seconds since 1970 (UTC) to a day or moment.",
        (
            Sample(None, "2026-01-31T08:15:00+00:00", 1769847300000),
            Sample("seconds", "1970-01-02T00:00:00+00:00", 86400),
            Sample({"of": "day"}, "2026-01-31", 1769817600000),
        ),
        forward=_epoch,
        parameters=(_UNIT, _OF),
        gives=Shape.ANY,
        backward=_from_epoch,
    ),
    Transform(
        "from_epoch",
        "Read a count of milliseconds or seconds since 1970 (UTC).",
        (Sample(None, "1769847300000", "2026-01-31T08:15:00+00:00"), Sample(["seconds", "day"], 86400, "1970-01-02")),
        forward=_from_epoch,
        parameters=(_UNIT, _OF),
        takes=Shape.ANY,
        backward=_epoch,
    ),
    Transform(
        "date_only",
        "Keep the day of a moment, as it is in a time zone.",
        (Sample(None, "2026-01-31T23:30:00+00:00", "2026-01-31"), Sample("Europe/Berlin", "2026-01-31T23:30:00+00:00", "2026-02-01")),
        forward=_date_only,
        parameters=(_IN_ZONE,),
    ),
)
