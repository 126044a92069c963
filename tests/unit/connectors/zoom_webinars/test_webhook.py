"""A push of Zoom: the handshake, registrations and their states, hostile bodies, and what Zoom hears."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.zoom_webinars.connector import ZoomWebinars
from connectors.zoom_webinars.settings import ZoomSettings
from core.contract import Change, Context, Event, InboundRequest, Invalid, Outcome, SignatureInvalid

SENT = datetime.fromtimestamp(1_790_000_000, UTC)
PUSH: dict[str, Any] = {
    "event": "webinar.registration_created",
    "event_ts": 1_790_000_000_123,
    "payload": {
        "account_id": "A",
        "object": {
            **{"id": 81234567890, "uuid": "u==", "topic": "Saving time", "start_time": "2026-10-01T16:00:00Z", "type": 5},
            "registrant": {
                **{"id": "r1", "first_name": "Zoë", "last_name": "Vandamme", "email": "zoe@example.com", "org": "Copper Kettle Foods"},
                **{"job_title": "Buyer", "phone": "+12025550123", "status": "pending", "join_url": "https://example.zoom.us/w/1?tk=own"},
                "custom_questions": [{"title": "Budget?", "value": "10,000"}, {"title": "Budget?", "value": "again"}],
            },
        },
    },
}


class NoWorld:
    """Fails on any use, because taking a push may use nothing of the runtime."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the connector used {name}")


def zoom(**changes: Any) -> ZoomWebinars:
    world = NoWorld()
    given_ = {"account_id": "A", "client_id": "c", "client_secret": "s", "secrets": ["older", "topsecret"], **changes}
    return ZoomWebinars(ZoomSettings.model_validate(given_), Context(http=world, clock=world, sdk=world))


def signed(document: object, secret: str = "topsecret") -> InboundRequest:
    body = json.dumps(document).encode()
    digest = hmac.digest(secret.encode(), b"v0:1790000000:" + body, hashlib.sha256).hex()
    headers = {"x-zm-signature": f"v0={digest}", "x-zm-request-timestamp": "1790000000"}
    return InboundRequest("POST", "https://leads.example.com/hooks/zoom", headers, body, SENT)


def with_registrant(event: str, **changes: Any) -> dict[str, Any]:
    document = copy.deepcopy(PUSH)
    document["event"] = event
    document["payload"]["object"]["registrant"] |= changes
    return document


def parsed(document: object, **settings: Any) -> tuple[Event, Change]:
    (event,) = zoom(**settings).parse(signed(document))
    assert event.change is not None
    return event, event.change


def test_a_registration_is_told_with_the_organisers_questions_and_without_the_persons_link() -> None:
    _, change = parsed(PUSH)
    assert (change.object, change.id) == ("registration", "81234567890/r1")
    assert change.changed_at == datetime(2026, 9, 21, 14, 13, 20, 123_000, tzinfo=UTC)
    told = {name: change.fields[name] for name in ("sort", "status", "email", "org", "job_title", "titles", "webinar")}
    assert told == {
        **{"sort": "webinar", "status": "pending", "email": "zoe@example.com", "org": "Copper Kettle Foods", "job_title": "Buyer"},
        "titles": {"Budget?": "10,000"},
        "webinar": {"id": "81234567890", "topic": "Saving time", "start_time": "2026-10-01T16:00:00Z"},
    }
    assert "join_url" not in change.fields
    assert "tk=own" in str(parsed(PUSH, keep_join_urls=True)[1].fields["join_url"])


def test_approval_and_cancellation_are_further_states_of_the_same_registration() -> None:
    told = [parsed(with_registrant(f"webinar.registration_{word}")) for word in ("created", "approved", "cancelled", "denied")]
    assert {change.id for _, change in told} == {"81234567890/r1"}
    assert [change.fields["status"] for _, change in told] == ["pending", "approved", "cancelled", "denied"]
    assert len({event.id for event, _ in told}) == 4


def test_who_registers_again_after_a_cancellation_is_a_new_state() -> None:
    first, _ = parsed(with_registrant("webinar.registration_approved"))
    again, _ = parsed({**with_registrant("webinar.registration_approved"), "event_ts": 1_790_000_900_000})
    repeated, _ = parsed(with_registrant("webinar.registration_approved"))
    assert first.id == repeated.id != again.id


def test_a_meetings_registration_is_told_as_one() -> None:
    assert parsed(with_registrant("meeting.registration_created"))[1].fields["sort"] == "meeting"


@pytest.mark.parametrize("event", ["webinar.started", "meeting.participant_joined", "webinar.registration_created_late", ""])
def test_other_events_are_passed_over(event: str) -> None:
    assert list(zoom().parse(signed({**PUSH, "event": event}))) == []


@pytest.mark.parametrize("secret", ["older", "topsecret"])
def test_the_handshake_is_answered_under_the_secret_that_signed_it(secret: str) -> None:
    request = signed({"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}}, secret)
    zoom().verify(request)
    assert list(zoom().parse(request)) == []
    reply = zoom().answer(request, Outcome.STORED)
    expected = hmac.digest(secret.encode(), b"qgg8vlvZRS6UYooatFL8Aw", hashlib.sha256).hex()
    assert (reply.status, json.loads(reply.body)) == (200, {"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": expected})


def test_nobody_gets_a_word_hashed_without_a_signature() -> None:
    request = signed({"event": "endpoint.url_validation", "payload": {"plainToken": "word"}}, "a stranger's")
    with pytest.raises(SignatureInvalid):
        zoom().verify(request)
    assert b"encryptedToken" not in zoom().answer(request, Outcome.STORED).body
    assert b"encryptedToken" not in zoom().answer(request, Outcome.REFUSED).body


@pytest.mark.parametrize("word", ['v0:1790000000:{"event":"x"}', "", "x" * 201, "a\n", 5, None, ["a"]])
def test_what_looks_like_a_signed_text_is_never_hashed(word: Any) -> None:
    request = signed({"event": "endpoint.url_validation", "payload": {"plainToken": word}})
    with pytest.raises(Invalid):
        zoom().parse(request)
    assert b"encryptedToken" not in zoom().answer(request, Outcome.STORED).body


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.STORED, 200), (Outcome.INVALID, 200), (Outcome.REFUSED, 401), (Outcome.UNAVAILABLE, 503)]
)
def test_zoom_hears_what_became_of_it(outcome: Outcome, status: int) -> None:
    assert zoom().answer(signed(PUSH), outcome).status == status
