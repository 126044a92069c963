"""Keys that two records of one person are likely to share: only records that share one are compared at all."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from core.flow.identity.nicknames import root
from core.flow.identity.profile import Profile

MOST_KEYS = 9
"""Of one record; each costs a posting and a look-up."""

_CLASSES = str.maketrans(
    {
        "b": "p",
        "p": "p",
        "f": "f",
        "v": "f",
        "w": "f",
        "c": "k",
        "k": "k",
        "q": "k",
        "g": "k",
        "j": "j",
        "x": "k",
        "s": "s",
        "z": "s",
        "d": "t",
        "t": "t",
        "l": "l",
        "m": "m",
        "n": "m",
        "r": "r",
        "h": "",
        "y": "",
        "a": "",
        "e": "",
        "i": "",
        "o": "",
        "u": "",
        " ": "",
    }
)
_REPEATED = re.compile(r"(.)\1+")
_LETTERS = re.compile(r"[^\W\d_]+")
_SHORTEST_LOCAL = 5
_PHONE_DIGITS = 9


class BlockingKind(IntEnum):
    """What a key is made of; the number is stored, and never gets another meaning."""

    ID = 1
    BOX = 2
    PHONE = 3
    NAME = 4
    LOCAL = 5
    FAMILY_WORK = 6
    GIVEN_WORK = 7
    BIRTH = 8
    FAMILY_PLACE = 9
    GIVEN_HOUSE = 10
    FAMILY_YEAR = 11
    GIVEN_DAY = 12


class BlockingKey(NamedTuple):
    """A key; two records share it when both parts are equal."""

    kind: int
    text: str


def blocking_keys(profile: Profile) -> tuple[BlockingKey, ...]:
    """Derive at most `MOST_KEYS` keys, the most telling first. A role address makes none, a value that is not known neither."""
    found = [*_contact_keys(profile), *_person_keys(profile)]
    return tuple(dict.fromkeys(BlockingKey(int(kind), text) for kind, text in found))[:MOST_KEYS]


def _contact_keys(profile: Profile) -> list[tuple[BlockingKind, str]]:
    keys = [(BlockingKind.ID, each) for each in profile.ids[:2]]
    if profile.box and not profile.role_email:
        keys.append((BlockingKind.BOX, profile.box))
    keys += [(BlockingKind.PHONE, each[-_PHONE_DIGITS:]) for each in profile.phones[:2]]
    return keys


def _person_keys(profile: Profile) -> list[tuple[BlockingKind, str]]:
    given, family = sound(root(profile.given)), sound(profile.family)
    birth = profile.birth_date
    parts: list[tuple[BlockingKind, tuple[str, ...]]] = [
        (BlockingKind.NAME, tuple(sorted((given, family))) if given and family else ("",)),
        (BlockingKind.BIRTH, (birth,)),
        (BlockingKind.LOCAL, ("" if profile.role_email else _letters(profile.email_local),)),
        (BlockingKind.FAMILY_WORK, (family, profile.domain or profile.company)),
        (BlockingKind.GIVEN_WORK, (given, profile.domain or profile.company)),
        (BlockingKind.FAMILY_YEAR, (family, birth[:4])),
        (BlockingKind.GIVEN_DAY, (given, birth[5:])),
        (BlockingKind.FAMILY_PLACE, (family, profile.postal_code or profile.city)),
        (BlockingKind.GIVEN_HOUSE, (given, profile.house, profile.postal_code or profile.city)),
    ]
    return [(kind, "|".join(texts)) for kind, texts in parts if all(texts)]


@lru_cache(maxsize=50_000)
def sound(name: str) -> str:
    """Reduce a folded name to what survives most typing errors: its first letter's class and its consonants' classes."""
    if not name:
        return ""
    first = name[0].translate(_CLASSES) or "a"
    return _REPEATED.sub(r"\1", first + name[1:].translate(_CLASSES))


def _letters(local: str) -> str:
    words = sorted(_LETTERS.findall(local))
    joined = " ".join(words)
    return joined if len(joined) >= _SHORTEST_LOCAL else ""
