"""Turns writes into rows of a request: what is asked for each, with which body, and which may travel in one call."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from connectors.salesforce.api import MOST_ROWS, is_record_id
from core.contract import Blob, Clear, Invalid, Match, Ref, Write, WriteKind, WriteValue

NOT_SENT = "An empty value is no order to clear; only Clear is."
"""Why a field was not sent: Salesforce would empty it (REST guide, null; Bulk API guide, "Prepare CSV Files", #N/A)."""


class Verb(StrEnum):
    """What a call does with its rows; the values are Bulk API 2.0's words."""

    CREATE = "insert"
    UPDATE = "update"
    UPSERT = "upsert"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Operation:
    """Rows of one operation may share a call; `key` is the field by which Salesforce finds a record."""

    object: str
    verb: Verb
    key: str | None = None


@dataclass(slots=True)
class Row:
    """One write on its way: its place in the batch, its values in Salesforce's form, and what had to be left out."""

    index: int
    operation: Operation
    identity: str | None
    values: dict[str, Any]
    refused: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The row as an sObject Collections record."""
        key = {self.operation.key: self.identity} if self.operation.key else {}
        return {"attributes": {"type": self.operation.object}, **key, **self.values}

    def drop(self, names: Sequence[str], reason: str) -> bool:
        """Leave fields out; False when the row has none of them."""
        lowered = {name.lower() for name in names}
        found = [name for name in self.values if name.lower() in lowered]
        for name in found:
            del self.values[name]
            self.refused[name] = reason
        return bool(found)


def read_row(index: int, write: Write) -> Row:
    """Read one write; raises Invalid for values and targets that Salesforce has no form for.

    The record's own id and the external-id field never stand in the body a second time.
    """
    operation, identity = _operation(write)
    if operation.verb is Verb.DELETE:
        return Row(index, operation, identity, {})
    reserved = {"id", "attributes", (operation.key or "").lower()}
    given = {name: value for name, value in write.fields.items() if name.lower() not in reserved}
    empty = {name: NOT_SENT for name, value in given.items() if value is None or value in ("", [])}
    values = {name: wire_value(name, value) for name, value in given.items() if name not in empty}
    return Row(index, operation, identity, values, empty)


def wire_value(name: str, value: WriteValue) -> Any:
    """A value as JSON for Salesforce: null empties, a reference is its id, several choices are joined by semicolons."""
    match value:
        case Clear():
            return None
        case Ref():
            return str(value.id)
        case Blob() | dict():
            raise Invalid(f"The field {name} cannot hold a file or an object.", field=name, rule="INVALID_TYPE_ON_FIELD_IN_RECORD")
        case list():
            return ";".join(str(_text(name, one)) for one in value)
        case str():
            return _text(name, value)
        case float() if not math.isfinite(value):
            raise Invalid(f"The field {name} has no finite number.", field=name, rule="NUMBER_OUTSIDE_VALID_RANGE")
    return value


def calls(rows: Sequence[Row], *, most: int = MOST_ROWS) -> Iterator[list[Row]]:
    """Cut rows into calls: one operation each, at most so many rows, no record twice.

    Salesforce refuses all rows of a call that share an external id, so the later ones follow in a call of their own.
    """
    waves: dict[tuple[Operation, int], list[Row]] = {}
    met: Counter[tuple[Operation, str]] = Counter()
    for row in rows:
        name = (row.operation, row.identity.lower() if row.identity and row.operation.verb is Verb.UPSERT else row.identity or "")
        waves.setdefault((row.operation, met[name] if row.identity else 0), []).append(row)
        met[name] += 1
    for wave in sorted(waves, key=lambda entry: entry[1]):
        for start in range(0, len(waves[wave]), most):
            yield waves[wave][start : start + most]


def _operation(write: Write) -> tuple[Operation, str | None]:
    target: tuple[str, str] | None = None
    if isinstance(write.target, Match):
        target = _single(write.target)
    elif write.target is not None:
        target = ("Id", write.target)
    match write.kind, target:
        case WriteKind.UPSERT, None:
            return Operation(write.object, Verb.CREATE), None
        case WriteKind.UPSERT, (name, value):
            by_id = name.lower() == "id"
            verb = Verb.UPDATE if by_id else Verb.UPSERT
            return Operation(write.object, verb, "Id" if by_id else name), _record_id(value) if by_id else value
        case WriteKind.DELETE, (name, value) if name.lower() == "id":
            return Operation(write.object, Verb.DELETE, "Id"), _record_id(value)
    raise Invalid(f"Salesforce cannot carry out a {write.kind} of this target.", rule="NOT_SUPPORTED")


def _single(match: Match) -> tuple[str, str]:
    if len(match.fields) != 1:
        raise Invalid("Salesforce upserts by one external-id field, not by several.", rule="MISSING_ARGUMENT")
    name, value = match.single()
    if not value:
        raise Invalid(f"The external id {name} is empty.", field=name, rule="MISSING_ARGUMENT")
    return name, str(_text(name, value))


def _record_id(value: str) -> str:
    if not is_record_id(value):
        raise Invalid("This is not the form of a Salesforce id.", field="Id", rule="MALFORMED_ID")
    return value


def _text(name: str, value: object) -> object:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            # Not `from` the cause: its text quotes the value.
            raise Invalid(f"The field {name} holds half a character.", field=name, rule="JSON_PARSER_ERROR") from None
    return value
