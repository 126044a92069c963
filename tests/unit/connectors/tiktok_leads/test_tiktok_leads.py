"""A push of TikTok: what is signed, its ids and answers, what is no lead, and what is done about nonsense."""

from __future__ import annotations

import hashlib
import hmac
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.tiktok_leads.connector import TikTokLeads
from connectors.tiktok_leads.settings import TikTokLeadsSettings
from core.contract import Change, Context, Flag, InboundRequest, Invalid, Outcome, SignatureInvalid

NOW = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
TOKEN = "t1ktok-t0ken-0123456789"
SECRET = "topsecret"
ENTRY: dict[str, Any] = {
    **{"id": 7012345678901234567, "page_id": 7300000000000000001, "advertiser_id": "7200000000000000001", "campaign_id": 17},
    **{"adgroup_id": None, "create_time": 1772442000, "lead_source": "INSTANT_FORM"},
    "changes": [{"field": "email", "value": "ada@example.com"}, {"field": "Colour?", "value": "Blue"}],
}


class NoWorld:
    """Fails on any use, because a webhook connector may use nothing of the runtime."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the connector used {name}")


def tiktok(**changes: Any) -> TikTokLeads:
    world: Any = NoWorld()
    given = {"app_secrets": [SECRET], **changes}
    return TikTokLeads(TikTokLeadsSettings.model_validate(given), Context(http=world, clock=world, sdk=world))


def push(body: bytes, signature: str = "", path: str = "", header: str = "x-open-signature") -> InboundRequest:
    return InboundRequest("POST", f"https://leads.example.com/hooks/tiktok{path}", {header: signature}, body, NOW)


def told(*entries: object, **changes: Any) -> list[Change]:
    events = tiktok(**changes).parse(push(json.dumps({"object": 1, "entry": entries}).encode()))
    assert all(event.change and event.id == f"lead:{event.change.id}" and event.flag is event.change.flag for event in events)
    return [event.change for event in events if event.change]


def signed(text: bytes) -> str:
    return hmac.digest(SECRET.encode(), text, hashlib.sha256).hex()


def test_the_signature_is_that_of_the_escaped_text() -> None:
    # the vector was computed apart from this code
    good = "d62607c1b9edd4750c3b13f5a196d3be47e2375990945549d9031d92318df248"
    tiktok().verify(push('{"id":"1","name":"Zoë"}'.encode(), good))
    with pytest.raises(SignatureInvalid):
        tiktok().verify(push(b'{"id":"1","name":"Zoe"}', good))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('{"a" : "é"}', r'{"a" : "\u00e9"}'),
        ('{"a":"\U0001f600"}', r'{"a":"\ud83d\ude00"}'),
        (r'{"a":"\u00E9"}', r'{"a":"\u00E9"}'),
        ('{"a":"日本"}', '{"a":"日本"}'),
    ],
    ids=["accent", "two halves", "escaped already", "signed as it came"],
)
def test_a_body_is_taken_whether_its_signature_is_over_the_escaped_text_or_over_the_bytes(body: str, text: str) -> None:
    tiktok().verify(push(body.encode(), signed(text.encode())))


def test_bytes_that_are_no_text_are_signed_as_they_are() -> None:
    tiktok().verify(push(b'{"a":"\xff\xc3\xa9"}', signed(b'{"a":"\xff\\u00e9"}')))


@pytest.mark.parametrize(("path", "signature"), [("", signed(b"{}")), (f"/{TOKEN}", ""), (f"/{TOKEN}x", signed(b"{}"))])
def test_token_and_signature_are_both_needed_where_both_are_configured(path: str, signature: str) -> None:
    guarded = tiktok(token=TOKEN)
    guarded.verify(push(b"{}", signed(b"{}"), f"/{TOKEN}"))
    with pytest.raises(SignatureInvalid):
        guarded.verify(push(b"{}", signature, path))


def test_a_header_of_another_name_can_carry_the_signature() -> None:
    other = tiktok(signature_header="TikTok-Signature")
    other.verify(push(b"{}", signed(b"{}"), header="tiktok-signature"))
    with pytest.raises(SignatureInvalid):
        other.verify(push(b"{}", signed(b"{}")))


def test_an_entry_becomes_one_lead_with_ids_as_text_and_its_time_in_utc() -> None:
    (change,) = told(ENTRY)
    assert (change.id, change.fields["form_id"], change.fields["campaign_id"]) == ("7012345678901234567", "7300000000000000001", "17")
    assert (change.fields["adgroup_id"], change.fields["ad_id"]) == (None, None)
    assert change.changed_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert change.fields["answers"] == {"email": "ada@example.com", "Colour?": "Blue"}


def test_an_answer_that_is_told_in_parts_keeps_them_all_and_a_typed_one_its_form() -> None:
    rows = [{"field": " a ", "value": "1"}, {"field": "a", "value": "2"}, {"field": "b", "value": {"text": "x"}}, {"field": ""}, 5]
    (change,) = told({**ENTRY, "changes": rows})
    assert change.fields["answers"] == {"a": ["1", "2"], "b": {"text": "x"}}


def test_leads_of_one_push_are_each_told_once_and_an_unusable_entry_costs_itself_alone() -> None:
    assert [change.id for change in told(ENTRY, {"id": True}, {**ENTRY, "id": "72"}, ENTRY)] == ["7012345678901234567", "72"]


@pytest.mark.parametrize("native_id", [7012345678901234567.0, True, None, "", "ü", "a b", -1, 10**31, [], {}, "9" * 41])
def test_what_names_no_lead_is_invalid(native_id: object) -> None:
    with pytest.raises(Invalid):
        told({**ENTRY, "id": native_id})


@pytest.mark.parametrize("kind", [2, "2", 0, 10**300])
def test_notices_that_are_no_leads_are_passed_over(kind: object) -> None:
    assert list(tiktok().parse(push(json.dumps({"object": kind, "entry": [ENTRY]}).encode()))) == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"\xff", b"{}", b'{"object": true}', b'{"object": 1}', b'{"object": 1, "entry": {}}', b"[" * 100_000, b"9" * 5000]
)
def test_what_is_no_push_is_invalid(body: bytes) -> None:
    with pytest.raises(Invalid):
        tiktok().parse(push(body))


@pytest.mark.parametrize("kind", [True, 1.0, None, [1]])
def test_what_does_not_say_what_it_is_about_is_invalid(kind: object) -> None:
    with pytest.raises(Invalid):
        tiktok().parse(push(json.dumps({"object": kind, "entry": [ENTRY]}).encode()))


@pytest.mark.parametrize("moment", [None, "", "soon", -1, "9" * 5000, "١٢", 1e30, True, [], {}, 10**40])
def test_a_time_that_cannot_be_read_costs_the_time_alone(moment: object) -> None:
    (change,) = told({**ENTRY, "create_time": moment})
    assert (change.changed_at, change.fields["submitted_at"]) == (None, None)


def test_a_test_lead_is_known_by_the_domain_that_the_admin_names() -> None:
    assert [change.flag for change in told(ENTRY, test_email_domains=["Example.com"])] == [Flag.TEST]
    assert [change.flag for change in told(ENTRY)] == [Flag.NONE]


FLOATS = st.floats(allow_nan=False, allow_infinity=False)  # others are no JSON, and refused whole
NONSENSE = st.one_of(st.none(), st.booleans(), st.integers(), FLOATS, st.text(), st.sampled_from(["\ud800", [], {}, [[]], 10**400]))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([*ENTRY, "more"]), st.sampled_from(["object", "entry", "more"]), NONSENSE)
def test_nonsense_is_read_or_refused_as_invalid(name: str, outer: str, nonsense: Any) -> None:
    good = {"object": 1, "entry": [ENTRY]}
    for document in ({"object": 1, "entry": [{**ENTRY, name: nonsense}]}, {**good, outer: nonsense}, {"object": 1, "entry": [nonsense]}):
        with suppress(Invalid):
            tiktok().parse(push(json.dumps(document).encode()))
    rows = [{"field": nonsense, "value": nonsense}, nonsense]
    assert told({**ENTRY, "changes": rows})


@pytest.mark.parametrize(("outcome", "status"), list(zip(Outcome, (200, 401, 200, 503), strict=True)))
def test_only_a_full_inbox_asks_for_another_try(outcome: Outcome, status: int) -> None:
    assert tiktok().answer(push(b"{}"), outcome).status == status


def test_check_tells_how_the_address_is_guarded() -> None:
    assert len(tiktok().check().notes) == 1
    assert len(tiktok(app_secrets=[], token=TOKEN).check().notes) == 2


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (
            {"app_secrets": [], "token": TOKEN, "watch": {"app_id": "1", "access_token": "t", "callback_url": "https://a.example.com"}},
            "watch",
        ),
        ({"app_secrets": []}, "app_secrets"),
        ({"token": "short"}, "token"),
        ({"signature_header": "a b"}, "header"),
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        tiktok(**changes)
