"""What is known of readings from the beginning: how far they are, and the links whose record they did not show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core.model.records import CLOSED
from core.store.commands.upsert import table_of
from core.store.store import Snapshot
from core.store.tables import FullRead, LinkRow


@dataclass(frozen=True, slots=True)
class FullReadView:
    """The latest full read of an object. `holds`: nothing is written there before it is through."""

    connection: str
    object: str
    started_at: datetime
    ended_at: datetime | None
    records: int
    missed: int
    holds: bool


def full_reads(snapshot: Snapshot) -> list[FullReadView]:
    """The latest full read of every object."""
    read = table_of(FullRead)
    columns = [read.c[name] for name in FullReadView.__dataclass_fields__]
    rows = snapshot.all(select(*columns).where(read.c.workspace == snapshot.workspace).order_by(read.c.connection, read.c.object))
    return [FullReadView(*row) for row in rows]


def full_read_of(snapshot: Snapshot, connection: str, object_name: str) -> FullReadView | None:
    """The latest full read of one object, if there was one."""
    return next((each for each in full_reads(snapshot) if (each.connection, each.object) == (connection, object_name)), None)


def links_not_listed(
    snapshot: Snapshot, connection: str, object_name: str, since: datetime, after: str, limit: int
) -> list[tuple[str, str]]:
    """Open links whose record no full read has shown since then, nor a write or another reading: their ids and remote ids.

    In the order of their ids, from `after` on.
    """
    link = table_of(LinkRow)
    quiet = [link.c[name].is_(None) | (link.c[name] < since) for name in ("listed_at", "seen_at", "sent_at", "created_at")]
    rows = snapshot.all(
        select(link.c.id, link.c.remote_id)
        .where(*_open(link, snapshot.workspace, connection, object_name), *quiet, link.c.id > after)
        .order_by(link.c.id)
        .limit(limit)
    )
    return [(row.id, row.remote_id) for row in rows]


def open_records(snapshot: Snapshot, connection: str, object_name: str, after: str, limit: int) -> list[tuple[str, str, str]]:
    """Open links that have a record: link, golden and remote ids, in the order of the first, from `after` on."""
    link = table_of(LinkRow)
    rows = snapshot.all(
        select(link.c.id, link.c.golden_id, link.c.remote_id)
        .where(*_open(link, snapshot.workspace, connection, object_name), link.c.id > after)
        .order_by(link.c.id)
        .limit(limit)
    )
    return [(row.id, row.golden_id, row.remote_id) for row in rows]


def _open(link: Any, workspace: str, connection: str, object_name: str) -> tuple[Any, ...]:
    here = (link.c.workspace == workspace, link.c.connection == connection, link.c.object == object_name)
    closed = (link.c.state == "not_wanted") & link.c.reason_code.in_(CLOSED)
    return (*here, link.c.role == "primary", link.c.remote_id.is_not(None), ~func.coalesce(closed, False), link.c.errand.is_(None))


def waiting_links(snapshot: Snapshot, connection: str, object_name: str, after: str, limit: int) -> list[tuple[str, str]]:
    """Links that are to be written and have no record yet: link and golden ids, in the order of the first, from `after` on."""
    link = table_of(LinkRow)
    here = (link.c.workspace == snapshot.workspace, link.c.connection == connection, link.c.object == object_name)
    rows = snapshot.all(
        select(link.c.id, link.c.golden_id)
        .where(*here, link.c.role == "primary", link.c.remote_id.is_(None), link.c.state != "not_wanted", link.c.id > after)
        .order_by(link.c.id)
        .limit(limit)
    )
    return [(row.id, row.golden_id) for row in rows]


@dataclass(frozen=True, slots=True)
class Tie:
    """What a link is to the record it holds."""

    id: str
    golden_id: str
    role: str
    state: str
    reason_code: str | None

    @property
    def is_followed(self) -> bool:
        """Whether the record is written and read."""
        return self.role == "primary" and not (self.state == "not_wanted" and self.reason_code in CLOSED)


def ties(snapshot: Snapshot, connection: str, object_name: str, remote_ids: list[str]) -> dict[str, Tie]:
    """The links that hold these records, by remote id."""
    link = table_of(LinkRow)
    here = (link.c.workspace == snapshot.workspace, link.c.connection == connection, link.c.object == object_name)
    found: dict[str, Tie] = {}
    for start in range(0, len(remote_ids), 500):
        rows = snapshot.all(
            select(link.c.remote_id, link.c.id, link.c.golden_id, link.c.role, link.c.state, link.c.reason_code).where(
                *here, link.c.remote_id.in_(remote_ids[start : start + 500])
            )
        )
        found |= {row.remote_id: Tie(row.id, row.golden_id, row.role, row.state, row.reason_code) for row in rows}
    return found


def primary_ties(snapshot: Snapshot, connection: str, object_name: str, golden_ids: list[str]) -> dict[str, tuple[str, str | None]]:
    """The link that is written for each of these golden records, with its remote id, by golden id."""
    link = table_of(LinkRow)
    here = (link.c.workspace == snapshot.workspace, link.c.connection == connection, link.c.object == object_name)
    found: dict[str, tuple[str, str | None]] = {}
    for start in range(0, len(golden_ids), 500):
        part = golden_ids[start : start + 500]
        rows = snapshot.all(
            select(link.c.golden_id, link.c.id, link.c.remote_id).where(*here, link.c.role == "primary", link.c.golden_id.in_(part))
        )
        found |= {row.golden_id: (row.id, row.remote_id) for row in rows}
    return found


def count_records(snapshot: Snapshot, connection: str, object_name: str) -> int:
    """How many records of an object are tied to people of ours."""
    link = table_of(LinkRow)
    here = _open(link, snapshot.workspace, connection, object_name)
    return int(snapshot.scalar(select(func.count()).select_from(link).where(*here)))
