"""The web form endpoint: who may post, which submission is which, and what the sender hears."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from connectors.web_form.connector import WebForm
from connectors.web_form.settings import WebFormSettings
from core.contract import Change, Context, Event, Flag, InboundRequest, Invalid, Outcome, ReceivesWebhooks, SignatureInvalid, load_manifest

NOW = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
TOKEN = "f0rm-t0ken-0123456789"
KEY = b"a-key-of-twenty-four-byt"
FORM = {"content-type": "application/x-www-form-urlencoded"}


class NoWorld:
    """Fails on any use, because a webhook connector may use nothing of the runtime."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the connector used {name}")


def web_form(**settings: Any) -> WebForm:
    world = NoWorld()
    return WebForm(WebFormSettings.model_validate({"token": TOKEN, **settings}), Context(http=world, clock=world, sdk=world))


def post(body: bytes = b"email=ada%40example.com", headers: dict[str, str] | None = None, *, token: str = TOKEN) -> InboundRequest:
    return InboundRequest("POST", f"https://leads.example.com/hooks/site/{token}?x=1", headers or FORM, body, NOW, client="192.0.2.7")


def preflight(origin: str) -> InboundRequest:
    return replace(post(b"", {"origin": origin, "access-control-request-method": "POST"}), method="OPTIONS")


def signed(request: InboundRequest, *, message_id: str = "msg_1", at: datetime = NOW, key: bytes = KEY) -> InboundRequest:
    seconds = str(int(at.timestamp()))
    digest = hmac.digest(key, f"{message_id}.{seconds}.".encode() + request.body, hashlib.sha256)
    signature = {"webhook-id": message_id, "webhook-timestamp": seconds, "webhook-signature": "v1," + base64.b64encode(digest).decode()}
    return replace(request, headers={**request.headers, **signature})


def change(events: Sequence[Event]) -> Change:
    (event,) = events
    assert event.change is not None
    return event.change


def test_the_manifest_is_valid_and_the_role_is_played() -> None:
    document = YAML(typ="safe").load(Path("connectors/web_form/manifest.yaml"))
    assert load_manifest(document).id == "web_form"
    assert isinstance(web_form(), ReceivesWebhooks)


def test_a_post_becomes_one_event_with_its_fields_and_where_it_came_from() -> None:
    headers = {**FORM, "user-agent": "Browser/1", "referer": "https://www.example.com/contact", "sec-gpc": "1"}
    told = change(web_form().parse(post(headers=headers)))
    assert told.fields == {
        "email": "ada@example.com",
        "_context": {"ip": "192.0.2.7", "user_agent": "Browser/1", "referrer": "https://www.example.com/contact", "gpc": True},
    }
    assert told.changed_at == NOW


def test_the_same_content_is_the_same_submission_whenever_and_from_wherever_it_comes() -> None:
    (first,) = web_form().parse(post(b"a=1&b=2"))
    later = replace(post(b"b=2&a=1"), received_at=NOW + timedelta(days=1), client="192.0.2.8")
    (second,) = web_form().parse(later)
    (other,) = web_form().parse(post(b"a=1&b=3"))
    assert first.id == second.id != other.id


def test_the_senders_own_id_decides_before_the_content() -> None:
    connector = web_form(id_field="meta[id]")
    (first,) = connector.parse(post(b"meta[id]=77&a=1"))
    (edited,) = connector.parse(post(b"meta[id]=77&a=2"))
    assert first.id == edited.id == "submission:77"


def test_the_delivery_id_decides_before_everything_and_parts_an_array() -> None:
    headers = {"content-type": "application/json", "webhook-id": "msg_9"}
    events = web_form(id_field="id").parse(post(b'[{"id":1},{"id":2}]', headers))
    assert [event.id for event in events] == ["submission:msg_9", "submission:msg_9/1"]


@pytest.mark.parametrize("body", [b"a=1&website=spam", b"a=1&website=&website=x", b"a=1&hp[url]=x"])
def test_a_filled_honeypot_marks_spam_and_is_answered_as_usual(body: bytes) -> None:
    connector = web_form(honeypots=["website", "hp[url]"])
    (event,) = connector.parse(post(body))
    assert event.flag is Flag.SPAM
    assert connector.answer(post(body), Outcome.STORED) == connector.answer(post(), Outcome.STORED)


@pytest.mark.parametrize("body", [b"a=1", b"a=1&website=", b"a=1&website=+"])
def test_an_empty_honeypot_is_no_spam(body: bytes) -> None:
    (event,) = web_form(honeypots=["website"]).parse(post(body))
    assert event.flag is Flag.NONE


def test_a_post_without_the_token_in_its_path_is_refused() -> None:
    connector = web_form()
    connector.verify(post())
    for token in ["", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "é", "\udcff"]:
        with pytest.raises(SignatureInvalid):
            connector.verify(post(token=token))


def test_with_a_secret_only_signed_posts_pass() -> None:
    connector = web_form(
        secrets=["whsec_" + base64.b64encode(b"old-key-of-twenty-four-b").decode(), "whsec_" + base64.b64encode(KEY).decode()]
    )
    connector.verify(signed(post()))
    refused = [
        post(),
        signed(post(), key=b"wrong"),
        signed(post(), at=NOW - timedelta(minutes=6)),
        signed(post(), at=NOW + timedelta(minutes=6)),
        replace(signed(post()), body=b"email=eve%40example.com"),
        signed(post(token="another-token-012345")),
    ]
    for request in refused:
        with pytest.raises(SignatureInvalid):
            connector.verify(request)


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.STORED, 200), (Outcome.REFUSED, 401), (Outcome.INVALID, 400), (Outcome.UNAVAILABLE, 503)]
)
def test_every_outcome_has_its_answer_with_a_body(outcome: Outcome, status: int) -> None:
    reply = web_form().answer(post(), outcome)
    assert reply.status == status
    assert reply.body
    assert ("retry-after" in reply.headers) == (status == 503)


def test_a_configured_page_is_shown_after_the_post_but_not_after_a_failure() -> None:
    connector = web_form(redirect_to="https://www.example.com/thanks")
    reply = connector.answer(post(), Outcome.STORED)
    assert (reply.status, reply.headers["location"]) == (303, "https://www.example.com/thanks")
    assert connector.answer(post(), Outcome.UNAVAILABLE).status == 503


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example.org/",
        "//evil.example.org/",
        "https://www.example.com@evil.example.org/",
        "https://www.example.com.evil.example.org/",
        "https:\\\\evil.example.org\\@www.example.com/",
        "javascript:alert(1)",
        "http://www.example.com/",
        "https://www.example.com/\r\nset-cookie: a=b",
        "https://www.example.com:8443/",
        "https://[www.example.com/",
        "",
    ],
)
def test_a_form_cannot_lead_to_a_page_that_is_not_allowed(target: str) -> None:
    connector = web_form(redirect_field="next", redirect_origins=["https://www.example.com"])
    reply = connector.answer(post(b"next=" + b"".join(b"%%%02X" % byte for byte in target.encode())), Outcome.STORED)
    assert reply.status == 200


def test_a_form_may_lead_to_an_allowed_page() -> None:
    connector = web_form(redirect_field="next", redirect_origins=["https://www.example.com"], redirect_to="https://www.example.com/other")
    assert connector.answer(post(b"next=https://www.example.com/thanks?a=1"), Outcome.STORED).headers["location"].endswith("/thanks?a=1")
    assert connector.answer(post(b"a=1"), Outcome.STORED).headers["location"].endswith("/other")


def test_a_script_of_an_allowed_origin_may_post_and_no_other() -> None:
    connector = web_form(allowed_origins=["https://www.example.com"])
    allowed, other = preflight("https://www.example.com"), preflight("https://evil.example.org")
    connector.verify(allowed)
    assert connector.parse(allowed) == ()
    assert connector.answer(allowed, Outcome.STORED).headers["access-control-allow-origin"] == "https://www.example.com"
    assert "access-control-allow-origin" not in connector.answer(other, Outcome.STORED).headers


def test_what_cannot_be_read_is_invalid() -> None:
    with pytest.raises(Invalid):
        web_form().parse(post(b"{", {"content-type": "application/json"}))


@pytest.mark.parametrize(
    "settings",
    [
        {"token": "short"},
        {"token": "with a space in it, long"},
        {"secrets": ["whsec_***"]},
        {"redirect_to": "/thanks"},
        {"redirect_origins": ["https://www.example.com/path"]},
        {"allowed_origins": ["*"]},
    ],
)
def test_settings_that_would_leave_a_door_open_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        web_form(**settings)


def test_check_and_describe_need_no_outside_system() -> None:
    connector = web_form()
    assert connector.check().account == "web form"
    assert connector.describe()[0].field("_context.gpc") is not None
    connector.close()
    connector.close()
