"""Countries: ISO 3166 codes, their names in English and German, and the names in other languages that people write."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from core.model.country_names import NAMES

_COUNTRIES = """
AD AND Andorra
AE ARE United Arab Emirates/Vereinigte Arabische Emirate/UAE
AF AFG Afghanistan
AG ATG Antigua and Barbuda/Antigua und Barbuda
AI AIA Anguilla
AL ALB Albania/Albanien
AM ARM Armenia/Armenien
AO AGO Angola
AR ARG Argentina/Argentinien/Argentine
AS ASM American Samoa/Amerikanisch-Samoa
AT AUT Austria/Österreich/Autriche, Oesterreich
AU AUS Australia/Australien/Australie
AW ABW Aruba
AX ALA Åland Islands/Ålandinseln/Aland
AZ AZE Azerbaijan/Aserbaidschan
BA BIH Bosnia and Herzegovina/Bosnien und Herzegowina
BB BRB Barbados
BD BGD Bangladesh/Bangladesch
BE BEL Belgium/Belgien/Belgique, België
BF BFA Burkina Faso
BG BGR Bulgaria/Bulgarien
BH BHR Bahrain
BI BDI Burundi
BJ BEN Benin
BM BMU Bermuda
BN BRN Brunei
BO BOL Bolivia/Bolivien
BR BRA Brazil/Brasilien/Brasil
BS BHS Bahamas
BT BTN Bhutan
BW BWA Botswana/Botsuana
BY BLR Belarus
BZ BLZ Belize
CA CAN Canada/Kanada
CD COD Democratic Republic of the Congo/Demokratische Republik Kongo
CF CAF Central African Republic/Zentralafrikanische Republik
CG COG Congo/Kongo
CH CHE Switzerland/Schweiz/Suisse, Svizzera
CI CIV Ivory Coast/Elfenbeinküste/Côte d'Ivoire
CK COK Cook Islands/Cookinseln
CL CHL Chile
CM CMR Cameroon/Kamerun
CN CHN China/China/People's Republic of China
CO COL Colombia/Kolumbien
CR CRI Costa Rica
CU CUB Cuba/Kuba
CV CPV Cape Verde/Kap Verde
CW CUW Curaçao
CY CYP Cyprus/Zypern
CZ CZE Czechia/Tschechien/Czech Republic, Česko
DE DEU Germany/Deutschland/Allemagne, Alemania, Germania, BRD, Duitsland, Niemcy
DJ DJI Djibouti/Dschibuti
DK DNK Denmark/Dänemark/Danmark
DM DMA Dominica
DO DOM Dominican Republic/Dominikanische Republik
DZ DZA Algeria/Algerien
EC ECU Ecuador
EE EST Estonia/Estland
EG EGY Egypt/Ägypten
ER ERI Eritrea
ES ESP Spain/Spanien/España, Espagne
ET ETH Ethiopia/Äthiopien
FI FIN Finland/Finnland/Suomi
FJ FJI Fiji/Fidschi
FK FLK Falkland Islands/Falklandinseln
FM FSM Micronesia/Mikronesien
FO FRO Faroe Islands/Färöer
FR FRA France/Frankreich/Francia
GA GAB Gabon/Gabun
GB GBR United Kingdom/Vereinigtes Königreich/UK, Great Britain, England, Scotland, Wales, Northern Ireland, Großbritannien, Royaume-Uni
GD GRD Grenada
GE GEO Georgia/Georgien
GF GUF French Guiana/Französisch-Guayana
GG GGY Guernsey
GH GHA Ghana
GI GIB Gibraltar
GL GRL Greenland/Grönland
GM GMB Gambia
GN GIN Guinea
GP GLP Guadeloupe
GQ GNQ Equatorial Guinea/Äquatorialguinea
GR GRC Greece/Griechenland/EL
GT GTM Guatemala
GU GUM Guam
GW GNB Guinea-Bissau
GY GUY Guyana
HK HKG Hong Kong/Hongkong
HN HND Honduras
HR HRV Croatia/Kroatien/Hrvatska
HT HTI Haiti
HU HUN Hungary/Ungarn
ID IDN Indonesia/Indonesien
IE IRL Ireland/Irland
IL ISR Israel
IM IMN Isle of Man
IN IND India/Indien
IQ IRQ Iraq/Irak
IR IRN Iran
IS ISL Iceland/Island
IT ITA Italy/Italien/Italia, Italie
JE JEY Jersey
JM JAM Jamaica/Jamaika
JO JOR Jordan/Jordanien
JP JPN Japan
KE KEN Kenya/Kenia
KG KGZ Kyrgyzstan/Kirgisistan
KH KHM Cambodia/Kambodscha
KI KIR Kiribati
KM COM Comoros/Komoren
KN KNA Saint Kitts and Nevis/St. Kitts und Nevis
KP PRK North Korea/Nordkorea
KR KOR South Korea/Südkorea/Korea, Republic of Korea
KW KWT Kuwait
KY CYM Cayman Islands/Kaimaninseln
KZ KAZ Kazakhstan/Kasachstan
LA LAO Laos
LB LBN Lebanon/Libanon
LC LCA Saint Lucia/St. Lucia
LI LIE Liechtenstein
LK LKA Sri Lanka
LR LBR Liberia
LS LSO Lesotho
LT LTU Lithuania/Litauen
LU LUX Luxembourg/Luxemburg
LV LVA Latvia/Lettland
LY LBY Libya/Libyen
MA MAR Morocco/Marokko
MC MCO Monaco
MD MDA Moldova/Moldau
ME MNE Montenegro
MG MDG Madagascar/Madagaskar
MH MHL Marshall Islands/Marshallinseln
MK MKD North Macedonia/Nordmazedonien
ML MLI Mali
MM MMR Myanmar
MN MNG Mongolia/Mongolei
MO MAC Macao/Macau
MQ MTQ Martinique
MR MRT Mauritania/Mauretanien
MT MLT Malta
MU MUS Mauritius
MV MDV Maldives/Malediven
MW MWI Malawi
MX MEX Mexico/Mexiko/México
MY MYS Malaysia
MZ MOZ Mozambique/Mosambik
NA NAM Namibia
NC NCL New Caledonia/Neukaledonien
NE NER Niger
NG NGA Nigeria
NI NIC Nicaragua
NL NLD Netherlands/Niederlande/Nederland, Pays-Bas, Holland
NO NOR Norway/Norwegen/Norge
NP NPL Nepal
NR NRU Nauru
NZ NZL New Zealand/Neuseeland
OM OMN Oman
PA PAN Panama
PE PER Peru/Peru/Perú
PF PYF French Polynesia/Französisch-Polynesien
PG PNG Papua New Guinea/Papua-Neuguinea
PH PHL Philippines/Philippinen
PK PAK Pakistan
PL POL Poland/Polen/Polska
PR PRI Puerto Rico
PS PSE Palestine/Palästina
PT PRT Portugal
PW PLW Palau
PY PRY Paraguay
QA QAT Qatar/Katar
RE REU Réunion
RO ROU Romania/Rumänien
RS SRB Serbia/Serbien
RU RUS Russia/Russland/Russian Federation
RW RWA Rwanda/Ruanda
SA SAU Saudi Arabia/Saudi-Arabien
SB SLB Solomon Islands/Salomonen
SC SYC Seychelles/Seychellen
SD SDN Sudan
SE SWE Sweden/Schweden/Sverige
SG SGP Singapore/Singapur
SI SVN Slovenia/Slowenien
SK SVK Slovakia/Slowakei
SL SLE Sierra Leone
SM SMR San Marino
SN SEN Senegal
SO SOM Somalia
SR SUR Suriname
SS SSD South Sudan/Südsudan
ST STP Sao Tome and Principe/São Tomé und Príncipe
SV SLV El Salvador
SY SYR Syria/Syrien
SZ SWZ Eswatini
TC TCA Turks and Caicos Islands/Turks- und Caicosinseln
TD TCD Chad/Tschad
TG TGO Togo
TH THA Thailand
TJ TJK Tajikistan/Tadschikistan
TL TLS Timor-Leste/Osttimor
TM TKM Turkmenistan
TN TUN Tunisia/Tunesien
TO TON Tonga
TR TUR Turkey/Türkei/Türkiye
TT TTO Trinidad and Tobago/Trinidad und Tobago
TV TUV Tuvalu
TW TWN Taiwan
TZ TZA Tanzania/Tansania
UA UKR Ukraine
UG UGA Uganda
US USA United States/Vereinigte Staaten/United States of America, U.S., America, États-Unis
UY URY Uruguay
UZ UZB Uzbekistan/Usbekistan
VA VAT Vatican City/Vatikanstadt
VC VCT Saint Vincent and the Grenadines/St. Vincent und die Grenadinen
VE VEN Venezuela
VG VGB British Virgin Islands/Britische Jungferninseln
VI VIR US Virgin Islands/Amerikanische Jungferninseln
VN VNM Vietnam/Vietnam/Viet Nam
VU VUT Vanuatu
WS WSM Samoa
XK XKX Kosovo
YE YEM Yemen/Jemen
ZA ZAF South Africa/Südafrika
ZM ZMB Zambia/Sambia
ZW ZWE Zimbabwe/Simbabwe
"""


@dataclass(frozen=True, slots=True)
class Country:
    """One country or territory with a code of its own."""

    code: str
    alpha3: str
    english: str
    german: str
    others: tuple[str, ...]


def country_code(text: str) -> str | None:
    """Find the code of a country given by code or by name in one of several languages; None when unknown."""
    return _codes().get(_fold(text))


@cache
def countries() -> Mapping[str, Country]:
    """Every country by its alpha-2 code."""
    return {country.code: country for country in _read()}


def _read() -> Iterator[Country]:
    for line in _COUNTRIES.strip().splitlines():
        code, alpha3, names = line.split(" ", 2)
        english, _, rest = names.partition("/")
        german, _, others = rest.partition("/")
        yield Country(code, alpha3, english, german or english, tuple(others.split(", ")) if others else ())


def _fold(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(plain.replace(".", "").replace("-", " ").replace("'", "").replace("’", "").split())


@cache
def _codes() -> dict[str, str]:
    more = (entry.partition(" ") for line in NAMES.strip().splitlines() for entry in line.split("|"))
    names = {_fold(name): code for code, _, others in more for name in others.split(", ")}
    names |= {_fold(name): each.code for each in countries().values() for name in (each.english, each.german, *each.others, each.alpha3)}
    return names | {_fold(code): code for code in countries()}
