"""Names, addresses and mailboxes taken apart for comparing."""

from __future__ import annotations

import re
from typing import NamedTuple

from core.flow.identity.employer import FREEMAIL
from core.flow.identity.keys import fold, is_role_address

_SUFFIXES = {"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "ii", "iii": "iii", "iv": "iv", "jun": "jr", "sen": "sr"}
_TITLES = frozenset("mr mrs ms miss dr prof herr frau mag ing dipl phd md sir dame mme mlle sra don dona dipling drmed".split())  # noqa: SIM905
_DOTLESS = frozenset(("gmail.com", "googlemail.com"))
_HOUSE = re.compile(r"\d+\s*[a-zA-Z]?(?=\W|$)")
_STREETS = {
    "st": "street", "str": "strasse", "rd": "road", "ave": "avenue", "av": "avenue", "blvd": "boulevard", "dr": "drive", "ln": "lane",
    "ct": "court", "pl": "place", "sq": "square", "hwy": "highway", "cct": "circuit", "cres": "crescent",
}  # fmt: skip
_WORD = re.compile(r"[^\W_]+")


class Name(NamedTuple):
    """A person's name, each part folded."""

    given: str
    middle: str
    family: str
    suffix: str


class Mail(NamedTuple):
    """An address: the mailbox it reaches, what stands before and behind the @."""

    box: str
    local: str
    domain: str
    is_role: bool


def person(given: str, family: str, full: str, middle: str = "") -> Name:
    """Take a name apart; a full name counts only where neither of the others is given."""
    if full and not given and not family:
        last, comma, first = full.partition(",")
        given, family = (first, last) if comma and fold(first) not in _SUFFIXES else _divided(full.replace(",", " "))
    givens, suffix_given = _words(given)
    families, suffix = _words(family)
    rest = [*givens[1:], *_words(middle)[0]]
    return Name(givens[0] if givens else "", " ".join(rest), " ".join(families), suffix or suffix_given)


def suffix(text: str) -> str:
    """Bring a suffix into one of jr, sr, ii, iii, iv; anything else is none."""
    return _SUFFIXES.get(fold(text), "")


def mail(address: str) -> Mail:
    """Take an address apart; what has no @ is none."""
    local, at, domain = address.casefold().rpartition("@")
    if not at or not local or not domain:
        return Mail("", "", "", is_role=False)
    plain = local.partition("+")[0] or local
    if domain in _DOTLESS:
        plain, domain = plain.replace(".", ""), "gmail.com"
    return Mail(f"{plain}@{domain}", plain, domain, is_role_address(f"{plain}@{domain}"))


def street(text: str) -> tuple[str, str]:
    """Divide a street from its house number; the words that mean street in short are written out."""
    found = _HOUSE.search(text)
    house = fold(found[0]) if found else ""
    named = text.replace(found[0], " ", 1) if found else text
    words = [fold(word) for word in _WORD.findall(named)]
    spelled = [_STREETS.get(word, word) for word in words]
    whole = " ".join(f"{word[:-3]}strasse" if word.endswith("str") and len(word) > 5 else word for word in spelled)
    return whole, house


def is_free(domain: str) -> bool:
    """Whether anybody may have an address there."""
    return domain in FREEMAIL


def _divided(full: str) -> tuple[str, str]:
    words = full.split()
    while len(words) > 2 and fold(words[-1]) in _SUFFIXES:
        words = [*words[:-2], f"{words[-2]} {words[-1]}"]
    return " ".join(words[:-1]), words[-1] if words else ""


def _words(text: str) -> tuple[list[str], str]:
    words = [folded for word in _WORD.findall(text.replace("'", "").replace("’", "")) if (folded := fold(word)) not in _TITLES and folded]
    found = next((_SUFFIXES[word] for word in words[1:] if word in _SUFFIXES), "")
    return [word for number, word in enumerate(words) if number == 0 or word not in _SUFFIXES], found
