"""Whether the options of a kind make sense, told before any record is read."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from core.model.currencies import CURRENCIES
from core.model.locales import LOCALES, number_style
from core.model.vocabulary import OPTIONS, KindSpec


def option_problems(spec: KindSpec) -> dict[str, str]:
    """Say per option what is wrong with it, in an admin's words; empty when the spec can be used."""
    taken = [option.name for option in OPTIONS[spec.kind]]
    given = {name: getattr(spec, name) for name in _CHECKS if getattr(spec, name) not in (None, ())}
    return {name: message for name, value in given.items() if (message := _problem(name, value, spec, taken))}


def known_zone(name: str) -> bool:
    """Whether the name is one of the time zone database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not there, leads out of the database, or is a folder of it
        return False
    return True


def _problem(name: str, value: str | tuple[str, ...], spec: KindSpec, taken: Sequence[str]) -> str | None:
    if name not in taken:
        takes = f"takes {', '.join(f'`{each}`' for each in taken)}" if taken else "takes no options"
        return f"The kind `{spec.kind}` has no option `{name}`; it {takes}."
    return _CHECKS[name](value)


def _format(value: str | tuple[str, ...]) -> str | None:
    text = str(value)
    written = f"'{text}' is no format of a date: write it in strptime's directives, such as %d.%m.%Y."
    moment = datetime(2026, 2, 1, 13, 14, 15)  # noqa: DTZ001  # only to try the format out
    try:
        back = datetime.strptime(moment.strftime(text), text)  # noqa: DTZ007
    except (ValueError, OverflowError):
        return written
    if back.date() != moment.date():
        return f"'{text}' does not hold a whole date; it needs a year (%Y), a month (%m) and a day (%d)."
    return _clashes(text)


def _clashes(form: str) -> str | None:
    """A canonical date must not mean another day in this format."""
    try:
        read = datetime.strptime("2026-02-01", form)  # noqa: DTZ007
    except ValueError:
        return None
    return (
        None
        if (read.month, read.day) == (2, 1)
        else f"'{form}' reads 2026-02-01 as another day than everybody else does; it cannot be used."
    )


def _zone(value: str | tuple[str, ...]) -> str | None:
    return None if known_zone(str(value)) else f"There is no time zone '{value}'; names look like Europe/Berlin or America/New_York."


def _locale(value: str | tuple[str, ...]) -> str | None:
    if number_style(str(value)) is not None:
        return None
    return f"There is no way of writing numbers called '{value}'; there are {', '.join(sorted(LOCALES))}."


def _currency(value: str | tuple[str, ...]) -> str | None:
    if value in CURRENCIES:
        return None
    close = difflib.get_close_matches(str(value).upper(), CURRENCIES, 1)
    return f"There is no currency '{value}'.{f' Did you mean {close[0]}?' if close else ''}"


def _choices(value: str | tuple[str, ...]) -> str | None:
    folded = [" ".join(choice.casefold().split()) for choice in value]
    if "" in folded:
        return "One of the choices is empty."
    twice = next((choice for choice, fold in zip(value, folded, strict=True) if folded.count(fold) > 1), None)
    return f"The choice '{twice}' stands there twice, if the case is left out." if twice else None


def _separator(value: str | tuple[str, ...]) -> str | None:
    return None if str(value).strip() or value == " " else "The separator is empty."


_CHECKS: Mapping[str, Callable[[str | tuple[str, ...]], str | None]] = {
    "format": _format,
    "zone": _zone,
    "locale": _locale,
    "currency": _currency,
    "choices": _choices,
    "separator": _separator,
}
