"""Taking a name that came in one field apart: titles, order, particles, suffixes, in the scripts and orders of many countries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.flow.quality import name_lists as lists
from core.flow.quality.canonical import clean
from core.flow.quality.folding import fold, latin

_LONGEST = 500
"""Characters of a name that are looked at; the rest stays with the family name."""

_EASTERN = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff々]+")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_KATAKANA = re.compile(r"[\u30a0-\u30ff]+")
_VIETNAMESE = re.compile(r"[ăđơưĂĐƠƯ\u1ea0-\u1ef9]")
_HONORIFICS = re.compile(r"(?<=[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af])\s*(様|さん|先生|女士|小姐|氏|님|씨)$")
_BRACKETED = re.compile(r"\s*[(\[{].*?[)\]}]|\s*[\"“”„«»].*?[\"“”„«»]")


@dataclass(frozen=True, slots=True)
class NameParts:
    """The parts of a name as they were written; '' for a part that there is not.

    `family` has its particles. `forenames` are given and middle names in the order in which they stood.
    """

    given: str = ""
    middle: str = ""
    family: str = ""
    forenames: str = ""
    titles: tuple[str, ...] = ()
    suffix: str = ""


def split_name(full: str, country: str | None = None) -> tuple[str, str]:
    """Split into given and family name: `Last, First` by the comma, else by the order of the name's script and country.

    Titles are left out, suffixes stay with the family name. A single word is a family name.
    """
    parts = parse_name(full, country)
    return parts.forenames, f"{parts.family} {parts.suffix}" if parts.suffix else parts.family


def parse_name(full: str, country: str | None = None) -> NameParts:
    """Take a full name apart; `country` (ISO 3166 alpha-2) tells the order where the script does not. Never raises.

    Whatever has letters has a family name. The order of Vietnamese, Chinese, Korean and Hungarian is taken for theirs only where
    script, spelling or country say so.
    """
    text = clean(full)
    if not text:
        return NameParts(family=full.strip())
    if len(text) > _LONGEST:
        return NameParts(family=text)
    text = clean(_BRACKETED.sub(" ", text)) or text
    segments = [part.strip() for part in text.split(",")]
    segments, behind = _without_degrees([part for part in segments if part])
    parts = _comma(segments) if len(segments) > 1 else _one_row(segments[0] if segments else text, country)
    if not parts.family and not parts.given:
        return NameParts(family=text)
    suffix = next((word for word in behind if _bare(word) in lists.SUFFIXES), parts.suffix)
    titles = (*parts.titles, *(word for word in behind if _bare(word) not in lists.SUFFIXES))
    return replace(parts, suffix=suffix, titles=titles)


def _bare(word: str) -> str:
    return latin(word).replace(".", "").replace("-", "").replace("'", "")


def _without_degrees(segments: list[str]) -> tuple[list[str], list[str]]:
    """Take what stands behind commas and is no part of a name: `Jr.`, `PhD`, `LL.M.`."""
    behind: list[str] = []
    while len(segments) > 1 and all(_bare(word) in lists.DEGREES or _bare(word) in lists.SUFFIXES for word in segments[-1].split()):
        behind = [*segments[-1].split(), *behind]
        segments = segments[:-1]
    return segments, behind


def _comma(segments: Sequence[str]) -> NameParts:
    family, titles, suffix = _stripped(segments[0].split(), others=1)
    given, more, late = _stripped(" ".join(segments[1:]).split(), others=1)
    while len(given) > 1 and _is_particle(given[-1]):
        family = [given[-1], *family]
        given = given[:-1]
    return _parts(given, family, (*titles, *more), suffix or late)


def _one_row(text: str, country: str | None) -> NameParts:
    text = _HONORIFICS.sub("", text)
    bare = text.replace(" ", "").replace("·", "").replace("・", "")
    if bare and _EASTERN.fullmatch(bare):
        return _eastern(text)
    words, titles, suffix = _stripped(text.split())
    if len(words) < 2:
        return _parts([], words, titles, suffix)
    cut, is_reversed = _cut(words, country)
    given, family = (words[cut:], words[:cut]) if is_reversed else (words[:cut], words[cut:])
    if is_reversed and _is_vietnamese(words, country) and len(given) > 1:
        return NameParts(given[-1], " ".join(given[:-1]), " ".join(family), " ".join(given), titles, suffix)
    return _parts(given, family, titles, suffix)


def _parts(given: list[str], family: list[str], titles: tuple[str, ...], suffix: str) -> NameParts:
    return NameParts(given[0] if given else "", " ".join(given[1:]), " ".join(family), " ".join(given), titles, suffix)


def _stripped(words: list[str], *, others: int = 0) -> tuple[list[str], tuple[str, ...], str]:
    """Take titles from the front, and suffixes and degrees from the end, as long as a name is left.

    `others` are words of the name that stand elsewhere.
    """
    titles: list[str] = []
    while len(words) > 1 and _is_title(words[0]):
        titles.append(words[0])
        words = words[1:]
    suffix = ""
    while len(words) > 1 and _is_behind(words[-1], len(words) + others):
        if _bare(words[-1]) in lists.SUFFIXES:
            suffix = words[-1]
        else:
            titles.append(words[-1])
        words = words[:-1]
    return words, tuple(titles), suffix


def _is_title(word: str) -> bool:
    bare = _bare(word)
    if bare not in lists.TITLES and not (bare.startswith(("dipl", "drmed", "profdr", "drrer", "dring")) and "." in word):
        return False
    return bare not in lists.ONLY_WITH_POINT or word.endswith(".")


def _is_behind(word: str, count: int) -> bool:
    bare = _bare(word)
    if bare in lists.SUFFIXES:
        return count > 2 and (bare not in {"junior", "senior", "neto", "filho", "hijo", "fils", "pere"} or count > 3 or "." in word)
    return bare in lists.DEGREES and count > 2 and (word.isupper() or "." in word or word in {"PhD", "MSc", "BSc"})


def _is_particle(word: str) -> bool:
    return latin(word).strip(".'’") in lists.PARTICLES


def _cut(words: list[str], country: str | None) -> tuple[int, bool]:
    """Where given and family name part, and whether the family name stands in front."""
    shouted = [len(word) > 2 and word.isupper() and word.isalpha() for word in words]
    if any(shouted) and not all(shouted) and not all(word.isupper() for word in words):
        if shouted[0] and not shouted[-1]:
            return shouted.index(False), True
        if shouted[-1] and not shouted[0]:
            return _before_particles(words, shouted.index(True)), False
    if _is_family_first(words, country):
        return 1, True
    return _western(words, country), False


def _western(words: list[str], country: str | None) -> int:
    cut = len(words) - 1
    folded = [fold(latin(word)) for word in words]
    if cut > 1 and latin(words[cut - 1]) in {"y", "i", "e"} and (country in _IBERIA or folded[cut - 2] in lists.IBERIAN):
        cut -= 2
    elif cut > 1 and _has_two_family_names(folded, country):
        cut -= 1
    return _before_particles(words, cut)


def _before_particles(words: list[str], cut: int) -> int:
    if cut > 1 and latin(words[cut - 1]).rstrip(".") in lists.SAINTS:
        cut -= 1
    while cut > 1 and (_is_particle(words[cut - 1]) or (words[cut - 1] in lists.JOINING and cut > 2 and _is_particle(words[cut - 2]))):
        cut -= 1
    return cut


_IBERIA = frozenset("ES MX AR CO CL PE VE EC UY BO PY CR PA GT HN SV NI DO CU PR".split())  # noqa: SIM905
_PORTUGUESE = frozenset({"PT", "BR", "AO", "MZ"})


def _has_two_family_names(folded: list[str], country: str | None) -> bool:
    """Two Spanish surnames: told by the country, or by both being such names."""
    before, last = folded[-2], folded[-1]
    if before in lists.IBERIAN_GIVEN or before in lists.PARTICLES:
        return False
    if country in _IBERIA:
        return True
    return before in lists.IBERIAN and (last in lists.IBERIAN or country in _PORTUGUESE)


def _is_vietnamese(words: list[str], country: str | None) -> bool:
    is_told = country == "VN" or _VIETNAMESE.search(" ".join(words)) is not None
    return is_told and fold(latin(words[0])) in lists.VIETNAMESE


def _is_family_first(words: list[str], country: str | None) -> bool:
    first, last = fold(latin(words[0])), fold(latin(words[-1]))
    if _is_vietnamese(words, country):
        return last not in lists.VIETNAMESE or len(words) > 2
    if country in {"CN", "TW", "HK", "SG", "MO", "MY"}:
        return first in lists.CHINESE and last not in lists.CHINESE
    if country == "KR":
        return first in lists.KOREAN and last not in lists.KOREAN
    if country == "HU":
        return last in lists.HUNGARIAN_GIVEN or (first in lists.HUNGARIAN and first not in lists.HUNGARIAN_GIVEN)
    return False


def _eastern(text: str) -> NameParts:
    """Han, kana and hangul: the family name stands in front, but for foreign names that katakana or a middle point tell."""
    if "·" in text or "・" in text or (" " in text and _KATAKANA.fullmatch(text.replace(" ", ""))):
        words = text.replace("·", " ").replace("・", " ").split()
        return _parts(words[:-1], words[-1:], (), "")
    words = text.split()
    if len(words) > 1:
        return _parts(["".join(words[1:])], words[:1], (), "")
    size = _family_size(text)
    return _parts([text[size:]], [text[:size]], (), "")


def _family_size(text: str) -> int:
    if len(text) < 2:
        return len(text)
    if text[:2] in lists.COMPOUND_HAN and len(text) > 2:
        return 2
    is_japanese = _KANA.search(text) is not None or (len(text) > 3 and not _HANGUL.search(text))
    return min(2, len(text) - 1) if is_japanese else 1
