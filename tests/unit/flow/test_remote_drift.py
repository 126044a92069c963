"""What changed about an object between two looks at it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.flow.mapping.remote import Changed, RemoteField, RemoteKind, RemoteObject, drift

NAME = RemoteField("name", "Name", RemoteKind.TEXT, max_length=40)
STAGE = RemoteField("stage", "Stage", RemoteKind.CHOICE, choices=("new", "won"), choices_closed=True)


def changes(*fields: RemoteField) -> list[tuple[Changed, str]]:
    before = RemoteObject("lead", "Lead", (NAME, STAGE))
    return [(each.what, each.field) for each in drift(before, RemoteObject("lead", "Lead", fields))]


def test_two_equal_looks_show_no_change() -> None:
    assert changes(STAGE, NAME) == []


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        ({"max_length": 20}, Changed.SHORTER),
        ({"max_length": 80}, Changed.LONGER),
        ({"required": True}, Changed.REQUIRED),
        ({"creatable": False, "updatable": False}, Changed.READ_ONLY),
        ({"readable": False}, Changed.UNREADABLE),
        ({"unique": True}, Changed.UNIQUE),
        ({"kind": RemoteKind.NUMBER}, Changed.KIND),
    ],
)
def test_each_change_of_a_field_is_told(facts: dict[str, Any], what: Changed) -> None:
    assert changes(replace(NAME, **facts), STAGE) == [(what, "name")]


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ({"required": True}, {}, Changed.OPTIONAL),
        ({"readable": False}, {}, Changed.READABLE),
        ({"creatable": False, "updatable": False}, {}, Changed.WRITABLE),
        ({"external_id": True}, {}, Changed.NOT_UNIQUE),
    ],
)
def test_the_way_back_is_told_too(before: dict[str, Any], after: dict[str, Any], what: Changed) -> None:
    one = RemoteObject("lead", "Lead", (replace(NAME, **before),))
    other = RemoteObject("lead", "Lead", (replace(NAME, **after),))

    assert [each.what for each in drift(one, other)] == [what]


def test_choices_that_came_and_went_are_named() -> None:
    before = RemoteObject("lead", "Lead", (STAGE,))
    gone, new = drift(before, RemoteObject("lead", "Lead", (replace(STAGE, choices=("new", "lost")),)))

    assert (gone.what, new.what) == (Changed.CHOICE_GONE, Changed.CHOICE_NEW)
    assert "'won'" in gone.message and "'lost'" in new.message


def test_a_field_that_went_and_one_that_came_with_its_label_are_brought_together() -> None:
    gone, new = drift(RemoteObject("lead", "Lead", (NAME,)), RemoteObject("lead", "Lead", (replace(NAME, name="name__c"),)))

    assert (gone.what, new.what) == (Changed.FIELD_GONE, Changed.FIELD_NEW)
    assert "'name__c' is new and has the same label" in gone.message
