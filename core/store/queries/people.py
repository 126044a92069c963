"""One person or company with everything known: values with their origin, what each observer said, consents, links, attempts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.model.ids import GoldenId, InboxId
from core.model.plan import Submission
from core.model.records import Observation
from core.store.codec import read_golden_values, read_observation_body, read_scalars
from core.store.commands.upsert import table_of
from core.store.inbox_seal import open_record
from core.store.queries.decision import KnownPeople
from core.store.store import Snapshot
from core.store.tables import AttemptRow, ConsentRow, GoldenRow, IdentityKeyRow, Inbox, LinkRow, ObservationRow

ATTEMPTS_SHOWN = 20
_SCAN_PAGE = 500


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A golden value, who said it when, and the path in the source that it came from."""

    field: str
    value: Any
    observer: str
    at: datetime
    path: str
    observation: str


@dataclass(frozen=True, slots=True)
class ShownObservation:
    """What one observer said; `values` maps fields to values."""

    id: str
    observer: str
    authority: int
    at: datetime
    mapping: str
    mapping_version: str
    inbox_id: int | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShownConsent:
    """One entry of the consent ledger."""

    purpose: str
    granted: bool
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class ShownAttempt:
    """One write that was tried, in which run, with the fields before and after."""

    run: str
    at: datetime
    effect: str
    error_code: str | None
    mapping_version: str | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShownLink:
    """The tie to one remote record: where it stands and what was wanted, sent and seen."""

    id: str
    connection: str
    object: str
    role: str
    state: str
    remote_id: str | None
    reason_code: str | None
    reason: str | None
    hint: str | None
    next_at: datetime | None
    mapping: str
    mapping_version: str
    sent_mapping_version: str | None
    wanted: Mapping[str, Any]
    sent: Mapping[str, Any]
    seen: Mapping[str, Any]
    diverged: tuple[str, ...]
    frozen: Mapping[str, str]
    refused: Mapping[str, str]
    attempts: tuple[ShownAttempt, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A golden record with all that belongs to it."""

    id: str
    subject: str
    created_at: datetime
    updated_at: datetime
    values: tuple[ShownValue, ...]
    observations: tuple[ShownObservation, ...]
    consents: tuple[ShownConsent, ...]
    links: tuple[ShownLink, ...]


def golden_of_id(snapshot: Snapshot, text: str) -> str | None:
    """Find the golden record behind a golden id, a link id (with or without `link:`) or `inbox:NUMBER`."""
    kind, _, rest = text.rpartition(":")
    if kind == "inbox":
        return _one(snapshot, Inbox, int(rest), "golden_id") if rest.isdigit() else None
    return (_one(snapshot, GoldenRow, rest, "id") if kind == "" else None) or _one(snapshot, LinkRow, rest, "golden_id")


def _one(snapshot: Snapshot, model: Any, row_id: str | int, column: str) -> str | None:
    table = table_of(model)
    found: str | None = snapshot.scalar(select(table.c[column]).where(table.c.workspace == snapshot.workspace, table.c.id == row_id))
    return found


def golden_of_key(snapshot: Snapshot, kind: str, value: str) -> str | None:
    """Find the golden record that owns an identity key, such as `email` and a canonical address."""
    keys = table_of(IdentityKeyRow)
    digest = snapshot.store.vault.digest(kind, value)
    found: str | None = snapshot.scalar(
        select(keys.c.golden_id).where(keys.c.workspace == snapshot.workspace, keys.c.kind == kind, keys.c.digest == digest)
    )
    return found


def goldens_with_value(snapshot: Snapshot, field: str, value: str) -> list[str]:
    """Find golden records by any value. It opens every record: for what has no key, such as a desk's address."""
    golden = table_of(GoldenRow)
    found: list[str] = []
    last = ""
    while True:
        mine = (golden.c.workspace == snapshot.workspace) & (golden.c.state == "active") & (golden.c.id > last)
        rows = snapshot.all(select(golden).where(mine).order_by(golden.c.id).limit(_SCAN_PAGE))
        if not rows:
            return found
        snapshot.load_keys([row.key_id for row in rows])
        for row in rows:
            values = read_golden_values(snapshot.open(row.key_id, "golden.values", row.sealed_values) or b"{}")
            if field in values and values[field].value == value:
                found.append(row.id)
        last = rows[-1].id


def person(snapshot: Snapshot, golden_id: str) -> Person | None:
    """Open a golden record whole; one that was merged away gives its survivor. Raises Unreadable when it was erased."""
    golden = table_of(GoldenRow)
    row = snapshot.first(select(golden).where(golden.c.workspace == snapshot.workspace, golden.c.id == golden_id))
    if row is None:
        return None
    if row.state == "merged" and row.merged_into is not None:
        return person(snapshot, row.merged_into)
    observations, paths = _observations(snapshot, row.id)
    values = read_golden_values(snapshot.open(row.key_id, "golden.values", row.sealed_values) or b"{}")
    return Person(
        id=row.id,
        subject=row.subject,
        created_at=row.created_at,
        updated_at=row.updated_at,
        values=tuple(
            ShownValue(name, v.value, v.observer, v.at, paths.get((v.observation, name), ""), v.observation) for name, v in values.items()
        ),
        observations=observations,
        consents=_consents(snapshot, row.id),
        links=_links(snapshot, row.id),
    )


def history(snapshot: Snapshot, golden_id: str) -> list[tuple[Observation, str]]:
    """Everything that was ever said about a living golden record, each with the golden record that it was said of at first.

    That is another one where records were merged.
    """
    golden = KnownPeople(snapshot).goldens([GoldenId(golden_id)]).get(GoldenId(golden_id))
    table = table_of(ObservationRow)
    mine = (table.c.workspace == snapshot.workspace, table.c.golden_id == golden_id)
    born = {row.id: row.born_golden_id for row in snapshot.all(select(table.c.id, table.c.born_golden_id).where(*mine))}
    return [(observation, born[observation.id]) for observation in (golden.observations if golden else ())]


def stored_submission(snapshot: Snapshot, inbox_id: int) -> Submission | None:
    """Open one submission, whatever became of it, as its decision saw it; None when there is no such one.

    Raises Unreadable when it was erased.
    """
    inbox = table_of(Inbox)
    row = snapshot.first(select(inbox).where(inbox.c.workspace == snapshot.workspace, inbox.c.id == inbox_id))
    if row is None:
        return None
    opened = open_record(snapshot.store.vault, snapshot.workspace, row)
    return Submission(InboxId(row.id), row.connection, row.object, opened.fields, row.received_at, opened.changed_at, row.flag)


def _observations(snapshot: Snapshot, golden_id: str) -> tuple[tuple[ShownObservation, ...], dict[tuple[str, str], str]]:
    table = table_of(ObservationRow)
    rows = snapshot.all(
        select(table).where(table.c.workspace == snapshot.workspace, table.c.golden_id == golden_id).order_by(table.c.at, table.c.id)
    )
    snapshot.load_keys([row.key_id for row in rows])
    shown: list[ShownObservation] = []
    paths: dict[tuple[str, str], str] = {}
    for row in rows:
        values, _, _ = read_observation_body(snapshot.open(row.key_id, "observation.body", row.sealed_body) or b"")
        paths |= {(row.id, name): value.path for name, value in values.items()}
        plain = {name: value.value for name, value in values.items()}
        shown.append(ShownObservation(row.id, row.observer, row.authority, row.at, row.mapping, row.mapping_version, row.inbox_id, plain))
    return tuple(shown), paths


def _consents(snapshot: Snapshot, golden_id: str) -> tuple[ShownConsent, ...]:
    table = table_of(ConsentRow)
    rows = snapshot.all(
        select(table).where(table.c.workspace == snapshot.workspace, table.c.golden_id == golden_id).order_by(table.c.at, table.c.id)
    )
    return tuple(ShownConsent(row.purpose, bool(row.granted), row.at, row.source) for row in rows)


def _links(snapshot: Snapshot, golden_id: str) -> tuple[ShownLink, ...]:
    table = table_of(LinkRow)
    rows = snapshot.all(
        select(table)
        .where(table.c.workspace == snapshot.workspace, table.c.golden_id == golden_id)
        .order_by(table.c.connection, table.c.object, table.c.id)
    )
    snapshot.load_keys([row.key_id for row in rows])
    attempts = _attempts(snapshot, [row.id for row in rows])
    return tuple(_shown_link(snapshot, row, tuple(attempts[row.id])) for row in rows)


def _shown_link(snapshot: Snapshot, row: Any, attempts: tuple[ShownAttempt, ...]) -> ShownLink:
    def opened(column: str) -> dict[str, Any]:
        return read_scalars(snapshot.open(row.key_id, f"link.{column}", getattr(row, f"sealed_{column}")))

    return ShownLink(
        id=row.id,
        connection=row.connection,
        object=row.object,
        role=row.role,
        state=row.state,
        remote_id=row.remote_id,
        reason_code=row.reason_code,
        reason=row.reason,
        hint=row.hint,
        next_at=row.next_at,
        mapping=row.mapping,
        mapping_version=row.mapping_version,
        sent_mapping_version=row.sent_mapping_version,
        wanted=opened("wanted"),
        sent=opened("sent"),
        seen=opened("seen"),
        diverged=tuple(row.diverged_fields or ()),
        frozen=row.frozen_fields or {},
        refused=row.refused_fields or {},
        attempts=attempts,
    )


def _attempts(snapshot: Snapshot, link_ids: list[str]) -> defaultdict[str, list[ShownAttempt]]:
    """The newest attempts per link, oldest of them first."""
    table = table_of(AttemptRow)
    shown: defaultdict[str, list[ShownAttempt]] = defaultdict(list)
    for link_id in link_ids:
        mine = (table.c.workspace == snapshot.workspace) & (table.c.link_id == link_id)
        rows = snapshot.all(select(table).where(mine).order_by(table.c.id.desc()).limit(ATTEMPTS_SHOWN))
        for row in reversed(rows):
            before = read_scalars(snapshot.open(row.key_id, "attempt.before", row.sealed_before))
            after = read_scalars(snapshot.open(row.key_id, "attempt.after", row.sealed_after))
            shown[link_id].append(ShownAttempt(row.run_id, row.at, row.effect, row.error_code, row.mapping_version, before, after))
    return shown
