"""Turn a webinar's report into one record a person: whether somebody came, and for how many minutes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from connectors.zoom_webinars.registrations import ATTENDANCE, Occasion
from core.contract import Change, JsonObject, JsonValue, NativeId, Version
from core.contract.moments import read_moment


@dataclass(slots=True)
class _Person:
    email: str
    name: str
    registrant: str
    seconds: int = 0
    attended: bool = False


def gather(occasion: Occasion, uuid: str, present: Iterable[JsonObject], absent: Iterable[JsonObject]) -> list[Change]:
    """One change a person, in the order of their ids.

    Who left and came back stands in the report several times; the minutes are added up. Who is named by neither an
    address nor a registration (a panelist's second device, a caller) cannot be anybody's lead and is left out. The version
    is what was found, so that a report that Zoom corrects later is a new state.
    """
    people: dict[str, _Person] = {}
    for row in present:
        person = _person(people, row, row.get("user_email"), row.get("registrant_id"))
        if person is not None:
            person.attended = True
            person.seconds += _seconds(row.get("duration"))
    for row in absent:
        _person(people, row, row.get("email"), row.get("id"))
    return [_change(occasion, uuid, key, people[key]) for key in sorted(people)]


def _person(people: dict[str, _Person], row: JsonObject, email: JsonValue, registrant: JsonValue) -> _Person | None:
    mail, number = _text(email), _text(registrant)
    # By address first: participants tell it and no registration when they came without one of their own.
    key = mail.lower() or number
    if not key:
        return None
    name = _text(row.get("name")) or f"{_text(row.get('first_name'))} {_text(row.get('last_name'))}".strip()
    person = people.setdefault(key, _Person(mail, name, number))
    person.registrant = person.registrant or number
    return person


def _change(occasion: Occasion, uuid: str, key: str, person: _Person) -> Change:
    # Hashed, because an id stands in logs and in addresses, where a person's address has no business.
    digest = hashlib.sha256("\n".join([uuid, key]).encode("utf-8", "replace")).hexdigest()
    native_id = f"{occasion.id}/{digest[:32]}"
    fields: JsonObject = {
        "id": native_id,
        "email": person.email or None,
        "name": person.name or None,
        "attended": person.attended,
        "minutes": round(person.seconds / 60),
        "registration": f"{occasion.id}/{person.registrant}" if person.registrant else None,
        "webinar": occasion.told(),
    }
    version = Version(f"{person.seconds}s" if person.attended else "absent")
    return Change(ATTENDANCE, NativeId(native_id), fields, version=version, changed_at=read_moment(occasion.start_time))


def _text(value: JsonValue) -> str:
    return value.strip()[:200] if isinstance(value, str) else ""


def _seconds(value: JsonValue) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1_000_000 else 0
