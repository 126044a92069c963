"""The faults that `make chaos` plants still fit the source, so that none of them is passed over."""

from __future__ import annotations

import ast

import pytest

from scripts.faults_to_plant import PLANTS, Plant
from scripts.plant_faults import planted
from tests.architecture.source import ROOT


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_every_fault_applies_exactly_once_and_is_still_source(plant: Plant) -> None:
    sound = (ROOT / plant.file).read_text(encoding="utf-8")

    ast.parse(planted(sound, plant))

    assert plant.new != plant.old
    assert all((ROOT / test.partition("::")[0]).exists() for test in plant.tests)


def test_a_fault_that_applies_nowhere_or_twice_is_refused() -> None:
    plant = Plant("x", "x.py", "a", "b", ())

    for text in ("c", "a a"):
        with pytest.raises(ValueError, match="applies"):
            planted(text, plant)
