"""Plans a batch of writes: which calls to make, with which rows in each, so that no call trips over itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from connectors.hubspot.values import written
from core.contract import (
    Applied,
    ContractBroken,
    Effect,
    Invalid,
    Match,
    NativeId,
    Receipt,
    RecordError,
    Ref,
    Refused,
    Write,
    WriteKind,
)

T = TypeVar("T")
IsLink = Callable[[str, Ref], bool]

MOST = 100
"""Records a batch call takes (HubSpot's CRM objects guide)."""


class Verb(StrEnum):
    """The batch calls that write."""

    CREATE = "create"
    UPDATE = "update"
    UPSERT = "upsert"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class Row:
    """One write on its way.

    `trace` comes from the write's key and ties errors and results to it; `left_out` names properties that are not sent,
    with the reason; `links` are the associations to make once the record is written.
    """

    write: Write
    verb: Verb
    trace: str
    id: str = ""
    id_property: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, Ref] = field(default_factory=dict)

    def without(self, names: Mapping[str, str]) -> Row:
        """The same row without some properties; `names` gives the reasons."""
        kept = {name: value for name, value in self.properties.items() if name not in names}
        dropped = {name: reason for name, reason in names.items() if name in self.properties}
        return replace(self, properties=kept, left_out={**self.left_out, **dropped})

    def as_input(self) -> dict[str, Any]:
        """The row as an entry of the call's `inputs`."""
        if self.verb is Verb.ARCHIVE:
            return {"id": self.id}
        found: dict[str, Any] = {"properties": dict(self.properties), "objectWriteTraceId": self.trace}
        if self.verb is not Verb.CREATE:
            found["id"] = self.id
        if self.verb is Verb.UPSERT:
            found["idProperty"] = self.id_property
        return found


@dataclass(frozen=True, slots=True)
class Plan:
    """The calls to make, in order, the receipts that need no call, by trace, and all rows that want associations."""

    calls: Sequence[Sequence[Row]]
    receipts: Mapping[str, Receipt]
    linked: Sequence[Row] = ()


def no_link(_name: str, _ref: Ref) -> bool:
    """Take every reference for the value of a property."""
    return False


def plan_batch(batch: Sequence[Write], is_link: IsLink = no_link) -> Plan:
    """Sort writes into calls; `is_link` tells which references are associations and not values.

    A call has one verb and one `idProperty`, at most 100 rows, and no record or e-mail address twice, because HubSpot
    refuses a whole call for that; later rows for the same record go into a later call. Equal keys are one write.
    """
    receipts: dict[str, Receipt] = {}
    linked: list[Row] = []
    calls: dict[tuple[Verb, str, int, int], list[Row]] = {}
    seen: dict[tuple[str, ...], int] = {}
    places: dict[tuple[Verb, str, int], int] = {}
    for trace, write in {trace_of(write): write for write in batch}.items():
        row = _row_or_error(trace, write, is_link)
        if not isinstance(row, Row):
            receipts[trace] = row
            continue
        linked += [row] if row.links else []
        if not (row.properties or row.verb in (Verb.ARCHIVE, Verb.UPSERT)):
            receipts[trace] = nothing_to_send(row)
            continue
        round_ = max(seen.get(identity, 0) for identity in _identities(row))
        seen.update(dict.fromkeys(_identities(row), round_ + 1))
        group = (row.verb, row.id_property, round_)
        place = places.get(group, 0)
        places[group] = place + 1
        calls.setdefault((*group, place // MOST), []).append(row)
    return Plan([rows for _, rows in sorted(calls.items(), key=lambda call: call[0][2])], receipts, linked)


def trace_of(write: Write) -> str:
    """Derive the trace id from the write's key: the same for every try of the same intent, different within a call."""
    return hashlib.sha256(write.key.encode()).hexdigest()[:32]


def halves(rows: Sequence[T]) -> list[list[T]]:
    """Split rows in two."""
    middle = (len(rows) + 1) // 2
    return [list(rows[:middle]), list(rows[middle:])]


def _identities(row: Row) -> list[tuple[str, ...]]:
    """What may stand in one call only once."""
    email = row.properties.get("email", "").strip().lower()
    found: list[tuple[str, ...]] = [("email", email)] if email else []
    return [*found, (row.id_property, row.id.lower())] if row.id else found or [("", row.trace)]


def _row_or_error(trace: str, write: Write, is_link: IsLink) -> Row | Refused:
    try:
        return _row(trace, write, is_link)
    except (RecordError, ContractBroken) as error:
        return Refused(error)


def _row(trace: str, write: Write, is_link: IsLink) -> Row:
    if write.kind is WriteKind.DELETE:
        if not isinstance(write.target, str):
            raise ContractBroken("HubSpot deletes by record id only.")
        return Row(write, Verb.ARCHIVE, trace, id=write.target)
    if write.kind is not WriteKind.UPSERT:
        raise ContractBroken(f"The HubSpot connector does not play write kind '{write.kind}'.")
    links = {name: value for name, value in write.fields.items() if isinstance(value, Ref) and is_link(name, value)}
    properties, left_out = written({name: value for name, value in write.fields.items() if name not in links})
    if isinstance(write.target, Match):
        name, value = _unique_pair(write.target)
        properties = {key: text for key, text in properties.items() if (key, text) != (name, value)}
        return Row(write, Verb.UPSERT, trace, value, name, properties, left_out, links)
    if write.target is None:
        return Row(write, Verb.CREATE, trace, properties=properties, left_out=left_out, links=links)
    return Row(write, Verb.UPDATE, trace, id=write.target, properties=properties, left_out=left_out, links=links)


def _unique_pair(match: Match) -> tuple[str, str]:
    try:
        name, value = match.single()
    except ValueError:
        raise ContractBroken("HubSpot upserts by one property, not by several.") from None
    if name == "email":
        # HubSpot's contacts guide: an upsert by e-mail needs the full set of properties, a partial one is not supported.
        raise ContractBroken("HubSpot cannot upsert a part of a record by e-mail; use the unique property, or find and update.")
    if not value:
        raise ContractBroken(f"The value of the unique property '{name}' is empty.")
    return name, value


def nothing_to_send(row: Row) -> Receipt:
    """The receipt of a row whose properties are all left out."""
    if row.verb is Verb.UPDATE:
        return Applied(NativeId(row.id), Effect.UNCHANGED, refused_fields=row.left_out)
    field_name = next(iter(row.left_out), None)
    return Refused(Invalid("HubSpot takes none of the record's properties.", field=field_name, rule="NO_PROPERTIES"))
