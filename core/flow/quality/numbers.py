"""Numbers and amounts of money as people of several countries write them."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from core.flow.quality.canonical import NOTHING, Normalised, clean, spell
from core.model.currencies import CURRENCIES, OF_COUNTRY, SIGNS, WITHOUT_CENTS
from core.model.locales import NumberStyle, number_style
from core.model.records import Scalar

_SPACES = re.compile(r"[\s'’`]")
_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?")
_POINT_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}((\.\d{3}){2,}(,\d+)?|(\.\d{3})+,\d+)")
_COMMA_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{2,3})*(,\d{3})(\.\d+)?")
_POINTS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?")
_COMMA_DECIMAL = re.compile(r"[+-]?\d+,\d+")
_AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_CANONICAL_MONEY = re.compile(r"(-?\d+(?:\.\d{2}|\.\d{4,})?) ([A-Z]{3})", re.ASCII)
_WHOLE_ONLY = re.compile(r"[.,](?:-{1,2}|–|—)(?=\s|[^\d\s]|$)")
_AMOUNT = re.compile(r"([+-]?)\s*([^\d\s+.,-][^\d+-]*?|)\s*([+-]?\s*[.,]?\d(?:[\d.,'’`\s]*\d)?)\s*([^\d]*)")
_MOST_CHARACTERS = 40
_MOST_OF_AN_AMOUNT = 60
_TOO_LARGE = 10**_MOST_CHARACTERS
_TOO_MUCH_MONEY = 10**20


def number(raw: Scalar, locale: str | None) -> Normalised:
    """Read a number; a percent sign is left out (12 % is 12).

    Without a locale, a single point is a decimal point and a comma before three digits stands between thousands; a locale
    says otherwise, and then what cannot be written so is refused.
    """
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return _numeric(raw)
    text = clean(spell(raw))
    if not text:
        return NOTHING
    plain = _decimal(text.removesuffix("%"), number_style(locale) if locale else None)
    if plain is None:
        return Normalised(text, f"is not a number as it is written in '{locale}'" if locale else "is not a number")
    return Normalised(float(plain) if "." in plain else int(plain))


def money(raw: Scalar, country: str | None, locale: str | None, currency: str | None) -> Normalised:
    """Read an amount and its currency into `1234.50 EUR`; refuse one that could be two, or that names no currency."""
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        checked = _numeric(raw)
        if checked.problem or currency is None:
            return checked if checked.problem else Normalised(raw, _NO_CURRENCY)
        if abs(raw) >= _TOO_MUCH_MONEY:
            return Normalised(raw, _NO_MONEY)
        return Normalised(_written(_fixed(raw), currency))
    return _money(clean(spell(raw)), country, locale, currency)


_NO_CURRENCY = "names no currency; write 100 EUR, or give the kind a `currency`"
_NO_MONEY = "is not an amount of money"


@lru_cache(maxsize=5_000)
def _money(text: str, country: str | None, locale: str | None, currency: str | None) -> Normalised:
    if not text or len(text) > _MOST_OF_AN_AMOUNT:
        return Normalised(text, _NO_MONEY) if text else NOTHING
    canonical = _CANONICAL_MONEY.fullmatch(text)
    if canonical and canonical[2] in CURRENCIES:
        return Normalised(_written(canonical[1], canonical[2]))
    parts = _AMOUNT.fullmatch(_WHOLE_ONLY.sub(lambda mark: f"{mark[0][0]}00", text))
    if parts is None or (parts[2].strip() and parts[4].strip()):
        return Normalised(text, _NO_MONEY)
    sign, amount = parts[1], _SPACES.sub("", parts[3])
    if locale is None and _AMBIGUOUS.fullmatch(amount):
        return Normalised(text, "could be thousands or decimals; give the kind a `locale`")
    plain = _decimal(sign + amount, number_style(locale) if locale else None)
    if plain is None:
        return Normalised(text, _NO_MONEY)
    name = (parts[2] or parts[4]).strip()
    found = _currency(name, country, currency) if name else currency
    if found is None:
        return Normalised(text, f"names a currency that is not known or not clear: '{name}'" if name else _NO_CURRENCY)
    return Normalised(_written(plain, found))


def _currency(name: str, country: str | None, currency: str | None) -> str | None:
    """The one meant by a sign or word: the spec's, else that of the record's country, else the usual one."""
    if name.upper() in CURRENCIES:
        return name.upper()
    meant = SIGNS.get(name.casefold(), ())
    if currency in meant:
        return currency
    own = OF_COUNTRY.get(country or "")
    if own in meant:
        return own
    return (meant[0] or None) if meant else None


def _written(plain: str, currency: str) -> str:
    """Whole cents, or more digits where they were given. Never three: `1.234 EUR` would be read in two ways."""
    sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain.removeprefix("+"))
    whole, _, part = digits.partition(".")
    whole, part = whole.lstrip("0") or "0", part.rstrip("0")
    least = 0 if currency in WITHOUT_CENTS and not part else 2
    part = part.ljust(4 if len(part) == 3 else least, "0")
    sign = sign if (whole + part).strip("0") else ""
    return f"{sign}{whole}{'.' if part else ''}{part} {currency}"


def _fixed(value: int | float) -> str:
    """Without an exponent."""
    if isinstance(value, int):
        return str(value)
    text = repr(value)
    return text if "e" not in text else f"{value:.20f}".rstrip("0").rstrip(".")


def _numeric(value: int | float) -> Normalised:
    if isinstance(value, float) and not math.isfinite(value):
        return Normalised(str(value), "is not a number")
    return Normalised(value) if abs(value) < _TOO_LARGE else Normalised(value, "has more digits than a number can have here")


def _decimal(text: str, style: NumberStyle | None) -> str | None:
    """Plain digits with a point, or None."""
    text = _SPACES.sub("", text).replace("−", "-")
    if len(text) > _MOST_CHARACTERS:
        return None
    text = _in_style(text, style) if style else _in_any_style(text)
    if not _PLAIN.fullmatch(text):
        return None
    return "".join(str(int(c)) if c.isdigit() else c for c in text)  # digits of other scripts


def _in_any_style(text: str) -> str:
    if _COMMA_THOUSANDS.fullmatch(text):
        return text.replace(",", "")
    if _POINT_THOUSANDS.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return text.replace(",", ".") if _COMMA_DECIMAL.fullmatch(text) else text


def _in_style(text: str, style: NumberStyle) -> str:
    """As the style has it; the mark between thousands may be left out, but not stand in a wrong place."""
    if style.decimal == ",":
        if "." in text and not _POINTS.fullmatch(text):
            return ""
        return text.replace(".", "").replace(",", ".")
    if "," in text and not _COMMA_THOUSANDS.fullmatch(text):
        return ""
    return text.replace(",", "")
