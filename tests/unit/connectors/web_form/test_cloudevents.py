"""CloudEvents at a web form's endpoint: structured, batched and binary mode, which event is which, and the handshake."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.web_form.connector import WebForm
from connectors.web_form.settings import WebFormSettings
from core.contract import Change, Context, Event, InboundRequest, Invalid, Outcome, SignatureInvalid

NOW = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
TOKEN = "f0rm-t0ken-0123456789"
STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
BINARY = {"ce-specversion": "1.0", "ce-id": "7", "ce-source": "/forms/contact", "ce-type": "com.example.submitted"}


class NoWorld:
    """Fails on any use, because a webhook connector may use nothing of the runtime."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the connector used {name}")


def web_form(**settings: Any) -> WebForm:
    world = NoWorld()
    return WebForm(WebFormSettings.model_validate({"token": TOKEN, **settings}), Context(http=world, clock=world, sdk=world))


def post(body: object, content_type: str, *, method: str = "POST", token: str = TOKEN, **headers: str) -> InboundRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return InboundRequest(method, f"https://leads.example.com/hooks/site/{token}", {"content-type": content_type, **named}, raw, NOW)


def event(**changes: Any) -> dict[str, Any]:
    plain = {"specversion": "1.0", "id": "7", "source": "/forms/contact", "type": "com.example.submitted"}
    return {**plain, "data": {"email": "zoë@example.com"}, **changes}


def change(events: Sequence[Event]) -> Change:
    (found,) = events
    assert found.change is not None
    return found.change


def test_a_structured_event_is_a_submission_that_knows_its_event() -> None:
    told = change(web_form().parse(post(event(subject="s", time="2026-01-02T03:04:05Z", extra=1), f"{STRUCTURED}; charset=utf-8")))
    assert told.id == "/forms/contact 7"
    assert told.fields["email"] == "zoë@example.com"
    context = told.fields["_context"]
    assert isinstance(context, dict)
    assert context["event"] == {
        "id": "7",
        "source": "/forms/contact",
        "type": "com.example.submitted",
        "subject": "s",
        "time": "2026-01-02T03:04:05Z",
    }


def test_a_binary_event_is_the_same_submission() -> None:
    structured = change(web_form().parse(post(event(), STRUCTURED)))
    binary = change(web_form().parse(post({"email": "zoë@example.com"}, "application/json", **BINARY)))
    form = change(web_form().parse(post(b"email=zo%C3%AB%40example.com", "application/x-www-form-urlencoded", **BINARY)))
    assert structured == binary == form


def test_a_batch_is_several_submissions_and_what_stands_twice_is_told_once() -> None:
    events = web_form().parse(post([event(), event(id="8"), event()], BATCH))
    assert [each.id for each in events] == ["submission:/forms/contact 7", "submission:/forms/contact 8"]


def test_an_event_of_another_source_with_the_same_id_is_another_event() -> None:
    ids = {change(web_form().parse(post(event(source=source), STRUCTURED))).id for source in ("/a", "/b")}
    ids |= {
        change(web_form().parse(post(event(source=source, id=other), STRUCTURED))).id for source, other in (("/a b", "7"), ("/a", "b 7"))
    }
    assert len(ids) == 4


def test_the_same_content_in_another_event_is_another_submission() -> None:
    first, second = (change(web_form().parse(post(event(id=number), STRUCTURED))) for number in ("1", "2"))
    assert first.id != second.id


def test_an_id_that_is_too_long_is_hashed() -> None:
    assert change(web_form().parse(post(event(id="9" * 500), STRUCTURED))).id.startswith("sha256-")


def test_data_in_base64_is_read_by_its_media_type() -> None:
    encoded = base64.b64encode(b"email=ada%40example.com").decode()
    given = {**event(data=None, data_base64=encoded), "datacontenttype": "application/x-www-form-urlencoded"}
    assert change(web_form().parse(post(given, STRUCTURED))).fields["email"] == "ada@example.com"


@pytest.mark.parametrize(
    "changes",
    [
        {"specversion": "0.3"},
        {"specversion": None},
        {"id": ""},
        {"id": 7},
        {"source": None},
        {"type": ""},
        {"data": None},
        {"data": "text"},
        {"data": []},
        {"data": {}},
        {"data": None, "data_base64": "***"},
        {"data": None, "data_base64": base64.b64encode(b'[{"a": 1}, {"a": 2}]').decode()},
    ],
)
def test_what_is_no_event_with_a_submission_is_invalid(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        web_form().parse(post(event(**changes), STRUCTURED))
    assert caught.value.rule == "cloudevents"


def test_a_binary_event_of_several_submissions_is_invalid() -> None:
    with pytest.raises(Invalid):
        web_form().parse(post([{"a": "1"}, {"a": "2"}], "application/json", **BINARY))
    with pytest.raises(Invalid):
        web_form().parse(post({"a": "1"}, "application/json", **{**BINARY, "ce-id": ""}))


def test_a_honeypot_catches_events_too() -> None:
    (found,) = web_form(honeypots=["website"]).parse(post(event(data={"website": "x"}), STRUCTURED))
    assert found.flag.value == "spam"


def test_a_sender_that_asks_first_is_let_in_at_the_right_address_only() -> None:
    asked = post(b"", "", method="OPTIONS", webhook_request_origin="events.example.com")
    web_form().verify(asked)
    reply = web_form().answer(asked, Outcome.STORED)
    assert (reply.status, reply.headers["webhook-allowed-origin"], reply.headers["webhook-allowed-rate"]) == (
        200,
        "events.example.com",
        "*",
    )
    with pytest.raises(SignatureInvalid):
        web_form().verify(post(b"", "", method="OPTIONS", token="wrong", webhook_request_origin="events.example.com"))


@pytest.mark.parametrize("origin", ["", "a b", "x\r\nset-cookie: a=b", "é", "x" * 300])
def test_an_origin_that_is_none_is_not_repeated(origin: str) -> None:
    asked = post(b"", "", method="OPTIONS", webhook_request_origin=origin)
    assert "webhook-allowed-origin" not in web_form().answer(asked, Outcome.STORED).headers
