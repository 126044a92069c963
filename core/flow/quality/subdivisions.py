"""States, provinces and cantons of some countries: their ISO 3166-2 codes without the country, and their names."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

_US = """
AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California,Calif|CO Colorado|CT Connecticut|DE Delaware|DC District of Columbia,Washington DC
FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland
MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey
NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island
SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin
WY Wyoming|PR Puerto Rico|GU Guam|VI Virgin Islands|AS American Samoa|MP Northern Mariana Islands
"""
_CA = """
AB Alberta|BC British Columbia,Colombie-Britannique|MB Manitoba|NB New Brunswick,Nouveau-Brunswick
NL Newfoundland and Labrador,Newfoundland,Terre-Neuve-et-Labrador|NS Nova Scotia,Nouvelle-Écosse|NT Northwest Territories|NU Nunavut
ON Ontario|PE Prince Edward Island,Île-du-Prince-Édouard|QC Quebec,Québec|SK Saskatchewan|YT Yukon
"""
_AU = """
ACT Australian Capital Territory|NSW New South Wales|NT Northern Territory|QLD Queensland|SA South Australia|TAS Tasmania|VIC Victoria
WA Western Australia
"""
_DE = """
BW Baden-Württemberg,Baden-Wuerttemberg|BY Bayern,Bavaria|BE Berlin|BB Brandenburg|HB Bremen|HH Hamburg|HE Hessen,Hesse
MV Mecklenburg-Vorpommern,Mecklenburg-Western Pomerania|NI Niedersachsen,Lower Saxony
NW Nordrhein-Westfalen,North Rhine-Westphalia,NRW|RP Rheinland-Pfalz,Rhineland-Palatinate|SL Saarland|SN Sachsen,Saxony
ST Sachsen-Anhalt,Saxony-Anhalt|SH Schleswig-Holstein|TH Thüringen,Thuringia,Thueringen
"""
_CH = """
AG Aargau|AI Appenzell Innerrhoden|AR Appenzell Ausserrhoden|BE Bern,Berne|BL Basel-Landschaft,Baselland|BS Basel-Stadt
FR Freiburg,Fribourg|GE Genf,Genève,Geneva|GL Glarus|GR Graubünden,Grisons,Grigioni|JU Jura|LU Luzern,Lucerne|NE Neuenburg,Neuchâtel
NW Nidwalden|OW Obwalden|SG St. Gallen,Sankt Gallen|SH Schaffhausen|SO Solothurn|SZ Schwyz|TG Thurgau|TI Tessin,Ticino|UR Uri
VD Waadt,Vaud|VS Wallis,Valais|ZG Zug|ZH Zürich,Zurich,Zuerich
"""
_AT = {
    "Burgenland": ("1",),
    "Kärnten": ("2", "Carinthia", "Kaernten"),
    "Niederösterreich": ("3", "Lower Austria", "Niederoesterreich"),
    "Oberösterreich": ("4", "Upper Austria", "Oberoesterreich"),
    "Salzburg": ("5",),
    "Steiermark": ("6", "Styria"),
    "Tirol": ("7", "Tyrol"),
    "Vorarlberg": ("8",),
    "Wien": ("9", "Vienna"),
}
"""Austria's codes are bare digits, which nobody would know again: there the German name is the canonical form."""


def _parse(table: str) -> Mapping[str, tuple[str, ...]]:
    entries = (entry.partition(" ") for line in table.strip().splitlines() for entry in line.split("|"))
    return {code: tuple(names.split(",")) for code, _, names in entries}


SUBDIVISIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    **{"US": _parse(_US), "CA": _parse(_CA), "AU": _parse(_AU), "DE": _parse(_DE), "CH": _parse(_CH), "AT": _AT}
}
"""By country: canonical form to the names and codes it is known by."""


def fold(name: str) -> str:
    """Make names comparable: no case, no accents, no points, no hyphens."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return " ".join(plain.replace(".", "").replace("-", " ").split())
