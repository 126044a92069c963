"""Rows of ON24 are read whatever stands in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.on24.api import JsonObject
from connectors.on24.people import attendee_change, read_attendee, read_occasion, read_registrant, registrant_change, unreadable
from core.contract import Invalid
from tests.support.mutations import spoil_json

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
REGISTRANT: JsonObject = {
    **{"eventid": 311512, "eventuserid": 7, "email": "ada@example.com", "firstname": "Ada", "std1": "a", "userstatus": "active"},
    **{"createtimestamp": "2026-03-01T08:00:00-08:00", "lastactivity": "2026-03-01T09:00:00-08:00", "zip": "94040"},
}
ATTENDEE: JsonObject = {
    **{"eventid": 311512, "eventuserid": 7, "email": "ada@example.com", "liveminutes": 3, "engagementscore": 2.5},
    **{"firstliveactivity": "2026-03-01T08:00:00-08:00", "lastliveactivity": "2026-03-01T09:00:00-08:00"},
    **{"questions": [{"content": "Why?"}], "polls": [{"pollquestion": "Which?", "pollanswers": ["A"]}]},
    **{"surveys": [{"surveyquestions": [{"surveyquestion": "May we?", "surveyanswers": ["Yes"]}]}]},
}
EVENT: JsonObject = {"eventid": 311512, "description": "Saving time", "livestart": "2026-03-12T09:00:00-07:00", "istestevent": False}


def spoilt(chance: Random, row: JsonObject) -> JsonObject:
    """The row after an accident, where it is one still."""
    try:
        found = json.loads(spoil_json(chance, row))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@pytest.mark.parametrize(
    ("row", "read", "make"), [(REGISTRANT, read_registrant, registrant_change), (ATTENDEE, read_attendee, attendee_change)]
)
@given(chance=st.randoms())
def test_a_row_is_read_or_invalid(row: JsonObject, read: Any, make: Any, chance: Random) -> None:
    found = spoilt(chance, row)
    occasion = read_occasion("311512", spoilt(chance, EVENT))
    try:
        seat = read(found)
    except Invalid as error:
        unreadable(found, error)
        return
    change = make(seat, found, occasion, NOW)
    assert change.id.startswith(seat.event) and (change.changed_at is None or change.changed_at.tzinfo is not None)


def test_a_time_without_an_offset_is_in_on24s_zone() -> None:
    assert read_registrant({**REGISTRANT, "lastactivity": "2026-03-01T09:00:00"}).active_at == datetime(2026, 3, 1, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "is_test"), [(True, True), ("trueCopy to clipboard", True), (False, False), ("false", False), (None, False)]
)
def test_a_webinar_for_trial_is_known_however_it_is_written(told: object, is_test: bool) -> None:
    assert read_occasion("1", {**EVENT, "istestevent": told}).is_test is is_test  # type: ignore[dict-item]  # any JSON value


def test_of_two_polls_with_the_same_words_the_first_counts() -> None:
    polls: list[Any] = [{"pollquestion": "Which?", "pollanswers": ["A", "B"]}, {"pollquestion": "Which?", "pollanswers": ["C"]}]
    row: JsonObject = {**ATTENDEE, "polls": polls}
    assert attendee_change(read_attendee(row), row, read_occasion("1", None), NOW).fields["polls"] == {"Which?": "A; B"}


def test_a_row_without_a_person_or_a_webinar_is_invalid_and_kept_without_what_was_not_asked_for() -> None:
    row: JsonObject = {**REGISTRANT, "eventuserid": None, "ipaddress": "192.0.2.7", "userprofileurl": "https://data.on24.example/?token=t"}
    with pytest.raises(Invalid) as caught:
        read_registrant(row)
    raw = unreadable(row, caught.value).raw
    assert b"ada@example.com" in raw and b"192.0.2.7" not in raw and b"token=" not in raw
