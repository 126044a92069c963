"""Transforms of numbers, in exact decimal arithmetic. A number gives a number, a text that reads as one gives a text."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any

from core.flow.mapping.transforms.transform import (
    Arguments,
    OutOfDomain,
    Parameter,
    Sample,
    Shape,
    Step,
    Transform,
    TransformFailed,
    TransformRefused,
    Type,
)
from core.model.locales import NumberStyle, number_style

_EXACT = Context(prec=60, traps=[InvalidOperation, DivisionByZero, Overflow])
_PLAIN = re.compile(r"\s*[+-]?\d{1,40}(\.\d{1,40})?\s*", re.ASCII)
_LIMIT = Decimal(10) ** 30


def read_number(value: Any) -> Decimal:
    """Take a number, or a text that is one as programs write it; raises TransformFailed."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TransformFailed("is not a number")
    if isinstance(value, str):
        if not _PLAIN.fullmatch(value):
            raise TransformFailed("is not a number")
        found = Decimal(value.strip())
    else:
        found = Decimal(repr(value)) if isinstance(value, float) else Decimal(value) if abs(value) < _LIMIT else Decimal("Infinity")
    if not found.is_finite() or abs(found) >= _LIMIT:
        raise TransformFailed("is not a number of a size that can be reckoned with")
    return found


def write_number(number: Decimal, like: Any) -> int | float | str:
    """Write the result as what came in was written: text for text, else the smallest type that holds it."""
    if abs(number) >= _LIMIT:
        raise TransformFailed("gives too large a number")
    plain = format(number, "f")
    plain = (plain.rstrip("0").rstrip(".") if "." in plain else plain) or "0"
    plain = "0" if plain == "-0" else plain
    if isinstance(like, str):
        return plain
    return float(plain) if "." in plain else int(plain)


def _reckoning(work: Callable[[Decimal], Decimal]) -> Step:
    def reckoned(value: Any) -> int | float | str:
        return write_number(work(read_number(value)), value)

    return reckoned


def _times(arguments: Arguments) -> Step:
    factor = arguments["by"]
    return _reckoning(lambda number: _EXACT.multiply(number, factor))


def _divided(arguments: Arguments) -> Step:
    divisor = arguments["by"]
    if not divisor:
        raise TransformRefused("`by` of `divide` must not be 0.")
    return _reckoning(lambda number: _EXACT.divide(number, divisor))


def _plus(arguments: Arguments) -> Step:
    return _reckoning(lambda number: _EXACT.add(number, arguments["amount"]))


def _minus(arguments: Arguments) -> Step:
    return _reckoning(lambda number: _EXACT.subtract(number, arguments["amount"]))


def _round(arguments: Arguments) -> Step:
    unit = Decimal(1).scaleb(-arguments["digits"])
    return _reckoning(lambda number: number.quantize(unit, ROUND_HALF_UP, _EXACT))


def _number_format(arguments: Arguments) -> Step:
    style, decimals, grouped = _style(arguments), arguments["decimals"], arguments["thousands"]

    def written(value: Any) -> str:
        number = read_number(value)
        if decimals is not None:
            number = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _EXACT)
        plain = format(number, "f") if decimals is not None else str(write_number(number, ""))
        sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
        whole, _, part = digits.partition(".")
        whole = f"{int(whole):,}".replace(",", style.thousands) if grouped else whole
        sign = sign if (whole + part).strip("0., '") else ""
        return f"{sign}{whole}{style.decimal if part else ''}{part}"

    return written


def _number_read(arguments: Arguments) -> Step:
    style = _style(arguments)

    def read(value: Any) -> int | float | str:
        if not isinstance(value, str):
            raise OutOfDomain("is not text")
        return write_number(read_number(value.replace(style.thousands, "").replace(style.decimal, ".")), 0)

    return read


def _style(arguments: Arguments) -> NumberStyle:
    style = number_style(arguments["locale"])
    if style is None:
        raise TransformRefused(f"`locale` of `number_format`: '{arguments['locale']}' is not known; write `de`, `en`, `fr` or `ch`.")
    return style


_BY = Parameter("by", "The number to reckon with.", Type.NUMBER)
_AMOUNT = Parameter("amount", "The number to reckon with.", Type.NUMBER)


def _reckoner(
    name: str,
    summary: str,
    parameter: Parameter,
    steps: tuple[Callable[[Arguments], Step], Callable[[Arguments], Step | None]],
    sample: Sample,
) -> Transform:
    forward, backward = steps
    return Transform(name, summary, (sample,), forward, (parameter,), Shape.ANY, Shape.ANY, backward)


ARITHMETIC = (
    _reckoner("times", "Multiply by a number.", _BY, (_times, lambda a: _divided(a) if a["by"] else None), Sample(100, 0.29, 29)),
    _reckoner("divide", "Divide by a number.", _BY, (_divided, _times), Sample(100, 1250, 12.5)),
    _reckoner("plus", "Add a number.", _AMOUNT, (_plus, _minus), Sample(0.2, 0.1, 0.3)),
    _reckoner("minus", "Take a number off.", _AMOUNT, (_minus, _plus), Sample(1, "5", "4")),
    Transform(
        "round",
        "Round to a number of digits after the point, halves away from zero.",
        (Sample(None, 2.5, 3), Sample(2, 1.005, 1.01), Sample(-2, 1250, 1300)),
        forward=_round,
        parameters=(
            Parameter("digits", "Digits after the point; -2 rounds to hundreds.", Type.WHOLE, required=False, default=0, least=-20),
        ),
        takes=Shape.ANY,
        gives=Shape.ANY,
    ),
    Transform(
        "absolute",
        "Leave the sign of a number out.",
        (Sample(None, -5, 5),),
        forward=lambda _: _reckoning(abs),
        takes=Shape.ANY,
        gives=Shape.ANY,
    ),
    Transform(
        "number_format",
        "Write a number as text in the way of a language or country; the way back reads it.",
        (
            Sample({"decimals": 2, "locale": "de"}, 1234.5, "1.234,50"),
            Sample({"locale": "ch"}, 1234567, "1'234'567"),
            Sample({"decimals": 0, "locale": "en", "thousands": False}, "1999.5", "2000"),
        ),
        forward=_number_format,
        parameters=(
            Parameter("decimals", "Digits after the mark; without it, as many as there are.", Type.WHOLE, required=False, least=0),
            Parameter("locale", "A language or country such as `de`, `en`, `fr`, `ch`.", required=False, default="en"),
            Parameter("thousands", "Whether thousands are marked.", Type.BOOLEAN, required=False, default=True),
        ),
        takes=Shape.ANY,
        backward=_number_read,
    ),
)
