"""Counting what differs between two outcomes of the same record, field by field, with a few samples to look at. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.model.records import Scalar

SAMPLES = 3
"""Samples kept per field, so that a rehearsal of many records stays small."""


class Move(StrEnum):
    """What becomes of one field's value. `emptied` says an empty outright; what is `left_out` is said no more, and blanks nothing."""

    NEW = "new"
    CHANGED = "changed"
    EMPTIED = "emptied"
    LEFT_OUT = "left_out"


def moves(before: Mapping[str, Scalar], after: Mapping[str, Scalar]) -> dict[str, Move]:
    """Tell which fields move, and how. An absent field says nothing; one that is None says that there is no value."""
    found: dict[str, Move] = {}
    for name in {**before, **after}:
        move = _move(name, before, after)
        if move is not None:
            found[name] = move
    return found


def _move(name: str, before: Mapping[str, Scalar], after: Mapping[str, Scalar]) -> Move | None:
    if name not in after:
        return None if before[name] is None else Move.LEFT_OUT
    was, will = before.get(name), after[name]
    if will is None:
        return None if name in before and was is None else Move.EMPTIED
    if was is None:
        return Move.NEW
    return None if was == will and type(was) is type(will) else Move.CHANGED


@dataclass(frozen=True, slots=True)
class Sample:
    """One field of one record, before and after."""

    record: str
    before: Scalar
    after: Scalar


@dataclass(slots=True)
class FieldTally:
    """How often a field gets its first value, another one, an explicit empty, or is said no more."""

    new: int = 0
    changed: int = 0
    emptied: int = 0
    left_out: int = 0
    samples: list[Sample] = field(default_factory=list)

    def count(self, move: Move, sample: Sample) -> None:
        """Add one record."""
        setattr(self, move.value, getattr(self, move.value) + 1)
        if len(self.samples) < SAMPLES:
            self.samples.append(sample)


@dataclass(slots=True)
class MappingTally:
    """What one mapping does differently: records that went through it, those of them that change, and their fields."""

    mapping: str
    records: int = 0
    changed: int = 0
    fields: dict[str, FieldTally] = field(default_factory=dict)

    def compare(self, record: str, before: Mapping[str, Scalar], after: Mapping[str, Scalar]) -> bool:
        """Count one record's fields; tells whether any of them moves."""
        found = moves(before, after)
        for name, move in sorted(found.items()):
            self.fields.setdefault(name, FieldTally()).count(move, Sample(record, before.get(name), after.get(name)))
        return bool(found)
