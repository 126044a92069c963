"""One pass over the links of one object that are behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from core.contract import (
    Change,
    Clear,
    ConnectorError,
    ContractBroken,
    Duplicate,
    Match,
    NativeId,
    ObjectName,
    Receipt,
    Refused,
    StopConnection,
    Ticket,
    TryLater,
    Write,
)
from core.contract.manifest import WriteFacts
from core.flow.delivery.compare import adopt
from core.flow.delivery.outcomes import OutcomeMaker
from core.flow.delivery.work import Hands, Job, Tally, Target, fields_to_write, vendor_values, with_adoption
from core.store.commands.delivery import LinkOutcome, RecordIntents, RecordOutcomes
from core.store.queries.delivery import DueLink, count_due, due_links
from core.store.store import Snapshot, Store

READ_AHEAD_BATCHES = 10
"""How many batches' worth of links are read at once, so that each kind of write fills its batches."""


def deliver(store: Store, target: Target, hands: Hands) -> Tally:
    """Work until nothing is due, or the connection as a whole refuses; what was done until then is stored.

    The tally's `error` tells why it ended early; it is a TryLater or a StopConnection.
    """
    tally = Tally()
    try:
        _Collecting(store, target, hands, tally).run()
        while _Pass(store, target, hands, tally).run():
            pass
    except (TryLater, StopConnection) as error:
        tally.error = error
    return tally


class _Work:
    """What collecting and writing share: the snapshot at hand and the way outcomes are stored."""

    def __init__(self, store: Store, target: Target, hands: Hands, tally: Tally) -> None:
        self._store = store
        self._target = target
        self._hands = hands
        self._tally = tally
        self._writes = target.facts.writes or WriteFacts()

    def _maker(self, snapshot: Snapshot) -> OutcomeMaker:
        return OutcomeMaker(snapshot, self._hands.now(), self._hands.retry, self._target.external_id)

    def _record(self, outcomes: Sequence[LinkOutcome], attempts: Sequence[dict[str, Any]] = ()) -> None:
        for outcome in outcomes:
            self._tally.add(f"links_{outcome.state}")
        if outcomes or attempts:
            hands = self._hands
            self._store.write(RecordOutcomes(self._store.workspace, hands.lane, hands.token, hands.now(), tuple(outcomes), tuple(attempts)))

    def _call(self, act: Callable[[], Any]) -> Any:
        """Call the connector under the lease; what it must not raise is a broken contract."""
        self._hands.renew()
        try:
            return act()
        except ConnectorError:
            raise
        except Exception as error:  # a connector's bug must not end the lane
            raise ContractBroken(
                f"The connector of '{self._target.connection}' failed with {type(error).__name__}.",
                hint="This is a bug in the connector. Report it with the version and the time from the log.",
            ) from error


class _Collecting(_Work):
    """Looks after the jobs that the remote works on."""

    def run(self) -> None:
        with self._store.snapshot() as snapshot:
            target, now = self._target, self._hands.now()
            links = due_links(snapshot, target.connection, target.object, "pending", now, self._writes.bulk_batch)
            if not links:
                return
            receipts = self._call(lambda: target.connector.collect([Ticket(link.ticket or "") for link in links]))
            maker = self._maker(snapshot)
            self._record([maker.collected(link, receipt) for link, receipt in zip(links, receipts, strict=True)])


class _Pass(_Work):
    """Reads some due links and brings each of them one step on."""

    def run(self) -> bool:
        """Tell whether there was anything to do."""
        with self._store.snapshot() as snapshot:
            target, now = self._target, self._hands.now()
            due = count_due(snapshot, target.connection, target.object, now)
            limit = self._writes.bulk_batch if self._is_bulk(due) else self._writes.batch * READ_AHEAD_BATCHES
            links = due_links(snapshot, target.connection, target.object, "behind", now, limit) if due else []
            if not links:
                return False
            self._snapshot = snapshot
            self._bring_level(links)
            return True

    def _is_bulk(self, count: int) -> bool:
        return self._writes.bulk_from is not None and count >= self._writes.bulk_from

    def _bring_level(self, links: Sequence[DueLink]) -> None:
        known = [link for link in links if link.remote_id is not None]
        unknown = [link for link in links if link.remote_id is None]
        adopted, fresh = self._search(unknown)
        self._update(known + adopted)
        self._create(fresh)

    def _search(self, links: Sequence[DueLink]) -> tuple[list[DueLink], list[DueLink]]:
        """Look for existing records by the mapping's match keys; give the links that found theirs, and the rest."""
        if not self._target.match or self._target.facts.finds is None:
            return [], list(links)
        ready = self._after_find_lag(links)
        hits: dict[str, dict[str, Change]] = {link.id: {} for link in ready}
        for name in self._target.match:
            asked = [link for link in ready if not hits[link.id] and link.wanted.get(name) not in (None, "")]
            matches = {link.id: Match.on(name, str(link.wanted[name])) for link in asked}
            found = self._find(list(dict.fromkeys(matches.values())))
            for link in asked:
                hits[link.id] = {change.id: change for change in found.get(matches[link.id], ())}
        maker = self._maker(self._snapshot)
        self._record([maker.ambiguous(link, list(hits[link.id])) for link in ready if len(hits[link.id]) > 1])
        adopted = [self._adopted(link, next(iter(hits[link.id].values()))) for link in ready if len(hits[link.id]) == 1]
        return adopted, [link for link in ready if not hits[link.id]]

    def _after_find_lag(self, links: Sequence[DueLink]) -> list[DueLink]:
        """Leave creates of unknown outcome alone until the remote's search can know them."""
        lag = timedelta(seconds=self._target.find_lag)
        now = self._hands.now()
        early = [link for link in links if link.intent_at is not None and link.intent_at + lag > now]
        maker = self._maker(self._snapshot)
        self._record([maker.waiting(link, link.intent_at + lag) for link in early if link.intent_at is not None])
        waiting = {link.id for link in early}
        return [link for link in links if link.id not in waiting]

    def _find(self, matches: list[Match]) -> dict[Match, Sequence[Change]]:
        size = self._target.facts.finds.batch if self._target.facts.finds else 1
        found: dict[Match, Sequence[Change]] = {}
        for start in range(0, len(matches), size):
            part = matches[start : start + size]
            found.update(self._call(partial(self._target.connector.find, ObjectName(self._target.object), part)))
        return found

    def _adopted(self, link: DueLink, change: Change) -> DueLink:
        adoption = adopt(link.wanted, change.fields, fill=self._target.fill, ours_win=self._target.ours_win)
        self._tally.add("adopted")
        return with_adoption(link, change.id, change.version, adoption)

    def _update(self, links: Sequence[DueLink]) -> None:
        maker = self._maker(self._snapshot)
        jobs: list[Job] = []
        settled: list[LinkOutcome] = []
        for link in links:
            fields = fields_to_write(link, self._target.external_id, by_match=False)
            if fields:
                jobs.append(self._job(link, fields, NativeId(link.remote_id or "")))
            else:
                settled.append(maker.settled(link))
        self._record(settled)
        self._send(jobs)

    def _create(self, links: Sequence[DueLink]) -> None:
        external_id = self._target.external_id
        jobs = [
            self._job(link, fields_to_write(link, external_id, by_match=True), Match.on(external_id, link.id) if external_id else None)
            for link in links
        ]
        self._send(jobs)

    def _job(self, link: DueLink, fields: dict[str, Any], goal: NativeId | Match | None) -> Job:
        key = f"{link.id}.{link.wanted_version}"
        return Job(link, Write(key=key, object=ObjectName(self._target.object), fields=vendor_values(fields, Clear()), target=goal))

    def _send(self, jobs: Sequence[Job]) -> None:
        size = self._writes.bulk_batch if self._is_bulk(len(jobs)) else self._writes.batch
        for start in range(0, len(jobs), size):
            self._send_batch(list(jobs[start : start + size]))

    def _send_batch(self, jobs: list[Job]) -> None:
        unsafe = [job for job in jobs if job.write.target is None]
        if unsafe:
            hands = self._hands
            intents = tuple((job.link.id, job.write.key) for job in unsafe)
            self._store.write(RecordIntents(self._store.workspace, hands.lane, hands.token, hands.now(), intents))
        try:
            receipts = self._call(lambda: self._target.connector.write([job.write for job in jobs]))
            if len(receipts) != len(jobs):
                raise ContractBroken(f"{len(jobs)} writes were answered by {len(receipts)} receipts.")
        except ContractBroken as error:
            self._isolate(jobs, error)
            return
        self._take(jobs, receipts)

    def _isolate(self, jobs: list[Job], error: ContractBroken) -> None:
        """Find the record that breaks the call by halving; park it alone."""
        if len(jobs) == 1:
            self._take(jobs, [Refused(error)])
            return
        middle = len(jobs) // 2
        self._send_batch(jobs[:middle])
        self._send_batch(jobs[middle:])

    def _take(self, jobs: Sequence[Job], receipts: Sequence[Receipt]) -> None:
        maker = self._maker(self._snapshot)
        pairs = list(zip(jobs, receipts, strict=True))
        doubles = [(job, existing) for job, receipt in pairs if (existing := self._adoptable(job, receipt)) is not None]
        adopting = {job.link.id for job, _ in doubles}
        hands = self._hands
        attempts = [maker.attempt_row(job, receipt, hands.run_id, hands.new_id()) for job, receipt in pairs]
        self._record([maker.of_receipt(job, receipt) for job, receipt in pairs if job.link.id not in adopting], attempts)
        for _, receipt in pairs:
            self._tally.add(attempts_effect(receipt))
            if isinstance(receipt, Refused) and isinstance(receipt.error, StopConnection):
                raise receipt.error
        if doubles:
            self._adopt_doubles(doubles)

    def _adoptable(self, job: Job, receipt: Receipt) -> str | None:
        """The id of the record that the vendor says exists already, when this link may take it over."""
        if not isinstance(receipt, Refused) or not isinstance(receipt.error, Duplicate) or job.link.remote_id is not None:
            return None
        error = receipt.error
        same_object = error.existing_object in (None, self._target.object)
        return error.existing if same_object and self._target.facts.finds is not None else None

    def _adopt_doubles(self, doubles: Sequence[tuple[Job, str]]) -> None:
        found = self._find(list(dict.fromkeys(Match.on("id", existing) for _, existing in doubles)))
        adopted: list[DueLink] = []
        gone: list[LinkOutcome] = []
        maker = self._maker(self._snapshot)
        for job, existing in doubles:
            hits = found.get(Match.on("id", existing), ())
            if hits:
                adopted.append(self._adopted(replace(job.link, sent={}), hits[0]))
            else:
                gone.append(maker.refused(job.link, TryLater(f"The record {existing} is said to exist there but cannot be read.")))
        self._record(gone)
        self._update(adopted)


def attempts_effect(receipt: Receipt) -> str:
    """The name under which a receipt is counted."""
    if isinstance(receipt, Refused):
        return "refused"
    effect = getattr(receipt, "effect", None)
    return effect.value if effect is not None else "pending"
