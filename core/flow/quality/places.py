"""Countries, their subdivisions and postal codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from core.flow.quality.canonical import Normalised, clean
from core.flow.quality.subdivisions import SUBDIVISIONS, fold
from core.model.countries import country_code

_PARTS = re.compile(r"\s*(?:[()\[\]/|,;:]|\s[-–]\s)\s*")
_LONGEST_COUNTRY = 100
_FLAG_A = 0x1F1E6
"""The sign of a flag's letter A."""


@lru_cache(maxsize=2_000)
def country(text: str) -> Normalised:
    """Give the ISO 3166 alpha-2 code of a code or name, also where both stand there, as in `Germany (DE)`; or of its flag."""
    code = country_code(text) or _of_parts(text) or _of_flag(text)
    return Normalised(code) if code else Normalised(text, "is not a country that is known by this name")


def _of_parts(text: str) -> str | None:
    """The country that all parts name that name one; none where they differ."""
    if len(text) > _LONGEST_COUNTRY:
        return None
    named = {code for part in _PARTS.split(text) if len(part) > 1 and (code := country_code(part))}
    return named.pop() if len(named) == 1 else None


def _of_flag(text: str) -> str | None:
    letters = [chr(ord(c) - _FLAG_A + ord("A")) for c in text if 0 <= ord(c) - _FLAG_A < 26]
    return country_code("".join(letters)) if len(letters) == 2 and len(text) == 2 else None


def region(text: str, country: str | None) -> Normalised:
    """Give the code of a subdivision that the record's country is known to have; leave every other text as it came."""
    prefix, _, rest = text.partition("-")
    named = prefix.upper() if rest and prefix.upper() in SUBDIVISIONS else None
    if named and named == (country or named) and fold(rest) in _regions(named):
        return Normalised(_regions(named)[fold(rest)])
    known = _regions(country) if country in SUBDIVISIONS else {}
    return Normalised(known.get(fold(text), text))


@cache
def _regions(country: str | None) -> Mapping[str, str]:
    entries = SUBDIVISIONS[country or ""]
    names = {fold(name): code for code, aliases in entries.items() for name in aliases}
    return names | {fold(code): code for code in entries}


_SPACED = re.compile(r"[\s.·–-]")

_POSTAL: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("DE", "FR", "IT", "ES", "FI", "TR", "HR", "EE", "MX", "UA", "RS"), (r"\d{5}", "")),
    **dict.fromkeys(("AT", "CH", "BE", "DK", "NO", "AU", "LU", "HU", "BG", "SI", "NZ", "LI", "ZA"), (r"\d{4}", "")),
    **dict.fromkeys(("IN", "SG", "RO", "CN"), (r"\d{6}", "")),
    **dict.fromkeys(("SE", "CZ", "SK", "GR"), (r"(\d{3})(\d{2})", r"\1 \2")),
    "US": (r"(\d{5})(\d{4})", r"\1-\2"),
    "CA": (r"([A-Z]\d[A-Z])(\d[A-Z]\d)", r"\1 \2"),
    "GB": (r"([A-Z]{1,2}\d[A-Z\d]?|GIR)(\d[A-Z]{2})", r"\1 \2"),
    "NL": (r"(\d{4})([A-Z]{2})", r"\1 \2"),
    "IE": (r"([A-Z]\d[\dW])([A-Z\d]{4})", r"\1 \2"),
    "PL": (r"(\d{2})(\d{3})", r"\1-\2"),
    "PT": (r"(\d{4})(\d{3})", r"\1-\2"),
    "LV": (r"(?:LV)?(\d{4})", r"LV-\1"),
    "LT": (r"(?:LT)?(\d{5})", r"LT-\1"),
    "KR": (r"\d{5}", ""),
    "JP": (r"(\d{3})(\d{4})", r"\1-\2"),
    "BR": (r"(\d{5})(\d{3})", r"\1-\2"),
}
"""By country: the code without its spaces and hyphens, and how it is written with them ("": as it stands)."""

_SHORT = {"US": r"\d{5}", "NL": r"\d{4}", "PT": r"\d{4}"}
"""What is a code as well: without the last part that most people leave out."""

_PLATES = {
    "DE": "D",
    "AT": "A",
    "FR": "F",
    "LU": "L",
    "IT": "I",
    "SE": "S",
    "BE": "B",
    "ES": "E",
    "NO": "N",
    "HU": "H",
    "PT": "P",
    "FI": "FIN",
}
"""What used to be put before the code on letters from abroad, beside the country's own code."""

_LETTERS_FIRST = frozenset({"GB", "CA", "IE"})
"""Codes that begin with letters of their own."""


def postal_code(text: str, country: str | None) -> Normalised:
    """Write a code in its country's way, upper case, zeros kept; say where it cannot be one. Other countries' stay as they are."""
    upper = clean(text.upper())
    if country is None or country not in _POSTAL:
        return Normalised(upper if clean(upper.upper()) == upper else text)
    bare = _SPACED.sub("", upper.removesuffix(".0")).removeprefix("〒")
    for prefix in (country, _PLATES.get(country, country)):
        if bare.startswith(prefix) and bare[len(prefix) : len(prefix) + 1].isdigit() and country not in _LETTERS_FIRST:
            bare = bare.removeprefix(prefix)
    shape, written = _POSTAL[country]
    if found := re.fullmatch(shape, bare, re.ASCII):
        return Normalised(found.expand(written) if written else bare)
    if country in _SHORT and re.fullmatch(_SHORT[country], bare, re.ASCII):
        return Normalised(bare)
    hint = "; a zero in front may have been lost" if bare.isdigit() and _fits_with_zero(country, bare) else ""
    return Normalised(text, f"is not a postal code of {country}{hint}")


def _fits_with_zero(country: str, digits: str) -> bool:
    return any(re.fullmatch(shape, f"0{digits}", re.ASCII) for shape in (_POSTAL[country][0], _SHORT.get(country, r"\Z.")))
