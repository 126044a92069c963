"""Applying mappings to records: inbound to values with provenance, sync to what a CRM record should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.flow.mapping.document import FieldRule, InboundMapping, SyncMapping
from core.flow.mapping.paths import ABSENT, as_scalar, find_path, read_path
from core.flow.mapping.steps import STEPS
from core.model.records import ConsentEntry, GoldenValue, Scalar, Value
from core.model.vocabulary import Kind


@dataclass(frozen=True, slots=True)
class RawValue:
    """A value that was read but not normalised yet, with the kind it should become."""

    value: Value
    kind: Kind
    required: bool


@dataclass(frozen=True, slots=True)
class Inbound:
    """What an inbound mapping made of a record; `missing` names required fields without a value."""

    values: Mapping[str, RawValue]
    consent_texts: Mapping[str, Scalar]
    missing: tuple[str, ...]


def apply_inbound(mapping: InboundMapping, record: Mapping[str, Any]) -> Inbound:
    """Read every line of the mapping from the record; absent values stay absent."""
    values: dict[str, RawValue] = {}
    missing: list[str] = []
    for rule in mapping.fields:
        value = _take(rule, record)
        if value is not None:
            values[rule.target] = RawValue(value, rule.kind, rule.required)
        elif rule.required:
            missing.append(rule.target)
    consents = {rule.purpose: as_scalar(read_path(record, rule.path)) for rule in mapping.consents}
    return Inbound(values, consents, tuple(missing))


def apply_sync(mapping: SyncMapping, golden: Mapping[str, GoldenValue]) -> dict[str, Scalar]:
    """Say what the remote record should be; a golden field that is unknown gives no entry (and never a blank)."""
    record = {name: value.value for name, value in golden.items()}
    wanted: dict[str, Scalar] = {}
    for rule in mapping.fields:
        value = _take(rule, record)
        if value is not None:
            wanted[rule.target] = value.value
    return wanted


def consent_entries(mapping: InboundMapping, texts: Mapping[str, bool | None], at: datetime) -> tuple[ConsentEntry, ...]:
    """Turn the answers found (None: not asked) into entries."""
    return tuple(ConsentEntry(purpose, granted, at, mapping.name) for purpose, granted in texts.items() if granted is not None)


def _take(rule: FieldRule, record: Mapping[str, Any]) -> Value | None:
    if rule.constant is not None:
        return Value(rule.constant, path="const")
    emptied = None
    for path in rule.paths:
        there = find_path(record, path)
        found = as_scalar(None if there is ABSENT else there)
        if found is None or (isinstance(found, str) and not found.strip()):
            emptied = emptied if there is ABSENT else path
            continue
        return _through_steps(rule, found, path)
    if rule.default is not None:
        return Value(rule.default, path="default")
    return Value(None, emptied) if emptied and rule.empty_clears else None


def _through_steps(rule: FieldRule, found: Scalar, path: str) -> Value | None:
    value = found
    if rule.steps:
        text = str(found)
        for step in rule.steps:
            text = STEPS[step](text)
        value = text
    if rule.table:
        value = rule.table.get(str(value).strip().casefold(), value)
    if value is None or value == "":
        return None
    return Value(value, path, raw=str(found), steps=rule.steps + (("map",) if rule.table else ()))
