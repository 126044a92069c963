"""The remote that lives in this process: records with versions, unique fields, deletions, merges and a lagging search index.

It plays the outside system. Nothing of Leadloom is known here, and time is always handed in.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from connectors.memory.faults import FaultBoard
from connectors.memory.schema import OBJECTS, MemoryField

Fields = dict[str, Any]


class RemoteRefusal(Exception):
    """The remote refuses one record: `code` in its own words, and the field or record concerned."""

    def __init__(self, code: str, *, field: str | None = None, record: str | None = None) -> None:
        """Keep the parts; the code is one of missing, duplicate, invalid_value, unknown_object, conflict."""
        super().__init__(code)
        self.code = code
        self.field = field
        self.record = record


@dataclass(slots=True)
class Row:
    """One record. `history` holds what the search index may still show: (moment of the change, fields before it)."""

    id: str
    fields: Fields
    sequence: int
    changed_at: datetime
    changed_by: str
    created_at: datetime
    deleted: bool = False
    successor: str | None = None
    history: list[tuple[datetime, Fields]] = field(default_factory=list)

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
        self.names = frozenset(spec.name for spec in self.schema)

    unique_fields: tuple[str, ...] = ()
    closed_choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()


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
        """Change some fields; tells whether anything is different now."""
        table = self.table(object_name)
        row = self.live(object_name, native_id)
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

    def merge(self, object_name: str, survivor: str, losers: Sequence[str], *, now: datetime, by: str = "person") -> Row:
        """Retire the losers in favour of the survivor, which fills its blanks from them. All or nothing."""
        row = self.live(object_name, survivor)
        others = [self.live(object_name, loser) for loser in losers if loser != survivor]
        for other in others:
            self.delete(object_name, other.id, now=now, by=by, successor=survivor)
            blanks = {name: value for name, value in other.fields.items() if row.fields.get(name) is None}
            self.edit(object_name, survivor, blanks, now=now, by=by)
        return row

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
        return [row for row in table.rows.values() if not row.deleted and _has(row.indexed(now, self.search_lag), wanted)]

    def _accepted(self, table: Table, before: Fields, fields: Mapping[str, Any], native_id: str | None) -> Fields:
        changes = self.normalise(table.name, dict(fields)) if self.normalise else dict(fields)
        after = {**before, **changes}
        for name, choices in table.closed_choices.items():
            if after.get(name) is not None and after[name] not in choices:
                raise RemoteRefusal("invalid_value", field=name)
        for name in table.unique_fields:
            owner = table.unique.get((name, str(after[name]))) if after.get(name) is not None else None
            if owner not in (None, native_id):
                raise RemoteRefusal("duplicate", field=name, record=owner)
        return after

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
