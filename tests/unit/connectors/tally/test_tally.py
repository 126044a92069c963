"""A push of Tally: answers in words by key, title and type, hidden fields aside, and what Tally hears."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.tally.connector import Tally
from connectors.tally.settings import TallySettings
from core.contract import Change, Context, InboundRequest, Invalid, Outcome

NOW = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
SIZES = [{"id": "o1", "text": "Up to 10"}, {"id": "o2", "text": "More"}]


class NoWorld:
    """Fails on any use, because a webhook connector may use nothing of the runtime."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the connector used {name}")


def tally() -> Tally:
    world = NoWorld()
    return Tally(TallySettings.model_validate({"secrets": ["s"]}), Context(http=world, clock=world, sdk=world))


def push(document: object) -> InboundRequest:
    return InboundRequest("POST", "https://leads.example.com/hooks/tally", {}, json.dumps(document).encode(), NOW)


def told(*fields: dict[str, object], **facts: object) -> Change:
    content = {"responseId": "r1", "formId": "F", "formName": "Ask", "fields": fields, **facts}
    (event,) = tally().parse(push({"eventId": "e", "eventType": "FORM_RESPONSE", "data": content}))
    assert event.change is not None
    return event.change


def test_a_whole_push_becomes_one_submission() -> None:
    change = told(
        {"key": "question_a", "label": "First name", "type": "INPUT_TEXT", "value": "Zoë"},
        {"key": "question_b", "label": "Mail", "type": "INPUT_EMAIL", "value": "zoe@example.com"},
        {"key": "question_h_1", "label": "utm_source", "type": "HIDDEN_FIELDS", "value": "news"},
        {"key": "question_c_1", "label": "total", "type": "CALCULATED_FIELDS", "value": 12},
        respondentId="p1",
        createdAt="2026-01-02T03:04:05.000Z",
    )
    assert (change.object, change.id, change.changed_at) == ("submission", "r1", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert change.fields == {
        "id": "r1",
        "respondent_id": "p1",
        "form": {"id": "F", "name": "Ask"},
        "created_at": "2026-01-02T03:04:05.000Z",
        "answers": {"question_a": "Zoë", "question_b": "zoe@example.com"},
        "titles": {"First name": "Zoë", "Mail": "zoe@example.com"},
        "first": {"input_text": "Zoë", "input_email": "zoe@example.com"},
        "hidden": {"utm_source": "news"},
        "calculated": {"total": 12},
    }


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("MULTIPLE_CHOICE", ["o1"], "Up to 10"),
        ("MULTIPLE_CHOICE", ["o1", "o2"], ["Up to 10", "More"]),
        ("MULTIPLE_CHOICE", [], None),
        ("DROPDOWN", ["o2"], "More"),
        ("DROPDOWN", "o2", "More"),
        ("CHECKBOXES", ["o2"], ["More"]),
        ("RANKING", ["o2", "o1"], ["More", "Up to 10"]),
        ("CHECKBOXES", ["unlisted"], ["unlisted"]),
        ("CHECKBOXES", None, None),
        ("FILE_UPLOAD", [{"id": "f", "url": "https://files.example.com/f"}], [{"id": "f", "url": "https://files.example.com/f"}]),
    ],
)
def test_choices_are_told_in_the_words_that_the_person_saw(kind: str, value: object, expected: object) -> None:
    field = {"key": "q", "label": "How many?", "type": kind, "value": value, "options": SIZES}
    assert told(field).fields["titles"] == {"How many?": expected}


def test_a_group_of_boxes_is_told_as_a_list_and_box_by_box() -> None:
    change = told(
        {"key": "q", "label": "Size", "type": "CHECKBOXES", "value": ["o1"], "options": SIZES},
        {"key": "q_o1", "label": "Size (Up to 10)", "type": "CHECKBOXES", "value": True},
        {"key": "q_o2", "label": "Size (More)", "type": "CHECKBOXES", "value": False},
    )
    assert change.fields["titles"] == {"Size": ["Up to 10"], "Size (Up to 10)": True, "Size (More)": False}
    assert change.fields["first"] == {"checkboxes": ["Up to 10"]}


def test_the_submission_is_known_by_its_own_id_whatever_event_carried_it() -> None:
    ids = set()
    for event_id in ("e1", "e2"):
        document = {"eventId": event_id, "eventType": "FORM_RESPONSE", "data": {"responseId": "r1"}}
        ids |= {event.id for event in tally().parse(push(document))}
    assert ids == {"submission:r1"}


def test_another_kind_of_event_is_passed_over() -> None:
    assert list(tally().parse(push({"eventType": "FORM_ARCHIVED", "data": {}}))) == []


@pytest.mark.parametrize("document", [[], {}, {"eventType": 1}, {"eventType": "FORM_RESPONSE"}, {"eventType": "FORM_RESPONSE", "data": {}}])
def test_a_push_without_a_submission_is_invalid(document: object) -> None:
    with pytest.raises(Invalid):
        tally().parse(push(document))


@pytest.mark.parametrize("fields", [None, {}, [None], [{}], [{"key": 1, "options": [None, {"id": []}, {}], "value": [[]]}]])
def test_malformed_fields_cost_themselves_only(fields: Any) -> None:
    (event,) = tally().parse(push({"eventType": "FORM_RESPONSE", "data": {"responseId": "r1", "fields": fields, "createdAt": 5}}))
    assert event.id == "submission:r1"


def test_without_a_secret_there_is_no_connection() -> None:
    with pytest.raises(ValidationError):
        TallySettings.model_validate({"secrets": []})


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.STORED, 200), (Outcome.INVALID, 200), (Outcome.REFUSED, 401), (Outcome.UNAVAILABLE, 503)]
)
def test_tally_hears_what_became_of_it(outcome: Outcome, status: int) -> None:
    assert tally().answer(push({}), outcome).status == status
