"""The first sync with a CRM full of records: what it would do, and doing it, so that nothing is created beside what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from core.contract import Change, ChangeKind, Manifest
from core.contract.manifest import FindFacts, WriteFacts
from core.flow.agreement.compare import difference
from core.flow.delivery.work import adopted
from core.flow.mapping.model import SyncMapping
from core.flow.pipeline import compiled_sync
from core.flow.reconcile.lines import rules_of
from core.flow.reconcile.recognise import Met, Recogniser
from core.runtime.connections import Connections
from core.runtime.urgency import background
from core.runtime.walking import every_page
from core.store.queries.delivery import DueLink, links_of_ids
from core.store.queries.full_reads import primary_ties, waiting_links
from core.store.scratch import Scratch
from core.store.store import Store

CHUNK = 500
_UPDATE = "update"


@dataclass(slots=True)
class AdoptionForecast:
    """What an adoption would find and do.

    `match`: people of ours with exactly one record there; `several_records`: with more; `several_people`: records that could
    be more than one of ours; `create`: people of ours without a record there. `taken`: strangers that would become people of
    ours. `fill`: records that would be written because they lack something of ours. `calls` names the calls of the real thing.
    """

    connection: str
    object: str
    mapping: str
    records: int = 0
    linked: int = 0
    match: int = 0
    create: int = 0
    several_records: int = 0
    several_people: int = 0
    strangers: int = 0
    taken: int = 0
    fill: int = 0
    looks_up: bool = False
    calls_used: int = 0
    calls: Mapping[str, int] = field(default_factory=dict)
    budget_left: int | None = None

    @property
    def calls_needed(self) -> int:
        """All calls of the real thing."""
        return sum(self.calls.values())


class AdoptionRehearsal:
    """Reads everything there and says what adopting it would do; memory does not grow with the records."""

    def __init__(self, store: Store, connections: Connections, mapping: SyncMapping, now: Callable[[], datetime]) -> None:
        """Take what rehearsing works with."""
        self._store = store
        self._connections = connections
        self._mapping = mapping
        self._now = now
        self._rules = rules_of(mapping)
        self._recogniser = Recogniser(mapping, compiled_sync(mapping), store.vault.digest)
        self._scratch = Scratch()
        self._found = AdoptionForecast(mapping.connection, mapping.object, mapping.name, looks_up=bool(mapping.match))

    def run(self, progress: Callable[[int], None] = lambda _: None) -> AdoptionForecast:
        """Read all pages. Raises ConnectorError."""
        name = self._mapping.connection
        before = self._connections.calls_made(name)
        opened = self._connections.open(name)
        with background():
            for page in every_page(opened.connector, self._mapping.object):
                live = [change for change in page.changes if change.kind is ChangeKind.UPSERTED]
                fresh = self._scratch.fresh([change.id for change in live])
                self._page(list({change.id: change for change in live if change.id in fresh}.values()))
                progress(self._found.records)
        self._found.calls_used = self._connections.calls_made(name) - before
        self._count_people()
        self._found.calls = self._calls(opened.manifest)
        self._scratch.close()
        return self._found

    def _page(self, changes: list[Change]) -> None:
        found = self._found
        found.records += len(changes)
        with self._store.snapshot() as snapshot:
            met = self._recogniser.sort(snapshot, changes)
            goldens = [golden for _, mine in met.recognised for golden in mine]
            primaries = primary_ties(snapshot, self._mapping.connection, self._mapping.object, goldens)
            links = links_of_ids(snapshot, [link for link, remote_id in primaries.values() if remote_id is None])
        found.linked += len(met.tied)
        found.strangers += len(met.strangers)
        found.taken += len(met.strangers) - met.nameless if self._mapping.take_new else 0
        self._scratch.hit((tie.golden_id, change.id) for change, tie in met.tied if tie.is_followed)
        self._scratch.hit((mine[0], change.id) for change, mine in met.recognised if len(mine) == 1)
        found.several_people += sum(1 for _, mine in met.recognised if len(mine) > 1)
        self._scratch.note("ambiguous", [golden for _, mine in met.recognised if len(mine) > 1 for golden in mine])
        self._scratch.note("met", [mine[0] for _, mine in met.recognised if len(mine) == 1])
        self._note_fills(met, {golden: links[link] for golden, (link, _) in primaries.items() if link in links})

    def _note_fills(self, met: Met, links: Mapping[str, DueLink]) -> None:
        """People whose record lacks something that adoption writes."""
        for change, mine in met.recognised:
            link = links.get(mine[0]) if len(mine) == 1 else None
            if link is None:
                continue
            tied = adopted(link, change, self._rules, self._now())
            if difference(tied.agreement, tied.wanted, self._rules):
                self._scratch.note(_UPDATE, mine)

    def _count_people(self) -> None:
        """Count by people: who was met once, who more than once, who not at all."""
        several = 0
        for golden, records in self._scratch.hits():
            if len(records) > 1 and self._scratch.has("met", golden):
                several += 1
        self._found.several_records = several
        self._found.match = self._scratch.count("met") - several
        self._found.fill = self._scratch.count(_UPDATE)
        after = ""
        while True:
            with self._store.snapshot() as snapshot:
                rows = waiting_links(snapshot, self._mapping.connection, self._mapping.object, after, CHUNK)
            if not rows:
                return
            after = rows[-1][0]
            alone = [golden for _, golden in rows if not self._scratch.is_hit(golden) and not self._scratch.has("ambiguous", golden)]
            self._found.create += len(alone)

    def _calls(self, manifest: Manifest) -> dict[str, int]:
        facts = manifest.facts(self._mapping.object)
        writes, finds = facts.writes or WriteFacts(), (facts.finds or FindFacts()).batch
        found = self._found
        calls = {"read": found.calls_used, "create": _writes(found.create, writes), "fill": _writes(found.fill, writes)}
        calls["read_before_fill"] = ceil(found.fill / finds)
        calls["look_up_before_create"] = ceil(found.create / finds) * len(self._mapping.match) if facts.finds else 0
        return calls


def _writes(count: int, facts: WriteFacts) -> int:
    """Calls that so many writes take; a job counts as five: made, filled, closed, asked after, read."""
    if facts.bulk_from is not None and count >= facts.bulk_from:
        return 5 * ceil(count / facts.bulk_batch)
    return ceil(count / facts.batch)
