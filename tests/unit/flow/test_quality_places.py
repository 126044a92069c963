"""Countries, postal codes and languages as people write them."""

from __future__ import annotations

import pytest

from core.flow.quality.normalise import normalise
from core.model.vocabulary import Kind

COUNTRIES = {
    "GB": (
        "UK|England|Scotland|Great Britain|U.K.|Northern Ireland|Wales|Royaume-Uni|"
        "Reino Unido|Regno Unito|Verenigd Koninkrijk|Vereinigtes Königreich|Großbritannien"
    ),
    "US": ("USA|U.S.|United States of America|America|Etats-Unis|Estados Unidos|Stati Uniti|Verenigde Staten|Vereinigte Staaten"),
    "DE": (
        "Deutschland|Allemagne|Alemania|Germania|Niemcy|Duitsland|Tyskland|DEU|D|GER|"
        "Bundesrepublik Deutschland|Germany (DE)|DE - Germany|🇩🇪"
    ),
    "NL": "Holland|The Netherlands|Nederland|Pays-Bas",
    "KR": "Korea|South Korea|Republic of Korea|Korea, Republic of|대한민국|한국",
    "KP": "North Korea",
    "CZ": "Czech Republic|Tschechien",
    "TR": "Türkei|Turkey|Türkiye",
    "RU": "Russia|Russian Federation|Россия",
    "CN": "中国|PRC",
    "JP": "日本",
    "BR": "Brasil",
    "ES": "España|Espagne|Spanien",
    "IT": "Italien",
    "CH": "Schweiz|Suisse|Svizzera",
    "AT": "Österreich|Autriche|Austria",
    "VN": "Viet Nam|Vietnam",
    "CI": "Ivory Coast|Côte d’Ivoire",
    "MK": "Macedonia|North Macedonia",
    "HK": "Hong Kong",
    "TW": "Taiwan|ROC",
    "AE": "UAE|Emirates",
    "IE": "Éire|Ireland|Irland",
    "CG": "Congo",
    "CD": "DR Congo",
    "PL": "Polska|Polen|Pologne",
    "HU": "Magyarország",
    "SE": "Sverige",
    "NO": "Norge",
    "DK": "Danmark",
    "FI": "Suomi|Finnland",
    "GR": "Ελλάδα|Greece",
    "MX": "México|Mexiko",
    "UA": "Україна|Ukraine",
    "IR": "Iran|Iran, Islamic Republic of",
    "SY": "Syria",
    "BO": "Bolivia",
    "VE": "Venezuela",
    "TZ": "Tanzania",
    "MD": "Moldova",
    "PS": "Palestine",
    "XK": "Kosovo",
    "VA": "Vatican",
    "LA": "Laos",
    "BN": "Brunei Darussalam",
    "CV": "Cabo Verde",
    "SZ": "Swaziland|Eswatini",
    "MM": "Burma|Myanmar",
    "MA": "Marokko|Maroc",
    "EG": "Ägypten|Égypte",
    "IN": "Indien|भारत",
    "SA": "السعودية|KSA",
    "BE": "Belgien|België|Belgique",
    "LU": "Lëtzebuerg|Luxemburg",
    "HR": "Kroatien|Hrvatska",
    "RS": "Srbija|Serbien",
    "RO": "Rumänien|România",
    "BG": "Bulgarien|България",
    "EE": "Estland|Eesti",
    "LV": "Lettland|Latvija",
    "LT": "Litauen|Lietuva",
    "SK": "Slowakei|Slovensko",
    "SI": "Slowenien|Slovenija",
    "PT": "Portugal",
    "FR": "Frankreich|Francia|Frankrijk",
    "SG": "Singapur",
    "ZA": "Südafrika|South Africa",
    "NZ": "Neuseeland",
    "AU": "Australien",
    "CA": "Kanada|Canadá",
}


@pytest.mark.parametrize("code", COUNTRIES)
def test_a_country_is_known_by_its_names_in_many_languages(code: str) -> None:
    assert {name: normalise(Kind.COUNTRY, name).value for name in COUNTRIES[code].split("|")} == dict.fromkeys(
        COUNTRIES[code].split("|"), code
    )


@pytest.mark.parametrize("text", ["Nirgendwo", "XX", "Germany or France", "D or A", "🇽🇽", "Europe"])
def test_what_names_no_country_or_two_is_none(text: str) -> None:
    assert normalise(Kind.COUNTRY, text).problem


@pytest.mark.parametrize(
    ("text", "country", "canonical"),
    [
        ("D-10115", "DE", "10115"),
        ("1010 AB", "NL", "1010 AB"),
        ("1010ab", "NL", "1010 AB"),
        ("sw1a1aa", "GB", "SW1A 1AA"),
        ("ec1a 1bb", "GB", "EC1A 1BB"),
        ("1234", "DE", None),
        ("01234", "DE", "01234"),
        ("12345-6789", "US", "12345-6789"),
        ("123456789", "US", "12345-6789"),
        ("2134", "US", None),
        ("k1a0b1", "CA", "K1A 0B1"),
        ("00-950", "PL", "00-950"),
        ("00950", "PL", "00-950"),
        ("1000-001", "PT", "1000-001"),
        ("11455", "SE", "114 55"),
        ("SE-114 55", "SE", "114 55"),
        ("A-1010", "AT", "1010"),
        ("CH-8001", "CH", "8001"),
        ("D02 AF30", "IE", "D02 AF30"),
        ("100-0001", "JP", "100-0001"),
        ("〒100-0001", "JP", "100-0001"),
        ("01310-100", "BR", "01310-100"),
        ("110001", "IN", "110001"),
        ("F-75008", "FR", "75008"),
        ("B-1000", "BE", "1000"),
        ("L-1009", "LU", "1009"),
        ("DK-1050", "DK", "1050"),
        ("NO-0150", "NO", "0150"),
        ("I-00100", "IT", "00100"),
        ("E-28001", "ES", "28001"),
        ("LV-1010", "LV", "LV-1010"),
        ("1010", "LV", "LV-1010"),
        ("LT-01103", "LT", "LT-01103"),
        ("04524", "KR", "04524"),
        ("HR-10000", "HR", "10000"),
        ("3000 TX", "NL", "3000 TX"),
        ("FI-00100", "FI", "00100"),
        ("CZ-110 00", "CZ", "110 00"),
        ("H-1051", "HU", "1051"),
        ("PL-00-950", "PL", "00-950"),
        ("NL-1010 AB", "NL", "1010 AB"),
        ("GIR 0AA", "GB", "GIR 0AA"),
        ("10115", "XX", "10115"),
        ("10115.0", "DE", "10115"),
    ],
)
def test_a_postal_code_is_written_in_its_countrys_way(text: str, country: str, canonical: str | None) -> None:
    found = normalise(Kind.POSTAL_CODE, text, country=country)

    assert (None if found.problem else found.value) == canonical


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("de", "de"),
        ("deutsch", "de"),
        ("de-AT", "de-AT"),
        ("en_US", "en-US"),
        ("English (UK)", "en-GB"),
        ("zh-Hans", "zh-Hans"),
        ("zh_Hans_CN", "zh-Hans-CN"),
        ("pt-br", "pt-BR"),
        ("Français", "fr"),
        ("ger", "de"),
        ("iw", "he"),
        ("in", "id"),
        ("Mandarin", "zh"),
        ("German", "de"),
        ("Español (México)", "es-MX"),
        ("fr-FR,fr;q=0.9", "fr-FR"),
        ("klingon", None),
        ("Flämisch", "nl"),
        ("Filipino", "fil"),
        ("Tagalog", "tl"),
        ("no", "no"),
        ("nb-NO", "nb-NO"),
        ("中文", "zh"),
        ("日本語", "ja"),
        ("DE", "de"),
        ("EN", "en"),
    ],
)
def test_a_language_is_known_by_code_and_name(text: str, tag: str | None) -> None:
    found = normalise(Kind.LANGUAGE, text)

    assert (None if found.problem else found.value) == tag
