"""Invented people, always the same n-th one, no two of whom share an address, a phone number, or a name with a company."""

from __future__ import annotations

from dataclasses import dataclass

_FIRST = (
    *("Anneke", "Bastian", "Cosima", "Dilan", "Esra", "Florin", "Greta", "Halvor", "Ilka", "Joris", "Katell", "Lorenz", "Malin"),
    *("Noor", "Ottilie", "Pavel", "Quirin", "Runa", "Søren", "Tjark", "Ursel", "Veit", "Wanda", "Yara", "Zeno", "Jürgen", "Zoë"),
)
_LAST = (
    *("Achterberg", "Birkenfeld", "Castellane", "Dornbusch", "Ehrenpreis", "Fuchsthal", "Gänsheimer", "Holtkamp", "Imhof"),
    *("Jessberg", "Königsmark", "Löwenherz", "Müllerbach", "Nørgaard", "O'Halloran", "Petrescu", "Quandahl", "von Rabenau", "Süßkind"),
)
_COMPANIES = (
    *("Heron & Finch", "Kupferwerk GmbH", "Paper Lantern Ltd", "Windrose Logistik", "Öresund Optik AB", "Grünwald & Söhne KG"),
    *("Tidewater Instruments", "Maple Street Dental", "Atelier Lumière", "Blaupause Architekten", "Slate Harbour plc"),
)
_CITIES = (("01067", "Dresden"), ("04109", "Leipzig"), ("10115", "Berlin"), ("06108", "Halle"), ("50667", "Köln"), ("08056", "Zwickau"))
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "ë": "e", "'": "", " ": ""})
MOST = len(_FIRST) * len(_LAST)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who fills in forms."""

    first: str
    last: str
    email: str
    phone: str
    company: str
    postal_code: str
    city: str

    @property
    def full_name(self) -> str:
        """Both names, as a form with one field for them gets them."""
        return f"{self.first} {self.last}"


def person(number: int) -> Person:
    """Give the person with this number, below `MOST`."""
    if not 0 <= number < MOST:
        raise ValueError(f"there are {MOST} people; {number} is not one of them")
    first, last = _FIRST[number % len(_FIRST)], _LAST[(number // len(_FIRST) + number) % len(_LAST)]
    local = f"{first}.{last}".lower().translate(_UMLAUTS)
    domain = "example.com" if number % 2 else "example.org"
    postal_code, city = _CITIES[number % len(_CITIES)]
    company = _COMPANIES[number % len(_COMPANIES)]
    return Person(first, last, f"{local}.{number}@{domain}", _phone(number), company, postal_code, city)


def _phone(number: int) -> str:
    """Numbers set aside for fiction: Berlin, London, Boston."""
    if number % 3 == 0:
        return f"+49 30 23125{number:03d}"
    if number % 3 == 1:
        return f"+44 20 7946 0{number:03d}"
    return f"+1 617 555 01{number // 3 % 100:02d}"


def meta_seeded() -> range:
    """The numbers of the leads that the Meta stand-in holds before the demonstration begins."""
    return range(12)
