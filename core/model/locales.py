"""How numbers are written: the decimal mark and the marks between thousands, by language or country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """One way of writing numbers; white space and apostrophes may stand between thousands in every style."""

    decimal: str
    thousands: str
    """Between thousands when a number is written; "" for none."""


_COMMA_POINT = NumberStyle(decimal=",", thousands=".")
_COMMA_SPACE = NumberStyle(decimal=",", thousands=" ")
_POINT_COMMA = NumberStyle(decimal=".", thousands=",")
_POINT_APOSTROPHE = NumberStyle(decimal=".", thousands="'")

LOCALES: Mapping[str, NumberStyle] = {
    **dict.fromkeys(("en", "us", "gb", "ie", "au", "ca", "nz", "ja", "zh", "ko", "he", "th", "mx"), _POINT_COMMA),
    **dict.fromkeys(("de", "at", "nl", "es", "it", "pt", "br", "da", "dk", "tr", "el", "gr", "id", "ro", "hr", "sl", "is"), _COMMA_POINT),
    **dict.fromkeys(("fr", "pl", "sv", "se", "fi", "nb", "no", "cs", "cz", "sk", "hu", "bg", "ru", "et", "lv", "lt"), _COMMA_SPACE),
    **dict.fromkeys(("ch", "li"), _POINT_APOSTROPHE),
}
"""By language (`de`, `en`, `fr`) or, where a country writes otherwise than its language, by country (`ch`, `at`, `mx`)."""


def number_style(locale: str) -> NumberStyle | None:
    """Find the style of `de`, `DE`, `de-DE` or `de_CH` (the country goes before the language); None when unknown."""
    parts = locale.strip().lower().replace("-", "_").split("_")
    return next((LOCALES[part] for part in (parts[-1], parts[0]) if part in LOCALES), None)
