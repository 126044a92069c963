"""What is submitted in the demonstration, and what has to become of each: the plan that the outcome is held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from demo.people import Person, meta_seeded, person


class Way(StrEnum):
    """How a submission travels."""

    META_POLL = "Meta, found by polling"
    META_PUSH = "Meta, pushed"
    FORM = "Web form, urlencoded"
    MULTIPART = "Web form, multipart"
    JSON = "Web form, JSON"
    CSV_GERMAN = "CSV, windows-1252, semicolons"
    CSV_BOM = "CSV, UTF-8 with BOM, CRLF"
    XLSX = "Excel workbook"


class Fate(StrEnum):
    """What has to become of a submission; the values are those of Leadloom's own account."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    TEST = "test"
    INVALID = "invalid_value"
    NO_ADDRESS = "required_missing"
    SPAM = "spam"
    NOBODY = "not_identifiable"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Submission:
    """One thing to submit. `who` names the person that it is about, whatever it looks like; `times` repeats it unchanged."""

    way: Way
    fields: dict[str, Any]
    who: str = ""
    fate: Fate = Fate.ACCEPTED
    email: str = ""
    times: int = 1
    refuses_marketing: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """All submissions, and what follows from them."""

    submissions: Sequence[Submission]
    known_in_salesforce: frozenset[str] = field(default=frozenset({"ilse.vandamme@example.com"}))
    known_in_hubspot: frozenset[str] = field(
        default=frozenset({"mara.lindqvist@northwind.example.com", "owen.castell@harbour.example.org"})
    )
    unreadable_posts: int = 2
    """Posts at the form's own address that are refused because nobody can read them, and kept: plain text, and broken JSON."""

    def of(self, *ways: Way) -> list[Submission]:
        """Those that travel one of these ways."""
        return [each for each in self.submissions if each.way in ways]

    @property
    def acknowledged(self) -> int:
        """How many submissions Leadloom has to keep, repetitions included."""
        return sum(each.times for each in self.submissions) + self.unreadable_posts

    @property
    def people(self) -> frozenset[str]:
        """Everybody whom Leadloom has to hold, once."""
        return frozenset(each.who for each in self._accepted())

    @property
    def outcomes(self) -> Counter[str]:
        """How many submissions have to end how."""
        found = Counter({"new": len(self.people), "merged": sum(1 for _ in self._accepted()) - len(self.people)})
        found["duplicate"] = sum(each.times - 1 for each in self.submissions)
        found["test"] = sum(each.fate is Fate.TEST for each in self.submissions)
        found["quarantined"] = len(self.submissions) + self.unreadable_posts - found["new"] - found["merged"] - found["test"]
        return found

    @property
    def quarantined(self) -> Counter[str]:
        """How many have to be in quarantine for which reason."""
        kept = (Fate.ACCEPTED, Fate.TEST, Fate.DUPLICATE)
        found = Counter(each.fate.value for each in self.submissions if each.fate not in kept)
        found[Fate.UNREADABLE.value] += self.unreadable_posts
        return found

    @property
    def new_in_salesforce(self) -> int:
        """How many Leads have to be made there."""
        return len(self.people - self.known_in_salesforce)

    @property
    def new_in_hubspot(self) -> int:
        """How many contacts have to be made there: those with an address who did not refuse, and were not there."""
        refused = {each.who for each in self.submissions if each.refuses_marketing}
        addressed = {each.who for each in self._accepted() if each.email}
        return len(addressed - refused - self.known_in_hubspot)

    def _accepted(self) -> Iterator[Submission]:
        return (each for each in self.submissions if each.fate is Fate.ACCEPTED)


def make_plan() -> Plan:
    """Give the demonstration's submissions, the same ones every time."""
    return Plan([*_meta(), *_website(), *_german_list(), *_bom_list(), *_workbook()])


def _meta() -> Iterator[Submission]:
    for number in meta_seeded():
        yield Submission(Way.META_POLL, {}, f"lead{number}@example.com", email=f"lead{number}@example.com")
    for number in range(60):
        someone = person(number)
        answers = {
            "full_name": someone.full_name,
            "email": someone.email,
            "phone_number": someone.phone,
            "company_name": someone.company,
        }
        yield Submission(Way.META_PUSH, answers, someone.email, email=someone.email, times=2 if number < 10 else 1)
    yield Submission(Way.META_PUSH, {}, fate=Fate.TEST)


def _website() -> Iterator[Submission]:
    ways = (Way.FORM, Way.JSON, Way.MULTIPART)
    for number in range(60, 130):
        someone = person(number)
        refuses = number % 14 == 0
        fields = _form_fields(someone) | {
            "consent_news": "no" if refuses else "yes",
            "message": f"Please call me.\nThank you, {someone.first}",
        }
        times = 2 if number % 9 == 0 else 1  # a double click
        yield Submission(ways[number % 3], fields, someone.email, email=someone.email, times=times, refuses_marketing=refuses)
    for number in range(12):  # they came over Meta before, and type their address in their own way
        someone = person(number)
        fields = {"email": f" {someone.email.upper()} ", "name": someone.full_name, "message": "Is there news?"}
        yield Submission(ways[number % 3], fields, someone.email, email=someone.email)
    for address, name in (
        ("ilse.vandamme@example.com", "Ilse Vandamme"),
        ("mara.lindqvist@northwind.example.com", "Mara Lindqvist"),
        ("owen.castell@harbour.example.org", "Owen Castell"),
    ):
        yield Submission(Way.FORM, {"email": address, "name": name, "company": "Known already"}, address, email=address)
    yield from _bad_posts()


def _bad_posts() -> Iterator[Submission]:
    for number, address in enumerate(("no-at-sign.example.com", "two@@example.com", "blank in@example.com", "dot.@example.org")):
        yield Submission(Way.FORM, _form_fields(person(300 + number)) | {"email": address}, fate=Fate.INVALID)
    for number in range(2):
        yield Submission(Way.JSON, _form_fields(person(310 + number)) | {"email": ""}, fate=Fate.NO_ADDRESS)
    for number in range(3):
        yield Submission(Way.FORM, _form_fields(person(320 + number)) | {"website": "cheap pills"}, fate=Fate.SPAM)


def _form_fields(someone: Person) -> dict[str, Any]:
    return {
        "email": someone.email,
        "first_name": someone.first,
        "last_name": someone.last,
        "phone": someone.phone,
        "company": someone.company,
        "zip": someone.postal_code,
        "city": someone.city,
        "country": "Deutschland",
    }


def _german_list() -> Iterator[Submission]:
    for number in range(130, 170):
        yield _german(person(number), note='Rief zurück:\n"gern im März"; Budget offen' if number % 5 == 0 else "")
    for number in range(60, 65):  # they used the website as well
        yield _german(person(number), email=person(number).email.title())
    for number in range(130, 132):  # the same row twice
        yield _german(person(number), note='Rief zurück:\n"gern im März"; Budget offen' if number % 5 == 0 else "")
    for number, address in enumerate(("k.A.", "siehe Visitenkarte", "name@")):
        yield _german(person(330 + number), email=address, fate=Fate.INVALID)
    blank = Person("", "", "", "", "Kupferwerk GmbH", "", "")
    yield Submission(Way.CSV_GERMAN, _german_row(blank, "", "Name unleserlich"), fate=Fate.NOBODY)


def _german(someone: Person, *, email: str | None = None, note: str = "", fate: Fate = Fate.ACCEPTED) -> Submission:
    row = _german_row(someone, someone.email if email is None else email, note)
    return Submission(Way.CSV_GERMAN, row, someone.email, fate, someone.email)


def _german_row(someone: Person, email: str, note: str) -> dict[str, Any]:
    return {
        "Nachname": someone.last,
        "Vorname": someone.first,
        "E-Mail": email,
        "Telefon": someone.phone,
        "Firma": someone.company,
        "PLZ": someone.postal_code,
        "Ort": someone.city,
        "Notiz": note,
    }


def _bom_list() -> Iterator[Submission]:
    for number in range(170, 195):
        yield _english(Way.CSV_BOM, person(number))
    for number in (66, 69, 72):  # no address, but the phone number (as dialled inside Germany) and the name of website people
        someone = person(number)
        row = _english_row(someone) | {"email": "", "phone": "0" + someone.phone.removeprefix("+49 "), "company": ""}
        yield Submission(Way.CSV_BOM, row, someone.email)
    for number in (240, 243):  # nobody's address at all
        yield Submission(Way.CSV_BOM, _english_row(person(number)) | {"email": ""}, f"person {number}")
    yield Submission(Way.CSV_BOM, {"first_name": "Ragged", "last_name": "Row"}, fate=Fate.UNREADABLE)


def _workbook() -> Iterator[Submission]:
    for number in range(195, 230):
        yield _english(Way.XLSX, person(number))
    for number in (131, 134, 137):
        yield _english(Way.XLSX, person(number))
    yield Submission(Way.XLSX, _english_row(person(340)) | {"email": "#N/A"}, fate=Fate.UNREADABLE)


def _english(way: Way, someone: Person) -> Submission:
    return Submission(way, _english_row(someone), someone.email, email=someone.email)


def _english_row(someone: Person) -> dict[str, Any]:
    return {
        "first_name": someone.first,
        "last_name": someone.last,
        "email": someone.email,
        "phone": someone.phone,
        "company": someone.company,
        "postal_code": someone.postal_code,
        "city": someone.city,
    }
