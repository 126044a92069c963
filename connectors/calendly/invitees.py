"""Turn a push about an invitee into a change: who booked what and when, the answers, and where the person came from."""

from __future__ import annotations

from core.contract import Change, Invalid, JsonObject, JsonValue, NativeId, ObjectName, Version
from core.contract.moments import read_moment

INVITEE = ObjectName("invitee")
BOOKED, CANCELED = "invitee.created", "invitee.canceled"
_OUTCOMES = {BOOKED: "booked", CANCELED: "canceled"}
_PERSON = ("email", "name", "first_name", "last_name", "timezone", "text_reminder_number")
_MEETING = ("uri", "name", "start_time", "end_time")


def read_push(document: JsonObject) -> Change | None:
    """Read the invitee of a push; None for what tells nothing of its own, Invalid for what carries no invitee.

    A reschedule comes as the cancellation of one invitee and the booking of another, in any order. That cancellation
    is passed over, so that it never makes a lead look lost; the booking names the invitee whose place it takes.
    The version is the kind of event: an invitee is booked once and canceled once, and a repetition of either is the same.
    """
    event = document.get("event")
    if not isinstance(event, str):
        raise Invalid("The push names no event.", field="event")
    if event not in _OUTCOMES:
        return None
    payload = document.get("payload")
    uri = payload.get("uri") if isinstance(payload, dict) else None
    if not isinstance(payload, dict) or not isinstance(uri, str) or not uri:
        raise Invalid("The push carries no invitee.", field="payload.uri")
    if event == CANCELED and payload.get("rescheduled") is True:
        return None
    fields: JsonObject = {
        "uri": uri,
        "outcome": _OUTCOMES[event],
        **{name: payload.get(name) for name in _PERSON},
        "meeting": _meeting(payload),
        **_answers(payload.get("questions_and_answers")),
        "tracking": _filled(payload.get("tracking")),
        "rescheduled_from": payload.get("old_invitee"),
        "routing_form_submission": payload.get("routing_form_submission"),
        "cancellation": _filled(payload.get("cancellation")) if event == CANCELED else {},
    }
    return Change(INVITEE, NativeId(uri), fields, version=Version(event), changed_at=read_moment(document.get("created_at")))


def _meeting(payload: JsonObject) -> JsonObject:
    """The scheduled event; older pushes have no more of it than its address, under `event`."""
    scheduled = payload.get("scheduled_event")
    if isinstance(scheduled, dict):
        return {name: scheduled.get(name) for name in _MEETING}
    uri = payload.get("event")
    return {"uri": uri} if isinstance(uri, str) else {}


def _answers(rows: JsonValue) -> dict[str, JsonValue]:
    """Answers by the question's words (the first of two alike) and by its place in the form, counted by Calendly."""
    titles: JsonObject = {}
    answers: JsonObject = {}
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict):
            continue
        if isinstance(row.get("question"), str):
            titles.setdefault(str(row["question"]), row.get("answer"))
        if isinstance(row.get("position"), int):
            answers.setdefault(str(row["position"]), row.get("answer"))
    return {"titles": titles, "answers": answers}


def _filled(values: JsonValue) -> JsonObject:
    """What is known of a block in which Calendly names everything, mostly with null."""
    return {name: value for name, value in values.items() if value is not None} if isinstance(values, dict) else {}
