"""`int double string bool`: from one type to another when an expression says so. Null and blank text are null."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from core.flow.mapping.expressions.arithmetic import bounded
from core.flow.mapping.expressions.model import WORDS, EvaluationError, Type
from core.flow.mapping.expressions.times import span_text
from core.flow.mapping.expressions.values import type_of

_WHOLE = re.compile(r"[+-]?[0-9]{1,30}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,300}(?:\.[0-9]{0,300})?|\.[0-9]{1,300})(?:[eE][+-]?[0-9]{1,4})?")
_YES = frozenset({"true", "t", "yes", "1"})
_NO = frozenset({"false", "f", "no", "0"})
_WHOLE_FLOATS = 2**53
"""Up to here a float that is whole is written without a decimal point."""


def to_int(value: Any) -> int | None:
    """Make a whole number of a number (what stands after the point is cut off) or of a text of digits."""
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        if not _WHOLE.fullmatch(text):
            raise EvaluationError("`int` needs a text of digits. For decimals use `double(...)`.")
        return int(bounded(int(text)))
    return None if value is None else int(bounded(int(_number("int", value))))


def to_double(value: Any) -> float | None:
    """Make a number with decimals of a number or of a text such as `12.5`."""
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        if not _DECIMAL.fullmatch(text):
            raise EvaluationError("`double` needs a text such as `12.5`, with a decimal point and no separators of thousands.")
        return float(bounded(float(text)))
    return None if value is None else float(_number("double", value))


def to_text(value: Any) -> str | None:
    """Write a number, a time, a duration, true or false as text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        number = bounded(value)
        return str(int(number)) if number == int(number) and abs(number) < _WHOLE_FLOATS else str(number)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return span_text(value)
    raise EvaluationError(f"`string` cannot write {WORDS[type_of(value)]} as text.")


def to_bool(value: Any) -> bool | None:
    """Read `true`, `yes`, `1` and `false`, `no`, `0`, in any case; a number is true unless it is 0."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = value.strip().lower()
        if text in _YES or text in _NO or not text:
            return text in _YES if text else None
        raise EvaluationError("`bool` needs a text such as `true` or `false`, `yes` or `no`, `1` or `0`.")
    return bool(_number("bool", value))


def _number(function: str, value: Any) -> int | float:
    if type_of(value) is not Type.NUMBER:
        raise EvaluationError(f"`{function}` cannot convert {WORDS[type_of(value)]}.")
    number: int | float = bounded(value)
    return number
