"""Streets: number, unit and the name as two ways of writing it share it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from core.flow.quality.folding import latin

_LONGEST = 300
"""Characters of a street that are looked at."""


@dataclass(frozen=True, slots=True)
class Street:
    """A street: `number` as `12a` or `12-14`, `name` in full words without accents, `unit` as `flat 3`; '' where not told."""

    number: str
    name: str
    unit: str


_WORDS: Mapping[str, str] = {
    "de": "strasse: str, strase, strasze|platz: pl|allee: al|gasse: g|sankt: st|doktor: dr|professor: prof",
    "en": (
        "street: st, str|avenue: ave, av, aven|road: rd|boulevard: blvd, boul, bvd|drive: dr, drv|lane: ln|court: ct|place: pl|square: sq|"
        "terrace: ter, terr, tce|highway: hwy|parkway: pkwy, pky|circle: cir, circ|crescent: cres|close: cl|gardens: gdns, gdn|grove: grv|"
        "north: n|south: s|east: e|west: w|northeast: ne|northwest: nw|southeast: se|southwest: sw|mount: mt|fort: ft"
    ),
    "fr": (
        "rue: r|avenue: av, ave|boulevard: bd, boul, blvd, bld|chemin: ch, che, chem|place: pl|impasse: imp|route: rte|quai: q|"
        "faubourg: fbg, fg|allee: all|allees: alls|cours: crs|saint: st|sainte: ste|square: sq|passage: pass|general: gal|docteur: dr"
    ),
    "es": (
        "calle: c, cl, cll|avenida: av, avda, avd, ave|plaza: pza, plza, pl|paseo: po, pso, pº|carretera: ctra, crta|camino: cno, cmno|"
        "ronda: rda|travesia: trva, trav|glorieta: gta|poligono: pol|santa: sta|santo: sto|doctor: dr|general: gral"
    ),
    "it": (
        "via: v|viale: vle|piazza: pza, pzza|piazzale: ple, pzle|corso: cso|largo: lgo|strada: str|vicolo: vic, vlo|san: s|santa: sta|"
        "contrada: cda|localita: loc|frazione: fraz|dottor: dr"
    ),
    "nl": "straat: str|laan: ln|plein: pl|weg: wg|gracht: gr|kade: kd|singel: sgl|sint: st|burgemeester: burg|professor: prof|dokter: dr",
}
"""By language: the whole word and what is written for it."""

_LANGUAGES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("DE", "AT", "LI"), ("de",)),
    **dict.fromkeys(("US", "GB", "IE", "AU", "NZ", "ZA", "IN", "SG"), ("en",)),
    **dict.fromkeys(("FR", "MC"), ("fr",)),
    **dict.fromkeys(("ES", "MX", "AR", "CL", "CO", "PE", "UY", "EC"), ("es",)),
    **dict.fromkeys(("IT", "SM"), ("it",)),
    **dict.fromkeys(("NL",), ("nl",)),
    "BE": ("nl", "fr"),
    "CH": ("de", "fr", "it"),
    "LU": ("fr", "de"),
    "CA": ("en", "fr"),
}
_NUMBER_FIRST = frozenset({"US", "GB", "IE", "AU", "NZ", "ZA", "IN", "SG", "CA", "FR", "LU", "MC"})
_EVERYWHERE = ("en", "de", "fr", "es", "it", "nl")
_IN_FRONT = {"st": "saint", "dr": "doctor", "n": "north", "s": "south", "e": "east", "w": "west"}
"""English abbreviations that mean something else in front of a name than behind it, or the same."""

_ENDINGS = {"de": "strasse", "nl": "straat"}
"""What is written as one word with the name, shortened to `str`."""

_UNIT = re.compile(
    r"(?:^|[\s,])(?P<unit>(?:apartment|apt|unit|suite|ste|flat|room|rm|floor|fl|etage|og|whg|wohnung|top|stiege|appartement|appt|bat|batiment|esc|"
    r"escalera|piso|pta|puerta|planta|interno|int|scala|piano|bus|bte|boite|hinterhaus|#)[\s.:#]*\w{1,6}(?:[/-]\w{1,4})?"
    r"|\d{1,3}\.? ?(?:og|stock|floor))"
    r"(?=$|[\s,])"
)
_UNIT_WORDS = {
    **{"apt": "apartment", "appt": "appartement", "ste": "suite", "fl": "floor"},
    **{"rm": "room", "whg": "wohnung", "bat": "batiment"},
}
_CORE = r"\d{1,6}(?: ?[a-z](?![a-z]))?(?: ?(?:bis|ter|quater)\b)?"
_HOUSE = rf"(?P<number>{_CORE}(?: ?[-–/+] ?{_CORE})?)"
_LAST = re.compile(rf"^(?P<name>.*[^\W\d_].*?)[\s,]+(?:n[or]?[.°º]{{0,2}} ?|nr\.? |num\.? |#)?{_HOUSE}$")
_FIRST = re.compile(rf"^{_HOUSE}[\s,]+(?P<name>.*[^\W\d_].*)$")
_ORDINAL = re.compile(r"^\d+(?:st|nd|rd|th)\b")
_SHORTENED = re.compile(r"\b([vpcl])\.(le|zza|zzale|za|so|go)\b")
"""Italian words with their middle left out."""

_BREAKS = re.compile(r"[\W_]+")


@lru_cache(maxsize=20_000)
def street(text: str, country: str | None) -> Street:
    """Take a street apart; the country (ISO 3166 alpha-2) says in which language it is and on which side its number stands.

    Without a country all languages' long words count, and the number may stand on either side. Never raises.
    """
    plain = " ".join(latin(text[:_LONGEST]).split())
    found = _UNIT.search(plain)
    unit = _unit(found["unit"]) if found else ""
    rest = f"{plain[: found.start()]} {plain[found.end() :]}".strip(" ,") if found else plain.strip(" ,")
    number, name = _numbered(" ".join(rest.split()), country)
    return Street(number, _name(name, country), unit)


def _unit(text: str) -> str:
    words = _BREAKS.sub(" ", text.replace("#", " # ")).split()
    return " ".join(_UNIT_WORDS.get(word, word) for word in words)


def _numbered(text: str, country: str | None) -> tuple[str, str]:
    order = (_FIRST, _LAST) if country in _NUMBER_FIRST else (_LAST, _FIRST)
    for pattern in order:
        if (found := pattern.fullmatch(text)) and not (pattern is _FIRST and _ORDINAL.match(text)):
            return _BREAKS.sub(lambda gap: "-" if gap.group().strip() else "", found["number"]), found["name"]
    return "", text


def _name(text: str, country: str | None) -> str:
    words = _BREAKS.sub(" ", _SHORTENED.sub(r"\1\2", text.replace("'", ""))).split()
    languages = _LANGUAGES.get(country or "", _EVERYWHERE)
    return " ".join(_whole(word, languages, is_last=bool(at) and at == len(words) - 1) for at, word in enumerate(words))


def _whole(word: str, languages: tuple[str, ...], *, is_last: bool) -> str:
    """Give the whole word for an abbreviation."""
    for language in languages:
        if language == "en" and word in _IN_FRONT:
            return _abbreviations("en")[word] if is_last else _IN_FRONT[word]
        found = _abbreviations(language).get(word)
        if found and (len(word) > 1 or len(languages) < len(_EVERYWHERE)):
            return found
        if word.endswith("str") and len(word) > 5 and language in _ENDINGS:
            return word.removesuffix("str") + _ENDINGS[language]
    return word


@cache
def _abbreviations(language: str) -> Mapping[str, str]:
    entries = [entry.split(":") for entry in _WORDS[language].split("|")]
    return {short.strip(): whole.strip() for whole, shorts in entries for short in shorts.split(",")}
