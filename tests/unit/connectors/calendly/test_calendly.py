"""A push of Calendly: bookings, cancellations, reschedules, the time inside the signature's header, and what Calendly hears."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.calendly.connector import Calendly
from connectors.calendly.settings import CalendlySettings
from core.contract import Change, Context, InboundRequest, Invalid, Outcome, SignatureInvalid

SENT = datetime.fromtimestamp(1_790_000_000, UTC)
VECTOR = "c27ca4e4f40a19070e8942e07e89e1b9b237b6334954520c3dbc006c16324120"
BODY = '{"id":"1","name":"Zoë"}'.encode()
INVITEE = "https://api.calendly.com/scheduled_events/E1/invitees/I1"
OTHER = "https://api.calendly.com/scheduled_events/E2/invitees/I2"
PAYLOAD: dict[str, Any] = {
    "uri": INVITEE,
    "email": "zoe@example.com",
    "name": "Zoë Vandamme",
    "first_name": None,
    "last_name": None,
    "status": "active",
    "timezone": "Europe/Berlin",
    "questions_and_answers": [{"question": "Company", "answer": "Copper Kettle Foods", "position": 0}],
    "tracking": {"utm_source": "news", "utm_medium": None, "salesforce_uuid": None},
    "scheduled_event": {"uri": "https://api.calendly.com/scheduled_events/E1", "name": "First call", "start_time": "2026-03-05T10:00:00Z"},
    "cancel_url": "https://calendly.com/cancellations/secret",
    "rescheduled": False,
    "old_invitee": None,
    "new_invitee": None,
}


class NoWorld:
    """Fails on any use, because a webhook connector may use nothing of the runtime."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the connector used {name}")


def calendly() -> Calendly:
    world = NoWorld()
    settings = CalendlySettings.model_validate({"signing_keys": ["an-older-key", "topsecret"]})
    return Calendly(settings, Context(http=world, clock=world, sdk=world))


def request(body: bytes, **headers: str) -> InboundRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return InboundRequest("POST", "https://leads.example.com/hooks/calendly", named, body, SENT)


def push(event: object, payload: object) -> InboundRequest:
    return request(json.dumps({"event": event, "created_at": "2026-03-02T09:29:58.5Z", "payload": payload}).encode())


def told(event: str, /, **changes: Any) -> Change:
    (found,) = calendly().parse(push(event, {**PAYLOAD, **changes}))
    assert found.change is not None
    return found.change


def test_a_booking_becomes_one_invitee() -> None:
    change = told("invitee.created")
    assert (change.object, change.id) == ("invitee", INVITEE)
    assert change.changed_at == datetime(2026, 3, 2, 9, 29, 58, 500_000, tzinfo=UTC)
    assert change.fields == {
        "uri": INVITEE,
        "outcome": "booked",
        "email": "zoe@example.com",
        "name": "Zoë Vandamme",
        "first_name": None,
        "last_name": None,
        "timezone": "Europe/Berlin",
        "text_reminder_number": None,
        "meeting": {
            "uri": "https://api.calendly.com/scheduled_events/E1",
            "name": "First call",
            "start_time": "2026-03-05T10:00:00Z",
            "end_time": None,
        },
        "titles": {"Company": "Copper Kettle Foods"},
        "answers": {"0": "Copper Kettle Foods"},
        "tracking": {"utm_source": "news"},
        "rescheduled_from": None,
        "routing_form_submission": None,
        "cancellation": {},
    }


def test_a_cancellation_is_another_state_of_the_same_invitee() -> None:
    (booked,) = calendly().parse(push("invitee.created", PAYLOAD))
    gone = {**PAYLOAD, "status": "canceled", "cancellation": {"reason": "Too early", "canceled_by": "Zoë", "canceler_type": None}}
    (canceled,) = calendly().parse(push("invitee.canceled", gone))
    assert booked.change and canceled.change
    assert booked.change.id == canceled.change.id and booked.id != canceled.id
    assert canceled.change.fields["outcome"] == "canceled"
    assert canceled.change.fields["cancellation"] == {"reason": "Too early", "canceled_by": "Zoë"}


def test_a_reschedule_tells_the_new_booking_and_no_cancellation() -> None:
    assert list(calendly().parse(push("invitee.canceled", {**PAYLOAD, "rescheduled": True, "new_invitee": OTHER}))) == []
    change = told("invitee.created", uri=OTHER, old_invitee=INVITEE)
    assert (change.id, change.fields["rescheduled_from"], change.fields["outcome"]) == (OTHER, INVITEE, "booked")


def test_an_older_push_names_its_meeting_by_address_only() -> None:
    assert told("invitee.created", scheduled_event=None, event="https://api.calendly.com/scheduled_events/E1").fields["meeting"] == {
        "uri": "https://api.calendly.com/scheduled_events/E1"
    }


@pytest.mark.parametrize("event", ["invitee_no_show.created", "routing_form_submission.created"])
def test_other_events_are_passed_over(event: str) -> None:
    assert list(calendly().parse(push(event, {"uri": "x"}))) == []


@pytest.mark.parametrize("payload", [None, [], {}, {"uri": ""}, {"uri": 5}])
def test_a_push_without_an_invitee_is_invalid(payload: object) -> None:
    with pytest.raises(Invalid):
        calendly().parse(push("invitee.created", payload))
    with pytest.raises(Invalid):
        calendly().parse(push(None, payload))


@pytest.mark.parametrize("odd", [None, 5, [None], [{}], [{"question": 1, "position": "x"}], {"a": None}])
def test_malformed_blocks_cost_themselves_only(odd: Any) -> None:
    change = told("invitee.created", questions_and_answers=odd, tracking=odd, scheduled_event=odd, cancellation=odd)
    assert change.fields["titles"] == {} and change.fields["tracking"] == {}


def test_a_vector_computed_once_and_for_all_is_accepted() -> None:
    calendly().verify(request(BODY, calendly_webhook_signature=f"t=1790000000,v1={VECTOR}"))
    calendly().verify(request(BODY, calendly_webhook_signature=f"t=1790000000, v1={'0' * 64}, v1={VECTOR}"))


@pytest.mark.parametrize(
    "header",
    [
        f"v1={VECTOR}",
        f"t=,v1={VECTOR}",
        f"t=1790000001,v1={VECTOR}",
        f"t=1790000000,t=1790000000,v1={VECTOR}",
        f"t=soon,v1={VECTOR}",
        f"t=1790000000,v0={VECTOR}",
        f"t=1790000000,v1={VECTOR.upper()}",
        "t=1790000000",
    ],
)
def test_a_header_that_says_anything_else_is_refused(header: str) -> None:
    with pytest.raises(SignatureInvalid):
        calendly().verify(request(BODY, calendly_webhook_signature=header))


def test_a_time_that_the_sender_puts_beside_the_signature_does_not_count() -> None:
    with pytest.raises(SignatureInvalid):
        calendly().verify(request(BODY, calendly_webhook_signature=f"v1={VECTOR}", calendly_webhook_time="1790000000"))


@pytest.mark.parametrize("seconds", [-181, 181])
def test_a_recorded_push_is_refused_three_minutes_later(seconds: int) -> None:
    genuine = request(BODY, calendly_webhook_signature=f"t=1790000000,v1={VECTOR}")
    late = InboundRequest("POST", genuine.url, genuine.headers, BODY, SENT + timedelta(seconds=seconds))
    with pytest.raises(SignatureInvalid, match="clock"):
        calendly().verify(late)


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.STORED, 200), (Outcome.INVALID, 200), (Outcome.REFUSED, 401), (Outcome.UNAVAILABLE, 503)]
)
def test_calendly_hears_what_became_of_it(outcome: Outcome, status: int) -> None:
    assert calendly().answer(push("invitee.created", PAYLOAD), outcome).status == status
