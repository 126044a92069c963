"""Country names to ISO 3166 alpha-2 codes."""

from __future__ import annotations

import unicodedata
from functools import cache

_NAMES = """
AD Andorra|AE United Arab Emirates, UAE|AF Afghanistan|AG Antigua and Barbuda|AL Albania|AM Armenia|AO Angola|
AR Argentina, Argentinien|AT Austria, Österreich, Autriche, Oesterreich|AU Australia, Australien, Australie|
AZ Azerbaijan|BA Bosnia and Herzegovina|BB Barbados|BD Bangladesh|BE Belgium, Belgien, Belgique, België|BF Burkina Faso|
BG Bulgaria, Bulgarien|BH Bahrain|BI Burundi|BJ Benin|BN Brunei|BO Bolivia|BR Brazil, Brasil, Brasilien|BS Bahamas|
BT Bhutan|BW Botswana|BY Belarus|BZ Belize|CA Canada, Kanada|CD Democratic Republic of the Congo|
CF Central African Republic|CG Congo|CH Switzerland, Schweiz, Suisse, Svizzera|CI Ivory Coast, Côte d'Ivoire|CL Chile|
CM Cameroon|CN China, People's Republic of China|CO Colombia, Kolumbien|CR Costa Rica|CU Cuba|CV Cape Verde|
CY Cyprus, Zypern|CZ Czechia, Czech Republic, Tschechien, Česko|
DE Germany, Deutschland, Allemagne, Alemania, Germania, BRD|DJ Djibouti|DK Denmark, Dänemark, Danmark|DM Dominica|
DO Dominican Republic|DZ Algeria|EC Ecuador|EE Estonia, Estland|EG Egypt, Ägypten|ER Eritrea|
ES Spain, Spanien, España, Espagne|ET Ethiopia|FI Finland, Finnland, Suomi|FJ Fiji|FR France, Frankreich, Francia|
GA Gabon|
GB United Kingdom, UK, Great Britain, England, Scotland, Wales, Northern Ireland, Vereinigtes Königreich, Großbritannien, Royaume-Uni|
GD Grenada|GE Georgia|GH Ghana|GM Gambia|GN Guinea|GQ Equatorial Guinea|GR Greece, Griechenland, EL|GT Guatemala|
GW Guinea-Bissau|GY Guyana|HK Hong Kong, Hongkong|HN Honduras|HR Croatia, Kroatien, Hrvatska|HT Haiti|
HU Hungary, Ungarn|ID Indonesia, Indonesien|IE Ireland, Irland|IL Israel|IN India, Indien|IQ Iraq|IR Iran|
IS Iceland, Island|IT Italy, Italien, Italia, Italie|JM Jamaica|JO Jordan|JP Japan|KE Kenya|KG Kyrgyzstan|KH Cambodia|
KI Kiribati|KM Comoros|KN Saint Kitts and Nevis|KP North Korea|KR South Korea, Korea, Republic of Korea, Südkorea|
KW Kuwait|KZ Kazakhstan|LA Laos|LB Lebanon|LC Saint Lucia|LI Liechtenstein|LK Sri Lanka|LR Liberia|LS Lesotho|
LT Lithuania, Litauen|LU Luxembourg, Luxemburg|LV Latvia, Lettland|LY Libya|MA Morocco|MC Monaco|MD Moldova|
ME Montenegro|MG Madagascar|MH Marshall Islands|MK North Macedonia|ML Mali|MM Myanmar|MN Mongolia|MR Mauritania|
MT Malta|MU Mauritius|MV Maldives|MW Malawi|MX Mexico, México, Mexiko|MY Malaysia|MZ Mozambique|NA Namibia|NE Niger|
NG Nigeria|NI Nicaragua|NL Netherlands, Niederlande, Nederland, Pays-Bas, Holland|NO Norway, Norwegen, Norge|NP Nepal|
NR Nauru|NZ New Zealand, Neuseeland|OM Oman|PA Panama|PE Peru, Perú|PG Papua New Guinea|PH Philippines, Philippinen|
PK Pakistan|PL Poland, Polen, Polska|PS Palestine|PT Portugal|PW Palau|PY Paraguay|QA Qatar|RO Romania, Rumänien|
RS Serbia, Serbien|RU Russia, Russland, Russian Federation|RW Rwanda|SA Saudi Arabia|SB Solomon Islands|SC Seychelles|
SD Sudan|SE Sweden, Schweden, Sverige|SG Singapore, Singapur|SI Slovenia, Slowenien|SK Slovakia, Slowakei|
SL Sierra Leone|SM San Marino|SN Senegal|SO Somalia|SR Suriname|SS South Sudan|ST Sao Tome and Principe|SV El Salvador|
SY Syria|SZ Eswatini|TD Chad|TG Togo|TH Thailand|TJ Tajikistan|TL Timor-Leste|TM Turkmenistan|TN Tunisia|TO Tonga|
TR Turkey, Türkiye, Türkei|TT Trinidad and Tobago|TV Tuvalu|TW Taiwan|TZ Tanzania|UA Ukraine|UG Uganda|
US United States, USA, United States of America, U.S., U.S.A., Vereinigte Staaten, États-Unis, America|UY Uruguay|
UZ Uzbekistan|VA Vatican City|VC Saint Vincent and the Grenadines|VE Venezuela|VN Vietnam, Viet Nam|VU Vanuatu|WS Samoa|
XK Kosovo|YE Yemen|ZA South Africa, Südafrika|ZM Zambia|ZW Zimbabwe
"""


def country_code(text: str) -> str | None:
    """Find the code of a country given by code or by name in one of several languages; None when unknown."""
    return _table().get(_fold(text))


def _fold(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(plain.replace(".", "").replace("-", " ").replace("'", "").split())


@cache
def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    for entry in _NAMES.replace("\n", "").split("|"):
        code, _, names = entry.strip().partition(" ")
        table[_fold(code)] = code
        for name in names.split(","):
            table[_fold(name)] = code
    return table
