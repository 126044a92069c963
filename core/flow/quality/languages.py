"""Languages by code or by name, to BCP 47 tags."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache

from core.flow.quality.canonical import Normalised
from core.model.countries import countries, country_code

_LANGUAGES = """
af afr Afrikaans|ar ara Arabic,Arabisch,Arabe,العربية|az aze Azerbaijani,Aserbaidschanisch|be bel Belarusian,Belarussisch
bg bul Bulgarian,Bulgarisch,Български|bn ben Bengali,Bengalisch|bs bos Bosnian,Bosnisch|ca cat Catalan,Katalanisch,Català
cs ces cze Czech,Tschechisch,Čeština,Tchèque|cy cym Welsh,Walisisch|da dan Danish,Dänisch,Dansk,Danois
de deu ger German,Deutsch,Allemand,Alemán,Tedesco,Duits,Niemiecki|el ell gre Greek,Griechisch,Ελληνικά,Grec
en eng English,Englisch,Anglais,Inglés,Inglese,Engels,Engelska,Angielski|es spa Spanish,Spanisch,Español,Espagnol,Spagnolo,Castellano
et est Estonian,Estnisch,Eesti|eu eus Basque,Baskisch|fa fas Persian,Persisch,Farsi|fi fin Finnish,Finnisch,Suomi,Finnois
fr fra fre French,Französisch,Français,Francés,Francese,Frans|ga gle Irish,Irisch|gl glg Galician,Galicisch
he heb iw Hebrew,Hebräisch,עברית|hi hin Hindi|hr hrv Croatian,Kroatisch,Hrvatski|hu hun Hungarian,Ungarisch,Magyar,Hongrois
hy hye Armenian,Armenisch|id ind in Indonesian,Indonesisch,Bahasa Indonesia|is isl Icelandic,Isländisch
it ita Italian,Italienisch,Italiano,Italien|ja jpn Japanese,Japanisch,日本語,Japonais|ka kat Georgian,Georgisch|kk kaz Kazakh,Kasachisch
ko kor Korean,Koreanisch,한국어,Coréen|lb ltz Luxembourgish,Luxemburgisch|lt lit Lithuanian,Litauisch|lv lav Latvian,Lettisch
mk mkd Macedonian,Mazedonisch|ms msa Malay,Malaiisch|mt mlt Maltese,Maltesisch|nb nob Norwegian Bokmål,Bokmål
nl nld dut Dutch,Niederländisch,Holländisch,Nederlands,Néerlandais,Holandés,Flämisch,Flemish,Vlaams
nn nno Norwegian Nynorsk,Nynorsk
no nor Norwegian,Norwegisch,Norsk,Norvégien|pl pol Polish,Polnisch,Polski,Polonais|pt por Portuguese,Portugiesisch,Português,Portugais
ro ron Romanian,Rumänisch,Română,Roumain|ru rus Russian,Russisch,Русский,Russe|sk slk Slovak,Slowakisch|sl slv Slovenian,Slowenisch
sq sqi Albanian,Albanisch|sr srp Serbian,Serbisch|sv swe Swedish,Schwedisch,Svenska,Suédois|sw swa Swahili,Suaheli
ta tam Tamil|te tel Telugu|th tha Thai,Thailändisch|tr tur Turkish,Türkisch,Türkçe,Turc|uk ukr Ukrainian,Ukrainisch,Українська
ur urd Urdu|uz uzb Uzbek,Usbekisch|vi vie Vietnamese,Vietnamesisch,Tiếng Việt
zh zho chi Chinese,Chinesisch,中文,Chinois,Mandarin,Mandarin Chinese,普通话
fil Filipino|tl tgl Tagalog
"""
_TAG = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?(?:\.[a-z0-9-]+)?", re.IGNORECASE | re.ASCII)
_IN_COUNTRY = re.compile(r"([^()]+?) ?\(([^()]+)\)")


@lru_cache(maxsize=2_000)
def language(text: str) -> Normalised:
    """Read a code (`de`, `deu`, `de_DE`, the first of an Accept-Language) or a name (`Deutsch`, `German (Austria)`)."""
    first = text.split(",")[0].split(";")[0].strip()
    if (tag := _TAG.fullmatch(first)) and (code := _languages().get(tag[1].casefold())):
        place = (tag[3] or "").upper()
        if place.isdigit() or not place or place in countries():
            return Normalised("-".join(part for part in (code, (tag[2] or "").title(), place) if part))
    if code := _languages().get(_fold(first)):
        return Normalised(code)
    if parts := _IN_COUNTRY.fullmatch(first):
        code, place = _languages().get(_fold(parts[1])), country_code(parts[2]) or ""
        if code and place:
            return Normalised(f"{code}-{place}")
    return Normalised(text, "is not a language that is known by this code or name")


def _fold(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


@cache
def _languages() -> Mapping[str, str]:
    table: dict[str, str] = {}
    for entry in (entry for line in _LANGUAGES.strip().splitlines() for entry in line.split("|")):
        codes = re.match(r"((?:[a-z]{2,3} )+)", entry)
        known = codes[1].split() if codes else []
        names = entry[codes.end() :].split(",") if codes else []
        table |= {_fold(name): known[0] for name in (*known, *names)}
    return table
