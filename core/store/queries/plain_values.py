"""The plain values of many golden records at once, without what they were folded from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from core.model.records import Scalar
from core.model.vocabulary import Subject
from core.store.codec import read_golden_values
from core.store.commands.upsert import table_of
from core.store.store import Snapshot
from core.store.tables import GoldenRow
from core.store.vault import Unreadable, WrongKey

_CHUNK = 300


def values_of(snapshot: Snapshot, ids: Sequence[str], subject: Subject) -> dict[str, Mapping[str, Scalar]]:
    """The values of active golden records of a kind; others are absent."""
    golden = table_of(GoldenRow)
    found: dict[str, Mapping[str, Scalar]] = {}
    for start in range(0, len(ids), _CHUNK):
        here = (golden.c.workspace == snapshot.workspace) & golden.c.id.in_(list(ids[start : start + _CHUNK]))
        rows = snapshot.all(select(golden).where(here, golden.c.state == "active", golden.c.subject == subject.value))
        snapshot.load_keys([row.key_id for row in rows])
        found |= {row.id: values for row in rows if (values := _values(snapshot, row)) is not None}
    return found


def _values(snapshot: Snapshot, row: Any) -> Mapping[str, Scalar] | None:
    try:
        opened = snapshot.open(row.key_id, "golden.values", row.sealed_values)
    except WrongKey:
        raise
    except Unreadable:
        return None
    return {name: value.value for name, value in read_golden_values(opened or b"{}").items()}
