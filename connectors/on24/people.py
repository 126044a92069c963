"""Turn a registrant's and an attendee's row into states of one registration: who, for which webinar, and what came of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.on24.api import JsonObject
from core.contract import Change, FieldKind, FieldSpec, Flag, Invalid, JsonValue, NativeId, ObjectName, ObjectSpec, Reject, Version
from core.contract.moments import as_of, read_moment

REGISTRATION = ObjectName("registration")
ON24_ZONE = ZoneInfo("America/Los_Angeles")
_LONGEST = 2_000
_MOST_ITEMS = 200

_PERSON = {
    **{"email": FieldKind.EMAIL, "firstname": FieldKind.TEXT, "lastname": FieldKind.TEXT, "company": FieldKind.TEXT},
    **{"jobtitle": FieldKind.TEXT, "jobfunction": FieldKind.TEXT, "companyindustry": FieldKind.TEXT, "companysize": FieldKind.TEXT},
    **{"workphone": FieldKind.PHONE, "homephone": FieldKind.PHONE, "fax": FieldKind.PHONE, "addressstreet1": FieldKind.TEXT},
    **{"addressstreet2": FieldKind.TEXT, "city": FieldKind.TEXT, "state": FieldKind.TEXT, "zip": FieldKind.TEXT},
    **{"country": FieldKind.TEXT, "notes": FieldKind.LONG_TEXT, "other": FieldKind.LONG_TEXT, "exteventusercd": FieldKind.TEXT},
    **{"partnerref": FieldKind.TEXT, "campaigncode": FieldKind.TEXT, "sourcecampaigncode": FieldKind.TEXT},
    **{"utmsource": FieldKind.TEXT, "utmmedium": FieldKind.TEXT, "utmcampaign": FieldKind.TEXT, "utmterm": FieldKind.TEXT},
    **{"utmcontent": FieldKind.TEXT, "marketingemail": FieldKind.TEXT, "eventemail": FieldKind.TEXT, "attendeetype": FieldKind.TEXT},
    **{f"std{number}": FieldKind.TEXT for number in range(1, 11)},
}
_COUNTS = {
    **{"live_minutes": "liveminutes", "archive_minutes": "archiveminutes", "questions_asked": "askedquestions"},
    **{"polls_answered": "answeredpolls", "surveys_answered": "answeredsurveys", "resources_viewed": "resourcesdownloaded"},
}
_STATES = {"id": FieldKind.ID, "status": FieldKind.CHOICE, "registered_at": FieldKind.DATETIME, "last_activity": FieldKind.DATETIME}
_ATTENDANCE = {
    **{"attended": FieldKind.BOOLEAN, "minutes": FieldKind.NUMBER, **dict.fromkeys(_COUNTS, FieldKind.NUMBER)},
    **{"engagement_score": FieldKind.NUMBER, "first_attended_at": FieldKind.DATETIME, "questions": FieldKind.CHOICES},
}
_EVENT = {"id": FieldKind.ID, "title": FieldKind.TEXT, "start_time": FieldKind.DATETIME}


@dataclass(frozen=True, slots=True)
class Occasion:
    """A webinar. `is_test`: ON24 has it marked as one that is held for trial."""

    id: str
    title: str | None = None
    start_time: str | None = None
    is_test: bool = False

    def told(self) -> JsonObject:
        """As it stands under `event` in the record."""
        return {"id": self.id, "title": self.title, "start_time": self.start_time}


def read_occasion(event_id: str, row: JsonObject | None) -> Occasion:
    """Read a webinar; of one that is gone, its number is left."""
    if row is None:
        return Occasion(event_id)
    started = read_moment(row.get("livestart"), ON24_ZONE)
    # Strangely, ON24's own example has a text here that begins with the word.
    is_test = row.get("istestevent") is True or str(row.get("istestevent")).lower().startswith("true")
    return Occasion(event_id, _text(row.get("description")), started.isoformat() if started else None, is_test)


@dataclass(frozen=True, slots=True)
class Seat:
    """Whose registration a row is about: the webinar's and the person's number, and when something happened last."""

    event: str
    user: str
    active_at: datetime | None
    status: str

    @property
    def id(self) -> str:
        """A person has one registration for each webinar, so two webinars are two records."""
        return f"{self.event}/{self.user}"

    @property
    def place(self) -> str:
        """Sorts by time; people of one moment by their numbers."""
        return f"{self.active_at.isoformat(timespec='microseconds') if self.active_at else ''}|{self.id}"


def read_seat(row: JsonObject, *names: str) -> Seat:
    """Read whom a row is about; `names` hold moments, of which the last counts. Raises Invalid without the two numbers."""
    event, user = (_number_text(row.get(name)) for name in ("eventid", "eventuserid"))
    if not event or not user:
        raise Invalid("A row names no webinar or nobody.", field="eventuserid")
    moments = [found for name in names if (found := read_moment(row.get(name), ON24_ZONE)) is not None]
    return Seat(event, user, max(moments, default=None), (_text(row.get("userstatus")) or "active").lower())


def read_registrant(row: JsonObject) -> Seat:
    """Read whom a registrant's row is about."""
    return read_seat(row, "lastactivity", "createtimestamp")


def read_attendee(row: JsonObject) -> Seat:
    """Read whom an attendee's row is about."""
    return read_seat(row, "lastliveactivity", "lastarchiveactivity", "firstliveactivity", "firstarchiveactivity")


def registrant_change(seat: Seat, row: JsonObject, occasion: Occasion, now: datetime) -> Change:
    """The state of a registration as the form left it. Addresses in the network and personal links are not told."""
    registered = read_moment(row.get("createtimestamp"), ON24_ZONE)
    fields: JsonObject = {
        "id": seat.id,
        "status": seat.status,
        "registered_at": registered.isoformat() if registered else None,
        "last_activity": seat.active_at.isoformat() if seat.active_at else None,
        **{name: _plain(row.get(name)) for name in _PERSON},
        "event": occasion.told(),
    }
    return _change("registered", seat, fields, occasion, now)


def attendee_change(seat: Seat, row: JsonObject, occasion: Occasion, now: datetime) -> Change:
    """The same registration, now with what the person did. Who stands in this list came; what it does not tell stays unknown."""
    counts = {name: _count(row.get(theirs)) for name, theirs in _COUNTS.items()}
    first = [found for name in ("firstliveactivity", "firstarchiveactivity") if (found := read_moment(row.get(name), ON24_ZONE))]
    fields: JsonObject = {
        "id": seat.id,
        "email": _text(row.get("email")),
        "status": seat.status,
        "last_activity": seat.active_at.isoformat() if seat.active_at else None,
        "attended": True,
        "minutes": (counts["live_minutes"] or 0) + (counts["archive_minutes"] or 0),
        **counts,
        "engagement_score": _score(row.get("engagementscore")),
        "first_attended_at": min(first).isoformat() if first else None,
        "questions": [text for each in _rows(row.get("questions")) if (text := _text(each.get("content")))],
        "polls": _answers(_rows(row.get("polls")), "pollquestion", "pollanswers"),
        "surveys": _answers(_survey_rows(row), "surveyquestion", "surveyanswers"),
        "event": occasion.told(),
    }
    return _change("attended", seat, fields, occasion, now)


def _change(step: str, seat: Seat, fields: JsonObject, occasion: Occasion, now: datetime) -> Change:
    digest = hashlib.sha256(json.dumps(fields, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    at = as_of(seat.active_at, now) if seat.active_at else None
    flag = Flag.TEST if occasion.is_test else Flag.NONE
    return Change(REGISTRATION, NativeId(seat.id), fields, version=Version(f"{step}-{digest}"), changed_at=at, flag=flag)


def unreadable(row: JsonObject, error: Invalid) -> Reject:
    """A row that cannot be used, as it came but for addresses in the network and links."""
    kept = {name: value for name, value in row.items() if name in {*_PERSON, "eventid", "eventuserid", "createtimestamp"}}
    raw = json.dumps(kept, sort_keys=True).encode("utf-8", "replace")
    return Reject(REGISTRATION, NativeId("sha256-" + hashlib.sha256(raw).hexdigest()[:32]), error, raw)


def describe_objects() -> list[ObjectSpec]:
    """The one object; polls and surveys are known only by their questions' words."""
    fields = {**_STATES, **_PERSON, **_ATTENDANCE, **{f"event.{name}": kind for name, kind in _EVENT.items()}}
    specs = [FieldSpec(name, name, kind, creatable=False, updatable=False, unique=name == "id") for name, kind in fields.items()]
    return [ObjectSpec(REGISTRATION, "Registration", specs)]


def _answers(rows: Sequence[JsonObject], question: str, answers: str) -> JsonObject:
    """Answers by the words of their questions; of two alike the first."""
    found: JsonObject = {}
    for row in rows:
        words, given = _text(row.get(question)), row.get(answers)
        if words and isinstance(given, list):
            found.setdefault(words, "; ".join(text for each in given[:_MOST_ITEMS] if (text := _text(each))))
    return found


def _survey_rows(row: JsonObject) -> list[JsonObject]:
    return [question for survey in _rows(row.get("surveys")) for question in _rows(survey.get("surveyquestions"))]


def _rows(value: JsonValue) -> list[JsonObject]:
    return [each for each in value[:_MOST_ITEMS] if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: JsonValue) -> str | None:
    return (value.strip()[:_LONGEST] or None) if isinstance(value, str) else None


def _plain(value: JsonValue) -> str | None:
    """A text or a number as text; forms' own fields may hold either."""
    return _text(value) if not isinstance(value, int) or isinstance(value, bool) else _number_text(value)


def _number_text(value: JsonValue) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if 0 <= value < 10**18 else None
    return value.strip() if isinstance(value, str) and value.strip().isdecimal() and len(value) <= 18 else None


def _count(value: JsonValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else None


def _score(value: JsonValue) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1_000 else None
