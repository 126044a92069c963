"""What two records are compared by: one person's canonical values as short strings, made once and kept packed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from core.flow.quality import name_lists
from core.flow.quality.absurd import Absurd
from core.flow.quality.address import street
from core.flow.quality.company import fold_company
from core.flow.quality.domains import is_freemail, registrable
from core.flow.quality.folding import fold
from core.flow.quality.mailbox import mailbox
from core.flow.quality.person import person
from core.flow.quality.titles import job
from core.model.records import Scalar

_FIELD, _ITEM = "\x1f", "\x1e"
_DATE = re.compile(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})(?!\d)")
_BIRTH = ("birth_date", "date_of_birth", "birthdate", "birthday", "dob")
_IDS = ("person_id", "national_id", "tax_id", "passport", "customer_number", "soc_sec_id", "social_security_number", "linkedin")
_SPELLED_BIRTHS = tuple(spelled for name in _BIRTH for spelled in (name, f"x_{name}"))
_SPELLED_IDS = tuple((name, spelled) for name in _IDS for spelled in (name, f"x_{name}"))
_PHONES = ("phone", "mobile", "phone_2", "phone_3")
_FEWEST_DIGITS = 7
_SHORTEST_ID = 3
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
_FLAG = _TEXTS.index("company")
"""The place among the fields of what is no text, but for the ids at the end."""


def profile_of(values: Mapping[str, Scalar], absurd: Absurd | None = None) -> Profile:
    """Make the profile of canonical values, named as golden fields are; values that are absurd by the rules count as unknown.

    Fields of the workspace's own count where their name says what they are: a birth date (`x_birth_date`), a number that only
    one person has (`x_tax_id`).
    """
    rules = absurd or _usual_rules()

    texts = {
        name: str(value).strip()[:_LONGEST]
        for name, value in values.items()
        if value is not None and not isinstance(value, bool) and not rules.find(name, value)
    }

    def text(name: str) -> str:
        return texts.get(name, "")

    return Profile(**_named(text), **_mailed(text), **_placed(text))  # type: ignore[arg-type]  # each part makes its own fields


_Text = Callable[[str], str]


@cache
def _usual_rules() -> Absurd:
    return Absurd.default()


def _named(text: _Text) -> dict[str, object]:
    name = person(text("first_name"), text("last_name"), text("full_name"))
    middle = fold(text("middle_name"))
    return {
        "given": name.given,
        "middle": f"{name.middle} {middle}".strip(),
        "family": name.family,
        "suffix": name_lists.SUFFIXES.get(fold(text("suffix")), "") or name.suffix,
        "birth_date": _birth(text(known) for known in _SPELLED_BIRTHS),
        "ids": _ids(text),
    }


def _mailed(text: _Text) -> dict[str, object]:
    mail = mailbox(text("email"))
    is_mail = bool(mail.local and mail.domain)
    return {
        "box": mail.box if is_mail else "",
        "email_local": mail.box.rpartition("@")[0] if is_mail else "",
        "email_domain": mail.domain if is_mail else "",
        "role_email": is_mail and mail.is_role,
        "phones": tuple(sorted({phone for each in _PHONES if (phone := _phone(text(each)))})),
        "company": fold_company(text("company")),
        "domain": _domain(text("domain")) or _domain(text("website")) or (_domain(mail.domain) if is_mail else ""),
        "job_function": str(job(text("job_title")).function or ""),
    }


def _placed(text: _Text) -> dict[str, object]:
    where = street(text("street"), text("country") or None)
    return {
        "street": where.name,
        "house": where.number,
        "postal_code": fold(text("postal_code")),
        "city": fold(text("city")),
        "region": fold(text("region")),
        "country": fold(text("country")),
    }


def _ids(text: _Text) -> tuple[str, ...]:
    found = {f"{each}:{folded}" for each, known in _SPELLED_IDS if text(known) and len(folded := fold(text(known))) > _SHORTEST_ID}
    return tuple(sorted(found))


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
    values: list[Any] = [*texts[:_FLAG], bool(flag), _items(phones), *texts[_FLAG:], _items(ids)]
    return Profile(*values)  # by place: a third faster


def _items(text: str) -> tuple[str, ...]:
    return tuple(text.split(_ITEM)) if text else ()


def _phone(text: str) -> str:
    digits = "".join(letter for letter in text if letter.isdigit())
    if len(digits) < _FEWEST_DIGITS or len(set(digits[-_FEWEST_DIGITS:])) == 1:
        return ""
    return f"+{digits}" if text.startswith("+") else digits.lstrip("0")


def _domain(text: str) -> str:
    host = text.casefold().removeprefix("https://").removeprefix("http://").partition("/")[0]
    return "" if not host or is_freemail(host) else registrable(host) or ""


def _birth(texts: Iterable[str]) -> str:
    for text in texts:
        if text and (found := _DATE.match(text)):
            return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}"
    return ""
