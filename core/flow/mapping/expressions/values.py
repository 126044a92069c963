"""Comparing values while an expression runs: where Python's own rules differ from those of the language."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from core.flow.mapping.expressions.model import WORDS, EvaluationError, Type
from core.flow.mapping.expressions.times import moment, span_text

_TYPES: dict[type, Type] = {
    type(None): Type.NULL,
    str: Type.TEXT,
    int: Type.NUMBER,
    float: Type.NUMBER,
    bool: Type.BOOLEAN,
    datetime: Type.TIME,
    timedelta: Type.DURATION,
    list: Type.LIST,
    tuple: Type.LIST,
    dict: Type.MAP,
}
_ORDERED = frozenset({Type.TEXT, Type.NUMBER, Type.TIME, Type.DURATION})
_QUICK = frozenset({str, int, float, datetime, timedelta})
"""Classes whose values are ordered among themselves as Python does it."""
_MOST_PARTS = 10_000
"""Items and fields of two values that are compared with each other, at all levels."""
_DEEPEST = 50
"""Levels of lists that an expression may give."""


def type_of(value: Any) -> Type:
    """Tell the type of a value at hand; ANY when the language has no such type."""
    known = _TYPES.get(value.__class__)
    if known is None:
        return next((found for kind, found in _TYPES.items() if isinstance(value, kind)), Type.ANY)
    return known


def is_same(left: Any, right: Any) -> bool:
    """Tell whether two values are equal; values of different types are not, and true is not 1."""
    waiting, compared = [(left, right)], 0
    while waiting:
        one, other = waiting.pop()
        kind = type_of(one)
        if kind is not type_of(other):
            return False
        if kind is Type.LIST or kind is Type.MAP:
            compared += len(one)
            if compared > _MOST_PARTS:
                raise EvaluationError(f"Values with more than {_MOST_PARTS:,} parts cannot be compared.")
            if (one.keys() != other.keys()) if kind is Type.MAP else len(one) != len(other):
                return False
            waiting.extend(((one[key], other[key]) for key in one) if kind is Type.MAP else zip(one, other, strict=True))
        elif one != other:
            return False
    return True


def equals(left: Any, right: Any, sign: str = "==") -> bool:
    """Compare with `==`: null equals only null, a time may be a text, other types that differ are an error."""
    kind = left.__class__
    if kind is right.__class__ and kind in _QUICK:
        return bool(left == right)
    left_type, right_type = type_of(left), type_of(right)
    if left_type is right_type:
        return is_same(left, right)
    if left is None or right is None:
        return False
    if {left_type, right_type} == {Type.TIME, Type.TEXT}:
        return moment(left) == moment(right)
    raise _not_comparable(sign, left_type, right_type)


def differs(left: Any, right: Any) -> bool:
    """Compare with `!=`."""
    return not equals(left, right, "!=")


def contains_item(item: Any, container: Any) -> bool:
    """Tell whether a list has an equal item, or a group a field of this name; never an error for the types of items."""
    if container is None:
        return False
    kind = type_of(container)
    if kind is Type.LIST:
        return item in container if item.__class__ is str else any(is_same(item, other) for other in container)
    if kind is Type.MAP:
        return isinstance(item, str) and item in container
    if kind is Type.TEXT:
        raise EvaluationError("`in` looks into a list. To look into a text, write `text.contains(part)`.")
    raise EvaluationError(f"`in` looks into a list, not into {WORDS[kind]}.")


def pick(target: Any, key: Any) -> Any:
    """Give a field of a group or an item of a list (from 0); null when there is none."""
    if isinstance(target, Mapping):
        return target.get(key) if isinstance(key, str) else None
    if isinstance(target, list | tuple) and key.__class__ is int and 0 <= key < len(target):
        return target[key]
    return None


def read(record: Mapping[str, Any], path: Sequence[str | int]) -> Any:
    """Give the value at a constant path: nested first, then the name as it stands with its dots; null when there is none."""
    value: Any = record
    for key in path:
        value = pick(value, key)
        if value is None:
            break
    return record.get(".".join(map(str, path))) if value is None and len(path) > 1 else value


def finish(most_characters: int, most_items: int, value: Any) -> Any:
    """Turn what an expression gives into plain values of bounded size: times into ISO text, durations into seconds with an s."""
    if isinstance(value, list | tuple):
        _must_be_small(value, most_characters, most_items)
        return [_plain(item) for item in value]
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return span_text(value)
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _must_be_small(value: Any, most_characters: int, most_items: int) -> None:
    """Also against lists that hold one another deeper than Python likes to walk."""
    waiting, items, characters = [(value, 1)], 0, 0
    while waiting:
        inner, depth = waiting.pop()
        items += len(inner)
        characters += sum(len(item) for item in inner if isinstance(item, str))
        if items > most_items or characters > most_characters or depth > _DEEPEST:
            raise EvaluationError(f"The list is too large; {most_items:,} items with {most_characters:,} characters are allowed.")
        waiting.extend((item, depth + 1) for item in inner if isinstance(item, list | tuple))


def _ordering(sign: str, compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], bool]:
    def is_ordered(left: Any, right: Any) -> bool:
        kind = left.__class__
        if kind is right.__class__ and kind in _QUICK:
            return bool(compare(left, right))
        left_type, right_type = type_of(left), type_of(right)
        if left_type is right_type and left_type in _ORDERED:
            return bool(compare(left, right))
        if left is None or right is None:
            return False
        if {left_type, right_type} == {Type.TIME, Type.TEXT}:
            return is_ordered(moment(left), moment(right))
        raise _not_comparable(sign, left_type, right_type)

    return is_ordered


is_less = _ordering("<", operator.lt)
is_at_most = _ordering("<=", operator.le)
is_greater = _ordering(">", operator.gt)
is_at_least = _ordering(">=", operator.ge)


def _not_comparable(sign: str, left: Type, right: Type) -> EvaluationError:
    return EvaluationError(f"`{sign}` cannot compare {WORDS[left]} with {WORDS[right]}.{advice(left, right)}")


def advice(left: Type, right: Type) -> str:
    """Say how a text becomes what it is to be compared or computed with; empty when there is no way."""
    pair = {left, right}
    if pair == {Type.TEXT, Type.NUMBER}:
        return " Convert the text with `double(...)` or the number with `string(...)`."
    if pair == {Type.TEXT, Type.BOOLEAN}:
        return " Convert the text with `bool(...)`."
    if pair == {Type.TEXT, Type.TIME}:
        return " Convert the text with `timestamp(...)`."
    if pair == {Type.TEXT, Type.DURATION}:
        return " Convert the text with `duration(...)`."
    return ""
