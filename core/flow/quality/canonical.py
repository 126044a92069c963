"""What normalising gives, and the cleaning that every kind starts with."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from core.model.records import Scalar

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\x00"), None)
_LONGEST_INTEGER = 10**40


@dataclass(frozen=True, slots=True)
class Normalised:
    """A canonical value; with `problem`, the value is as it came and cannot be used as its kind.

    `note` tells in an admin's words what of the raw value was left out; it becomes a step of the value's origin.
    """

    value: Scalar
    problem: str | None = None
    note: str | None = None


NOTHING = Normalised(None)
"""Shared by all that came without content."""


def clean(text: str) -> str:
    """Compose characters, drop invisible ones, fold runs of white space; safe for every kind."""
    if not text.isascii() or "\x00" in text:
        text = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
        text = unicodedata.normalize("NFC", text)  # what an invisible character kept apart may now be one
    return " ".join(text.split())


def spell(raw: Scalar) -> str:
    """Write any scalar as text: a whole number without its `.0`, as spreadsheets hold phone numbers and postal codes."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
        return str(int(raw))
    if isinstance(raw, int) and abs(raw) >= _LONGEST_INTEGER:
        return f"{raw:x}"  # str() refuses integers of some thousand digits
    return str(raw)
