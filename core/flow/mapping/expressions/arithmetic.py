"""`+ - * / %` while an expression runs. Null in, null out; whole numbers stay within 64 bits."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from core.flow.mapping.expressions.model import MOST_INTEGER, WORDS, EvaluationError, Type
from core.flow.mapping.expressions.values import type_of

_NUMBERS = (Type.NUMBER, Type.NUMBER)
_PAIRS: dict[str, frozenset[tuple[Type, Type]]] = {
    "+": frozenset({(Type.TIME, Type.DURATION), (Type.DURATION, Type.TIME), (Type.DURATION, Type.DURATION)}),
    "-": frozenset({(Type.TIME, Type.DURATION), (Type.TIME, Type.TIME), (Type.DURATION, Type.DURATION)}),
}
"""What can be reckoned beside numbers, texts and lists."""


def add(most_characters: int, most_items: int, *operands: Any) -> Any:
    """Add from left to right: numbers, texts, lists, a time and a duration."""
    total = operands[0]
    for operand in operands[1:]:
        total = _sum(total, operand, most_characters, most_items)
    return total


def subtract(left: Any, right: Any) -> Any:
    """Subtract numbers, durations, times (which gives a duration), a duration from a time."""
    return _reckon("-", operator.sub, left, right)


def multiply(left: Any, right: Any) -> Any:
    """Multiply two numbers."""
    return _reckon("*", operator.mul, left, right)


def divide(left: Any, right: Any) -> Any:
    """Divide two numbers; the quotient of whole numbers is whole when nothing remains."""
    return _reckon("/", _quotient, left, right)


def remainder(left: Any, right: Any) -> Any:
    """Give what remains of a division, with the sign of the dividend, as CEL does."""
    return _reckon("%", _rest, left, right)


def negate(value: Any) -> Any:
    """Turn the sign of a number or a duration."""
    if value is None:
        return None
    if type_of(value) not in (Type.NUMBER, Type.DURATION):
        raise EvaluationError(f"`-` needs a number, not {WORDS[type_of(value)]}.")
    return bounded(-value)


def bounded(value: Any) -> Any:
    """Refuse a number that is out of bounds: a whole one of more than 64 bits, or one that is infinite."""
    if value.__class__ is int:
        if -MOST_INTEGER - 1 <= value <= MOST_INTEGER:
            return value
        raise EvaluationError(f"A number is too large; {MOST_INTEGER:,} is the largest.")
    if value.__class__ is float and not math.isfinite(value):
        raise EvaluationError("A number is too large, or is no number.")
    return value


def must_fit(length: int, most: int) -> None:
    """Refuse a text of more characters."""
    if length > most:
        raise EvaluationError(f"A text would have more than {most:,} characters.")


def must_have_few(length: int, most: int) -> None:
    """Refuse a list of more items."""
    if length > most:
        raise EvaluationError(f"A list has more than {most:,} items.")


def no_arithmetic(sign: str, left: Type, right: Type) -> str:
    """Say that two types cannot be reckoned with, and what to do."""
    pair = {left, right}
    hint = ""
    if pair == {Type.TEXT, Type.NUMBER}:
        hint = " Convert the number with `string(...)`." if sign == "+" else " Convert the text with `int(...)` or `double(...)`."
    elif pair == {Type.TEXT} and sign == "-":
        hint = " Times are subtracted as `timestamp(a) - timestamp(b)`."
    elif pair == {Type.TEXT}:
        hint = " Convert texts with `int(...)` or `double(...)`."
    elif Type.TEXT in pair and pair & {Type.TIME, Type.DURATION}:
        hint = " Convert the text with `timestamp(...)` or `duration(...)`."
    return f"`{sign}` cannot take {WORDS[left]} and {WORDS[right]}.{hint}"


def _sum(left: Any, right: Any, most_characters: int, most_items: int) -> Any:
    if left.__class__ is str and right.__class__ is str:
        must_fit(len(left) + len(right), most_characters)
        return left + right
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        must_have_few(len(left) + len(right), most_items)
        return [*left, *right]
    return _reckon("+", operator.add, left, right)


def _reckon(sign: str, apply: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    pair = (type_of(left), type_of(right))
    try:
        if pair == _NUMBERS:
            return bounded(apply(bounded(left), bounded(right)))
        if pair in _PAIRS.get(sign, ()):
            result: datetime | timedelta = apply(left, right)
            return result
    except ZeroDivisionError:
        raise EvaluationError(f"`{sign}` cannot divide by zero.") from None
    except OverflowError:
        raise EvaluationError(f"What `{sign}` gives is too large.") from None
    raise EvaluationError(no_arithmetic(sign, *pair))


def _quotient(left: Any, right: Any) -> Any:
    if left.__class__ is int and right.__class__ is int and left % right == 0:
        return left // right
    return left / right


def _rest(left: Any, right: Any) -> Any:
    if left.__class__ is int and right.__class__ is int:
        rest = abs(left) % abs(right)
        return -rest if left < 0 else rest
    if right == 0:
        raise ZeroDivisionError
    return math.fmod(left, right)
