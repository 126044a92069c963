"""What counts as a change of a field when two sets of mappings are compared."""

from __future__ import annotations

import pytest

from core.flow.mapping.rehearsal import SAMPLES, MappingTally, Move, moves
from core.model.records import Scalar


@pytest.mark.parametrize(
    ("before", "after", "move"),
    [
        ({}, {"city": "Köln"}, Move.NEW),
        ({"city": None}, {"city": "Köln"}, Move.NEW),
        ({"city": "Cologne"}, {"city": "Köln"}, Move.CHANGED),
        ({"city": 1}, {"city": True}, Move.CHANGED),
        ({"city": "Köln"}, {"city": None}, Move.EMPTIED),
        ({}, {"city": None}, Move.EMPTIED),
        ({"city": "Köln"}, {}, Move.LEFT_OUT),
        ({"city": "Köln"}, {"city": "Köln"}, None),
        ({"city": None}, {"city": None}, None),
        ({"city": None}, {}, None),
    ],
)
def test_a_field_moves_in_one_of_four_ways_or_stays(before: dict[str, Scalar], after: dict[str, Scalar], move: Move | None) -> None:
    assert moves(before, after).get("city") is move


def test_a_tally_counts_every_record_and_keeps_a_few_samples() -> None:
    tally = MappingTally("form")

    for number in range(10):
        assert tally.compare(f"inbox:{number}", {"city": "Cologne"}, {"city": "Köln"})
    assert not tally.compare("inbox:10", {"city": "Bonn"}, {"city": "Bonn"})

    assert tally.fields["city"].changed == 10
    assert [sample.record for sample in tally.fields["city"].samples] == [f"inbox:{number}" for number in range(SAMPLES)]
