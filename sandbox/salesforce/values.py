"""What a field accepts: turns the JSON value of a write into the stored value or refuses it with Salesforce's code."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from sandbox.salesforce.ids import normal_id
from sandbox.salesforce.moments import read_moment, stamp
from sandbox.salesforce.refusals import Problem, Refusal
from sandbox.salesforce.schema import NUMBER_TYPES, TEXT_TYPES, Field

_EMAIL = re.compile(r"[^\s@,;<>()\[\]\"]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+")
_JSON_KINDS = {bool: "VALUE_BOOLEAN", int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT", str: "VALUE_STRING",
               list: "START_ARRAY", dict: "START_OBJECT"}  # fmt: skip


def stored_value(field: Field, value: Any) -> Any:
    """The form in which `value` is kept: text trimmed, numbers rounded to scale, times in UTC; None and "" clear.

    Raises Refusal with the code for this type of field and with `fields` naming it.
    """
    if value is None or value == "":
        return None
    convert: Callable[[Field, Any], Any] = _CONVERTERS.get(field.type, _text)
    return convert(field, value)


def _text(field: Field, value: Any) -> str | None:
    if type(value) is not str:
        raise _unreadable(field, value)
    text = value.strip()
    if len(text) > field.length:
        message = f"{field.label}: data value too large: {value} (max length={field.length})"
        raise _bad(field, "STRING_TOO_LONG", message)
    return text or None


def _email(field: Field, value: Any) -> str | None:
    text = _text(field, value)
    if text is not None and not _EMAIL.fullmatch(text):
        raise _bad(field, "INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {text}")
    return text


def _picklist(field: Field, value: Any) -> str | None:
    text = _text(field, value)
    if field.restricted and text is not None and text not in field.picklist:
        message = f"{field.label}: bad value for restricted picklist field: {text}"
        raise _bad(field, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message)
    return text


def _boolean(field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false", "1", "0"):
        return value.lower() in ("true", "1")
    raise _unreadable(field, value)


def _number(field: Field, value: Any) -> int | float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise _unreadable(field, value) from None
    if isinstance(value, bool) or math.isnan(number):
        raise _unreadable(field, value)
    if abs(number) >= 10.0 ** (field.precision - field.scale):
        raise _bad(field, "NUMBER_OUTSIDE_VALID_RANGE", f"{field.label}: value outside of valid range on numeric field: {value}")
    rounded = round(number, field.scale)
    return int(rounded) if field.type == "int" else rounded


def _date(field: Field, value: Any) -> str:
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except (TypeError, ValueError):
        raise _unreadable(field, value) from None


def _datetime(field: Field, value: Any) -> str:
    moment = read_moment(value) if isinstance(value, str) else None
    if moment is None:
        raise _unreadable(field, value)
    return stamp(moment)


def _reference(field: Field, value: Any) -> str:
    found = normal_id(value) if isinstance(value, str) else None
    if found is None:
        raise _bad(field, "MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}")
    return found


def _unreadable(field: Field, value: Any) -> Refusal:
    kind = _JSON_KINDS.get(type(value), "VALUE_STRING")
    wanted = "string" if field.type in TEXT_TYPES else "double" if field.type in NUMBER_TYPES else field.type
    return Refusal(Problem("JSON_PARSER_ERROR", f"Cannot deserialize instance of {wanted} from {kind} value {value}", [field.name]))


def _bad(field: Field, code: str, message: str) -> Refusal:
    return Refusal(Problem(code, message, [field.name]))


_CONVERTERS: dict[str, Callable[[Field, Any], Any]] = {
    "email": _email,
    "picklist": _picklist,
    "boolean": _boolean,
    "int": _number,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "date": _date,
    "datetime": _datetime,
    "reference": _reference,
}
