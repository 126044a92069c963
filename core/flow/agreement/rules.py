"""What the comparison must know of a mapping: per field how values compare and whose word counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.model.records import Policy, Standing


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field of the CRM's record. `same` tells whether the vendor's way of writing a value still means ours."""

    target: str
    same: Callable[[Any, Any], bool]
    reads_back: bool = True
    enforce: bool = False
    standing: Standing = field(default_factory=lambda: Standing(Policy.NEWEST))


@dataclass(frozen=True, slots=True)
class Rules:
    """All fields of a mapping, and what holds where nothing was agreed yet.

    `fill`: an empty field there gets our value. `ours_win`: where both have one, ours is written over theirs. `hold`: a field
    that moved on both sides waits for a person. `related`: fields that tie the record to one of another object, which are not
    compared but only set. `siblings`: fields that point to another record of the same group, by its name there.
    """

    fields: Mapping[str, FieldRule]
    fill: bool = True
    ours_win: bool = False
    hold: bool = False
    related: Mapping[str, str] = field(default_factory=dict)
    siblings: Mapping[str, str] = field(default_factory=dict)

    def same(self, name: str, ours: Any, theirs: Any) -> bool:
        """Whether both mean the same; a field that the mapping does not name any more has no kind to go by."""
        rule = self.fields.get(name)
        return bool(ours == theirs if rule is None else rule.same(ours, theirs))
