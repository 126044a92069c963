"""A push of Webflow: both of its forms, values by label and by element, and what guards the endpoint."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.webflow.connector import Webflow
from connectors.webflow.settings import WebflowSettings
from core.contract import Change, Context, InboundRequest, Invalid, Outcome, SignatureInvalid

NOW = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
TOKEN = "w3bflow-t0ken-0123456789"


class NoWorld:
    """Fails on any use, because a webhook connector may use nothing of the runtime."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the connector used {name}")


def webflow(**settings: Any) -> Webflow:
    world = NoWorld()
    return Webflow(WebflowSettings.model_validate(settings or {"secrets": ["s"]}), Context(http=world, clock=world, sdk=world))


def push(document: object, *, token: str = "", secret: str | None = None) -> InboundRequest:
    body = json.dumps(document).encode()
    headers = {}
    if secret:
        stamp = str(int(NOW.timestamp() * 1000))
        digest = hmac.digest(secret.encode(), f"{stamp}:".encode() + body, hashlib.sha256).hex()
        headers = {"x-webflow-timestamp": stamp, "x-webflow-signature": digest}
    return InboundRequest("POST", f"https://leads.example.com/hooks/webflow/{token}", headers, body, NOW)


def told(document: object) -> Change:
    (event,) = webflow().parse(push(document))
    assert event.change is not None and event.id == f"submission:{event.change.id}"
    return event.change


def test_a_push_of_the_present_form_becomes_one_submission() -> None:
    payload = {
        "name": "Contact Us",
        "siteId": "site000000000000000000a1",
        "data": {"First Name": "Zoë", "Email": "zoe@example.com", "utm_source": "news"},
        "schema": [
            {"fieldName": "First Name", "fieldType": "FormTextInput", "fieldElementId": "el-1"},
            {"fieldName": "Email", "fieldType": "FormTextInput", "fieldElementId": "el-2"},
            {"fieldName": "Gone", "fieldType": "FormTextInput", "fieldElementId": "el-3"},
        ],
        "submittedAt": "2026-01-02T03:04:05.123Z",
        "id": "sub0000000000000000000b2",
        "formId": "form00000000000000000c3",
        "formElementId": "00000000-1111-4222-8333-444444444444",
    }
    change = told({"triggerType": "form_submission", "payload": payload})
    assert (change.object, change.id) == ("submission", "sub0000000000000000000b2")
    assert change.changed_at == datetime(2026, 1, 2, 3, 4, 5, 123000, tzinfo=UTC)
    assert change.fields == {
        "id": "sub0000000000000000000b2",
        "form": {"id": "form00000000000000000c3", "name": "Contact Us", "element_id": "00000000-1111-4222-8333-444444444444"},
        "site_id": "site000000000000000000a1",
        "submitted_at": "2026-01-02T03:04:05.123Z",
        "data": {"First Name": "Zoë", "Email": "zoe@example.com", "utm_source": "news"},
        "elements": {"el-1": "Zoë", "el-2": "zoe@example.com"},
    }


def test_a_push_of_the_older_form_becomes_one_submission() -> None:
    change = told({"name": "Contact", "site": "s1", "data": {"email": "ada@example.com"}, "d": "2026-01-02T03:04:05Z", "_id": "o1"})
    assert (change.id, change.changed_at) == ("o1", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert change.fields["data"] == {"email": "ada@example.com"}
    assert change.fields["form"] == {"id": None, "name": "Contact", "element_id": None}


def test_without_an_id_the_content_and_its_time_are_the_id() -> None:
    first = told({"name": "C", "data": {"a": "1"}, "d": "2026-01-02T03:04:05Z"})
    again = told({"data": {"a": "1"}, "d": "2026-01-02T03:04:05Z", "name": "C"})
    later = told({"name": "C", "data": {"a": "1"}, "d": "2026-01-02T03:04:06Z"})
    assert first.id == again.id != later.id


def test_a_trigger_of_another_kind_is_passed_over() -> None:
    assert list(webflow().parse(push({"triggerType": "site_publish", "payload": {}}))) == []


@pytest.mark.parametrize(
    "document",
    [[], {}, {"data": []}, {"triggerType": "form_submission"}, {"triggerType": "form_submission", "payload": {"data": "x"}}],
)
def test_a_push_without_values_is_invalid(document: object) -> None:
    with pytest.raises(Invalid):
        webflow().parse(push(document))


@pytest.mark.parametrize("schema", [None, {}, [None], [{}], [{"fieldElementId": [], "fieldName": {}}]])
def test_a_malformed_schema_costs_the_look_up_by_element_only(schema: object) -> None:
    change = told({"triggerType": "form_submission", "payload": {"id": "i", "data": {"a": "1"}, "schema": schema, "submittedAt": 5}})
    assert (change.fields["elements"], change.changed_at) == ({}, None)


def test_with_a_secret_unsigned_pushes_are_refused_even_at_the_right_address() -> None:
    guarded = webflow(secrets=["old", "new"], token=TOKEN)
    guarded.verify(push({}, token=TOKEN, secret="old"))
    guarded.verify(push({}, token=TOKEN, secret="new"))
    for stranger in (push({}, token=TOKEN), push({}, secret="new"), push({}, token=TOKEN, secret="other")):
        with pytest.raises(SignatureInvalid):
            guarded.verify(stranger)


def test_an_endpoint_that_nothing_guards_cannot_be_set_up() -> None:
    with pytest.raises(ValidationError, match="anybody could post"):
        WebflowSettings.model_validate({})
    with pytest.raises(ValidationError):
        WebflowSettings.model_validate({"token": "short"})


def test_check_says_which_pushes_are_taken() -> None:
    assert webflow(token=TOKEN).check().notes
    assert not webflow().check().notes


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.STORED, 200), (Outcome.INVALID, 200), (Outcome.REFUSED, 401), (Outcome.UNAVAILABLE, 503)]
)
def test_webflow_hears_what_became_of_it(outcome: Outcome, status: int) -> None:
    assert webflow().answer(push({}), outcome).status == status
