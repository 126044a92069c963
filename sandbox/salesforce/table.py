"""The rows of one object with their indexes, and the earlier versions that lagging readers still see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.salesforce.schema import SObject

Row = dict[str, Any]
"""Values by API name, in the form in which they are answered. A row is never changed, only replaced: keep it freely."""


@dataclass(slots=True)
class Table:
    """All rows of one object, deleted ones included, in the order of creation; `purged` have left the recycle bin."""

    kind: SObject
    rows: dict[str, Row] = field(default_factory=dict)
    earlier: dict[str, Row | None] = field(default_factory=dict)
    purged: list[Row] = field(default_factory=list)
    _indexes: dict[str, dict[str, set[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.kind.fields.values():
            if one.indexed:
                self.index(one.name)

    def index(self, name: str) -> None:
        """Keep an index on a field; rows that are deleted stay outside of it."""
        self._indexes[name] = {}
        for row in self.rows.values():
            self._enter(name, row)

    def is_indexed(self, name: str) -> bool:
        """Whether `find` is quick for this field."""
        return name in self._indexes

    def get(self, row_id: str) -> Row | None:
        """The row with an 18-character id, deleted or not."""
        return self.rows.get(row_id)

    def put(self, row: Row) -> Row | None:
        """Insert or replace a row; returns the version before."""
        row_id = row["Id"]
        before = self.rows.get(row_id)
        self.rows[row_id] = row
        self._reindex(before, row)
        return before

    def take_back(self, row_id: str, before: Row | None) -> None:
        """Undo a `put` that returned `before`."""
        now = self.rows[row_id]
        if before is None:
            del self.rows[row_id]
        else:
            self.rows[row_id] = before
        self._reindex(now, before)

    def empty_bin(self) -> int:
        """Delete what is in the recycle bin for good; only the deletion log knows of it afterwards."""
        gone = [row for row in self.rows.values() if row["IsDeleted"]]
        for row in gone:
            del self.rows[row["Id"]]
        self.purged += gone
        return len(gone)

    def find(self, name: str, value: str) -> list[str]:
        """Ids of the live rows whose field equals `value`, oldest first; without an index this walks over all rows."""
        described = self.kind.fields[name.lower()]
        key = described.key(value)
        if name in self._indexes:
            ids = self._indexes[name].get(key, ())
            return sorted(ids) if len(ids) > 1 else list(ids)
        return [row["Id"] for row in self.live() if isinstance(row.get(name), str) and described.key(row[name]) == key]

    def live(self) -> Iterator[Row]:
        """Rows that are not deleted."""
        return (row for row in self.rows.values() if not row["IsDeleted"])

    def pick(self, ids: Iterable[str]) -> Iterator[Row]:
        """The rows with these ids, as far as they exist."""
        return (self.rows[row_id] for row_id in ids if row_id in self.rows)

    def _reindex(self, before: Row | None, after: Row | None) -> None:
        was = before if before is not None and not before["IsDeleted"] else None
        now = after if after is not None and not after["IsDeleted"] else None
        for name, index in self._indexes.items():
            old = was.get(name) if was is not None else None
            new = now.get(name) if now is not None else None
            if old == new:
                continue
            key = self.kind.fields[name.lower()].key
            if old is not None and was is not None:
                self._leave(index, key(old), was["Id"])
            if new is not None and now is not None:
                index.setdefault(key(new), set()).add(now["Id"])

    def _enter(self, name: str, row: Row) -> None:
        value = row.get(name)
        if value is not None and not row["IsDeleted"]:
            self._indexes[name].setdefault(self.kind.fields[name.lower()].key(value), set()).add(row["Id"])

    def _leave(self, index: dict[str, set[str]], key: str, row_id: str) -> None:
        ids = index.get(key, set())
        ids.discard(row_id)
        if not ids:
            index.pop(key, None)

    def drop_index(self, name: str) -> None:
        """Forget an index, because its field is gone."""
        self._indexes.pop(name, None)
