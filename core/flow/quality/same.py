"""Whether a vendor's way of writing a value still means ours, so that its reformatting is not taken for an edit."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from core.flow.quality.canonical import clean, spell
from core.flow.quality.normalise import normalise
from core.model.records import Scalar
from core.model.vocabulary import Kind

_SHORTEST_NATIONAL_NUMBER = 6
_LONGEST_COUNTRY_CODE = 3


def same(kind: Kind, ours: Scalar, theirs: Scalar, *, length: int | None = None) -> bool:
    """Tell whether both mean the same value of this kind; empty text and None are the same nothing.

    `length` is what the vendor's field can hold: a text of ours that was cut there is the same. Never raises. Where one
    side cannot be read as its kind, only equal texts are the same.
    """
    if ours == theirs and isinstance(ours, bool) == isinstance(theirs, bool):
        return True
    if _is_empty(ours) or _is_empty(theirs):
        return _is_empty(ours) and _is_empty(theirs)
    if length is not None and _was_cut(spell(ours), spell(theirs), length):
        return True
    return _BY_KIND.get(kind, _as_canonical(kind))(ours, theirs)


def _is_empty(value: Scalar) -> bool:
    return value is None or (isinstance(value, str) and not clean(value))


def _was_cut(ours: str, theirs: str, length: int) -> bool:
    """Vendors cut at their length, some trimming the end of what is left; neither can be told from the other."""
    return len(ours) > length and len(theirs) <= length and theirs.rstrip() == ours[:length].rstrip()


def _as_canonical(kind: Kind) -> Callable[[Scalar, Scalar], bool]:
    def equal(ours: Scalar, theirs: Scalar) -> bool:
        one, other = normalise(kind, ours), normalise(kind, theirs)
        if one.problem or other.problem:
            return clean(spell(ours)) == clean(spell(theirs))
        return one.value == other.value

    return equal


def _text(ours: Scalar, theirs: Scalar) -> bool:
    """Line ends and white space are not the value; capitals are. A number may stand with its `.0` or without."""
    return clean(spell(ours)) == clean(spell(theirs)) or _as_canonical(Kind.TEXT)(ours, theirs)


def _folded(ours: Scalar, theirs: Scalar) -> bool:
    return clean(spell(ours)).casefold() == clean(spell(theirs)).casefold()


def _email(ours: Scalar, theirs: Scalar) -> bool:
    return _folded(ours, theirs) or _as_canonical(Kind.EMAIL)(ours, theirs)


def _phone(ours: Scalar, theirs: Scalar) -> bool:
    """Equal digits; or one is the national way of writing the other, without its country code."""
    one, other = _dialled(spell(ours)), _dialled(spell(theirs))
    if not one.strip("+") or not other.strip("+"):
        return _text(ours, theirs)
    if one.strip("+") == other.strip("+"):
        return True
    if one.startswith("+") == other.startswith("+"):
        return False
    full, national = (one, other) if one.startswith("+") else (other, one)
    return _is_national(full[1:], national.lstrip("0"))


def _is_national(full: str, national: str) -> bool:
    extra = len(full) - len(national)
    return len(national) >= _SHORTEST_NATIONAL_NUMBER and 0 < extra <= _LONGEST_COUNTRY_CODE and full.endswith(national)


def _dialled(text: str) -> str:
    """Digits, of whatever script, with a plus where the country code is said; `(0)` between code and number is no digit of it."""
    text = clean(text)
    digits = "".join(str(int(c)) for c in (text.replace("(0)", "") if text.startswith("+") else text) if c.isdecimal())
    if text.startswith("00"):
        return f"+{digits[2:]}"
    return f"+{digits}" if text.startswith("+") else digits


def _url(ours: Scalar, theirs: Scalar) -> bool:
    """The host knows no capitals, a missing scheme is https, and a slash at the end is none."""
    return _address(spell(ours)) == _address(spell(theirs))


def _address(text: str) -> str:
    text = clean(text)
    scheme, mark, rest = text.partition("://")
    scheme, rest = (scheme.lower(), rest) if mark else ("https", text)
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.lower()}{slash}{path}".rstrip("/")


def _postal_code(ours: Scalar, theirs: Scalar) -> bool:
    return _bare(spell(ours)) == _bare(spell(theirs))


def _bare(text: str) -> str:
    """Letters and digits alone, whatever their case; composed, because a mark that stands by itself is neither."""
    return "".join(c for c in unicodedata.normalize("NFKC", text.upper()) if c.isalnum())


def _list(ours: Scalar, theirs: Scalar) -> bool:
    return _set(ours) == _set(theirs)


def _set(value: Scalar) -> frozenset[str]:
    return frozenset(str(normalise(Kind.LIST, value).value).split(";"))


def _money(ours: Scalar, theirs: Scalar) -> bool:
    """Equal amounts; the currency counts where both name one, since many fields hold a bare number."""
    one, other = _amount(ours), _amount(theirs)
    if one is None or other is None:
        return _text(ours, theirs)
    return one[0] == other[0] and (one[1] == other[1] or "" in (one[1], other[1]))


def _amount(value: Scalar) -> tuple[Scalar, str] | None:
    amount = normalise(Kind.MONEY, value)
    if amount.problem is None and isinstance(amount.value, str):
        digits, _, currency = amount.value.partition(" ")
        return normalise(Kind.NUMBER, digits).value, currency
    number = normalise(Kind.NUMBER, value)
    return (number.value, "") if number.problem is None else None


def _datetime(ours: Scalar, theirs: Scalar) -> bool:
    """Equal instants; vendors drop what is smaller than their unit, a second or a millisecond. A day is its first instant."""
    one, other = _instant(ours), _instant(theirs)
    if one is None or other is None:
        return _text(ours, theirs)
    if one == other:
        return True
    if one.replace(microsecond=0) != other.replace(microsecond=0):
        return False
    return any(_cut(one, unit) == other or _cut(other, unit) == one for unit in (1, 1_000, 1_000_000))


def _cut(moment: datetime, microseconds: int) -> datetime:
    return moment - timedelta(microseconds=moment.microsecond % microseconds)


def _instant(value: Scalar) -> datetime | None:
    found = normalise(Kind.DATETIME, value)
    if found.problem is not None or not isinstance(found.value, str):
        return None
    text = found.value if len(found.value) > 10 else f"{found.value}T00:00:00+00:00"
    return datetime.fromisoformat(text)


_BY_KIND: Mapping[Kind, Callable[[Scalar, Scalar], bool]] = {
    Kind.TEXT: _text,
    Kind.PERSON_NAME: _text,
    Kind.COMPANY: _text,
    Kind.EMAIL: _email,
    Kind.PHONE: _phone,
    Kind.URL: _url,
    Kind.REGION: _folded,
    Kind.POSTAL_CODE: _postal_code,
    Kind.DATETIME: _datetime,
    Kind.MONEY: _money,
    Kind.ENUM: _folded,
    Kind.LIST: _list,
}
