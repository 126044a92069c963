"""Comparing golden records with a CRM completely, page by page, in constant memory. Nothing is written.

A record that the reading does not show is looked up by its id before anything is said about it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from core.contract import Change, ChangeKind, Match, ObjectName
from core.contract.manifest import FindFacts
from core.flow.agreement.drift import FieldDrift, Lag, drift_of
from core.flow.mapping.model import SyncMapping
from core.flow.pipeline import compiled_sync
from core.flow.reconcile.lines import rules_of
from core.flow.reconcile.recognise import Met, Recogniser
from core.runtime.connections import Connections
from core.runtime.urgency import background
from core.runtime.walking import every_page, patiently
from core.store.queries.delivery import links_of_ids
from core.store.queries.full_reads import Tie, open_records
from core.store.scratch import Scratch
from core.store.store import Snapshot, Store

CHUNK = 500
ASK, ENFORCE, FIELDS, WRITE = "ask", "enforce", "fields", "write"
"""The lists of a comparison: records to be read again, links with diverged fields, those fields, links to be written."""
Progress = Callable[[int], None]
"""Is told after each page how many records have been read."""


@dataclass(frozen=True, slots=True)
class RecordDrift:
    """A record of ours that differs there."""

    link: str
    golden: str
    remote_id: str
    fields: Sequence[FieldDrift]


@dataclass(slots=True)
class ObjectDrift:
    """One object compared. `rows`, `missing` and `doubles` hold the first so many; the counts hold all.

    `not_wanted` are records tied to links that nothing is written to any more; `in_motion` were written while this looked.
    """

    connection: str
    object: str
    mapping: str
    read: int = 0
    level: int = 0
    differs: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    rows: list[RecordDrift] = field(default_factory=list)
    not_shown: int = 0
    missing: int = 0
    missing_rows: list[tuple[str, str]] = field(default_factory=list)
    doubles: int = 0
    double_rows: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    unknown_of_ours: int = 0
    strangers: int = 0
    not_wanted: int = 0
    in_motion: int = 0
    unreadable: int = 0
    calls: int = 0

    @property
    def has_drift(self) -> bool:
        """Whether somebody should look."""
        return bool(self.differs or self.missing or self.doubles or self.unknown_of_ours)


class Comparison:
    """Compares one object of one connection; `scratch` holds afterwards what a repair would touch."""

    def __init__(self, store: Store, connections: Connections, mapping: SyncMapping, now: Callable[[], datetime], limit: int) -> None:
        """Take what comparing works with, and how many rows of each kind to keep."""
        self._store = store
        self._connections = connections
        self._mapping = mapping
        self._now = now
        self._limit = limit
        self._rules = rules_of(mapping)
        self._recogniser = Recogniser(mapping, compiled_sync(mapping), store.vault.digest)
        self.scratch = Scratch()
        self.found = ObjectDrift(mapping.connection, mapping.object, mapping.name)

    @property
    def mapping(self) -> SyncMapping:
        """The mapping by which the object is compared."""
        return self._mapping

    def run(self, progress: Progress = lambda _: None) -> ObjectDrift:
        """Read everything, then look up what was not shown. Raises ConnectorError."""
        before = self._connections.calls_made(self._mapping.connection)
        connector = self._connections.open(self._mapping.connection).connector
        with background():
            asked_at = self._now()
            for page in every_page(connector, self._mapping.object):
                self._page(page.changes, asked_at)
                progress(self.found.read)
                asked_at = self._now()
            self._look_up_missing(connector)
        self._count_doubles()
        self.found.calls = self._connections.calls_made(self._mapping.connection) - before
        return self.found

    def _page(self, changes: Sequence[Change], asked_at: datetime) -> None:
        fresh = self.scratch.fresh([change.id for change in changes if change.kind is ChangeKind.UPSERTED])
        live = list({change.id: change for change in changes if change.id in fresh and change.kind is ChangeKind.UPSERTED}.values())
        self.found.read += len(live)
        with self._store.snapshot() as snapshot:
            met = self._recogniser.sort(snapshot, live)
            self._compare(snapshot, met.tied, asked_at)
        self._others(met)

    def _compare(self, snapshot: Snapshot, tied: Sequence[tuple[Change, Tie]], asked_at: datetime) -> None:
        followed = [(change, tie) for change, tie in tied if tie.is_followed and tie.state != "not_wanted"]
        self.found.not_wanted += len(tied) - len(followed)
        self.scratch.hit((tie.golden_id, change.id) for change, tie in tied if tie.is_followed or tie.reason_code == "double_there")
        links = links_of_ids(snapshot, [tie.id for _, tie in followed])
        settled = asked_at - timedelta(seconds=self._mapping.remote.settle)
        for change, tie in followed:
            link = links.get(tie.id)
            if link is None or link.unreadable:
                self.found.unreadable += 1
            elif link.agreement.sent_at is not None and link.agreement.sent_at >= settled:
                self.found.in_motion += 1
            else:
                drift = drift_of(link.agreement, link.wanted, change.fields, self._rules)
                self._note(RecordDrift(link.id, link.golden_id, change.id, drift))

    def _note(self, record: RecordDrift) -> None:
        if not record.fields:
            self.found.level += 1
            return
        self.found.differs += 1
        for drift in record.fields:
            self.found.fields[drift.why.value] = self.found.fields.get(drift.why.value, 0) + 1
        whys = {drift.why for drift in record.fields}
        self.scratch.note(ASK, [record.remote_id] if Lag.THEIRS in whys else [])
        self.scratch.note(WRITE, [record.link] if Lag.OURS in whys else [])
        self.scratch.note(ENFORCE, [record.link] if Lag.DIVERGED in whys else [])
        self.scratch.note(FIELDS, [f"{record.link} {each.field}" for each in record.fields if each.why is Lag.DIVERGED])
        if len(self.found.rows) < self._limit:
            self.found.rows.append(record)

    def _others(self, met: Met) -> None:
        self.found.strangers += len(met.strangers)
        self.scratch.hit((golden, change.id) for change, goldens in met.recognised for golden in goldens)
        self.found.unknown_of_ours += len(met.recognised)
        self.scratch.note(ASK, [change.id for change, _ in met.recognised])

    def _look_up_missing(self, connector: object) -> None:
        """What the reading did not show is asked for by id: only what cannot be found then is missing."""
        after = ""
        while True:
            with self._store.snapshot() as snapshot:
                rows = open_records(snapshot, self._mapping.connection, self._mapping.object, after, CHUNK)
            if not rows:
                return
            after = rows[-1][0]
            shown = self.scratch.was_shown([remote_id for _, _, remote_id in rows])
            absent = [row for row in rows if row[2] not in shown]
            self.found.not_shown += len(absent)
            self._find(connector, absent)

    def _find(self, connector: object, absent: Sequence[tuple[str, str, str]]) -> None:
        manifest = self._connections.open(self._mapping.connection).manifest
        size = (manifest.facts(self._mapping.object).finds or FindFacts()).batch
        rows = iter(absent)
        find = getattr(connector, "find", None)
        for part in iter(lambda: list(islice(rows, size)), []):
            asked_at = self._now()
            asked = {remote_id: Match.on("id", remote_id) for _, _, remote_id in part}
            hits = patiently(partial(find, ObjectName(self._mapping.object), list(asked.values()))) if find is not None else {}
            there = {remote_id: change for remote_id, match in asked.items() for change in hits.get(match, ())}
            self._page(list(there.values()), asked_at)
            gone = [(golden, remote_id) for _, golden, remote_id in part if remote_id not in there]
            self.found.missing += len(gone)
            self.found.missing_rows += gone[: self._limit - len(self.found.missing_rows)]
            self.scratch.note(ASK, [remote_id for _, remote_id in gone])

    def _count_doubles(self) -> None:
        """Golden records with more than one live record there."""
        for golden, records in self.scratch.hits():
            if len(records) > 1:
                self.found.doubles += 1
                if len(self.found.double_rows) < self._limit:
                    self.found.double_rows.append((golden, tuple(records)))
