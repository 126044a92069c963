"""A push of Snap: its fields and its time, what marks a test, what guards the endpoint, and what is done about nonsense."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.snapchat_lead_gen.connector import SnapchatLeadGen
from connectors.snapchat_lead_gen.settings import SnapchatLeadGenSettings
from core.contract import Change, Context, Flag, InboundRequest, Invalid, Outcome, SignatureInvalid

NOW = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
TOKEN = "sn4p-t0ken-0123456789"
LEAD: dict[str, Any] = {
    **{"lead_id": "501", "form_id": 70000000000000000001, "form_name": "Ask", "ad_account_id": "a1", "create_time": "1772442000123"},
    **{"email": "ada@example.com", "custom_field_8": "Blue", "consent_1": "true", "consent_2": ""},
}


class NoWorld:
    """Fails on any use, because a webhook connector may use nothing of the runtime."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the connector used {name}")


def snap(**changes: Any) -> SnapchatLeadGen:
    world: Any = NoWorld()
    return SnapchatLeadGen(SnapchatLeadGenSettings.model_validate({"token": TOKEN, **changes}), Context(http=world, clock=world, sdk=world))


def push(document: object, token: str = TOKEN, **headers: str) -> InboundRequest:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return InboundRequest("POST", f"https://leads.example.com/hooks/snap/{token}", headers, body, NOW)


def told(document: object) -> Change:
    (event,) = snap().parse(push(document))
    assert event.change is not None and event.id == f"lead:{event.change.id}" and event.flag is event.change.flag
    return event.change


def test_a_push_becomes_one_lead_with_ids_as_text_and_its_time_in_utc() -> None:
    change = told(LEAD)
    assert (change.id, change.fields["form_id"]) == ("501", "70000000000000000001")
    assert change.changed_at == datetime(2026, 3, 2, 9, 0, 0, 123000, tzinfo=UTC)
    assert change.fields["submitted_at"] == "2026-03-02T09:00:00.123000+00:00"
    assert [change.fields[name] for name in ("custom_field_8", "consent_1", "consent_2")] == ["Blue", "true", ""]
    assert change.flag is Flag.NONE
    assert told(LEAD).id == change.id


def test_the_invented_person_of_the_test_button_is_marked() -> None:
    assert told({**LEAD, "email": "Test@Snapchat.com "}).flag is Flag.TEST
    assert told({**LEAD, "email": "ada@notsnapchat.com"}).flag is Flag.NONE
    (event,) = snap(test_email_domains=[]).parse(push({**LEAD, "email": "test@snapchat.com"}))
    assert event.flag is Flag.NONE


@pytest.mark.parametrize("moment", [None, "", "soon", "-1", "9" * 5000, "١٢", 1e30, True, [], {}])
def test_a_time_that_cannot_be_read_costs_the_time_alone(moment: object) -> None:
    change = told({**LEAD, "create_time": moment})
    assert (change.changed_at, change.fields["submitted_at"]) == (None, None)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"\xff", b"{}", b'{"lead_id": true}', b'{"lead_id": ""}', b'{"lead_id": "\\ud800"}', b"[" * 100_000]
)
def test_what_names_no_lead_is_invalid(body: bytes) -> None:
    with pytest.raises(Invalid):
        snap().parse(push(body))


@pytest.mark.parametrize("token", ["", TOKEN[:-1], f"{TOKEN}x", "ü"])
def test_another_address_is_refused(token: str) -> None:
    with pytest.raises(SignatureInvalid):
        snap().verify(push(LEAD, token))
    snap().verify(push(LEAD))


@pytest.mark.parametrize(("digest", "encoding", "prefix"), [("sha256", "hex", ""), ("sha1", "hex", "sha1="), ("sha256", "base64", "v1=")])
def test_a_signature_is_checked_in_the_form_that_was_found_out(digest: str, encoding: str, prefix: str) -> None:
    body = json.dumps(LEAD).encode()
    made = hmac.digest(b"s2", body, getattr(hashlib, digest))
    value = prefix + (made.hex() if encoding == "hex" else base64.b64encode(made).decode())
    form = {"secrets": ["s1", "s2"], "header": "X-Snap-Sig", "digest": digest, "encoding": encoding, "prefix": prefix}
    connector = snap(signature=form)
    connector.verify(push(body, **{"x-snap-sig": value}))
    for wrong in (push(body), push(body, **{"x-snap-sig": value[:-2]}), push(body, "other", **{"x-snap-sig": value})):
        with pytest.raises(SignatureInvalid):
            connector.verify(wrong)


def test_check_tells_how_the_address_is_guarded_and_that_nothing_comes_twice() -> None:
    assert len(snap().check().notes) == 2
    (note,) = snap(signature={"secrets": ["s"], "header": "x"}).check().notes
    assert "once" in note


@pytest.mark.parametrize(("outcome", "status"), list(zip(Outcome, (200, 401, 200, 503), strict=True)))
def test_only_a_full_inbox_asks_for_another_try(outcome: Outcome, status: int) -> None:
    assert snap().answer(push(LEAD), outcome).status == status


@pytest.mark.parametrize(
    "changes", [{"token": "short"}, {"signature": {"header": "x"}}, {"signature": {"secrets": ["s"], "header": "a b"}}]
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        snap(**changes)
