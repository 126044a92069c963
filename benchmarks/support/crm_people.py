"""People as a CRM has them, invented: each several times, under short forms, typing errors, old jobs and shared phones."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import TypeVar

from benchmarks.support.crm_names import COMPANY_TRADES, COMPANY_WORDS, COUNTRIES, ROLES, TITLES, Country

Row = dict[str, str]
_T = TypeVar("_T")

_SHORT = {
    "james": "Jim", "robert": "Bob", "john": "Jack", "michael": "Mike", "william": "Bill", "richard": "Rick", "joseph": "Joe",
    "thomas": "Tom", "charles": "Charlie", "christopher": "Chris", "daniel": "Dan", "matthew": "Matt", "anthony": "Tony",
    "steven": "Steve", "andrew": "Andy", "joshua": "Josh", "kenneth": "Ken", "timothy": "Tim", "ronald": "Ron", "edward": "Ed",
    "nicholas": "Nick", "jonathan": "Jon", "stephen": "Steve", "benjamin": "Ben", "samuel": "Sam", "gregory": "Greg",
    "alexander": "Alex", "patricia": "Pat", "jennifer": "Jenny", "elizabeth": "Liz", "barbara": "Barb", "susan": "Sue",
    "jessica": "Jess", "margaret": "Maggie", "kimberly": "Kim", "deborah": "Debbie", "rebecca": "Becky", "cynthia": "Cindy",
    "kathleen": "Kathy", "christine": "Chris", "katherine": "Kate", "samantha": "Sam", "stefan": "Steff", "wolfgang": "Wolf",
    "maximilian": "Max", "sebastian": "Basti", "katharina": "Kathi", "johannes": "Hans", "friedrich": "Fritz", "heinrich": "Heinz",
    "francisco": "Paco", "jose": "Pepe", "victoria": "Vicky", "eleanor": "Ellie", "frederic": "Fred", "philippe": "Phil",
    "manuel": "Manu", "alejandro": "Alex", "pieter": "Piet", "willem": "Wim", "hendrik": "Henk", "cornelis": "Kees",
    "elisabeth": "Lisa", "susanne": "Susi", "gabriele": "Gabi", "matthias": "Matze", "tobias": "Tobi", "jacob": "Jake",
}  # fmt: skip
_KEYBOARD = {letter: row[max(0, place - 1)] for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for place, letter in enumerate(row)}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the people and their records are made; shares are of 1."""

    seed: int
    people: int = 8_000
    companies: int = 1_100
    countries: tuple[Country, ...] = COUNTRIES
    name_skew: float = 0.6
    rare_names: float = 0.35
    company_skew: float = 0.6
    extra_records: tuple[float, ...] = (0.36, 0.36, 0.18, 0.07, 0.03)
    households: float = 0.06
    fathers: float = 0.012
    namesakes: float = 0.006
    job_change: float = 0.19
    nickname: float = 0.13
    initial: float = 0.04
    no_given: float = 0.03
    name_typo: float = 0.055
    swapped: float = 0.015
    plain_letters: float = 0.12
    marriage: float = 0.02
    mail: tuple[float, float, float, float] = (0.60, 0.22, 0.09, 0.09)
    """Shares of: the address at work, the own one, one of a role, none."""
    mail_variant: float = 0.07
    mail_typo: float = 0.03
    phone: tuple[float, float, float] = (0.48, 0.27, 0.25)
    """Shares of: the mobile phone, the company's switchboard (or the household's), none."""
    company: float = 0.8
    company_variant: float = 0.3
    address: float = 0.35
    birth: float = 0.0


@dataclass(slots=True)
class _Company:
    name: str
    domain: str
    switchboard: str
    country: Country
    pattern: int
    addresses: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Home:
    street: str
    house: str
    postal: str
    city: str
    phone: str


@dataclass(slots=True)
class _Person:
    number: int
    country: Country
    given: str
    family: str
    suffix: str
    home: _Home
    jobs: list[tuple[_Company, str]]
    own_mail: str
    mobile: str
    title: str
    birth: str
    married: str


class People:
    """Invents people and their records; the same recipe gives the same rows."""

    def __init__(self, recipe: Recipe) -> None:
        """Invent the companies."""
        self._recipe = recipe
        self._random = Random(recipe.seed)
        self._numbers = 0
        self._weights: dict[int, list[float]] = {}
        self._companies = [self._company() for _ in range(recipe.companies)]
        self._mails: set[str] = set()

    def rows(self) -> list[Row]:
        """All records in a random order, each with the number of its person under `entity`."""
        people: list[_Person] = []
        while len(people) < self._recipe.people:
            people += self._family(people)
        rows = [row for person in people[: self._recipe.people] for row in self._records(person)]
        self._random.shuffle(rows)
        return [{"id": str(number), **row} for number, row in enumerate(rows)]

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _common(self, options: Sequence[str]) -> str:
        return self._skewed(options, self._recipe.name_skew)

    def _family_name(self, country: Country) -> str:
        """A common name, or a rare one made of two halves of others."""
        if not self._chance(self._recipe.rare_names):
            return self._common(country.family)
        head, tail = self._random.choice(country.family), self._random.choice(country.family)
        if " " in head or " " in tail:
            return self._random.choice(country.family)
        return head[: max(3, len(head) // 2)] + tail[len(tail) // 2 :].casefold()

    def _skewed(self, options: Sequence[_T], skew: float) -> _T:
        key = len(options) * 1000 + int(skew * 100)
        if key not in self._weights:
            self._weights[key] = list(accumulate((place + 3) ** -skew for place in range(len(options))))
        return self._random.choices(options, cum_weights=self._weights[key])[0]

    def _company(self) -> _Company:
        country = self._random.choice(self._recipe.countries)
        words = [self._random.choice(COMPANY_WORDS), self._random.choice(COMPANY_TRADES)]
        if self._chance(0.3):
            words.insert(1, self._random.choice(COMPANY_WORDS))
        name = " ".join(words)
        host = "".join(words).casefold() if self._chance(0.6) else "-".join(words).casefold()
        form = self._random.choice(country.legal_forms)
        return _Company(f"{name} {form}", f"{host}.{country.top}", self._number(country), country, self._random.randrange(4))

    def _number(self, country: Country) -> str:
        self._numbers += 1
        return f"{country.dial}{(self._numbers * 7919 + self._random.randrange(7)) % 1_000_000:06}"

    def _home(self, country: Country) -> _Home:
        city = self._random.choice(country.cities)
        postal = f"{(sum(map(ord, city)) * 37) % 90 + 10}{self._random.randrange(40):03}"
        return _Home(self._random.choice(country.streets), str(self._random.randrange(1, 180)), postal, city, self._number(country))

    def _family(self, people: Sequence[_Person]) -> list[_Person]:
        recipe = self._recipe
        first = self._person(len(people), self._random.choice(recipe.countries))
        if self._chance(recipe.households):
            mate = self._person(len(people) + 1, first.country, family=first.family, home=first.home)
            return [first, mate]
        if self._chance(recipe.fathers):
            son = self._person(len(people) + 1, first.country, family=first.family, given=first.given, home=first.home)
            first.suffix, son.suffix = "Sr.", "Jr."
            return [first, son]
        if self._chance(recipe.namesakes):
            big = self._companies[self._random.randrange(8)]
            other = self._person(len(people) + 1, big.country, family=first.family, given=first.given)
            first.jobs = [(big, self._work_mail(big, first.given, first.family))]
            other.jobs = [(big, self._work_mail(big, other.given, other.family))]
            return [first, other]
        return [first]

    def _person(self, number: int, country: Country, *, given: str = "", family: str = "", home: _Home | None = None) -> _Person:
        given = given or self._common(country.given)
        family = family or self._family_name(country)
        jobs = [(each, self._work_mail(each, given, family)) for each in self._employers(country)]
        birth = f"{self._random.randrange(1950, 2004)}-{self._random.randrange(1, 13):02}-{self._random.randrange(1, 29):02}"
        title = self._random.choice(TITLES)
        own = self._own_mail(country, given, family)
        married = self._common(country.family) if self._chance(self._recipe.marriage) else ""
        mobile = self._number(country)
        return _Person(number, country, given, family, "", home or self._home(country), jobs, own, mobile, title, birth, married)

    def _employers(self, country: Country) -> list[_Company]:
        mine = [each for each in self._companies if each.country is country]
        skew = self._recipe.company_skew
        return [self._skewed(mine, skew) for _ in range(2 if self._chance(self._recipe.job_change * 2) else 1)]

    def _work_mail(self, company: _Company, given: str, family: str) -> str:
        first, last = plain(given), plain(family)
        local = (f"{first}.{last}", f"{first[:1]}{last}", f"{first[:1]}.{last}", f"{first}_{last}")[company.pattern]
        return self._unused(local, company.domain)

    def _own_mail(self, country: Country, given: str, family: str) -> str:
        first, last = plain(given), plain(family)
        year = self._random.randrange(50, 100)
        shapes = (f"{first}.{last}", f"{first}{last}", f"{last}{first[:1]}{year}", f"{first}{year}", f"{last}.{first}")
        return self._unused(self._random.choice(shapes), self._random.choice(country.freemail))

    def _unused(self, local: str, domain: str) -> str:
        number = 1
        while (address := f"{local}{number if number > 1 else ''}@{domain}") in self._mails:
            number += 1
        self._mails.add(address)
        return address

    def _records(self, person: _Person) -> list[Row]:
        count = self._random.choices(range(1, len(self._recipe.extra_records) + 1), self._recipe.extra_records)[0]
        return [self._record(person, person.jobs[-1] if self._chance(0.5) else person.jobs[0]) for _ in range(count)]

    def _record(self, person: _Person, job: tuple[_Company, str]) -> Row:
        recipe, (company, work_mail) = self._recipe, job
        given, family = self._name(person)
        has_address = self._chance(recipe.address)
        home = person.home
        return {
            "entity": str(person.number),
            "first_name": given,
            "last_name": family,
            "email": self._mail(person, company, work_mail),
            "phone": self._phone(person, company),
            "company": self._company_name(company) if self._chance(recipe.company) else "",
            "job_title": person.title if self._chance(0.5) else "",
            "street": f"{home.house} {home.street}" if has_address else "",
            "postal_code": home.postal if has_address else "",
            "city": home.city if has_address or self._chance(0.3) else "",
            "country": person.country.code if self._chance(0.85) else "",
            "birth_date": person.birth if self._chance(recipe.birth) else "",
        }

    def _name(self, person: _Person) -> tuple[str, str]:
        recipe = self._recipe
        given = person.given
        family = person.married if person.married and self._chance(0.5) else person.family
        short = _SHORT.get(plain(given))
        if short and self._chance(recipe.nickname * 2):
            given = short
        elif self._chance(recipe.initial):
            given = f"{given[0]}."
        elif self._chance(recipe.no_given):
            given = ""
        if self._chance(recipe.plain_letters):
            given, family = _without_accents(given), _without_accents(family)
        given = self._typo(given) if self._chance(recipe.name_typo / 2) and len(given) > 3 else given
        family = self._typo(family) if self._chance(recipe.name_typo) else family
        if person.suffix and self._chance(0.6):
            family = f"{family} {person.suffix}"
        if self._chance(0.04):
            given, family = (given.upper(), family.upper()) if self._chance(0.5) else (given.lower(), family.lower())
        return (family, given) if given and self._chance(recipe.swapped) else (given, family)

    def _mail(self, person: _Person, company: _Company, work_mail: str) -> str:
        chosen = self._random.choices(range(4), self._recipe.mail)[0]
        if chosen == 3:
            return ""
        if chosen == 2:
            return f"{self._random.choice(ROLES[:3])}@{company.domain}"
        mail = work_mail if chosen == 0 else person.own_mail
        if self._chance(self._recipe.mail_typo):
            local, _, domain = mail.partition("@")
            return f"{self._typo(local)}@{domain}"
        return self._variant(mail) if self._chance(self._recipe.mail_variant) else mail

    def _variant(self, mail: str) -> str:
        local, _, domain = mail.partition("@")
        if domain != "gmail.com" or self._chance(0.4):
            return mail.title() if self._chance(0.5) else mail.upper()
        return (
            f"{local}+{self._random.choice(('news', 'crm', 'fair'))}@{domain}"
            if self._chance(0.5)
            else f"{local.replace('.', '')}@{domain}"
        )

    def _phone(self, person: _Person, company: _Company) -> str:
        chosen = self._random.choices(range(3), self._recipe.phone)[0]
        if chosen == 2:
            return ""
        if chosen == 0:
            return person.mobile
        return company.switchboard if self._chance(0.8) else person.home.phone

    def _company_name(self, company: _Company) -> str:
        if not self._chance(self._recipe.company_variant):
            return company.name
        words = company.name.split()
        body = words[: 2 if len(words) < 4 else 3]
        shape = self._random.randrange(4)
        if shape == 0:
            return " ".join(body)
        if shape == 1:
            return company.name.upper()
        if shape == 2:
            return self._typo(" ".join(body))
        return " ".join([*body, self._random.choice(company.country.legal_forms)])

    def _typo(self, text: str) -> str:
        if len(text) < 3:
            return text
        place = self._random.randrange(1, len(text) - 1)
        match self._random.randrange(4):
            case 0:
                return text[:place] + text[place + 1 :]
            case 1:
                return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
            case 2:
                return text[:place] + text[place] + text[place:]
            case _:
                return text[:place] + _KEYBOARD.get(text[place], "e") + text[place + 1 :]


def plain(text: str) -> str:
    """Write a name as it stands in an address."""
    return "".join(letter for letter in _without_accents(text).casefold() if letter.isalnum())


def _without_accents(text: str) -> str:
    spelled = (
        text.replace("ß", "ss").replace("ü", "ue").replace("ö", "oe").replace("ä", "ae") if text[:1] > "M" else text.replace("ß", "ss")
    )
    return "".join(letter for letter in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(letter))
