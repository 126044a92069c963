"""One pass over the links of one object that are behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from core.contract import (
    Change,
    ConnectorError,
    ContractBroken,
    Duplicate,
    Match,
    Missing,
    NativeId,
    ObjectName,
    Receipt,
    Refused,
    StopConnection,
    Ticket,
    TryLater,
    Write,
    WriteKind,
)
from core.flow.delivery.calling import Work
from core.flow.delivery.looking import Looks
from core.flow.delivery.merging import MergesThere
from core.flow.delivery.work import Hands, Job, Tally, Target, fields_to_write, vendor_values
from core.model.records import Errand
from core.model.vocabulary import Subject
from core.store.commands.delivery import LinkOutcome, RecordIntents
from core.store.commands.ties import WakePeople
from core.store.queries.delivery import DueLink, count_doomed, count_due, links_behind, links_of_ids, links_with_job
from core.store.store import Snapshot, Store

READ_AHEAD_BATCHES = 10
"""How many batches' worth of links are read at once, so that each kind of write fills its batches."""

DELETIONS_WINDOW = timedelta(days=1)
"""Deletions count against the safety stop for so long."""

IN_FLIGHT_SECONDS = 60.0
"""For so long the remote may still be carrying out a call of which we have heard nothing."""


def deliver(store: Store, target: Target, hands: Hands) -> Tally:
    """Work until nothing is due, or the connection as a whole refuses; what was done until then is stored.

    The tally's `error` tells why it ended early; it is a TryLater or a StopConnection.
    """
    tally = Tally()
    try:
        with store.snapshot() as snapshot:
            _Pass(store, target, hands, tally, snapshot).collect()
        goes_on = True
        while goes_on:
            with store.snapshot() as snapshot:
                goes_on = _Pass(store, target, hands, tally, snapshot).run()
    except (TryLater, StopConnection) as error:
        tally.error = error
    return tally


class _Pass(Work):
    """Works on what one snapshot shows: collects what jobs have done, or brings links that are behind one step on."""

    def __init__(self, store: Store, target: Target, hands: Hands, tally: Tally, snapshot: Snapshot) -> None:
        super().__init__(store, target, hands, tally, snapshot)
        self._looks = Looks(store, target, hands, tally, snapshot)
        self._merges = MergesThere(self._looks, (store, target, hands, tally, snapshot))

    def collect(self) -> None:
        """Look after the jobs that the remote works on."""
        target, now = self._target, self._hands.now()
        links = links_with_job(self._snapshot, target.connection, target.object, now, self._writes.bulk_batch)
        links = self._readable(links)
        if not links:
            return
        receipts = self._call(lambda: target.connector.collect([Ticket(link.ticket or "") for link in links]))
        if len(receipts) != len(links):
            raise ContractBroken(f"{len(links)} tickets were answered by {len(receipts)} receipts.")
        pairs = list(zip(links, receipts, strict=True))
        doubles = [(link, existing) for link, receipt in pairs if (existing := self._adoptable(link, receipt)) is not None]
        adopting = {link.id for link, _ in doubles}
        self._learn([(link, partial(self._maker.collected, receipt=receipt)) for link, receipt in pairs if link.id not in adopting])
        self._adopt_doubles(doubles)

    def run(self) -> bool:
        """Tell whether there was anything to do."""
        target, now = self._target, self._hands.now()
        due = count_due(self._snapshot, target.connection, target.object, now)
        limit = self._writes.bulk_batch if self._is_bulk(due) else self._writes.batch * READ_AHEAD_BATCHES
        links = links_behind(self._snapshot, target.connection, target.object, now, limit) if due else []
        readable = self._readable(links)
        self._delete([link for link in readable if link.errand in (Errand.DELETE, Errand.CONFIRMED)])
        merging = [link for link in readable if link.errand is Errand.MERGE]
        if merging:
            self._merges.merge(merging)
            return True  # the surviving records may have other ids now
        readable = [link for link in readable if link.errand is None]
        readable = self._looks.tied(readable)
        known = self._looks.decided([link for link in readable if link.remote_id is not None])
        unknown = [link for link in readable if link.remote_id is None]
        adopted, fresh = self._search(unknown)
        self._update(known + adopted)
        self._wake_people(adopted)
        self._create(fresh)
        return bool(links)

    def _readable(self, links: Sequence[DueLink]) -> list[DueLink]:
        """Park what does not open any more."""
        self._record([self._maker.unreadable(link) for link in links if link.unreadable])
        return [link for link in links if not link.unreadable]

    def _is_bulk(self, count: int) -> bool:
        return self._writes.bulk_from is not None and count >= self._writes.bulk_from

    def _search(self, links: Sequence[DueLink]) -> tuple[list[DueLink], list[DueLink]]:
        """Look for existing records by the mapping's match keys; give the links that found theirs, and the rest."""
        if not self._target.match or self._target.facts.finds is None:
            return [], list(links)
        ready = self._searchable(self._after_find_lag(links))
        hits: dict[str, dict[str, Change]] = {link.id: {} for link in ready}
        for name in self._target.match:
            asked = [link for link in ready if not hits[link.id] and link.wanted.get(name) not in (None, "")]
            matches = {link.id: Match.on(name, str(link.wanted[name])) for link in asked}
            found = self._looks.find(list(dict.fromkeys(matches.values())))
            for link in asked:
                hits[link.id] = {change.id: change for change in found.get(matches[link.id], ())}
        self._record([self._maker.ambiguous(link, list(hits[link.id])) for link in ready if len(hits[link.id]) > 1])
        adopted = self._looks.adopt([(link, next(iter(hits[link.id].values()))) for link in ready if len(hits[link.id]) == 1])
        return adopted, [link for link in ready if not hits[link.id]]

    def _after_find_lag(self, links: Sequence[DueLink]) -> list[DueLink]:
        """Leave creates of unknown outcome alone until the remote's search can know them."""
        now, wait = self._hands.now(), self._unknown_wait()
        early = [(link, link.intent_at + wait) for link in links if link.intent_at is not None and link.intent_at + wait > now]
        self._record([self._maker.waiting(link, until) for link, until in early])
        waiting = {link.id for link, _ in early}
        return [link for link in links if link.id not in waiting]

    def _unknown_wait(self) -> timedelta:
        return timedelta(seconds=self._target.find_lag + IN_FLIGHT_SECONDS)

    def _searchable(self, links: Sequence[DueLink]) -> list[DueLink]:
        """Park creates of unknown outcome that have none of the values by which they could be found."""
        names = self._target.match
        lost = [link for link in links if link.intent_at is not None and all(link.wanted.get(name) in (None, "") for name in names)]
        self._record([self._maker.unsearchable(link, names) for link in lost])
        parked = {link.id for link in lost}
        return [link for link in links if link.id not in parked]

    def _update(self, links: Sequence[DueLink]) -> None:
        jobs: list[Job] = []
        settled: list[DueLink] = []
        for link in links:
            fields = fields_to_write(link, self._target, by_match=False)
            if fields:
                jobs.append(self._job(link, fields, NativeId(link.remote_id or "")))
            else:
                settled.append(link)
        self._record([self._maker.settled(link) for link in settled])
        self._send(self._looks.not_too_blank(self._looks.reread(jobs)))

    def _delete(self, links: Sequence[DueLink]) -> None:
        """Delete what the mapping propagates, unless it is so much that a person must look first."""
        since = self._hands.now() - DELETIONS_WINDOW
        count, total = count_doomed(self._snapshot, self._target.connection, self._target.object, since)
        stops = self._target.stop.holds_back(count, total)
        held = [link for link in links if stops and link.errand is not Errand.CONFIRMED]
        self._record([self._maker.held_back(link, "deleted", count, total) for link in held])
        stays = {link.id for link in held}
        self._send([self._job(link, {}, NativeId(link.remote_id or ""), WriteKind.DELETE) for link in links if link.id not in stays])

    def _create(self, links: Sequence[DueLink]) -> None:
        """Upsert by the link's id where the vendor can; else create, a job never, and one by one what broke a call before."""
        external_id = self._target.external_id
        jobs = [
            self._job(link, fields_to_write(link, self._target, by_match=True), Match.on(external_id, link.id) if external_id else None)
            for link in links
        ]
        if external_id:
            self._send(jobs)
            return
        for job in (job for job in jobs if job.link.attempts):
            self._send_batch([job])
        self._send_in(self._writes.batch, [job for job in jobs if not job.link.attempts])

    def _job(self, link: DueLink, fields: dict[str, Any], goal: NativeId | Match | None, kind: WriteKind = WriteKind.UPSERT) -> Job:
        key = f"{link.id}.{link.wanted_version}"
        values = vendor_values(fields, self._target.rules)
        return Job(link, Write(key=key, object=ObjectName(self._target.object), fields=values, kind=kind, target=goal))

    def _send(self, jobs: Sequence[Job]) -> None:
        self._send_in(self._writes.bulk_batch if self._is_bulk(len(jobs)) else self._writes.batch, jobs)

    def _send_in(self, size: int, jobs: Sequence[Job]) -> None:
        for start in range(0, len(jobs), size):
            self._send_batch(list(jobs[start : start + size]))

    def _send_batch(self, jobs: list[Job]) -> None:
        unsafe = [job for job in jobs if job.write.target is None]
        self._intend([(job.link.id, job.write.key) for job in unsafe])
        try:
            receipts = self._call(lambda: self._target.connector.write([job.write for job in jobs]))
            if len(receipts) != len(jobs):
                raise ContractBroken(f"{len(jobs)} writes were answered by {len(receipts)} receipts.")
        except ContractBroken as error:
            self._isolate(jobs, error)
            return
        except ConnectorError as error:
            if getattr(error, "outcome_unknown", False):
                self._wait_for(unsafe)
            else:
                self._intend([(job.link.id, None) for job in unsafe])
            raise
        self._take(jobs, receipts)

    def _intend(self, intents: Sequence[tuple[str, str | None]]) -> None:
        hands = self._hands
        if intents:
            self._store.write(RecordIntents(self._store.workspace, hands.lane, hands.token, hands.now(), tuple(intents)))

    def _wait_for(self, jobs: Sequence[Job], *, failed: int = 0) -> None:
        until = self._hands.now() + self._unknown_wait()
        links = [replace(job.link, attempts=job.link.attempts + failed) for job in jobs]
        self._record([self._maker.waiting(link, until, tried_now=True) for link in links])

    def _isolate(self, jobs: list[Job], error: ContractBroken) -> None:
        """Find the record that breaks the call by halving; park it alone. Creates are searched for before they are sent again."""
        if len(jobs) == 1:
            self._take(jobs, [Refused(error)])
        elif any(job.write.target is None for job in jobs):
            self._wait_for(jobs, failed=1)
        else:
            middle = len(jobs) // 2
            self._send_batch(jobs[:middle])
            self._send_batch(jobs[middle:])

    def _take(self, jobs: Sequence[Job], receipts: Sequence[Receipt]) -> None:
        pairs = list(zip(jobs, receipts, strict=True))
        doubles = [(job.link, existing) for job, receipt in pairs if (existing := self._adoptable(job.link, receipt)) is not None]
        adopting = {link.id for link, _ in doubles}
        hands = self._hands
        attempts = [self._maker.attempt_row(job, receipt, hands.run_id, hands.new_id()) for job, receipt in pairs]
        made = [(job.link, partial(self._outcome, job, receipt)) for job, receipt in pairs if job.link.id not in adopting]
        self._learn(made, attempts)
        self._wake_people([job.link for job, _ in pairs if job.link.remote_id is None])
        for _, receipt in pairs:
            self._tally.add(attempts_effect(receipt))
        for _, receipt in pairs:
            if isinstance(receipt, Refused) and isinstance(receipt.error, StopConnection):
                raise receipt.error
        self._looks.follow([(job.link, error) for job, receipt in pairs if (error := _ended(job.link, receipt)) is not None])
        self._adopt_doubles(doubles)

    def _wake_people(self, links: Sequence[DueLink]) -> None:
        """Companies whose record there is known now: their people's records may be tied to it."""
        if links and self._target.subject is Subject.ACCOUNT:
            accounts = tuple(dict.fromkeys(link.golden_id for link in links))
            self._store.write(WakePeople(self._store.workspace, accounts, self._hands.now()))

    def _outcome(self, job: Job, receipt: Receipt, link: DueLink) -> LinkOutcome:
        return self._maker.of_receipt(replace(job, link=link), receipt)

    def _learn(self, made: Sequence[tuple[DueLink, Callable[[DueLink], LinkOutcome]]], attempts: Sequence[dict[str, Any]] = ()) -> None:
        """Store what a call taught; where a decision learnt something of the link meanwhile, on top of that."""
        makers = {link.id: (link, make) for link, make in made}
        stale = self._record([make(link) for link, make in made], attempts)
        while stale:
            self._hands.renew()
            with self._store.snapshot() as latest:
                now = links_of_ids(latest, stale)
            again = [(replace(makers[each][0], agreement=now[each].agreement), makers[each][1]) for each in stale if each in now]
            stale = self._record([make(link) for link, make in again])

    def _adoptable(self, link: DueLink, receipt: Receipt) -> str | None:
        """The id of the record that the vendor says exists already, when this link may take it over."""
        if not isinstance(receipt, Refused) or not isinstance(receipt.error, Duplicate) or link.remote_id is not None:
            return None
        error = receipt.error
        same_object = error.existing_object in (None, self._target.object)
        return error.existing if same_object and self._target.facts.finds is not None else None

    def _adopt_doubles(self, doubles: Sequence[tuple[DueLink, str]]) -> None:
        if not doubles:
            return
        found = self._looks.find(list(dict.fromkeys(Match.on("id", existing) for _, existing in doubles)))
        gone: list[LinkOutcome] = []
        hits: list[tuple[DueLink, Change]] = []
        for link, existing in doubles:
            changes = found.get(Match.on("id", existing), ())
            if changes:
                hits.append((replace(link, agreement=replace(link.agreement, sent={})), changes[0]))
            else:
                gone.append(self._maker.refused(link, TryLater(f"The record {existing} is said to exist there but cannot be read.")))
        self._record(gone)
        self._update(self._looks.adopt(hits))


def _ended(link: DueLink, receipt: Receipt) -> Missing | None:
    """The refusal that says what took a record's place."""
    error = receipt.error if isinstance(receipt, Refused) else None
    return error if isinstance(error, Missing) and error.successor is not None and link.remote_id is not None else None


def attempts_effect(receipt: Receipt) -> str:
    """The name under which a receipt is counted."""
    if isinstance(receipt, Refused):
        return "refused"
    effect = getattr(receipt, "effect", None)
    return effect.value if effect is not None else "pending"
