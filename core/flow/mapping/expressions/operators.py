"""Which types the operators take and give, as far as types are known before there is a record."""

from __future__ import annotations

from core.flow.mapping.expressions.arithmetic import no_arithmetic
from core.flow.mapping.expressions.model import WORDS, ExpressionError, Type
from core.flow.mapping.expressions.values import advice

_RESULTS: dict[str, dict[tuple[Type, Type], Type]] = {
    "+": {
        (Type.NUMBER, Type.NUMBER): Type.NUMBER,
        (Type.TEXT, Type.TEXT): Type.TEXT,
        (Type.LIST, Type.LIST): Type.LIST,
        (Type.TIME, Type.DURATION): Type.TIME,
        (Type.DURATION, Type.TIME): Type.TIME,
        (Type.DURATION, Type.DURATION): Type.DURATION,
    },
    "-": {
        (Type.NUMBER, Type.NUMBER): Type.NUMBER,
        (Type.TIME, Type.TIME): Type.DURATION,
        (Type.TIME, Type.DURATION): Type.TIME,
        (Type.DURATION, Type.DURATION): Type.DURATION,
    },
    **{sign: {(Type.NUMBER, Type.NUMBER): Type.NUMBER} for sign in "*/%"},
}
_OPEN = (Type.ANY, Type.NULL)
_ORDERED = (Type.TEXT, Type.NUMBER, Type.TIME, Type.DURATION)


def arithmetic_type(sign: str, left: Type, right: Type, column: int) -> Type:
    """Tell what an operator gives; raises ExpressionError when it cannot take these types."""
    found = {
        result for (one, other), result in _RESULTS[sign].items() if (left in _OPEN or left is one) and (right in _OPEN or right is other)
    }
    if not found:
        raise ExpressionError(no_arithmetic(sign, left, right), column)
    return found.pop() if len(found) == 1 else Type.ANY


def comparison_problem(sign: str, left: Type, right: Type) -> str:
    """Say why two types cannot be compared; empty when they can, or when that shows only with a record."""
    if sign not in ("==", "!="):
        for kind in (left, right):
            if kind not in _OPEN and kind not in _ORDERED:
                return f"`{sign}` cannot order {WORDS[kind]}; it takes numbers, texts and times."
    if left is right or left in _OPEN or right in _OPEN:
        return ""
    return f"`{sign}` cannot compare {WORDS[left]} with {WORDS[right]}.{advice(left, right)}"
