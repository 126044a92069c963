"""More names of countries: their own, those in neighbours' languages, older ones, and what people abbreviate."""

from __future__ import annotations

NAMES = """
AE Emirates, Émirats arabes unis, Emiratos Árabes Unidos, Emirati Arabi Uniti, Dubai, Abu Dhabi, الإمارات|AL Shqipëria, Albanie
AM Հայաստան, Arménie|AR Argentyna|AT A, Oostenrijk, Autriche, Rakousko, Rakúsko, Ausztria, Østrig, Østerrike
AU Australie, Australien, Austrália|AZ Azərbaycan|BA Bosna i Hercegovina, Bosnia, Bosnia-Hercegovina, Bosnie-Herzégovine
BE Bélgica, Belgio, Belgia|BG България, Bulgarie, Bulgaria, Bułgaria|BN Brunei Darussalam
BO Plurinational State of Bolivia, Bolivia Plurinational State of|BR Brasile, Brésil, Brazylia, Brasilia, Brazilië
BY Беларусь, Weißrussland, Biélorussie|CA Canadá, Kanada
CD DR Congo, DRC, Congo Kinshasa, Congo the Democratic Republic of the, Congo (Democratic Republic)
CG Congo Brazzaville, Republic of the Congo
CH Confoederatio Helvetica, Suiza, Suíça, Zwitserland, Szwajcaria, Sveits, Svizra, Švýcarsko, Svájc|CI Côte d’Ivoire, Cote d Ivoire
CN 中国, 中國, PRC, P.R. China, PR China, Chine, Cina, Chiny, China PR, Mainland China, Volksrepublik China|CV Cabo Verde
CY Κύπρος, Kıbrıs, Chypre, Chipre, Cipro
CZ Česká republika, Tschechische Republik, Tchéquie, République tchèque, República Checa, Repubblica Ceca, Tsjechië, Czechy
CZ Csehország, Tjekkiet, Tjeckien, Cechia
DE D, GER, Bundesrepublik Deutschland, BRD, Federal Republic of Germany, Tyskland, Saksa, Německo, Nemecko, Németország, Alemanha
DE Germany Federal Republic, Германия, ドイツ, 德国, Almanya, Germania, Niemcy, Allemagne, Alemania, Duitsland
DK Dänemark, Danemark, Dinamarca, Danimarca, Denemarken, Dania, Dánsko|DO República Dominicana, Dom Rep|DZ الجزائر, Algérie, Argelia
EE Eesti, Estonie, Estonia|EG مصر, Égypte, Egipto, Egitto, Egypte
ES E, Spanje, Spagna, Hiszpania, Espanha, Espanya, Španělsko, Spanyolország, Испания, Kingdom of Spain
FI FIN, Finlande, Finlandia, Suomi-Finland
FR F, FRA, République française, Frankrijk, Francja, França, Frankrike, Frankrig, Francie, Franciaország, Ranska, Франция, フランス
GB GBR, G.B., U.K., Britain, Britannien, Reino Unido, Regno Unito, Verenigd Koninkrijk, Storbritannien, Storbritannia, Wielka Brytania
GB Gran Bretaña, Gran Bretagna
GB Groot-Brittannië, Grande-Bretagne, Inglaterra, Inghilterra, Angleterre, Engeland, Schottland, Nordirland, Velká Británie
GB United Kingdom of Great Britain and Northern Ireland|GE საქართველო, Géorgie, Sakartvelo
GR Ελλάδα, Ελλάς, Hellas, Grèce, Grecia, Griekenland, Grecja, Grécia, Řecko, Görögország
HK 香港, Hong Kong SAR, Hongkong, Hong Kong SAR China|HR Hrvatska, Croatie, Croacia, Croazia, Chorwacja, Kroatië
HU Magyarország, Hongrie, Hungría, Ungheria, Hongarije, Węgry, Maďarsko|ID Indonésie, Indonesië
IE Éire, Republic of Ireland, Irlande, Irlanda, Ierland, Irlandia|IL ישראל, Israël, Israele
IN भारत, Bharat, Inde, Republic of India, Indie|IR ایران, Iran Islamic Republic of, Islamic Republic of Iran
IS Ísland, Islande, Islandia, Islanda|IT I, ITA, Itália, Italië, Itálie, Włochy, Olaszország, Италия, イタリア
JP 日本, 日本国, Japon, Japón, Giappone, Japonia, Nippon|KE Kenia
KP Democratic Peoples Republic of Korea, Korea Democratic Peoples Republic of, DPRK, Nordkorea
KR 대한민국, 한국, Korea Republic of, Republic of South Korea, Rep of Korea, Corée du Sud, Corea del Sur, Corea del Sud, Zuid-Korea
KR ROK|KZ Қазақстан, Казахстан|LA Lao Peoples Democratic Republic, Lao PDR|LI Fürstentum Liechtenstein
LT Lietuva, Lituanie, Lituania, Litwa|LU Lëtzebuerg, Luxembourg, Luxemburgo, Lussemburgo, Luksemburg
LV Latvija, Lettonie, Letonia, Lettonia, Łotwa|MA المغرب, Maroc, Marruecos, Marocco
MD Republic of Moldova, Moldova Republic of, Moldavie, Moldavia
MK Macedonia, FYROM, Macedonia the former Yugoslav Republic of, Македонија, Severna Makedonija|MM Burma, Birma
MX Messico, Mexique, Meksyk, Estados Unidos Mexicanos
NL Nederland, The Netherlands, Netherlands the, Kingdom of the Netherlands, Países Bajos, Paesi Bassi, Holandia, Niderlandy
NL Nederländerna, Hollandia, Nizozemsko, Olanda, Holanda, Hollande|NO Norwegen, Norvège, Noruega, Norvegia, Noorwegen, Norwegia, Noreg
NZ Nouvelle-Zélande, Nueva Zelanda, Nuova Zelanda, Aotearoa, Nieuw-Zeeland|PH Pilipinas, Filipinas, The Philippines
PL Polska, Pologne, Polonia, Polônia, Polsko, Lengyelország, Puola, Польша
PS State of Palestine, Palestinian Territory, Palestine State of|PT PRT, Portogallo, Portugalia
RO România, Roumanie, Rumania, Roemenië, Rumunia|RS Srbija, Србија, Serbie, Serbië
RU Россия, Российская Федерация, Russie, Rusia, Rusland, Rosja, Rússia, РФ
SA السعودية, KSA, Kingdom of Saudi Arabia, Arabie saoudite, Arabia Saudita
SE Sverige, Suède, Suecia, Svezia, Zweden, Szwecja, Suécia, Ruotsi, Švédsko|SG Singapour, Singapur
SI Slovenija, Slovénie, Eslovenia, Slovenië
SK Slovensko, Slovak Republic, Slowakische Republik, Slovaquie, Eslovaquia, Slovacchia, Slowakije, Słowacja, Szlovákia
SY Syrian Arab Republic|SZ Swaziland, Swasiland|TH ประเทศไทย, ไทย|TL East Timor|TN تونس, Tunisie, Túnez
TR Türkiye, Turquie, Turquía, Turchia, Turkije, Turcja, Turquia|TW 臺灣, 台灣, 台湾, R.O.C., Taiwan Province of China, Taïwan
TZ United Republic of Tanzania, Tanzania United Republic of|UA Україна, Украина, The Ukraine, Oekraïne, Ucrania, Ucraina
US USA, U.S.A., Estados Unidos, Estados Unidos de América, Stati Uniti, Stati Uniti d'America, Verenigde Staten, Förenta staterna
US Stany Zjednoczone, EE.UU., EEUU, EUA, Amerika
US Vereinigte Staaten von Amerika, États-Unis d'Amérique, Spojené státy, Egyesült Államok, США, 美国, アメリカ, The United States
US Etats Unis|VA Vatican, Holy See, Vaticano|VE Bolivarian Republic of Venezuela, Venezuela Bolivarian Republic of
VN Việt Nam, Vietnam, Socialist Republic of Vietnam, Viêt Nam|XK Kosova, Kosovë
ZA Republic of South Africa, RSA, Afrique du Sud, Sudáfrica, Sudafrica, Zuid-Afrika, Suid-Afrika, RPA
"""
"""By code, names with commas between; a code may come again. Names of `core.model.countries` need not be repeated."""
