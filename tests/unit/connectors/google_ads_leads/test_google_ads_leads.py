"""Google's lead form webhook: the key, the shape of a lead, tests in every shape, and the answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.google_ads_leads.connector import GoogleAdsLeads
from connectors.google_ads_leads.settings import GoogleAdsLeadsSettings
from core.contract import Change, Context, Flag, InboundRequest, Invalid, Outcome, SignatureInvalid

NOW = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
OLD, NEW = "old-key-0123456789", "new-key-0123456789"


def google() -> GoogleAdsLeads:
    nothing: Any = object()
    settings = GoogleAdsLeadsSettings.model_validate({"keys": [OLD, NEW]})
    return GoogleAdsLeads(settings, Context(http=nothing, clock=nothing, sdk=nothing))


def raw(body: bytes, at: datetime = NOW) -> InboundRequest:
    return InboundRequest("POST", "https://leads.example.com/hooks/google", {}, body, at)


def delivery(document: dict[str, Any], key: object = NEW) -> InboundRequest:
    return raw(json.dumps({"google_key": key, **document}).encode())


def lead_of(document: dict[str, Any]) -> Change:
    (event,) = google().parse(delivery(document))
    assert event.change is not None
    assert event.flag is event.change.flag
    assert event.id == f"lead:{event.change.id}"
    return event.change


def column(column_id: str, value: str) -> dict[str, str]:
    return {"column_id": column_id, "string_value": value}


@pytest.mark.parametrize("key", [OLD, NEW])
def test_every_configured_key_opens(key: str) -> None:
    google().verify(delivery({"lead_id": "L1"}, key))


@pytest.mark.parametrize("key", ["", None, 1, ["x"], "new-key-012345678", "new-key-0123456789 ", "NEW-KEY-0123456789", "Zoë", "\ud800"])
def test_any_other_key_is_refused(key: object) -> None:
    with pytest.raises(SignatureInvalid):
        google().verify(delivery({"lead_id": "L1"}, key))


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b"[" * 100_000, b'{"lead_id": "L1"}'])
def test_a_delivery_without_a_key_is_refused(body: bytes) -> None:
    with pytest.raises(SignatureInvalid):
        google().verify(raw(body))


def test_every_key_is_compared_although_the_first_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[int, int]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return one == other

    monkeypatch.setattr("connectors.google_ads_leads.webhook.hmac.compare_digest", compare)
    google().verify(delivery({}, OLD))
    assert compared == [(32, 32), (32, 32)]


@pytest.mark.parametrize("keys", [[], ["short"], [""]])
def test_a_key_that_can_be_guessed_is_no_setting(keys: list[str]) -> None:
    with pytest.raises(ValidationError):
        GoogleAdsLeadsSettings.model_validate({"keys": keys})


def test_a_lead_tells_its_click_its_campaign_and_its_answers() -> None:
    change = lead_of(
        {
            "lead_id": "L1",
            "user_column_data": [column("EMAIL", "ada@example.com"), column("topic", "A"), column("topic", "B")],
            "form_id": 9_223_372_036_854_775_807,
            "campaign_id": 8005550101,
            "adgroup_id": 6005550101,
            "creative_id": 5005550101,
            "gcl_id": "EAIaIQob-Example",
            "lead_submit_time": "2026-09-21T16:13:00+02:00",
            "is_test": False,
            "something_new": {"a": 1},
        }
    )
    assert change.fields == {
        "id": "L1",
        "is_test": False,
        "form_id": "9223372036854775807",
        "campaign_id": "8005550101",
        "adgroup_id": "6005550101",
        "creative_id": "5005550101",
        "gclid": "EAIaIQob-Example",
        "lead_submit_time": "2026-09-21T16:13:00+02:00",
        "something_new": {"a": 1},
        "answers": {"EMAIL": "ada@example.com", "topic": ["A", "B"]},
        "questions": {},
    }
    assert change.changed_at == datetime(2026, 9, 21, 14, 13, tzinfo=UTC)
    assert change.flag is Flag.NONE


def test_the_key_is_no_part_of_a_lead() -> None:
    assert NEW not in repr(lead_of({"lead_id": "L1"}))


def test_columns_that_have_only_a_name_are_told_like_those_with_an_id() -> None:
    rows = [{"column_name": "Work email", "string_value": "ada@example.com"}, {"string_value": "x"}, "no column", column("CITY", "Bonn")]
    change = lead_of({"lead_id": "L1", "user_column_data": rows})
    assert change.fields["answers"] == {"WORK_EMAIL": "ada@example.com", "COLUMN_2": "x", "CITY": "Bonn"}
    assert change.fields["questions"] == {"WORK_EMAIL": "Work email"}


def test_camel_case_is_the_same_lead() -> None:
    camel = lead_of(
        {"leadId": "L1", "userColumnData": [{"columnId": "EMAIL", "stringValue": "a@example.com"}], "gclId": "G", "isTest": True}
    )
    snake = lead_of({"lead_id": "L1", "user_column_data": [column("EMAIL", "a@example.com")], "gcl_id": "G", "is_test": True})
    assert camel == snake


@pytest.mark.parametrize(
    "document",
    [
        {"lead_id": "L1", "user_column_data": [column("EMAIL", "a@example.com")], "is_test": True},
        {"lead_id": "L1", "is_test": True},
        {"is_test": True},
        {"lead_id": "L1", "user_column_data": None, "is_test": "true"},
    ],
)
def test_a_test_is_flagged_also_when_it_has_no_columns(document: dict[str, Any]) -> None:
    assert lead_of(document).flag is Flag.TEST


def test_a_delivery_without_an_id_is_recognised_by_its_content_whatever_the_key() -> None:
    answers = {"user_column_data": [column("EMAIL", "ada@example.com")]}
    (first,) = google().parse(delivery(answers, OLD))
    (again,) = google().parse(delivery(answers, NEW))
    assert first.id == again.id
    assert lead_of({"user_column_data": [column("EMAIL", "bob@example.org")]}).id not in first.id


def test_a_repeated_delivery_is_the_same_event_and_keeps_its_time() -> None:
    body = json.dumps({"lead_id": "L1", "lead_submit_time": "2026-09-21T14:00:00Z"}).encode()
    assert google().parse(raw(body)) == google().parse(raw(body, NOW + timedelta(hours=2)))


@pytest.mark.parametrize("moment", [None, "", "soon", 7, "2026-13-01"])
def test_without_a_readable_time_the_arrival_counts(moment: object) -> None:
    assert lead_of({"lead_id": "L1", "lead_submit_time": moment}).changed_at == NOW


@pytest.mark.parametrize("document", [{}, {"form_id": 7}, {"lead_id": ""}, {"lead_id": None, "user_column_data": []}])
def test_a_delivery_that_holds_no_lead_is_invalid(document: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        google().parse(delivery(document))


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.STORED, 200), (Outcome.INVALID, 200), (Outcome.REFUSED, 401), (Outcome.UNAVAILABLE, 503)]
)
def test_the_answer_is_json_and_an_error_says_so(outcome: Outcome, status: int) -> None:
    reply = google().answer(delivery({}), outcome)
    assert reply.status == status
    assert set(json.loads(reply.body)) == ({"message"} if status >= 400 else set())
    assert ("retry-after" in reply.headers) == (status == 503)


def test_describe_knows_the_standard_columns() -> None:
    (spec,) = google().describe()
    email, form = spec.field("answers.EMAIL"), spec.field("form_id")
    assert email is not None and form is not None
    assert (email.kind.value, form.kind.value) == ("email", "id")
