"""How many values a second each normaliser takes: fresh values, and the mix of a CRM in which three of four came before.

The peers are measured in the same run on the same values where they are installed: email-validator, phonenumbers and
publicsuffixlist come with Leadloom, nameparser and cleanco do not: without them there is no comparison, and a note says so.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that `python benchmarks/normalisers.py` works too

from benchmarks.support.figures import Figure, Printer, parse
from core.flow.quality.absurd import Absurd
from core.flow.quality.address import street
from core.flow.quality.company import company
from core.flow.quality.contact import email, phone
from core.flow.quality.domains import registrable
from core.flow.quality.languages import language
from core.flow.quality.mailbox import mailbox
from core.flow.quality.names import parse_name
from core.flow.quality.person import person
from core.flow.quality.phones import phone_facts
from core.flow.quality.places import country, postal_code
from core.flow.quality.titles import job

_GIVEN = "Ada|Anna-Lena|Björn|Carlos|María José|Łukasz|Wei|Иван|Zoë|Jean-Pierre|Priya|Müller|Aoife".split("|")  # noqa: SIM905
_FAMILY = "Byron|García Márquez|van der Berg|Nguyễn|Петров|Kowalski|O'Neill|Schmidt-Kern|Öztürk|de la Cruz".split("|")  # noqa: SIM905
_FORMS = ["GmbH", "GmbH & Co. KG", "Ltd", "S.à r.l.", "S.p.A.", "Inc.", "Sp. z o.o.", "B.V.", "A/S", "", "Pty Ltd"]
_TITLES = [
    "Leiterin Einkauf",
    "VP Sales",
    "Senior Software Engineer",
    "Directeur commercial",
    "Responsabile acquisti",
    "Head of Marketing",
    "CEO",
]
_STREETS = ["Hauptstr. ", "Berliner Straße ", "Kerkstraat ", "Via Roma ", "Calle Mayor ", "Rue de la Paix "]
_PLACES = ["Deutschland", "Germany", "DE", "United States", "U.S.A.", "España", "日本", "Österreich"]


@dataclass(frozen=True, slots=True)
class _Case:
    """One normaliser, the values it is given, and a peer: module, name, and how it is called."""

    name: str
    ours: Callable[[str], object]
    make: Callable[[random.Random, int], str]
    peer: tuple[str, str, Callable[[Any], Callable[[str], object]]] | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    wanted = parse(__doc__ or "", arguments)
    printer = Printer(as_json=wanted.json)
    for case in _CASES:
        _measure(printer, case, 400 if wanted.quick else 8_000)
    return 0


def _measure(printer: Printer, case: _Case, count: int) -> None:
    chance = random.Random(7)
    fresh = list(dict.fromkeys(case.make(chance, number) for number in range(count)))
    case.ours("warm up")
    rate = _rate(case.ours, fresh)
    again = [fresh[chance.randrange(max(1, len(fresh) // 4))] for _ in range(count)]
    peer = case.peer and _peer(printer, case, fresh)
    printer.show(Figure(f"{case.name}_per_s", rate, "calls/s", peer[0] if peer else None, rate / peer[1] if peer else None))
    printer.show(Figure(f"{case.name}_repeated_per_s", _rate(case.ours, again), "calls/s"))


def _peer(printer: Printer, case: _Case, values: Sequence[str]) -> tuple[str, float] | None:
    assert case.peer is not None
    module, name, called = case.peer
    try:
        call = called(import_module(module))
    except ImportError:
        printer.say(f"{case.name}: {name} is not installed; no comparison.")
        return None
    call("warm up")
    return name, _rate(call, values)


def _rate(call: Callable[[str], object], values: Sequence[str]) -> float:
    """Calls a second of processor time."""
    begun = time.process_time()
    for value in values:
        call(value)
    return len(values) / max(time.process_time() - begun, 1e-9)


def _address(chance: random.Random, number: int) -> str:
    host = chance.choice(("gmail.com", "googlemail.com", "yahoo.de", f"engines{number % 500}.example", "gmial.com", "outlook.com"))
    return f"{chance.choice('abcdefgh')}.byron{number}{chance.choice(('', '+fair'))}@{host}"


def _name(chance: random.Random, number: int) -> str:
    return f"{chance.choice(('', 'Dr. ', 'Prof. Dr. '))}{chance.choice(_GIVEN)} {chance.choice(_FAMILY)}{number}"


def _valid(validate: Callable[..., object]) -> Callable[[str], object]:
    def call(value: str) -> object:
        try:
            return validate(value, check_deliverability=False, test_environment=True)
        except ValueError:
            return None

    return call


def _parsed(module: Any) -> Callable[[str], object]:
    def call(value: str) -> object:
        try:
            number = module.parse(value, "DE")
            return module.format_number(number, module.PhoneNumberFormat.E164) if module.is_possible_number(number) else None
        except module.NumberParseException:
            return None

    return call


_CASES = (
    _Case("email", email, _address, ("email_validator", "email-validator", lambda module: _valid(module.validate_email))),
    _Case("mailbox", mailbox, _address),
    _Case("phone", lambda text: phone(text, "DE"), lambda _, n: f"030 2{n:07d}", ("phonenumbers", "phonenumbers", _parsed)),
    _Case("phone_facts", phone_facts, lambda _, n: f"+49302{n:07d}"),
    _Case("name_split", parse_name, _name, ("nameparser", "nameparser", lambda module: module.HumanName)),
    _Case("person", lambda text: person(text.partition(" ")[0], text.partition(" ")[2]), _name),
    _Case(
        "company",
        company,
        lambda chance, n: f"{chance.choice(_FAMILY)} {n} {chance.choice(_FORMS)}",
        ("cleanco", "cleanco", lambda module: module.basename),
    ),
    _Case(
        "domain",
        registrable,
        lambda chance, n: f"www.engines{n}.{chance.choice(('co.uk', 'de', 'com', 'com.br'))}",
        ("publicsuffixlist", "publicsuffixlist", lambda module: module.PublicSuffixList().privatesuffix),
    ),
    _Case("country", country, lambda chance, _: chance.choice(_PLACES)),
    _Case("postal_code", lambda text: postal_code(text, "DE"), lambda _, n: f"D-{10_000 + n}"),
    _Case("language", language, lambda chance, _: chance.choice(("de", "de_DE", "Deutsch", "English", "fr-CA,fr;q=0.8"))),
    _Case("job_title", job, lambda chance, n: f"{chance.choice(_TITLES)} {n}"),
    _Case("street", lambda text: street(text, "DE"), lambda chance, n: f"{chance.choice(_STREETS)}{n}"),
    _Case("absurd", lambda text: Absurd.default().find("last_name", text), _name),
)


if __name__ == "__main__":
    sys.exit(main())
