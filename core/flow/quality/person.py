"""People's names for matching: parts that two spellings of one name share, and which given names stand for each other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from core.flow.quality import name_lists as lists
from core.flow.quality.folding import latin
from core.flow.quality.names import NameParts, parse_name
from core.flow.quality.nicknames import nickname_table

_BREAKS = re.compile(r"[^\w]+|_+")
_APOSTROPHES = re.compile(r"['’`´.]")
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Person:
    """The parts of a name in small ASCII letters, words with one space between; '' for a part that there is not.

    `family` is without its particles, which stand in `particles`. A double name (`Anna-Lena`) is one given name of two words.
    `suffix` is one of jr, sr, ii, iii, iv, neto; `titles` are without points.
    """

    given: str
    middle: str
    family: str
    particles: str
    titles: tuple[str, ...]
    suffix: str


@lru_cache(maxsize=20_000)
def person(given: str | None, family: str | None, full: str | None = None, country: str | None = None) -> Person:
    """Fold a name; given and family name are kept as they were sent, and the full name is taken apart only without them.

    Never raises. Other scripts are written in Latin letters as they are heard.
    """
    first, last = (given or "").strip()[:_LONGEST], (family or "").strip()[:_LONGEST]
    if not first and not last:
        parts = parse_name(full or "", country)
    elif not first and "," in last:
        parts = parse_name(last, country)
    else:
        parts = _as_sent(first, last)
    words = _words(parts.family)
    cut = 0
    while cut < len(words) - 1 and (words[cut] in lists.PARTICLES or (cut and words[cut] in lists.JOINING)):
        cut += 1
    return Person(
        given=" ".join(_words(parts.given)),
        middle=" ".join(_words(parts.middle)),
        family=" ".join(words[cut:]),
        particles=" ".join(words[:cut]),
        titles=tuple("".join(_words(title)) for title in parts.titles),
        suffix=_suffix(parts.suffix),
    )


@lru_cache(maxsize=20_000)
def nicknames(given: str) -> frozenset[str]:
    """Give all given names that may mean the same person, the name itself among them; all in small ASCII letters.

    Two names may be one person's when these sets meet: `bob` and `rob` meet in `robert`.
    """
    name = " ".join(_words(given[:_LONGEST]))
    return nickname_table().get(name, frozenset()) | {name} if name else frozenset()


def _as_sent(given: str, family: str) -> NameParts:
    """Two fields: titles may still stand in front of the one, and suffixes behind the other."""
    sent = parse_name(f"{family}, {given}") if given and family and "," not in given + family else None
    if sent is not None:
        return sent
    words = given.split()
    return NameParts(words[0] if words else "", " ".join(words[1:]), family)


def _words(text: str) -> list[str]:
    return _BREAKS.sub(" ", _APOSTROPHES.sub("", latin(text))).split()


def _suffix(text: str) -> str:
    return lists.SUFFIXES.get("".join(_words(text)), "")
