"""Checks and normalises one property value; what the vendor stores is always text."""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any

from sandbox.hubspot.definitions import Definition
from sandbox.hubspot.moments import iso, parse

_EMAIL = re.compile(r"[^@\s,;<>\"]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+")
_LONGEST = 65_536


class BadValue(ValueError):
    """A value that its property does not take; `code` is the vendor's word for why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def as_text(value: Any) -> str:
    """Any JSON scalar as the text that would be stored; null clears like the empty string."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise BadValue("INVALID_STRING", "a property value must be a string, a number or a boolean")


def is_email(text: str) -> bool:
    """Whether the vendor would take `text` for an e-mail address."""
    return bool(_EMAIL.fullmatch(text))


def normalised(definition: Definition, text: str, before: str) -> str:
    """The text to store for a non-empty `text`, given the value `before`; raises BadValue."""
    if definition.name == "email":
        return _email(text)
    kind = definition.type
    if kind == "enumeration":
        return _multiple(definition, text, before) if definition.multiple else _option(definition, text)
    if kind in _READERS:
        return _READERS[kind](text)
    if len(text) > _LONGEST:
        raise BadValue("PROPERTY_VALUE_TOO_LONG", f"the value is {len(text)} characters long; at most {_LONGEST} are stored")
    return text


def _email(text: str) -> str:
    if not is_email(text):
        raise BadValue("INVALID_EMAIL", f"Email address {text} is invalid")
    return text.lower()


def _option(definition: Definition, text: str) -> str:
    if definition.external_options:
        return text
    allowed = definition.allowed()
    if text not in allowed:
        raise BadValue("INVALID_OPTION", f"{text} was not one of the allowed options: [{', '.join(allowed)}]")
    return text


def _multiple(definition: Definition, text: str, before: str) -> str:
    parts = [part.strip() for part in text.split(";") if part.strip()]
    for part in parts:
        _option(definition, part)
    kept = before.split(";") if text.startswith(";") and before else []
    return ";".join(dict.fromkeys([*kept, *parts]))


def _number(text: str) -> str:
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text.strip()):
        raise BadValue("INVALID_INTEGER", f"{text} was not a valid number.")
    return text.strip()


def _boolean(text: str) -> str:
    if text.lower() not in ("true", "false"):
        raise BadValue("INVALID_OPTION", f"{text} was not one of the allowed options: [true, false]")
    return text.lower()


def _moment(text: str) -> str:
    try:
        return iso(parse(text))
    except ValueError as error:
        raise BadValue("INVALID_DATE", f"{text} was not a valid date.") from error


def _date(text: str) -> str:
    try:
        moment = parse(text).astimezone(UTC)
    except ValueError as error:
        raise BadValue("INVALID_DATE", f"{text} was not a valid date.") from error
    if moment.time().isoformat() != "00:00:00":
        raise BadValue("INVALID_DATE", f"{text} is at {moment.time().isoformat()} UTC, not midnight!")
    return moment.date().isoformat()


_READERS = {"number": _number, "bool": _boolean, "datetime": _moment, "date": _date}
