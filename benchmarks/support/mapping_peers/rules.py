"""The rules of the comparison that not every language has of its own: one small function each, shared by all who need it.

A blank text counts as missing, numbers are texts, accents stand with their letter (NFC), and what is empty is left out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Flat = dict[str, str]
Mapper = Callable[[Iterable[dict[str, Any]]], Iterable[Flat]]
"""Maps records one after the other."""

COUNTRIES = {
    "germany": "DE",
    "deutschland": "DE",
    "de": "DE",
    "austria": "AT",
    "switzerland": "CH",
    "united kingdom": "GB",
    "uk": "GB",
    "france": "FR",
    "usa": "US",
}
"""What the table lists, folded; any other country is dropped."""


def clean(value: Any) -> str:
    """Give a text without blanks around it, '' for nothing."""
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else str(value)


def collapse(text: str) -> str:
    """Fold runs of white space."""
    return " ".join(text.split())


def cut(text: str, length: int) -> str:
    """Keep so many characters, and no blank at the end."""
    return text[:length].rstrip()


def country(text: str) -> str:
    """Look a country up."""
    return COUNTRIES.get(text.casefold(), "")


def filled(found: Mapping[str, Any]) -> Flat:
    """Leave out what is empty, and compose the rest."""
    return {name: value if value.isascii() else unicodedata.normalize("NFC", value) for name, value in found.items() if value}
