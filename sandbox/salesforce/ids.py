"""Salesforce ids: fifteen case-sensitive characters plus a checksum of three that makes them safe against lost case."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from functools import lru_cache

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SUFFIX = string.ascii_uppercase + "012345"
_FORM = re.compile(r"[0-9A-Za-z]{15}(?:[A-Za-z0-5]{3})?")
_POD = "RO"


def checksum(id15: str) -> str:
    """The three characters that follow `id15`: each tells which of five characters are capital letters."""
    return _sign(id15[:5]) + _sign(id15[5:10]) + _sign(id15[10:])


def normal_id(value: str) -> str | None:
    """`value` as an 18-character id; None when it has not the form of an id or its checksum is wrong.

    The case of an 18-character id is repaired from its checksum, as Salesforce does.
    """
    if not _FORM.fullmatch(value):
        return None
    if len(value) == 15:
        return value + checksum(value)
    if checksum(value[:15]) == value[15:]:
        return value
    repaired = _recase(value[:15], value[15:].upper())
    return repaired + checksum(repaired) if repaired else None


@dataclass(slots=True)
class IdSource:
    """Gives out ids in rising order, one series for all objects."""

    last: int = 0

    def next(self, prefix: str) -> str:
        """The next 18-character id with a three-character key prefix."""
        self.last += 1
        id15 = prefix + _POD + _base62(self.last, 10)
        return id15 + checksum(id15)


@lru_cache(maxsize=4096)
def _sign(chunk: str) -> str:
    return _SUFFIX[sum(1 << at for at, char in enumerate(chunk) if char.isupper())]


def _base62(number: int, width: int) -> str:
    digits: list[str] = []
    while number:
        number, digit = divmod(number, 62)
        digits.append(_BASE62[digit])
    return "".join(reversed(digits)).rjust(width, "0")


def _recase(id15: str, suffix: str) -> str | None:
    chars: list[str] = []
    for start, sign in zip((0, 5, 10), suffix, strict=True):
        bits = _SUFFIX.index(sign)
        for at, char in enumerate(id15[start : start + 5]):
            chars.append(char.upper() if bits >> at & 1 else char.lower())
            if bits >> at & 1 and not char.isalpha():
                return None
    return "".join(chars)
