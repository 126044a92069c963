"""Turn a registrant as Zoom tells it, in a push or in a list, into a change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.contract import Change, FieldKind, FieldSpec, Invalid, JsonObject, JsonValue, NativeId, ObjectName, ObjectSpec, Version
from core.contract.moments import read_moment

REGISTRATION = ObjectName("registration")
ATTENDANCE = ObjectName("attendance")
_LONGEST_ID = 200
_PERSON = {
    "email": FieldKind.EMAIL,
    "first_name": FieldKind.TEXT,
    "last_name": FieldKind.TEXT,
    "org": FieldKind.TEXT,
    "job_title": FieldKind.TEXT,
    "phone": FieldKind.PHONE,
    "address": FieldKind.TEXT,
    "city": FieldKind.TEXT,
    "state": FieldKind.TEXT,
    "zip": FieldKind.TEXT,
    "country": FieldKind.TEXT,
    "industry": FieldKind.TEXT,
    "no_of_employees": FieldKind.TEXT,
    "purchasing_time_frame": FieldKind.TEXT,
    "role_in_purchase_process": FieldKind.TEXT,
    "comments": FieldKind.LONG_TEXT,
    "tracking_source": FieldKind.TEXT,
}
_EVENT = {"id": FieldKind.ID, "topic": FieldKind.TEXT, "start_time": FieldKind.DATETIME}


@dataclass(frozen=True, slots=True)
class Occasion:
    """What people register for: `sort` is `webinar` or `meeting`."""

    sort: str
    id: str
    topic: str | None = None
    start_time: str | None = None

    def told(self) -> JsonObject:
        """As it stands under `webinar` in the record."""
        return {"id": self.id, "topic": self.topic, "start_time": self.start_time}


def read_occasion(node: JsonValue, sort: str = "webinar") -> Occasion:
    """Read a webinar or meeting as pushes and lists name it; raises Invalid without its number."""
    if not isinstance(node, dict):
        raise Invalid("The push carries no webinar.", field="payload.object")
    return Occasion(sort, read_id(node.get("id"), "object.id"), _text(node.get("topic")), _text(node.get("start_time")))


def read_id(value: JsonValue, field: str) -> str:
    """An id, which Zoom gives as a number or as text; raises Invalid."""
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if not text or len(text) > _LONGEST_ID or not text.isprintable():
        raise Invalid("A registration has no usable id.", field=field)
    return text


@dataclass(frozen=True, slots=True)
class Told:
    """How a registration came: the status that its message names, and when the message was made."""

    status: str | None = None
    at: datetime | None = None
    keep_join_url: bool = False


def read_registration(node: JsonValue, occasion: Occasion, told: Told) -> Change:
    """Turn a registrant into a change; raises Invalid when it has no id.

    A person has one registration per webinar, so two webinars are two records. The version names the status and the
    moment of registering: a cancellation and registering anew are new states, a repetition is not. `titles` maps the
    words of the organiser's own questions to the answers, of two alike the first.
    """
    if not isinstance(node, dict):
        raise Invalid("The push carries no registrant.", field="registrant")
    native_id = f"{occasion.id}/{read_id(node.get('id') or node.get('registrant_id'), 'registrant.id')}"
    status = told.status or _text(node.get("status")) or "approved"
    registered = read_moment(node.get("create_time"))
    moment = told.at if told.status == "cancelled" else registered or told.at
    fields: JsonObject = {
        "id": native_id,
        "sort": occasion.sort,
        "status": status,
        "registered_at": registered.isoformat() if registered else None,
        **{name: node.get(name) for name in _PERSON},
        "titles": _titles(node.get("custom_questions")),
        "webinar": occasion.told(),
    }
    if told.keep_join_url:
        fields["join_url"] = node.get("join_url")
    version = Version(f"{status}@{int(moment.timestamp())}" if moment else status)
    return Change(REGISTRATION, NativeId(native_id), fields, version=version, changed_at=moment)


def _titles(rows: JsonValue) -> JsonObject:
    titles: JsonObject = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and isinstance(row.get("title"), str):
            titles.setdefault(str(row["title"]), row.get("value"))
    return titles


def _text(value: JsonValue) -> str | None:
    return value[:2000] if isinstance(value, str) and value else None


def describe_objects() -> list[ObjectSpec]:
    """Both objects; the organisers' own questions are known only once they are answered."""
    told = {"id": FieldKind.ID, "sort": FieldKind.CHOICE, "status": FieldKind.CHOICE, "registered_at": FieldKind.DATETIME, **_PERSON}
    seen = {
        **{"id": FieldKind.ID, "email": FieldKind.EMAIL, "name": FieldKind.TEXT, "attended": FieldKind.BOOLEAN},
        **{"minutes": FieldKind.NUMBER, "registration": FieldKind.ID},
    }
    event = {f"webinar.{name}": kind for name, kind in _EVENT.items()}
    return [
        ObjectSpec(REGISTRATION, "Registration", [_spec(name, kind) for name, kind in {**told, **event}.items()]),
        ObjectSpec(ATTENDANCE, "Attendance", [_spec(name, kind) for name, kind in {**seen, **event}.items()]),
    ]


def _spec(name: str, kind: FieldKind) -> FieldSpec:
    return FieldSpec(name, name, kind, creatable=False, updatable=False, unique=name == "id")
