"""Writes values in HubSpot's forms: every property value is text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal

from core.contract import Blob, Clear, Invalid, Ref, WriteValue

EMPTY = "An empty value is no order to clear; only Clear is."


def written(fields: Mapping[str, WriteValue]) -> tuple[dict[str, str], dict[str, str]]:
    """Turn fields into property texts, and name those left out with the reason.

    Booleans become `true`/`false`, lists are joined by `;`, a reference becomes its id, Clear becomes the empty string,
    which is HubSpot's way to clear (CRM objects guide). None, an empty text and an empty list are left out, because
    HubSpot would clear the property. Raises Invalid for a value that HubSpot has no form for.
    """
    texts = {name: as_text(name, value) for name, value in fields.items()}
    return (
        {name: text for name, text in texts.items() if text is not None},
        {name: EMPTY for name, text in texts.items() if text is None},
    )


def as_text(name: str, value: WriteValue) -> str | None:
    """Write one value; None says that there is nothing to write. Raises Invalid."""
    if isinstance(value, Clear):
        return ""
    if isinstance(value, list):
        return _joined(name, value)
    return _scalar(name, value) or None


def _joined(name: str, values: Sequence[object]) -> str | None:
    parts = [text for value in values if (text := _scalar(name, value))]
    if any(";" in part for part in parts):
        raise Invalid(f"A choice of '{name}' holds a semicolon, which separates choices in HubSpot.", field=name, rule="SEMICOLON")
    return ";".join(parts) or None


def _scalar(name: str, value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if math.isfinite(value):
            return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
        case Ref():
            return value.id
        case Blob() | float():
            raise _unsupported(name, type(value).__name__.lower())
        case _:
            raise _unsupported(name, "nested")


def _unsupported(name: str, form: str) -> Invalid:
    return Invalid(f"HubSpot has no form for the {form} value of '{name}'.", field=name, rule="UNSUPPORTED_VALUE")
