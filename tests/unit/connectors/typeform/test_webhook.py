"""A push of Typeform: its signature, its answers by reference, title and type, and what Typeform hears."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.typeform.connector import Typeform
from connectors.typeform.settings import TypeformSettings
from core.contract import Change, Context, InboundRequest, Invalid, Outcome, SignatureInvalid

NOW = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)


class NoWorld:
    """Fails on any use, because the webhook role may use nothing of the runtime."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the connector used {name}")


def typeform(**changes: Any) -> Typeform:
    world = NoWorld()
    settings = {"access_token": "tfp_x", "secrets": ["old-secret", "new-secret"], **changes}
    return Typeform(TypeformSettings.model_validate(settings), Context(http=world, clock=world, sdk=world))


def raw(body: bytes, *, secret: str = "new-secret") -> InboundRequest:
    digest = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
    headers = {"content-type": "application/json", "typeform-signature": f"sha256={digest}"}
    return InboundRequest("POST", "https://leads.example.com/hooks/typeform", headers, body, NOW)


def push(response: object, *, kind: str = "form_response", secret: str = "new-secret") -> InboundRequest:
    return raw(json.dumps({"event_id": "01H", "event_type": kind, "form_response": response}).encode(), secret=secret)


def answer(kind: str, value: object, ref: str, field_type: str = "short_text") -> dict[str, object]:
    return {"type": kind, kind: value, "field": {"id": f"id-{ref}", "ref": ref, "type": field_type}}


def told(*answers: dict[str, object], **response: object) -> Change:
    (event,) = typeform().parse(push({"form_id": "F", "token": "t1", "answers": answers, **response}))
    assert event.change is not None
    return event.change


def test_a_whole_push_becomes_one_response() -> None:
    definition = {
        "id": "F",
        "title": "Ask for a call",
        "fields": [
            {"id": "id-mail", "ref": "mail", "title": "Your e-mail?", "type": "email"},
            {
                "id": "id-grp",
                "ref": "grp",
                "type": "contact_info",
                "properties": {"fields": [{"id": "id-n", "ref": "n", "title": "First name"}]},
            },
        ],
    }
    change = told(
        answer("email", "zoë@example.com", "mail", "email"),
        answer("text", "Zoë", "n"),
        definition=definition,
        submitted_at="2026-01-02T03:04:05Z",
        landed_at="2026-01-02T03:00:00Z",
        hidden={"utm_source": "news", "gclid": "AbC"},
        calculated={"score": 7},
        variables=[{"key": "plan", "type": "text", "text": "gold"}, {"key": "seats", "type": "number", "number": 3}],
    )
    assert (change.object, change.id, change.changed_at) == ("response", "t1", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert change.fields == {
        "token": "t1",
        "form": {"id": "F", "title": "Ask for a call"},
        "submitted_at": "2026-01-02T03:04:05Z",
        "landed_at": "2026-01-02T03:00:00Z",
        "answers": {"mail": "zoë@example.com", "n": "Zoë"},
        "titles": {"Your e-mail?": "zoë@example.com", "First name": "Zoë"},
        "first": {"email": "zoë@example.com", "short_text": "Zoë"},
        "hidden": {"utm_source": "news", "gclid": "AbC"},
        "variables": {"plan": "gold", "seats": 3},
        "score": 7,
    }


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("choice", {"id": "c1", "label": "Prices", "ref": "r"}, "Prices"),
        ("choice", {"other": "Something else"}, "Something else"),
        ("choices", {"ids": ["a", "b"], "labels": ["Prices", "Dates"], "other": "Jobs"}, ["Prices", "Dates", "Jobs"]),
        ("choices", {}, []),
        ("boolean", False, False),
        ("number", 0, 0),
        ("phone_number", "+12025550123", "+12025550123"),
        ("date", "2026-05-01", "2026-05-01"),
        ("file_url", "https://api.typeform.com/files/x", "https://api.typeform.com/files/x"),
        ("payment", {"amount": "10.00", "success": True}, {"amount": "10.00", "success": True}),
    ],
)
def test_an_answer_is_told_as_the_person_gave_it(kind: str, value: object, expected: object) -> None:
    assert told(answer(kind, value, "q")).fields["answers"] == {"q": expected}


def test_a_push_without_a_definition_is_told_without_titles() -> None:
    change = told(answer("email", "ada@example.com", "mail", "email"))
    assert change.fields["titles"] == {}
    assert change.fields["form"] == {"id": "F", "title": ""}


def test_of_two_questions_alike_the_first_is_told_by_its_words_and_both_by_reference() -> None:
    fields = [{"id": f"id-{ref}", "ref": ref, "title": "Name", "type": "short_text"} for ref in ("a", "b")]
    change = told(answer("text", "Ada", "a"), answer("text", "Byron", "b"), definition={"fields": fields})
    assert change.fields["titles"] == {"Name": "Ada"}
    assert change.fields["answers"] == {"a": "Ada", "b": "Byron"}


def test_a_response_that_was_not_sent_is_passed_over() -> None:
    assert list(typeform().parse(push({"form_id": "F", "token": "t1"}, kind="form_response_partial"))) == []
    assert told(submitted_at="0001-01-01T00:00:00Z").changed_at is None


@pytest.mark.parametrize("response", [None, [], {}, {"token": 5}, {"token": ""}])
def test_a_push_without_a_response_is_invalid(response: object) -> None:
    with pytest.raises(Invalid):
        typeform().parse(push(response))


@pytest.mark.parametrize(
    "answers", [None, {}, [None], [{}], [{"field": 1}], [{"field": {"ref": None}}], [{"type": [], "field": {"ref": "q"}}]]
)
def test_malformed_answers_cost_themselves_only(answers: object) -> None:
    (event,) = typeform().parse(push({"form_id": "F", "token": "t1", "answers": answers, "variables": 5, "definition": [], "hidden": 1}))
    assert event.id == "response:t1"


def test_either_secret_may_sign_while_one_is_changed() -> None:
    for secret in ("old-secret", "new-secret"):
        typeform().verify(push({}, secret=secret))
    with pytest.raises(SignatureInvalid):
        typeform().verify(push({}, secret="stranger"))


def test_without_a_secret_nothing_is_taken() -> None:
    with pytest.raises(SignatureInvalid):
        typeform(secrets=[]).verify(push({}))


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.STORED, 200), (Outcome.INVALID, 200), (Outcome.REFUSED, 401), (Outcome.UNAVAILABLE, 503)]
)
def test_no_answer_switches_the_webhook_off(outcome: Outcome, status: int) -> None:
    assert typeform().answer(push({}), outcome).status == status
