"""What two records are compared by: one person's canonical values as short strings, made once and kept packed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from core.flow.identity import parts
from core.flow.identity.employer import FREEMAIL
from core.flow.identity.keys import fold, fold_company
from core.model.records import Scalar

_FIELD, _ITEM = "\x1f", "\x1e"
_DATE = re.compile(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})(?!\d)")
_BIRTH = ("birth_date", "date_of_birth", "birthdate", "birthday", "dob")
_IDS = ("person_id", "national_id", "tax_id", "passport", "customer_number", "soc_sec_id", "social_security_number", "linkedin")
_PHONES = ("phone", "mobile", "phone_2", "phone_3")
_FEWEST_DIGITS = 7
_LONGEST = 100
"""Characters of a value that are compared; longer ones are absurd, and would make each comparison dear."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One person's values folded for comparing; an empty string is a value that is not known."""

    given: str = ""
    middle: str = ""
    family: str = ""
    suffix: str = ""
    box: str = ""
    email_local: str = ""
    email_domain: str = ""
    role_email: bool = False
    phones: tuple[str, ...] = ()
    company: str = ""
    domain: str = ""
    street: str = ""
    house: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    job_function: str = ""
    birth_date: str = ""
    ids: tuple[str, ...] = ()


_TEXTS = tuple(field.name for field in fields(Profile) if field.name not in ("role_email", "phones", "ids"))


def profile_of(values: Mapping[str, Scalar]) -> Profile:
    """Make the profile of canonical values, named as golden fields are.

    Fields of the workspace's own count where their name says what they are: a birth date (`x_birth_date`), a number that only
    one person has (`x_tax_id`).
    """

    def text(name: str) -> str:
        value = values.get(name)
        return "" if value is None or isinstance(value, bool) else str(value).strip()[:_LONGEST]

    name = parts.person(text("first_name"), text("last_name"), text("full_name"), text("middle_name"))
    mail = parts.mail(text("email"))
    street, house = parts.street(text("street"))
    return Profile(
        given=name.given,
        middle=name.middle,
        family=name.family,
        suffix=parts.suffix(text("suffix")) or name.suffix,
        box=mail.box,
        email_local=mail.local,
        email_domain=mail.domain,
        role_email=mail.is_role,
        phones=tuple(sorted({phone for each in _PHONES if (phone := _phone(text(each)))})),
        company=fold_company(text("company")),
        domain=_domain(text("domain") or text("website") or mail.domain),
        street=street,
        house=house,
        postal_code=fold(text("postal_code")),
        city=fold(text("city")),
        region=fold(text("region")),
        country=fold(text("country")),
        job_function=fold(text("job_title")),
        birth_date=_birth(text(known) for known in _own(_BIRTH)),
        ids=tuple(
            sorted({f"{known}:{folded}" for each in _IDS for known in _own((each,)) if (folded := fold(text(known))) and len(folded) > 3})
        ),
    )


def pack(profile: Profile) -> bytes:
    """Write a profile compactly; `unpack` reads it."""
    texts = [getattr(profile, name) for name in _TEXTS]
    flag = "1" if profile.role_email else ""
    return _FIELD.join([*texts, flag, _ITEM.join(profile.phones), _ITEM.join(profile.ids)]).encode()


def unpack(packed: bytes) -> Profile:
    """Read what `pack` has written; raises ValueError for anything else."""
    *texts, flag, phones, ids = packed.decode().split(_FIELD)
    if len(texts) != len(_TEXTS):
        raise ValueError(f"A packed profile has {len(_TEXTS)} texts, this one has {len(texts)}: it was written by another version.")
    return Profile(**dict(zip(_TEXTS, texts, strict=True)), role_email=bool(flag), phones=_items(phones), ids=_items(ids))  # type: ignore[arg-type]


def _items(text: str) -> tuple[str, ...]:
    return tuple(text.split(_ITEM)) if text else ()


def _own(names: Iterable[str]) -> list[str]:
    return [spelled for name in names for spelled in (name, f"x_{name}")]


def _phone(text: str) -> str:
    digits = "".join(letter for letter in text if letter.isdigit())
    if len(digits) < _FEWEST_DIGITS or len(set(digits[-_FEWEST_DIGITS:])) == 1:
        return ""
    return f"+{digits}" if text.startswith("+") else digits.lstrip("0")


def _domain(text: str) -> str:
    host = text.casefold().removeprefix("https://").removeprefix("http://").partition("/")[0].removeprefix("www.")
    return "" if host in FREEMAIL or "." not in host else host


def _birth(texts: Iterable[str]) -> str:
    for text in texts:
        found = _DATE.match(text)
        if found:
            return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}"
    return ""
