"""Invented leads as a source would send them: nested, some parts missing, blank, shouted, badly spaced or decomposed."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

Record = dict[str, Any]

_FIRST = (
    "Anna",
    "Jörg",
    "Zoë",
    "Li",
    "Søren",
    "Marie-Claire",
    "Tom",
    "Ayşe",
    "Nguyễn",
    "Peter",
    "Ines",
    "Óscar",
    "Ken",
    "Lena",
    "Paul",
    "Mia",
)
_LAST = (
    "Example",
    "Müller",
    "O'Sample",
    "van der Test",
    "García",
    "Smith",
    "Øster",
    "Probe",
    "Łuczak",
    "Muster",
    "Dupont",
    "Beispiel",
    "Lee",
)
_TITLES = ("Head of Purchasing", "CTO", "Managing  Director", "Einkäuferin", "Sales Manager", "Developer", "Office Manager", "Owner")
_COMPANIES = (
    "Example GmbH",
    "Sample & Sons Ltd",
    "Muster AG",
    "Ejemplo S.L.",
    "Beispiel Bäckerei KG",
    "Test Works Inc.",
    "Probe Technik GmbH & Co. KG",
)
_INDUSTRIES = ("Manufacturing", "Retail", "Software", "Health", "Education")
_STREETS = ("Musterstraße", "Sample Road", "Rue de l'Exemple", "Calle Ejemplo", "Teststraat")
_CITIES = ("Berlin", "München", "Köln", "London", "New  York", "Málaga", "Paris", "Wien", "Zürich", "São Paulo")
_COUNTRIES = ("Germany", "Deutschland", "DE", "Austria", "Switzerland", "United Kingdom", "UK", "France", "USA", "Atlantis")
_LANGUAGES = ("de", "de-DE", "EN", "en-GB", "fr", "es-ES")
_CAMPAIGNS = ("Spring Fair", "Newsletter 2026", "Retargeting DE", "Brand UK", "Webinar  May")
_MEDIUMS = ("cpc", "email", "social", "organic")
_SENTENCE = "please call me back about an offer for 40 pieces next week we saw you at the fair grüße aus köln and thank you"
_WORDS = tuple(_SENTENCE.split())


class Inventor:
    """Makes records, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        """Choose the sequence."""
        self._random = random.Random(seed)

    def record(self, number: int) -> Record:
        """Invent one lead."""
        found: Record = {"id": f"L-{number:07d}", "received_at": f"2026-0{1 + number % 9}-1{number % 10}T08:{number % 60:02d}:00Z"}
        self._put_block(found, "contact", self._contact(number), 0.01)
        self._put_block(found, "company", self._company(number), 0.04)
        self._put_block(found, "campaign", self._campaign(), 0.10)
        self._put_block(found, "consent", self._consent(), 0.10)
        self._put(found, "message", " ".join(self._random.choices(_WORDS, k=self._random.randint(3, 40))), 0.2, spoiled=0.3)
        return found

    def _contact(self, number: int) -> Record:
        first, last = self._one(_FIRST), self._one(_LAST)
        found: Record = {"salutation": self._one(("Ms", "Mr", ""))}
        self._put(found, "first_name", first, 0.05)
        self._put(found, "last_name", last, 0.03)
        self._put(found, "email", f"{first}.{number}@example.com", 0.15)
        self._put(found, "work_email", f"{last.replace(' ', '')}.{number}@Example.org", 0.3)
        self._put(found, "language", self._one(_LANGUAGES), 0.3)
        self._put_block(found, "role", self._role(), 0.15)
        if self._random.random() < 0.85:
            found["phones"] = [self._phone() for _ in range(self._random.randint(0, 3))]
        return found

    def _role(self) -> Record:
        found: Record = {"level": self._random.randint(1, 5)}
        self._put(found, "title", self._one(_TITLES), 0.1)
        return found

    def _company(self, number: int) -> Record:
        found: Record = {"employees": self._random.randint(1, 5000)}
        self._put(found, "name", f"{self._one(_COMPANIES)} {number % 977}", 0.05)
        self._put(found, "industry", self._one(_INDUSTRIES), 0.4)
        self._put_block(found, "address", self._address(), 0.08)
        return found

    def _address(self) -> Record:
        found: Record = {}
        self._put(found, "street", f"{self._one(_STREETS)} {self._random.randint(1, 200)}", 0.1)
        self._put(found, "city", self._one(_CITIES), 0.08)
        if self._random.random() < 0.1:
            found["postal_code"] = self._random.randint(10_000, 99_999)  # some forms send numbers
        else:
            self._put(found, "postal_code", self._one(("10115", "sw1a 1aa", "75001", "8001", "d-50667")), 0.1)
        self._put(found, "country", self._one(_COUNTRIES), 0.05)
        return found

    def _campaign(self) -> Record:
        found: Record = {"medium": self._one(_MEDIUMS), "source": self._one(("Google", "meta", "LinkedIn"))}
        self._put(found, "name", self._one(_CAMPAIGNS), 0.1)
        return found

    def _consent(self) -> Record:
        return {"marketing": self._one(("yes", "no")), "tracking": self._one(("yes", "no"))}

    def _phone(self) -> str | None:
        kind = self._random.random()
        if kind < 0.05:
            return None if kind < 0.02 else "  "
        written = f"+49 30 23125{self._random.randint(0, 999):03d}" if kind < 0.5 else f"+44 20 7946 0{self._random.randint(0, 999):03d}"
        return f" {written}" if kind > 0.9 else written

    def _one(self, choices: Sequence[str]) -> str:
        return choices[int(self._random.random() * len(choices))]

    def _put(self, block: Record, name: str, text: str, absent: float, spoiled: float = 0.35) -> None:
        """Put a text as people type it; now and then it is missing, null or blank; a few have their accents apart."""
        luck = self._random.random()
        if luck < absent:
            if luck < absent / 2:
                block[name] = None if luck < absent / 4 else self._one(("", "   "))
            return
        style = self._random.random()
        if style >= spoiled:
            block[name] = text
        elif style < 0.3:
            block[name] = self._one((f" {text}", f"{text}  ", text.upper(), text.lower(), text.replace(" ", "  ")))
        else:
            block[name] = unicodedata.normalize("NFD", text)

    def _put_block(self, holder: Record, name: str, block: Record, absent: float) -> None:
        luck = self._random.random()
        if luck >= absent:
            holder[name] = block
        elif luck < absent / 3:
            holder[name] = None


def invent(count: int, seed: int = 7) -> list[Record]:
    """Invent so many leads, always the same."""
    return next(invent_in_parts(count, count, seed))


def invent_in_parts(count: int, size: int, seed: int = 7) -> Iterator[list[Record]]:
    """Invent the same leads in parts of a size, so that they need not all be held."""
    inventor = Inventor(seed)
    for start in range(0, count, size):
        yield [inventor.record(number) for number in range(start, min(start + size, count))]
