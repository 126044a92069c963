"""Invented people for demonstration leads: always the same n-th person."""

from __future__ import annotations

_FIRST = (
    "Ada",
    "Björn",
    "Chidi",
    "Daria",
    "Émile",
    "Farah",
    "Grace",
    "Hiro",
    "Inés",
    "Jonas",
    "Kavya",
    "Łucja",
    "Mateo",
    "Nadia",
    "Oskar",
    "Priya",
)
_LAST = (
    "Abara",
    "Brandt",
    "Costa",
    "Dvořák",
    "Eriksen",
    "Fontaine",
    "García",
    "Haddad",
    "Ito",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
)
_COMPANIES = ("Northwind Tools", "Blue Harbor GmbH", "Acorn & Sons", "Lumen Optics", "Studio Öst", "Delta Freight", "Maple Clinic")


def answers_of(number: int) -> dict[str, str]:
    """Answers of the `number`-th invented person, under the question keys of the demonstration form."""
    first, last = _FIRST[number % len(_FIRST)], _LAST[number % len(_LAST)]
    return {
        "full_name": f"{first} {last}",
        "email": f"lead{number}@example.com",
        "phone_number": f"+1202555{100 + number % 100:04d}",
        "company_name": _COMPANIES[number % len(_COMPANIES)],
    }


def dummy_answer(key: str) -> str:
    """The value that Meta's test tool puts under a question."""
    return f"<test lead: dummy data for {key}>"
