"""The identity benchmark in small: the invented set is always the same, and matching holds its bars on it."""

from __future__ import annotations

import io
import json

from benchmarks import identity
from benchmarks.support import labelled_sets
from benchmarks.support.figures import Printer


def test_the_invented_set_is_the_same_each_time() -> None:
    first, second = labelled_sets.crm(people=60), labelled_sets.crm(people=60)

    assert first.rows == second.rows
    assert first.entities == second.entities
    assert "entity" not in first.rows[0]


def test_matching_holds_its_bars_on_invented_people() -> None:
    out = io.StringIO()
    small = labelled_sets.crm(people=600)

    identity.measure(Printer(as_json=True, out=out), labelled_sets.Labelled("small", small.rows, small.entities))

    figures = {each["figure"]: each["value"] for each in map(json.loads, out.getvalue().splitlines())}
    assert figures["f1_small"] >= 0.853
    assert figures["grouped_f1_small"] >= 0.884
    assert figures["bcubed_small"] >= 0.945
