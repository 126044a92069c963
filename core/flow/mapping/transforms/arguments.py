"""Reading what a mapping file gives a transform: nothing, one value, a list by position, or a block by name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from core.flow.mapping.patterns import PatternRefused, pattern
from core.flow.mapping.transforms.transform import Arguments, Parameter, Transform, TransformRefused, Type
from core.model.kind_options import known_zone

_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}
_WHOLE_LIMIT = 1_000_000
_LARGEST = 10**40


def read_arguments(transform: Transform, given: object) -> Arguments:
    """Check what was given and fill in the defaults; raises TransformRefused with the nearest valid name.

    Also makes the function once, so that a pattern or format that makes no sense is told now and not at the first record.
    """
    by_name = _by_name(transform, given)
    arguments = {parameter.name: _read(transform, parameter, by_name) for parameter in transform.parameters}
    transform.forward(arguments)
    if transform.backward:
        transform.backward(arguments)
    return arguments


def nearest(name: str, names: Iterable[str]) -> str:
    """Suggest the valid name that was probably meant, as a sentence; "" when none is near."""
    close = difflib.get_close_matches(name, list(names), 1)
    return f" Did you mean '{close[0]}'?" if close else ""


def _by_name(transform: Transform, given: object) -> Mapping[str, Any]:
    names = [parameter.name for parameter in transform.parameters]
    if given is None:
        return {}
    if isinstance(given, dict):
        for name in given:
            if name not in names:
                raise TransformRefused(f"`{transform.name}` has no `{name}`; it {_takes(names)}.{nearest(str(name), names)}")
        return given
    values = list(given) if isinstance(given, (list, tuple)) else [given]
    if len(values) > len(names):
        raise TransformRefused(f"`{transform.name}` was given {len(values)} arguments; it {_takes(names)}.")
    return dict(zip(names, values, strict=False))


def _takes(names: list[str]) -> str:
    return f"takes {', '.join(f'`{name}`' for name in names)}" if names else "takes none"


def _read(transform: Transform, parameter: Parameter, given: Mapping[str, Any]) -> Any:
    value = given.get(parameter.name)
    where = f"`{parameter.name}` of `{transform.name}`"
    if value is None:
        if parameter.required:
            raise TransformRefused(f"`{transform.name}` needs `{parameter.name}`: {parameter.summary}")
        return parameter.default
    if isinstance(value, (list, dict, tuple)):
        raise TransformRefused(f"{where} must be one value, not a list or a block.")
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise TransformRefused(f"{where} is too large.")
    read = _TYPES[parameter.type](value, where)
    if parameter.choices and read not in parameter.choices:
        choices = ", ".join(f"`{choice}`" for choice in parameter.choices)
        raise TransformRefused(f"{where} must be one of {choices}, not '{value}'.{nearest(str(read), parameter.choices)}")
    if parameter.least is not None and read < parameter.least:
        raise TransformRefused(f"{where} must be at least {parameter.least}, not {value}.")
    return read


def _text(value: object, _: str) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _whole(value: object, where: str) -> int:
    text = str(value).strip()
    if isinstance(value, (bool, float)) or not text.lstrip("+-").isdecimal() or len(text) > 7 or abs(int(text)) > _WHOLE_LIMIT:
        raise TransformRefused(f"{where} must be a whole number, not '{value}'.")
    return int(text)


def _number(value: object, where: str) -> Decimal:
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        found = Decimal("NaN")
    if isinstance(value, bool) or not found.is_finite() or not -30 <= found.adjusted() <= 30:
        raise TransformRefused(f"{where} must be a number such as 100 or 0.01, not '{value}'.")
    return found


def _boolean(value: object, where: str) -> bool:
    found = value if isinstance(value, bool) else _BOOLEANS.get(str(value).strip().lower())
    if found is None:
        raise TransformRefused(f"{where} must be `true` or `false`, not '{value}'.")
    return found


def _pattern(value: object, where: str) -> str:
    try:
        pattern(str(value))
    except PatternRefused as refusal:
        raise TransformRefused(f"{where}: {refusal}") from refusal
    return str(value)


def _zone(value: object, where: str) -> str:
    if not known_zone(str(value)):
        raise TransformRefused(f"{where}: there is no time zone '{value}'; names look like Europe/Berlin or America/New_York.")
    return str(value)


_TYPES: Mapping[Type, Callable[[object, str], Any]] = {
    Type.TEXT: _text,
    Type.WHOLE: _whole,
    Type.NUMBER: _number,
    Type.BOOLEAN: _boolean,
    Type.PATTERN: _pattern,
    Type.FORMAT: _text,
    Type.ZONE: _zone,
}
