"""Ids sort by the instant they were made at, and replay from a seed."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from core.model.ids import IdMaker
from core.model.vocabulary import FIELDS, Kind, Subject, kind_of
from tests.support.http import HandClock


@given(st.lists(st.floats(0.001, 10_000), min_size=1, max_size=20))
def test_ids_of_later_instants_sort_later(steps: list[float]) -> None:
    clock = HandClock()
    maker = IdMaker(clock.now, random.Random(1).randbytes)
    ids = [maker.make()]
    for step in steps:
        clock.advance(step + 0.001)
        ids.append(maker.make())

    assert ids == sorted(ids)
    assert {len(each) for each in ids} == {26}
    assert len(set(ids)) == len(ids)


def test_the_same_clock_and_chance_give_the_same_ids() -> None:
    one, other = (IdMaker(HandClock().now, random.Random(5).randbytes) for _ in range(2))

    assert [one.make() for _ in range(9)] == [other.make() for _ in range(9)]


def test_fields_of_the_workspace_itself_are_text_and_unknown_ones_have_no_kind() -> None:
    assert kind_of(Subject.LEAD, "x_shoe_size") is Kind.TEXT
    assert kind_of(Subject.LEAD, "emial") is None
    assert all(kind_of(subject, name) is kind for subject, fields in FIELDS.items() for name, kind in fields.items())
