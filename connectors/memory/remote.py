"""The remote that lives in this process: records with versions, unique fields, deletions, merges and a lagging search index.

It plays the outside system. Nothing of Leadloom is known here, and time is always handed in.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from connectors.memory.faults import FaultBoard
from connectors.memory.schema import OBJECTS, MemoryField

Fields = dict[str, Any]
MADE_OF_A_LEAD: Mapping[str, str | None] = {"account": None, "contact": None}
_PARENTS_FIRST = ("account", "contact", "opportunity")


class RemoteRefusal(Exception):
    """The remote refuses one record: `code` in its own words, and the field or record concerned."""

    def __init__(self, code: str, *, field: str | None = None, record: str | None = None, record_object: str | None = None) -> None:
        """Keep the parts; the code is one of missing, duplicate, invalid_value, unknown_reference, unknown_object, conflict."""
        super().__init__(code)
        self.code = code
        self.field = field
        self.record = record
        self.record_object = record_object


@dataclass(slots=True)
class Row:
    """One record. `history` holds what the search index may still show: (moment of the change, fields before it).

    `converted` names what the record was turned into, as (object, id), the successor first; it is read-only from then on.
    """

    id: str
    fields: Fields
    sequence: int
    changed_at: datetime
    changed_by: str
    created_at: datetime
    deleted: bool = False
    successor: str | None = None
    history: list[tuple[datetime, Fields]] = field(default_factory=list)
    converted: tuple[tuple[str, str], ...] = ()

    @property
    def version(self) -> str:
        """Grows with every change; comparable as text."""
        return f"{self.sequence:012d}"

    def indexed(self, now: datetime, lag: timedelta) -> Fields | None:
        """The fields as a search sees them; None while the new record is not in the index yet."""
        if self.created_at + lag > now:
            return None
        return next((old for moment, old in self.history if moment + lag > now), self.fields)


@dataclass(slots=True)
class Table:
    """All records of one object: rows by id, unique values, and the feed of (sequence, id) in order of change."""

    name: str
    schema: tuple[MemoryField, ...]
    rows: dict[str, Row] = field(default_factory=dict)
    unique: dict[tuple[str, str], str] = field(default_factory=dict)
    feed: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Note the unique fields once."""
        self.unique_fields = tuple(spec.name for spec in self.schema if spec.unique)
        self.closed_choices = {spec.name: spec.choices for spec in self.schema if spec.choices}
        self.references = {spec.name: spec.refers_to for spec in self.schema if spec.refers_to}
        self.names = frozenset(spec.name for spec in self.schema)

    def copied(self) -> Table:
        """The same records, untouched by what happens to these."""
        rows = {row.id: replace(row, history=list(row.history)) for row in self.rows.values()}
        return Table(self.name, self.schema, rows, dict(self.unique), list(self.feed))

    unique_fields: tuple[str, ...] = ()
    closed_choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    references: dict[str, tuple[str, ...]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()


Kept = tuple[dict[str, Table], int]


class MemoryRemote:
    """One account. `normalise` stands for the account's own automation: it may rewrite fields before they are stored."""

    def __init__(
        self,
        name: str = "default",
        *,
        schema: Mapping[str, Sequence[MemoryField]] = OBJECTS,
        key: str | None = None,
        search_lag_seconds: float = 5.0,
        normalise: Callable[[str, Fields], Fields] | None = None,
    ) -> None:
        """Open an empty account; `key` None lets any credentials in."""
        self.name = name
        self.key = key
        self.search_lag = timedelta(seconds=search_lag_seconds)
        self.normalise = normalise
        self.faults = FaultBoard()
        self.calls = 0
        self.jobs: dict[str, Any] = {}
        self.tables = {each: Table(each, tuple(fields)) for each, fields in schema.items()}
        self.forgotten_before = 0
        self._sequence = 0

    def create(self, object_name: str, fields: Mapping[str, Any], *, now: datetime, by: str = "person") -> Row:
        """Add a record; raises RemoteRefusal when a unique value is taken or a value is not allowed."""
        table = self.table(object_name)
        stored = self._accepted(table, {}, fields, None)
        native_id = f"{object_name}-{len(table.rows) + 1}"
        row = Row(native_id, stored, 0, now, by, created_at=now)
        table.rows[native_id] = row
        self._stamp(table, row, now, by)
        return row

    def edit(self, object_name: str, native_id: str, fields: Mapping[str, Any], *, now: datetime, by: str = "person") -> bool:
        """Change some fields; tells whether anything is different now. A converted record takes no change."""
        table = self.table(object_name)
        row = self.live(object_name, native_id)
        if row.converted:
            record_object, record = row.converted[0]
            raise RemoteRefusal("missing", record=record, record_object=record_object)
        stored = self._accepted(table, row.fields, fields, native_id)
        if stored == row.fields:
            return False
        self._forget(table, row)
        row.history = [(moment, old) for moment, old in row.history if moment + self.search_lag > now]
        row.history.append((now, row.fields))
        row.fields = stored
        self._stamp(table, row, now, by)
        return True

    def delete(self, object_name: str, native_id: str, *, now: datetime, by: str = "person", successor: str | None = None) -> Row:
        """Delete a record, or retire it in favour of its successor after a merge."""
        row = self.live(object_name, native_id)
        table = self.table(object_name)
        self._forget(table, row)
        row.deleted, row.successor = True, successor
        self._stamp(table, row, now, by)
        return row

    def restore(self, object_name: str, native_id: str, *, now: datetime, by: str = "person") -> Row:
        """Bring a deleted record back; a merged one stays gone."""
        table = self.table(object_name)
        row = table.rows.get(native_id)
        if row is None or row.successor:
            raise RemoteRefusal("missing", record=row.successor if row else None)
        self._accepted(table, row.fields, {}, native_id)
        row.deleted = False
        self._stamp(table, row, now, by)
        return row

    def kept_of(self, objects: Iterable[str]) -> Kept:
        """What `put_back` needs to undo everything done to these objects from now on."""
        return {name: self.table(name).copied() for name in objects}, self._sequence

    def put_back(self, kept: Kept) -> None:
        """Make the objects what they were."""
        tables, self._sequence = kept
        self.tables |= tables

    def merge(self, object_name: str, survivor: str, losers: Sequence[str], *, now: datetime, by: str = "person") -> Row:
        """Retire the losers in favour of the survivor, which fills its blanks and takes over what points to them. All or nothing."""
        row = self.live(object_name, survivor)
        others = [self.live(object_name, loser) for loser in losers if loser != survivor]
        for other in others:
            self.delete(object_name, other.id, now=now, by=by, successor=survivor)
            blanks = {name: value for name, value in other.fields.items() if row.fields.get(name) is None}
            self.edit(object_name, survivor, blanks, now=now, by=by)
            self._point_to(object_name, (other.id, survivor), now, by)
        return row

    def convert(self, native_id: str, *, now: datetime, by: str = "person", into: Mapping[str, str | None] = MADE_OF_A_LEAD) -> Row:
        """Turn a lead into a contact and whatever else `into` names: an id joins that record, None makes one.

        A joined record keeps its values and fills its blanks. The lead stays readable and takes no change any more.
        """
        lead = self.live("lead", native_id)
        if lead.converted:
            raise RemoteRefusal("missing", record=lead.converted[0][1], record_object=lead.converted[0][0])
        made: dict[str, str] = {}
        for name in sorted(into, key=_PARENTS_FIRST.index):
            made[name] = self._grown(name, into[name], lead, made, now=now, by=by)
        lead.converted = tuple((name, made[name]) for name in sorted(made, key=lambda name: (name != "contact", name)))
        self._stamp(self.table("lead"), lead, now, by)
        return lead

    def _grown(self, name: str, joined: str | None, lead: Row, made: Mapping[str, str], *, now: datetime, by: str) -> str:
        company = lead.fields.get("company")
        given = lead.fields if name == "contact" else {"name": company}
        wanted = {key: value for key, value in given.items() if key in self.table(name).names and key != "external_id"}
        wanted |= {key: value for key, value in made.items() if key in self.table(name).names}
        if joined is None:
            return self.create(name, wanted, now=now, by=by).id
        there = self.live(name, joined)
        self.edit(name, joined, {key: value for key, value in wanted.items() if there.fields.get(key) is None}, now=now, by=by)
        return there.id

    def _point_to(self, object_name: str, move: tuple[str, str], now: datetime, by: str) -> None:
        old, new = move
        for table in self.tables.values():
            names = [name for name, targets in table.references.items() if object_name in targets]
            for row in [row for row in table.rows.values() if names and not row.deleted and not row.converted]:
                moved = {name: new for name in names if row.fields.get(name) == old}
                if moved:
                    self.edit(table.name, row.id, moved, now=now, by=by)

    def table(self, object_name: str) -> Table:
        """The records of one object."""
        if object_name not in self.tables:
            raise RemoteRefusal("unknown_object")
        return self.tables[object_name]

    def live(self, object_name: str, native_id: str) -> Row:
        """A record that is not deleted; the refusal names the successor of a merged one."""
        row = self.table(object_name).rows.get(native_id)
        if row is None or row.deleted:
            raise RemoteRefusal("missing", record=row.successor if row else None)
        return row

    def forget_deleted(self) -> None:
        """Empty the recycle bin, as vendors do after some weeks: older cursors cannot be told what is gone any more."""
        for table in self.tables.values():
            table.rows = {row.id: row for row in table.rows.values() if not row.deleted}
            table.feed = [entry for entry in table.feed if entry[1] in table.rows]
        self.forgotten_before = self._sequence

    def records(self, object_name: str) -> dict[str, Fields]:
        """All live records by id."""
        return {row.id: dict(row.fields) for row in self.table(object_name).rows.values() if not row.deleted}

    def page(self, object_name: str, after: int, size: int) -> tuple[list[Row], bool]:
        """Up to `size` rows changed after the sequence number, oldest change first, and whether there are more."""
        stuck = self.faults.is_stuck
        rows = list(islice(self._changed_since(object_name, 0 if stuck else after), size + 1))
        return rows[:size], stuck or len(rows) > size

    def _changed_since(self, object_name: str, sequence: int) -> Iterator[Row]:
        table = self.table(object_name)
        for at in range(bisect_right(table.feed, (sequence, "\U0010ffff")), len(table.feed)):
            changed, native_id = table.feed[at]
            row = table.rows[native_id]
            if row.sequence == changed:
                yield row

    def search(self, object_name: str, wanted: Mapping[str, str], *, now: datetime) -> list[Row]:
        """The live rows that the index shows with all these values; the id is looked up without the index."""
        table = self.table(object_name)
        if "id" in wanted:
            row = table.rows.get(wanted["id"])
            rest = {name: value for name, value in wanted.items() if name != "id"}
            return [row] if row and not row.deleted and _has(row.fields, rest) else []
        searched = (row for row in table.rows.values() if not row.deleted and not row.converted)
        return [row for row in searched if _has(row.indexed(now, self.search_lag), wanted)]

    def last_survivor(self, object_name: str, row: Row) -> str | None:
        """The record that stands for a merged one now, at the end of a chain of merges."""
        last = row.successor
        while last is not None and (following := self.table(object_name).rows[last].successor) is not None:
            last = following
        return last

    def _accepted(self, table: Table, before: Fields, fields: Mapping[str, Any], native_id: str | None) -> Fields:
        changes = self.normalise(table.name, dict(fields)) if self.normalise else dict(fields)
        after = {**before, **changes}
        for name, choices in table.closed_choices.items():
            if after.get(name) is not None and after[name] not in choices:
                raise RemoteRefusal("invalid_value", field=name)
        for name, targets in table.references.items():
            if name in changes and after[name] is not None and not self._exists(targets, str(after[name])):
                raise RemoteRefusal("unknown_reference", field=name)
        for name in table.unique_fields:
            owner = table.unique.get((name, str(after[name]))) if after.get(name) is not None else None
            if owner not in (None, native_id):
                raise RemoteRefusal("duplicate", field=name, record=owner)
        return after

    def _exists(self, targets: Sequence[str], native_id: str) -> bool:
        rows = [self.table(target).rows.get(native_id) for target in targets]
        return any(row is not None and not row.deleted for row in rows)

    def _stamp(self, table: Table, row: Row, now: datetime, by: str) -> None:
        self._sequence += 1
        row.sequence, row.changed_at, row.changed_by = self._sequence, now, by
        table.feed.append((self._sequence, row.id))
        if not row.deleted:
            table.unique.update({(name, str(row.fields[name])): row.id for name in table.unique_fields if row.fields.get(name) is not None})

    def _forget(self, table: Table, row: Row) -> None:
        for name in table.unique_fields:
            table.unique.pop((name, str(row.fields.get(name))), None)


def _has(fields: Fields | None, wanted: Mapping[str, str]) -> bool:
    return fields is not None and all(fields.get(name) is not None and str(fields[name]) == value for name, value in wanted.items())


_remotes: dict[str, MemoryRemote] = {}


def remote(name: str = "default") -> MemoryRemote:
    """The remote of this name, opened empty on first use; all connections that name it share it."""
    return _remotes.setdefault(name, MemoryRemote(name))


def register(account: MemoryRemote) -> MemoryRemote:
    """Make a remote known under its name, in place of any other of that name."""
    _remotes[account.name] = account
    return account


def forget(name: str) -> None:
    """Drop a remote; the next use of the name starts empty."""
    _remotes.pop(name, None)
