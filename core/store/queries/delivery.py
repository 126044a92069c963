"""What delivery reads: the links that are behind or wait for a job, opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core.model.ids import LinkId
from core.model.records import CLOSED, NOBODY, UNREADABLE_THERE, Closed, Errand, IdentityKey, Scalar
from core.model.remote import Agreement
from core.store.agreements import open_agreement
from core.store.codec import read_scalars
from core.store.commands.upsert import table_of
from core.store.queries.key_search import has_one_of
from core.store.store import Snapshot
from core.store.tables import CursorRow, IdentityKeyRow, Inbox, LinkRow
from core.store.vault import Unreadable, WrongKey


@dataclass(frozen=True, slots=True)
class DueLink:
    """A link with work to do; `unreadable` tells why its columns do not open, if so."""

    id: str
    golden_id: str
    key_id: str
    wanted: Mapping[str, Scalar]
    wanted_version: int
    agreement: Agreement
    attempts: int
    intent_key: str | None
    intent_at: datetime | None
    ticket: str | None
    ticket_version: int | None
    refused: Mapping[str, str]
    mapping_version: str | None = None
    errand: Errand | None = None
    unreadable: str | None = None

    @property
    def remote_id(self) -> str | None:
        """The vendor's id of the record, once it is known."""
        return self.agreement.remote_id


def count_due(snapshot: Snapshot, connection: str, object_name: str, now: datetime) -> int:
    """How many links of an object are behind and due."""
    link = table_of(LinkRow)
    here = (*_due(snapshot, connection, object_name, now), link.c.state == "behind")
    return int(snapshot.scalar(select(func.count()).select_from(link).where(*here)))


def links_behind(snapshot: Snapshot, connection: str, object_name: str, now: datetime, limit: int) -> list[DueLink]:
    """The links of an object that are behind and due, longest waiting first."""
    return _links(snapshot, (*_due(snapshot, connection, object_name, now), table_of(LinkRow).c.state == "behind"), limit)


def links_with_job(snapshot: Snapshot, connection: str, object_name: str, now: datetime, limit: int) -> list[DueLink]:
    """The links of an object that wait for a remote job and are due, also those that are not wanted any more."""
    return _links(snapshot, (*_due(snapshot, connection, object_name, now), table_of(LinkRow).c.ticket.is_not(None)), limit)


def _links(snapshot: Snapshot, here: tuple[Any, ...], limit: int) -> list[DueLink]:
    link = table_of(LinkRow)
    rows = snapshot.all(select(link).where(*here).order_by(link.c.next_at, link.c.id).limit(limit))
    snapshot.load_keys([row.key_id for row in rows])
    return [_opened_or_not(snapshot, row) for row in rows]


def remote_ids_held(snapshot: Snapshot, connection: str, object_name: str, remote_ids: Sequence[str]) -> dict[str, str]:
    """Which of these remote records belong to a link of ours already, with the link's id."""
    link = table_of(LinkRow)
    held: dict[str, str] = {}
    for start in range(0, len(remote_ids), 500):
        rows = snapshot.all(
            select(link.c.remote_id, link.c.id).where(
                link.c.workspace == snapshot.workspace,
                link.c.connection == connection,
                link.c.object == object_name,
                link.c.remote_id.in_(list(remote_ids[start : start + 500])),
            )
        )
        held.update({row.remote_id: row.id for row in rows})
    return held


def _due(snapshot: Snapshot, connection: str, object_name: str, now: datetime) -> tuple[Any, ...]:
    link = table_of(LinkRow)
    return (
        link.c.workspace == snapshot.workspace,
        link.c.connection == connection,
        link.c.object == object_name,
        link.c.next_at <= now,
    )


def _opened_or_not(snapshot: Snapshot, row: Any) -> DueLink:
    """One link that does not open must not stop the others of its lane."""
    try:
        wanted = read_scalars(snapshot.open(row.key_id, "link.wanted", row.sealed_wanted))
        return _opened(row, wanted, open_agreement(snapshot, row))
    except WrongKey:
        raise
    except Unreadable as error:
        return replace(_opened(row, {}, Agreement(LinkId(row.id), row.remote_id)), unreadable=str(error))


def _opened(row: Any, wanted: Mapping[str, Scalar], agreement: Agreement) -> DueLink:
    return DueLink(
        id=row.id,
        golden_id=row.golden_id,
        key_id=row.key_id,
        wanted=wanted,
        wanted_version=row.wanted_version,
        agreement=agreement,
        attempts=row.attempts,
        intent_key=row.intent_key,
        intent_at=row.intent_at,
        ticket=row.ticket,
        mapping_version=row.mapping_version,
        ticket_version=row.ticket_version,
        refused=row.refused_fields or {},
        errand=Errand(row.errand) if row.errand else None,
    )


def links_of_ids(snapshot: Snapshot, ids: Sequence[str]) -> dict[str, DueLink]:
    """Some links as they are now."""
    link = table_of(LinkRow)
    found: dict[str, DueLink] = {}
    for start in range(0, len(ids), 500):
        rows = _links(snapshot, (link.c.workspace == snapshot.workspace, link.c.id.in_(list(ids[start : start + 500]))), 500)
        found |= {row.id: row for row in rows}
    return found


def primaries_of(snapshot: Snapshot, connection: str, object_name: str, golden_ids: Sequence[str]) -> dict[str, DueLink]:
    """The link that is written there, by golden record; those whose columns do not open are left out."""
    link = table_of(LinkRow)
    found: dict[str, DueLink] = {}
    here = (link.c.workspace == snapshot.workspace, link.c.connection == connection, link.c.object == object_name)
    for start in range(0, len(golden_ids), 500):
        mine = link.c.golden_id.in_(list(golden_ids[start : start + 500]))
        rows = _links(snapshot, (*here, mine, link.c.role == "primary"), 500)
        found |= {row.golden_id: row for row in rows if row.unreadable is None}
    return found


def tied_records(snapshot: Snapshot, connection: str, object_name: str, keys: Sequence[IdentityKey]) -> dict[IdentityKey, str]:
    """The records there of whoever owns these keys; those that have none are absent, and a key that belongs to nobody gives ""."""
    link, key = table_of(LinkRow), table_of(IdentityKeyRow)
    found: dict[IdentityKey, str] = {}
    for start in range(0, len(keys), 300):
        part = keys[start : start + 300]
        here = (link.c.workspace == key.c.workspace) & (link.c.golden_id == key.c.golden_id) & (link.c.role == "primary")
        rows = snapshot.all(
            select(key.c.kind, key.c.digest, link.c.remote_id)
            .join(link, here & (link.c.connection == connection) & (link.c.object == object_name) & link.c.remote_id.is_not(None))
            .where(key.c.workspace == snapshot.workspace, has_one_of(key, part))
            .where((link.c.state != "not_wanted") | link.c.reason_code.not_in(CLOSED))
        )
        found |= {IdentityKey(row.kind, bytes(row.digest)): row.remote_id for row in rows}
        nobodys = snapshot.all(
            select(key.c.kind, key.c.digest).where(key.c.workspace == snapshot.workspace, key.c.golden_id == NOBODY, has_one_of(key, part))
        )
        found |= dict.fromkeys((IdentityKey(row.kind, bytes(row.digest)) for row in nobodys), NOBODY)
    return found


def open_links(snapshot: Snapshot, ids: Sequence[LinkId]) -> dict[LinkId, Agreement]:
    """What those links know that are written and read.

    Closed ones, those that do not open, and those whose record was out of sight are left out: any reading is news to them.
    """
    link = table_of(LinkRow)
    found: dict[LinkId, Agreement] = {}
    for start in range(0, len(ids), 500):
        here = (link.c.workspace == snapshot.workspace, link.c.id.in_(list(ids[start : start + 500])), link.c.role == "primary")
        in_sight = link.c.reason_code.is_(None) | link.c.reason_code.not_in([*CLOSED, UNREADABLE_THERE])
        rows = snapshot.all(select(link).where(*here, in_sight))
        snapshot.load_keys([row.key_id for row in rows])
        for row in rows:
            try:
                found[LinkId(row.id)] = open_agreement(snapshot, row)
            except WrongKey:
                raise
            except Unreadable:
                continue
    return found


def count_doomed(snapshot: Snapshot, connection: str, object_name: str, since: datetime) -> tuple[int, int]:
    """How many records of an object are to be deleted or were by us since then, and how many there are of ours in all."""
    link = table_of(LinkRow)
    here = (link.c.workspace == snapshot.workspace, link.c.connection == connection, link.c.object == object_name)
    lately = (link.c.reason_code == Closed.DELETED_BY_US.value) & (link.c.updated_at > since)
    doomed = (link.c.errand == Errand.DELETE.value) | lately
    count = select(func.count()).select_from(link).where(*here, link.c.remote_id.is_not(None))
    return int(snapshot.scalar(count.where(doomed))), int(snapshot.scalar(count))


@dataclass(frozen=True, slots=True)
class ToRead:
    """A submission of which only the id came."""

    inbox_id: int
    connection: str
    event_id: str
    object: str
    native_id: str
    flag: str
    attempts: int
    received_at: datetime
    wrapped_key: bytes


def submissions_to_read(snapshot: Snapshot, connection: str, now: datetime, limit: int) -> list[ToRead]:
    """The oldest submissions of a connection whose record must be fetched by id."""
    inbox = table_of(Inbox)
    columns = [
        inbox.c[name] for name in ("connection", "event_id", "object", "native_id", "flag", "attempts", "received_at", "wrapped_key")
    ]
    rows = snapshot.all(
        select(inbox.c.id.label("inbox_id"), *columns)
        .where(
            inbox.c.workspace == snapshot.workspace, inbox.c.connection == connection, inbox.c.state == "to_read", inbox.c.next_at <= now
        )
        .order_by(inbox.c.id)
        .limit(limit)
    )
    return [ToRead(**row._mapping) for row in rows]


def undecided(snapshot: Snapshot, connection: str, object_name: str, remote_ids: Sequence[str]) -> set[str]:
    """Which of these remote records have been read and wait to be decided."""
    inbox = table_of(Inbox)
    here = (inbox.c.state == "ready", inbox.c.workspace == snapshot.workspace, inbox.c.connection == connection)
    found: set[str] = set()
    for start in range(0, len(remote_ids), 500):
        part = list(remote_ids[start : start + 500])
        rows = snapshot.all(select(inbox.c.native_id).where(*here, inbox.c.object == object_name, inbox.c.native_id.in_(part)))
        found.update(row.native_id for row in rows)
    return found


def cursor_of(snapshot: Snapshot, connection: str, object_name: str) -> str | None:
    """Where reading of an object goes on."""
    cursor = table_of(CursorRow)
    found: str | None = snapshot.scalar(
        select(cursor.c.value).where(
            cursor.c.workspace == snapshot.workspace, cursor.c.connection == connection, cursor.c.object == object_name
        )
    )
    return found
