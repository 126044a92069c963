"""Records and the table of one object type, indexed so that a write never has to look at other records."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.hubspot.definitions import ObjectType
from sandbox.hubspot.moments import iso

RECYCLE_BIN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who writes, in the words of the property history."""

    source_type: str
    source_id: str
    label: str
    user_id: int | None = None


USER = Actor("CRM_UI", "userId:9001", "Sandbox User", 9001)
"""A person at the screen of the CRM."""


@dataclass(frozen=True, slots=True)
class Change:
    """One write to a record: the values it set (`""` where it cleared), by whom and when."""

    at: datetime
    actor: Actor
    values: Mapping[str, str]


@dataclass(slots=True)
class Record:
    """One record. `properties` is replaced on a write, never changed in place, so others may hold on to it."""

    id: str
    properties: Mapping[str, str]
    created_at: datetime
    updated_at: datetime
    changes: list[Change] = field(default_factory=list)
    archived_at: datetime | None = None
    indexed: Mapping[str, str] | None = None
    """What search shows until the index has caught up with `updated_at`; `None`: not in the index yet."""
    merged_ids: tuple[str, ...] = ()

    def emails(self) -> list[str]:
        """The primary address and the additional ones, lower case."""
        found = [self.properties.get("email", ""), *self.properties.get("hs_additional_emails", "").split(";")]
        return [email.lower() for email in found if email]

    def set_by(self, source_id: str) -> set[str]:
        """Names of the properties that `source_id` was the last to set."""
        last: dict[str, str] = {}
        for change in self.changes:
            for name in change.values:
                last[name] = change.actor.source_id
        return {name for name, source in last.items() if source == source_id}


class Table:
    """The records of one object type, by id and by each unique property; ids come from the account's counter."""

    def __init__(self, kind: ObjectType) -> None:
        self.kind = kind
        self.records: dict[str, Record] = {}
        self.unique: dict[str, dict[str, str]] = {"email": {}} if kind.name == "contacts" else {}
        self.successors: dict[str, str] = {}
        """Ids swallowed by a merge -> the id of the record that survived."""
        self._order: list[int] = []

    def live(self, record_id: str) -> Record | None:
        """The record, unless it is archived or gone."""
        record = self.records.get(record_id)
        return record if record is not None and record.archived_at is None else None

    def holder(self, name: str, value: str) -> str | None:
        """The id of the live record that holds `value` in the unique property `name`."""
        return self.unique[name].get(value.lower())

    def add(self, record: Record) -> None:
        """Take in a new record."""
        self.records[record.id] = record
        insort(self._order, int(record.id))
        self.index(record)

    def forget(self, record: Record) -> None:
        """Drop a record for good."""
        self.unindex(record)
        del self.records[record.id]

    def archive(self, record: Record, now: datetime) -> None:
        """Put a record into the recycle bin; its unique values are free again."""
        self.unindex(record)
        record.archived_at = now

    def index(self, record: Record) -> None:
        """Claim the unique values of `record`."""
        for name, held in self.unique.items():
            for value in _unique_values(record, name):
                held[value] = record.id

    def unindex(self, record: Record) -> None:
        """Give up the unique values of `record`."""
        for name, held in self.unique.items():
            for value in _unique_values(record, name):
                if held.get(value) == record.id:
                    del held[value]

    def make_unique(self, name: str) -> None:
        """Start to enforce a unique property; records that hold a value already are taken in."""
        held = self.unique.setdefault(name, {})
        for record in self.records.values():
            if record.archived_at is None and name in record.properties:
                held[record.properties[name].lower()] = record.id

    def after(self, record_id: int, now: datetime, *, archived: bool) -> Iterator[Record]:
        """Records with a higher id, in the order of their ids; those in the recycle bin only for 90 days."""
        for place in range(bisect_right(self._order, record_id), len(self._order)):
            record = self.records.get(str(self._order[place]))
            if record is None or archived is (record.archived_at is None):
                continue
            if record.archived_at is None or now - record.archived_at <= RECYCLE_BIN:
                yield record

    def change(self, record: Record, values: Mapping[str, str], *, actor: Actor, now: datetime, delay: timedelta) -> None:
        """Write `values` (`""` clears) and move the modified stamp; the index keeps the old state for `delay`."""
        if delay and record.updated_at + delay <= now:
            record.indexed = record.properties
        merged = {**record.properties, **values, self.kind.modified: iso(now)}
        self.unindex(record)
        record.properties = {name: value for name, value in merged.items() if value != ""}
        record.updated_at = now
        record.changes.append(Change(now, actor, dict(values)))
        self.index(record)


def _unique_values(record: Record, name: str) -> list[str]:
    if name == "email":
        return record.emails()
    value = record.properties.get(name)
    return [value.lower()] if value else []
