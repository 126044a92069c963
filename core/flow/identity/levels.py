"""How far two profiles agree, comparison by comparison: a level each, or nothing where a side does not say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import partial_ratio

from core.flow.identity.nicknames import are_nicknames
from core.flow.identity.profile import Profile

MISSING = -1
"""The level of a comparison for which a side has no value: no evidence either way."""

CLOSE, SIMILAR = 0.93, 0.86
SHORTEST_PART = 3
_NAMED = 80
_NO_DIGITS = re.compile(r"\D+")

_similarity = JaroWinkler.similarity
_distance = OSA.distance

Pattern = tuple[int, ...]
"""The levels of all comparisons, in the order of `COMPARISONS`."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One thing that is compared; `levels` from the best agreement to none, each with the words a person reads."""

    name: str
    levels: tuple[str, ...]
    words: tuple[str, ...]
    compare: Callable[[Profile, Profile], int]


def pattern_of(a: Profile, b: Profile) -> Pattern:
    """Compare two profiles; the order of the two makes no difference."""
    return tuple([compare(a, b) for compare in _COMPARE])


def _given(a: Profile, b: Profile) -> int:
    one, other = a.given, b.given
    if not one or not other:
        return MISSING
    if one == other:
        return 0
    if _is_swapped(a, b):
        return MISSING
    if are_nicknames(one, other):
        return 1
    if len(one) == 1 or len(other) == 1:
        return 2 if one[0] == other[0] else 6
    if one in b.middle.split() or other in a.middle.split():
        return 3
    likeness = _similarity(one, other)
    return 4 if likeness >= CLOSE else 5 if likeness >= SIMILAR else 6


def _is_swapped(a: Profile, b: Profile) -> bool:
    if a.given == b.family and b.given and a.family:
        return _similarity(a.family, b.given) >= CLOSE
    return a.family == b.given and bool(a.family) and bool(b.family) and _similarity(a.given, b.family) >= CLOSE


def _family(a: Profile, b: Profile) -> int:
    one, other = a.family, b.family
    if not one or not other:
        return MISSING
    if one == other:
        return 0
    likeness = _similarity(one, other)
    if likeness >= CLOSE:
        return 1
    if _is_swapped(a, b):
        return 2
    if len(one) == 1 or len(other) == 1:
        return 3 if one[0] == other[0] else 5
    if _shares_word(one, other):
        return 3
    return 4 if likeness >= SIMILAR else 5


def _shares_word(one: str, other: str) -> bool:
    """A double name and one of its halves; `other` may be written as one word."""
    words, others = one.split(), other.split()
    if len(words) == 1 and len(others) == 1:
        return False
    if one.replace(" ", "") == other.replace(" ", ""):
        return True
    return any(len(word) >= SHORTEST_PART and word in others for word in words)


def _middle(a: Profile, b: Profile) -> int:
    one, other = a.middle, b.middle
    if not one or not other:
        return MISSING
    if one == other:
        return 0
    if one[0] == other[0] and (len(one) == 1 or len(other) == 1):
        return 1
    return 1 if _similarity(one, other) >= CLOSE else 2


def _suffix(a: Profile, b: Profile) -> int:
    one, other = a.suffix, b.suffix
    if not one or not other:
        return MISSING
    return 0 if one == other else 1


def _email(a: Profile, b: Profile) -> int:
    if not a.box or not b.box or a.role_email or b.role_email:
        return MISSING
    if a.box == b.box:
        return 0
    if is_named(a.email_local, a.given, a.family) and is_named(b.email_local, b.given, b.family):
        return 2 if _is_mistyped(a, b) else 4
    if a.email_local == b.email_local:
        return 1
    if a.email_domain == b.email_domain and _distance(a.email_local, b.email_local, score_cutoff=1) <= 1:
        return 2
    return 3 if _similarity(a.email_local, b.email_local) >= CLOSE else 4


def _is_mistyped(a: Profile, b: Profile) -> bool:
    """Whether two addresses made of one and the same name differ by a letter; a digit more is how namesakes are told apart."""
    if a.email_domain != b.email_domain or a.given != b.given or a.family != b.family:
        return False
    one, other = a.email_local, b.email_local
    return _distance(one, other, score_cutoff=1) <= 1 and _NO_DIGITS.sub("", one) == _NO_DIGITS.sub("", other)


@lru_cache(maxsize=100_000)
def is_named(local: str, given: str, family: str) -> bool:
    """Whether an address is made of its owner's name: then it tells little more than the name does."""
    letters = "".join(letter for letter in local if letter.isalpha())
    last = family.replace(" ", "")
    if len(last) >= SHORTEST_PART and last in letters:
        return True
    if len(given) >= SHORTEST_PART and given in letters:
        return True
    return bool(last) and len(letters) > SHORTEST_PART and partial_ratio(last, letters) >= _NAMED


def _phone(a: Profile, b: Profile) -> int:
    ones, others = a.phones, b.phones
    if not ones or not others:
        return MISSING
    for one in ones:
        if one in others:
            return 0
    pairs = [(one, other) for one in ones for other in others]
    if any(_same_number(one, other) for one, other in pairs):
        return 0
    return 1 if any(_distance(one, other, score_cutoff=1) <= 1 for one, other in pairs) else 2


def _same_number(one: str, other: str) -> bool:
    """One with and one without its country's code."""
    if one[0] == "+" and other[0] == "+":
        return False
    return one.endswith(other[-8:]) and one[-8:] == other[-8:]


def _work(a: Profile, b: Profile) -> int:
    if a.domain and a.domain == b.domain:
        return 0
    one, other = a.company, b.company
    if not one or not other:
        return MISSING if not (a.domain and b.domain) else 3
    if one == other:
        return 1
    short, long = (one, other) if len(one) < len(other) else (other, one)
    is_start = len(short) >= 5 and long.startswith(short)
    return 2 if is_start or _similarity(one, other) >= CLOSE else 3


def _address(a: Profile, b: Profile) -> int:
    if a.street and b.street:
        return _streets(a, b)
    if a.postal_code and b.postal_code:
        return 3 if a.postal_code == b.postal_code else 4 if a.city and a.city == b.city else 5
    if a.city and b.city:
        return 4 if a.city == b.city or _similarity(a.city, b.city) >= CLOSE else 5
    return MISSING


def _streets(a: Profile, b: Profile) -> int:
    is_there = (a.postal_code and a.postal_code == b.postal_code) or (a.city and a.city == b.city)
    is_street = a.street == b.street or _similarity(a.street, b.street) >= CLOSE
    is_house = a.house == b.house
    if is_street and is_house and (is_there or a.house):
        return 0
    if is_street and (is_there or is_house):
        return 1
    if is_there and is_house and a.house:
        return 2
    if a.postal_code and a.postal_code == b.postal_code:
        return 3
    return 4 if a.city and a.city == b.city else 5


def _birth(a: Profile, b: Profile) -> int:
    one, other = a.birth_date, b.birth_date
    if not one or not other:
        return MISSING
    if one == other:
        return 0
    if _distance(one, other, score_cutoff=1) <= 1 or (one[:4] == other[:4] and one[5:7] == other[8:] and one[8:] == other[5:7]):
        return 1
    same = (one[:4] == other[:4]) + (one[5:7] == other[5:7]) + (one[8:] == other[8:])
    return 2 if same == 2 else 3 if same == 1 else 4


def _ids(a: Profile, b: Profile) -> int:
    if not a.ids or not b.ids:
        return MISSING
    found = MISSING
    for one in a.ids:
        kind = one.partition(":")[0]
        for other in b.ids:
            if one == other:
                return 0
            if other.startswith(f"{kind}:"):
                found = 1 if _distance(one, other, score_cutoff=1) <= 1 or found == 1 else 2
    return found


def _country(a: Profile, b: Profile) -> int:
    if not a.country or not b.country:
        return MISSING
    return 0 if a.country == b.country else 1


COMPARISONS = (
    Comparison(
        "given",
        ("exact", "nickname", "initial", "middle", "close", "similar", "other"),
        (
            "same first name",
            "short form of the first name",
            "initial of the first name",
            "first name is the other's middle name",
            "first name with a typing error",
            "similar first name",
            "other first name",
        ),
        _given,
    ),
    Comparison(
        "family",
        ("exact", "close", "swapped", "part", "similar", "other"),
        (
            "same last name",
            "last name with a typing error",
            "first and last name exchanged",
            "part of the last name",
            "similar last name",
            "other last name",
        ),
        _family,
    ),
    Comparison("middle", ("same", "initial", "other"), ("same middle name", "initial of the middle name", "other middle name"), _middle),
    Comparison("suffix", ("same", "other"), ("same suffix", "other suffix (father and son)"), _suffix),
    Comparison(
        "email",
        ("box", "local", "typo", "similar", "other"),
        (
            "same mailbox",
            "same address at another domain",
            "address with a typing error",
            "similar address",
            "other address",
        ),
        _email,
    ),
    Comparison("phone", ("same", "close", "other"), ("same phone", "phone with one digit different", "other phone"), _phone),
    Comparison(
        "work",
        ("domain", "company", "similar", "other"),
        ("same company domain", "same company name", "similar company name", "other company"),
        _work,
    ),
    Comparison(
        "address",
        ("house", "street", "number", "postal", "city", "other"),
        ("same house", "same street", "same house number in the same place", "same postal code", "same city", "other place"),
        _address,
    ),
    Comparison(
        "birth",
        ("exact", "close", "two", "one", "other"),
        (
            "same birth date",
            "birth date with one digit different, or day and month exchanged",
            "two of day, month and year of birth the same",
            "one of day, month and year of birth the same",
            "other birth date",
        ),
        _birth,
    ),
    Comparison("id", ("same", "close", "other"), ("same number of the person", "number with one digit different", "other number"), _ids),
    Comparison("country", ("same", "other"), ("same country", "other country"), _country),
)
"""Everything that is compared, in the order in which it is shown."""

INDEX = {each.name: position for position, each in enumerate(COMPARISONS)}
_COMPARE = tuple(each.compare for each in COMPARISONS)
