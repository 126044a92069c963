"""Writing and reading moments by strftime's directives, alike on every platform and in every locale: names are English."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from core.flow.mapping.transforms.transform import TransformRefused

_MONTHS = "January February March April May June July August September October November December"
_MONTH_NAMES = tuple(_MONTHS.split())
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_DAY_NAMES = tuple(_DAYS.split())
_MOST_CHARACTERS = 60

_DIRECTIVES: Mapping[str, Callable[[datetime], str]] = {
    "Y": lambda m: f"{m.year:04}",
    "y": lambda m: f"{m.year % 100:02}",
    "m": lambda m: f"{m.month:02}",
    "d": lambda m: f"{m.day:02}",
    "j": lambda m: f"{m.timetuple().tm_yday:03}",
    "H": lambda m: f"{m.hour:02}",
    "I": lambda m: f"{(m.hour + 11) % 12 + 1:02}",
    "p": lambda m: "AM" if m.hour < 12 else "PM",
    "M": lambda m: f"{m.minute:02}",
    "S": lambda m: f"{m.second:02}",
    "f": lambda m: f"{m.microsecond:06}",
    "z": lambda m: m.strftime("%z"),
    "B": lambda m: _MONTH_NAMES[m.month - 1],
    "b": lambda m: _MONTH_NAMES[m.month - 1][:3],
    "A": lambda m: _DAY_NAMES[m.weekday()],
    "a": lambda m: _DAY_NAMES[m.weekday()][:3],
    "%": lambda _: "%",
}
_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)


def check_format(transform: str, form: str, *, whole: bool = False) -> str:
    """Give the format back, or raise TransformRefused; `whole` asks for a year, a month and a day."""
    unknown = [f"%{letter}" for letter in _DIRECTIVE.findall(form) if letter not in _DIRECTIVES]
    if unknown:
        known = " ".join(f"%{letter}" for letter in _DIRECTIVES)
        raise TransformRefused(f"`format` of `{transform}`: {unknown[0]} is not known; there are {known}.")
    if not _letters(form) - {"%"} or len(form) > _MOST_CHARACTERS:
        raise TransformRefused(
            f"`format` of `{transform}` must hold directives such as %d.%m.%Y, in at most {_MOST_CHARACTERS} characters."
        )
    if whole and not holds_a_day(form):
        raise TransformRefused(f"`format` of `{transform}` must hold a year, a month and a day, each once; '{form}' does not.")
    return form


def holds_a_day(form: str) -> bool:
    """Whether a day can be read back: year, month and day are there, and nothing is there twice."""
    found = _DIRECTIVE.findall(form)
    letters = set(found)
    once = all(found.count(letter) == 1 for letter in letters - {"%"})
    return once and bool(letters & {"Y", "y"}) and ("j" in letters or (bool(letters & {"m", "b", "B"}) and "d" in letters))


def holds_a_time(form: str) -> bool:
    """Whether the hour is there."""
    return bool(_letters(form) & {"H", "I"})


def format_moment(moment: datetime, form: str) -> str:
    """Write a moment; the format was checked."""
    return _DIRECTIVE.sub(lambda found: _DIRECTIVES[found[1]](moment), form)


def parse_moment(text: str, form: str) -> datetime | None:
    """Read a moment, without an offset unless the format has one; None when it is not written so."""
    if len(text) > 4 * _MOST_CHARACTERS:
        return None
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007  # the caller gives the zone
    except (ValueError, OverflowError, IndexError):
        return None


def _letters(form: str) -> set[str]:
    return set(_DIRECTIVE.findall(form))
