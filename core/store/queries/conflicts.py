"""The links whose fields are left different, or that wait for a person to say which record is meant; each opened, or counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, or_, select

from core.model.ids import GoldenId, LinkId
from core.model.records import CLOSED, FLAGGED, Closed, Golden, LinkRole, LinkState, Scalar
from core.model.remote import Agreement
from core.store.agreements import open_agreement
from core.store.codec import read_scalars
from core.store.commands.upsert import table_of
from core.store.queries.decision import KnownPeople
from core.store.store import Snapshot
from core.store.tables import LinkRow
from core.store.vault import Unreadable, WrongKey

AMBIGUOUS = "ambiguous"
UNREADABLE_THERE = "unreadable_there"
_CHUNK = 300


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A link with what it knows. `has_job`: the CRM still works on what was handed over there."""

    id: LinkId
    golden_id: GoldenId
    key_id: str
    connection: str
    object: str
    role: LinkRole
    state: LinkState
    reason_code: str | None
    reason: str | None
    hint: str | None
    mapping: str
    mapping_version: str
    wanted: Mapping[str, Scalar]
    agreement: Agreement
    updated_at: datetime
    has_job: bool

    @property
    def remote_id(self) -> str | None:
        """The vendor's id of the record, once it is known."""
        return self.agreement.remote_id

    @property
    def is_written(self) -> bool:
        """Whether what is wanted goes into this record."""
        return self.role is LinkRole.PRIMARY and self.state is not LinkState.NOT_WANTED and self.reason_code not in CLOSED


def contested_links(snapshot: Snapshot, *, connection: str | None = None, object_name: str | None = None) -> Iterable[OpenedLink]:
    """Give the links with a field left different or left alone, doubles, and those parked for a question of identity, oldest first.

    Those of erased people are left out.
    """
    link = table_of(LinkRow)
    asks = [
        _is_apart(),
        link.c.reason_code.in_((Closed.DOUBLE.value, FLAGGED)),
        (link.c.state == "parked") & link.c.reason_code.in_((AMBIGUOUS, UNREADABLE_THERE)),
    ]
    statement = select(link.c.id).where(link.c.workspace == snapshot.workspace, or_(*asks)).order_by(link.c.id)
    if connection is not None:
        statement = statement.where(link.c.connection == connection)
    if object_name is not None:
        statement = statement.where(link.c.object == object_name)
    ids = [row.id for row in snapshot.all(statement)]
    for start in range(0, len(ids), _CHUNK):
        found = links_of_ids(snapshot, ids[start : start + _CHUNK])
        yield from (each for each in found.values() if each is not None)


def _is_apart() -> Any:
    """A column of JSON that holds nothing holds the word null."""
    link = table_of(LinkRow)
    filled = [
        column.is_not(None) & cast(column, String).not_in(("null", "[]", "{}")) for column in (link.c.diverged_fields, link.c.frozen_fields)
    ]
    return (link.c.role == "primary") & (link.c.state != "not_wanted") & or_(*filled)


def links_of_ids(snapshot: Snapshot, ids: Sequence[str]) -> dict[str, OpenedLink | None]:
    """Open some links, in the order of their ids; None for one whose person was erased."""
    link = table_of(LinkRow)
    return _opened(snapshot, link.c.id, ids)


def links_of_people(snapshot: Snapshot, golden_ids: Sequence[str]) -> list[OpenedLink]:
    """Open all links of some golden records, but those whose person was erased."""
    link = table_of(LinkRow)
    return [each for each in _opened(snapshot, link.c.golden_id, golden_ids).values() if each is not None]


def _opened(snapshot: Snapshot, column: Any, values: Sequence[str]) -> dict[str, OpenedLink | None]:
    link = table_of(LinkRow)
    found: dict[str, OpenedLink | None] = {}
    wanted = list(dict.fromkeys(values))
    for start in range(0, len(wanted), _CHUNK):
        here = (link.c.workspace == snapshot.workspace, column.in_(wanted[start : start + _CHUNK]))
        rows = snapshot.all(select(link).where(*here).order_by(link.c.id))
        snapshot.load_keys([row.key_id for row in rows])
        found |= {row.id: _open(snapshot, row) for row in rows}
    return found


def _open(snapshot: Snapshot, row: Any) -> OpenedLink | None:
    try:
        agreement = open_agreement(snapshot, row)
        wanted = read_scalars(snapshot.open(row.key_id, "link.wanted", row.sealed_wanted))
    except WrongKey:
        raise
    except Unreadable:
        return None
    return OpenedLink(
        id=LinkId(row.id),
        golden_id=GoldenId(row.golden_id),
        key_id=row.key_id,
        connection=row.connection,
        object=row.object,
        role=LinkRole(row.role),
        state=LinkState(row.state),
        reason_code=row.reason_code,
        reason=row.reason,
        hint=row.hint,
        mapping=row.mapping,
        mapping_version=row.mapping_version,
        wanted=wanted,
        agreement=agreement,
        updated_at=row.updated_at,
        has_job=row.ticket is not None,
    )


def people_of(snapshot: Snapshot, golden_ids: Sequence[GoldenId]) -> Mapping[GoldenId, Golden]:
    """Open golden records whole; one that does not open any more is left out."""
    known = KnownPeople(snapshot)
    found: dict[GoldenId, Golden] = {}
    wanted = list(dict.fromkeys(golden_ids))
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        try:
            found |= known.goldens(part)
        except WrongKey:
            raise
        except Unreadable:
            found |= _one_by_one(known, part)
    return found


def _one_by_one(known: KnownPeople, golden_ids: Sequence[GoldenId]) -> dict[GoldenId, Golden]:
    found: dict[GoldenId, Golden] = {}
    for golden_id in golden_ids:
        try:
            found |= known.goldens([golden_id])
        except WrongKey:
            raise
        except Unreadable:
            continue
    return found


def fields_apart(snapshot: Snapshot) -> dict[tuple[str, str], int]:
    """How many fields are `diverged`, `frozen` or `held`, by connection and that word."""
    link = table_of(LinkRow)
    columns = (link.c.connection, link.c.diverged_fields, link.c.frozen_fields)
    counts: dict[tuple[str, str], int] = {}
    for row in snapshot.all(select(*columns).where(link.c.workspace == snapshot.workspace, _is_apart())):
        frozen = row.frozen_fields or {}
        kinds = ["diverged" for name in row.diverged_fields or () if name not in frozen]
        kinds += ["held" if why == "held" else "frozen" for why in frozen.values()]
        for kind in kinds:
            counts[(row.connection, kind)] = counts.get((row.connection, kind), 0) + 1
    return counts
