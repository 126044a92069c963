"""Names of companies: what is left of a name without its legal form, and which form that is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from core.flow.quality.folding import fold
from core.flow.quality.legal_forms import Words, forms_after, forms_before

_MARKS = re.compile(r"[.'’`´]")
_BREAKS = re.compile(r"[^\w&()]+|_+")
_BRACKETS = re.compile(r"[()]")
_ACCENTS = re.compile("[\u0300-\u036f]")
"""Those of Latin, Greek and Cyrillic letters: kana's marks make another sound."""

_JOINT = re.compile(r"(?<=\w)&(?=\w\b)")
"""As in AT&T and H&M."""

_LONGEST_FORM = 5
_GLUED = "株式会社 有限会社 合同会社 股份有限公司 有限责任公司 有限責任公司 有限公司 주식회사 유한회사 ㈱ ㈲ ㈜".split()  # noqa: SIM905
"""Forms that are written without a space beside the name."""

_LONGEST = 500
"""Characters of a name that are looked at."""


@dataclass(frozen=True, slots=True)
class Company:
    """A company's name without accents, capitals, articles and its legal form; never empty where the text is not.

    `legal_form` is one name for all ways of writing it (`GmbH`, `G.m.b.H.`: `gmbh`), None where none is told.
    """

    name: str
    legal_form: str | None


@lru_cache(maxsize=20_000)
def company(text: str) -> Company:
    """Take the legal form off a name; what is nothing but a form (`AG`, `Co-op`) is a name. Never raises."""
    words = _words(text[:_LONGEST])
    kept, form = _without_form(words)
    if len(kept) > 1 and kept[0] == "the":
        kept = kept[1:]
    name = " ".join(word for word in kept if word != "&") or " ".join(kept)
    return Company(name or text.strip().casefold(), form)


def fold_company(text: str) -> str:
    """Fold a company name without its legal form; a name that is nothing else stays whole."""
    return fold(company(text).name)


def _words(text: str) -> list[str]:
    plain = text.casefold()
    if not plain.isascii():
        plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain))
        plain = unicodedata.normalize("NFC", plain)
        for form in _GLUED:
            plain = plain.replace(form, f" {form} ")
    plain = plain.replace("co-op", "coop").replace("/", "").replace("+", "&")
    plain = _JOINT.sub("", _BRACKETS.sub(" ", _MARKS.sub("", plain))).replace("&", " & ")
    return _joined(_BREAKS.sub(" ", plain).split())


def _joined(words: list[str]) -> list[str]:
    """Put single letters that follow each other together: `s p a` is `spa`, however it was spaced."""
    found: list[str] = []
    run = ""
    for word in words:
        if len(word) == 1 and word.isalpha() and word.isascii():
            run += word
            continue
        found += [run, word] if run else [word]
        run = ""
    return [*found, run] if run else found


def _without_form(words: list[str]) -> tuple[list[str], str | None]:
    form: str | None = None
    while found := _longest(words, forms_after(), at_end=True):
        words, form = words[: -found[0]], form or found[1]
        while len(words) > 1 and words[-1] in {"&", "and", "und", "et", "y", "e"}:
            words = words[:-1]
    if found := _longest(words, forms_before(), at_end=False):
        words, form = words[found[0] :], form or found[1]
    return words, form


def _longest(words: list[str], forms: Mapping[Words, str], *, at_end: bool) -> tuple[int, str] | None:
    """The longest form at an end of the words, and its length; none that would leave nothing."""
    for length in range(min(_LONGEST_FORM, len(words) - 1), 0, -1):
        part = tuple(words[-length:] if at_end else words[:length])
        if part in forms:
            return length, forms[part]
    return None
