"""The lines of a sync mapping as rules of comparison: how the values of each field compare, and whose word counts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from core.flow.agreement.rules import FieldRule, Rules
from core.flow.mapping.lens import OneWay, invert
from core.flow.mapping.model import Direction, Line, Paths, SyncMapping
from core.flow.quality.same import same
from core.model.records import Policy, Standing
from core.model.vocabulary import Kind, kind_of

_rules: WeakKeyDictionary[SyncMapping, Rules] = WeakKeyDictionary()


def rules_of(mapping: SyncMapping) -> Rules:
    """Give the rules of a mapping, made once."""
    found = _rules.get(mapping)
    if found is None:
        fields = {line.target: _rule(mapping, line) for line in mapping.fields if not line.is_tie}
        related = {line.target: line.record_of for line in mapping.fields if line.record_of is not None}
        siblings = {line.target: line.id_of for line in mapping.fields if line.id_of is not None}
        found = _rules[mapping] = Rules(fields, mapping.fill, mapping.adopt_ours, mapping.hold, related, siblings)
    return found


def _rule(mapping: SyncMapping, line: Line) -> FieldRule:
    policy = Policy((line.authority or mapping.authority).value)
    reads_back = line.direction is not Direction.TO
    return FieldRule(line.target, _comparison(mapping, line), reads_back, line.enforce, Standing(policy, line.stages))


def _comparison(mapping: SyncMapping, line: Line) -> Callable[[Any, Any], bool]:
    """By the kind of the one golden field that the line carries; what is put together or looked up compares as text."""
    kind = None
    if isinstance(line.source, Paths) and line.chain.table is None and not line.refers and len(line.source.paths) == 1:
        kind = kind_of(mapping.subject, line.source.paths[0])
    return partial(same, kind or Kind.TEXT)


def golden_targets(mapping: SyncMapping, target: str) -> tuple[str, ...]:
    """The golden fields that a field of the CRM's record speaks of; none where it is not read back."""
    for line in mapping.fields:
        if line.target == target and line.direction is not Direction.TO:
            try:
                return invert(line).fields
            except OneWay:
                return ()
    return ()
