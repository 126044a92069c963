"""What a decision reads: submissions that are ready, and what is known about the people they name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.model.ids import GoldenId, InboxId, KeyId, LinkId, ObservationId
from core.model.plan import Submission
from core.model.records import Errand, Golden, IdentityKey, LinkRole, LinkState, LinkWant, Observation
from core.model.remote import Agreement, ChangeSort, Place, RemoteChange
from core.model.vocabulary import Subject
from core.store.agreements import read_agreements
from core.store.codec import read_golden_values, read_observation_body, read_scalars
from core.store.commands.upsert import table_of
from core.store.inbox_seal import open_record
from core.store.queries.bought import BoughtBefore
from core.store.queries.key_search import has_one_of
from core.store.queries.merging import has_verdicts, told_apart
from core.store.store import Snapshot
from core.store.tables import GoldenRow, IdentityKeyRow, Inbox, LinkRow, ObservationRow
from core.store.vault import Unreadable, WrongKey

_CHUNK = 300
UNREADABLE = "unreadable"


def ready_submissions(snapshot: Snapshot, now: datetime, limit: int) -> list[Submission]:
    """The oldest submissions that wait for a decision; one that does not open any more has the flag `UNREADABLE`."""
    inbox = table_of(Inbox)
    due = (inbox.c.workspace == snapshot.workspace, inbox.c.state == "ready", inbox.c.next_at <= now)
    oldest = select(inbox.c.id).where(*due).order_by(inbox.c.id).limit(limit)  # by its index alone: the queue may be long
    rows = snapshot.all(select(inbox).where(inbox.c.id.in_(oldest)).order_by(inbox.c.id))
    return [opened_submission(snapshot, row) for row in rows]


def opened_submission(snapshot: Snapshot, row: Any) -> Submission:
    """Open a row of the inbox; one that does not open any more has the flag `UNREADABLE`."""
    try:
        fields, changed_at, remote = open_record(snapshot.store.vault, snapshot.workspace, row)
    except WrongKey:
        raise
    except Unreadable:
        return Submission(InboxId(row.id), row.connection, row.object, {}, row.received_at, flag=UNREADABLE)
    told = None if remote is None else _remote_change(row.connection, row.object, remote, row.received_at)
    return Submission(InboxId(row.id), row.connection, row.object, fields, row.received_at, changed_at, row.flag, told)


def _remote_change(connection: str, object_name: str, remote: Mapping[str, Any], received_at: datetime) -> RemoteChange:
    """Read what `inbox_seal.told_of` wrote."""
    successor = remote.get("successor")
    return RemoteChange(
        place=Place(connection, object_name, remote["id"]),
        sort=ChangeSort(remote["sort"]),
        read_at=datetime.fromisoformat(remote["read_at"]) if remote.get("read_at") else received_at,
        version=remote.get("version"),
        successor=Place(connection, *successor) if successor else None,
        also=tuple(Place(connection, *each) for each in remote.get("also", ())),
    )


def active_goldens(snapshot: Snapshot, after: GoldenId, limit: int) -> list[GoldenId]:
    """The next golden records in the order of their ids."""
    golden = table_of(GoldenRow)
    rows = snapshot.all(
        select(golden.c.id)
        .where(golden.c.workspace == snapshot.workspace, golden.c.state == "active", golden.c.id > after)
        .order_by(golden.c.id)
        .limit(limit)
    )
    return [GoldenId(row.id) for row in rows]


def lead_versions(snapshot: Snapshot) -> list[tuple[str, int]]:
    """All people's golden records and their versions, in the order of their ids."""
    golden = table_of(GoldenRow)
    here = (golden.c.workspace == snapshot.workspace) & (golden.c.state == "active") & (golden.c.subject == Subject.LEAD.value)
    return [(row.id, row.version) for row in snapshot.all(select(golden.c.id, golden.c.version).where(here).order_by(golden.c.id))]


class KnownPeople:
    """Answers the decision's questions from one snapshot (the `Known` of `core.model.plan`)."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Take the snapshot to ask."""
        self._snapshot = snapshot
        self.bought = BoughtBefore(snapshot)
        self._has_verdicts: bool | None = None

    def owners(self, keys: Sequence[IdentityKey]) -> Mapping[IdentityKey, GoldenId]:
        """Look the keys up, in batches."""
        table = table_of(IdentityKeyRow)
        wanted = list(dict.fromkeys(keys))
        found: dict[IdentityKey, GoldenId] = {}
        for start in range(0, len(wanted), _CHUNK):
            part = wanted[start : start + _CHUNK]
            here = (table.c.workspace == self._snapshot.workspace) & has_one_of(table, part)
            rows = self._snapshot.all(select(table.c.kind, table.c.digest, table.c.golden_id).where(here))
            found.update({IdentityKey(row.kind, bytes(row.digest)): GoldenId(row.golden_id) for row in rows})
        return found

    def goldens(self, ids: Sequence[GoldenId]) -> Mapping[GoldenId, Golden]:
        """Load the golden records whole."""
        found: dict[GoldenId, Golden] = {}
        for start in range(0, len(ids), _CHUNK):
            part = list(ids[start : start + _CHUNK])
            observations, links = self._observations(part), self._links(part)
            for row in self._rows(GoldenRow, part, "id"):
                if row.state == "active":
                    golden_id = GoldenId(row.id)
                    sealed = self._snapshot.open(row.key_id, "golden.values", row.sealed_values)
                    values = read_golden_values(sealed or b"{}")
                    found[golden_id] = Golden(
                        golden_id, Subject(row.subject), row.version, KeyId(row.key_id), values, observations[row.id], links[row.id]
                    )
        return found

    def _rows(self, model: Any, ids: Sequence[str], column: str) -> Sequence[Any]:
        table = table_of(model)
        rows = self._snapshot.all(select(table).where(table.c.workspace == self._snapshot.workspace, table.c[column].in_(ids)))
        self._snapshot.load_keys([row.key_id for row in rows])
        return rows

    def _observations(self, ids: Sequence[str]) -> defaultdict[str, list[Observation]]:
        found: defaultdict[str, list[Observation]] = defaultdict(list)
        for row in self._rows(ObservationRow, ids, "golden_id"):
            body = self._snapshot.open(row.key_id, "observation.body", row.sealed_body)
            values, keys, consents = read_observation_body(body or b"")
            found[row.golden_id].append(
                Observation(
                    id=ObservationId(row.id),
                    subject=Subject(row.subject),
                    observer=row.observer,
                    authority=row.authority,
                    at=row.at,
                    values=values,
                    keys=keys,
                    mapping=row.mapping,
                    mapping_version=row.mapping_version,
                    inbox_id=InboxId(row.inbox_id) if row.inbox_id is not None else None,
                    consents=consents,
                    link=LinkId(row.link_id) if row.link_id is not None else None,
                )
            )
        return found

    def apart(self, ids: Collection[GoldenId]) -> Collection[tuple[GoldenId, GoldenId]]:
        """Look up who was told apart; where nobody ever was, that is asked once."""
        if self._has_verdicts is None:
            self._has_verdicts = has_verdicts(self._snapshot)
        return told_apart(self._snapshot, ids) if self._has_verdicts else ()

    def linked(self, places: Sequence[Place]) -> Mapping[Place, LinkId]:
        """Look up which links hold these records."""
        link = table_of(LinkRow)
        found: dict[Place, LinkId] = {}
        for connection, object_name in dict.fromkeys((place.connection, place.object) for place in places):
            ids = [place.id for place in places if (place.connection, place.object) == (connection, object_name)]
            for start in range(0, len(ids), _CHUNK):
                rows = self._snapshot.all(
                    select(link.c.remote_id, link.c.id).where(
                        link.c.workspace == self._snapshot.workspace,
                        link.c.connection == connection,
                        link.c.object == object_name,
                        link.c.remote_id.in_(ids[start : start + _CHUNK]),
                    )
                )
                found |= {Place(connection, object_name, row.remote_id): LinkId(row.id) for row in rows}
        return found

    def homes(self, links: Sequence[LinkId]) -> Mapping[LinkId, GoldenId]:
        """Look up whose these links are."""
        link = table_of(LinkRow)
        found: dict[LinkId, GoldenId] = {}
        for start in range(0, len(links), _CHUNK):
            part = list(links[start : start + _CHUNK])
            rows = self._snapshot.all(
                select(link.c.id, link.c.golden_id).where(link.c.workspace == self._snapshot.workspace, link.c.id.in_(part))
            )
            found |= {LinkId(row.id): GoldenId(row.golden_id) for row in rows}
        return found

    def agreements(self, links: Sequence[LinkId]) -> Mapping[LinkId, Agreement]:
        """Load what these links know of their records."""
        return read_agreements(self._snapshot, links)

    def _links(self, ids: Sequence[str]) -> defaultdict[str, list[LinkWant]]:
        found: defaultdict[str, list[LinkWant]] = defaultdict(list)
        for row in self._rows(LinkRow, ids, "golden_id"):
            found[row.golden_id].append(
                LinkWant(
                    id=LinkId(row.id),
                    golden_id=GoldenId(row.golden_id),
                    connection=row.connection,
                    object=row.object,
                    role=LinkRole(row.role),
                    state=LinkState(row.state),
                    mapping=row.mapping,
                    mapping_version=row.mapping_version,
                    wanted=read_scalars(self._snapshot.open(row.key_id, "link.wanted", row.sealed_wanted)),
                    wanted_version=row.wanted_version,
                    key_id=KeyId(row.key_id),
                    remote_id=row.remote_id,
                    reason_code=row.reason_code,
                    reason=row.reason,
                    errand=Errand(row.errand) if row.errand else None,
                )
            )
        return found
