"""Looking before writing: existing records found and taken over, two-way records read once more, too much at once held back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from core.contract import Change, ChangeKind, Clear, Match, Missing, NativeId, ObjectName, Ref, record_key
from core.flow.agreement.compare import News, read
from core.flow.agreement.ties import read_tie
from core.flow.delivery.calling import Work
from core.flow.delivery.work import Job, adopted
from core.model.records import IdentityKey
from core.model.remote import Agreement
from core.store.commands.delivery import LinkOutcome
from core.store.commands.pages import HandOver
from core.store.inbox_seal import Arrival, seal_arrival, told_of
from core.store.queries.delivery import DueLink, count_doomed, remote_ids_held, tied_records, undecided

REREAD_AFTER = timedelta(seconds=30)
"""What was seen longer ago is read again before a two-way field is overwritten."""


class Looks(Work):
    """What a pass learns of records before it writes them."""

    def find(self, matches: list[Match]) -> dict[Match, Sequence[Change]]:
        """Look records up, as many in a call as the vendor allows."""
        size = self._target.facts.finds.batch if self._target.facts.finds else 1
        found: dict[Match, Sequence[Change]] = {}
        for start in range(0, len(matches), size):
            part = matches[start : start + size]
            found.update(self._call(partial(self._target.connector.find, ObjectName(self._target.object), part)))
        return found

    def adopt(self, found: Sequence[tuple[DueLink, Change]]) -> list[DueLink]:
        """Take existing records over; one that another link of ours holds is left to it, unwritten."""
        if not found:
            return []
        with self._store.snapshot() as latest:
            ids = list(dict.fromkeys(change.id for _, change in found))
            held = remote_ids_held(latest, self._target.connection, self._target.object, ids)
        free: list[tuple[DueLink, Change]] = []
        taken: list[LinkOutcome] = []
        for link, change in found:
            if held.setdefault(change.id, link.id) == link.id:
                free.append((link, change))
            else:
                taken.append(self._maker.taken(link, change.id, held[change.id]))
        self._tally.add("adopted", len(free))
        self._record(taken)
        if self._target.is_two_way:
            self._hand_over([(link, replace(link.agreement, remote_id=change.id), change) for link, change in free])
            return []
        return [adopted(link, change, self._target.rules, self._hands.now()) for link, change in free]

    def _hand_over(self, found: Sequence[tuple[DueLink, Agreement, Change]]) -> None:
        """Have their side decided before ours is written: what a two-way record says is news to the golden record, too."""
        if not found:
            return
        self._enter(found)
        self._record([self._maker.handed_over(link, known) for link, known, _ in found])
        self._tally.add("handed_over", len(found))

    def moved(self, link: DueLink, successor: str) -> None:
        """Have it decided that a record lives on under another id; it is not written before that."""
        name = ObjectName(self._target.object)
        change = Change(name, NativeId(link.remote_id or ""), kind=ChangeKind.MERGED, successor=Ref(name, NativeId(successor)))
        self._hand_over([(link, link.agreement, change)])

    def follow(self, refused: Sequence[tuple[DueLink, Missing]]) -> None:
        """Have it decided what follows from records of which the refusal says what took their place."""
        ended: list[tuple[DueLink, Agreement, Change]] = []
        for link, error in refused:
            successor = Ref(ObjectName(error.successor_object or self._target.object), NativeId(error.successor or ""))
            kind = ChangeKind.MERGED if successor.object == self._target.object else ChangeKind.CONVERTED
            change = Change(ObjectName(self._target.object), NativeId(link.remote_id or ""), kind=kind, successor=successor)
            ended.append((link, link.agreement, change))
        if ended:
            self._enter(ended)

    def _enter(self, found: Sequence[tuple[DueLink, Agreement, Change]]) -> None:
        now, store, hands = self._hands.now(), self._store, self._hands
        entries = [seal_arrival(store.vault, store.workspace, self._target.connection, _arrival(*each, now), now) for each in found]
        store.write(HandOver(store.workspace, tuple(entries), now, hands.lane, hands.token, hands.decide_lane))

    def tied(self, links: Sequence[DueLink]) -> list[DueLink]:
        """Put the ids of records that are there in place of ties; a tie to a record that is not there yet waits for it."""
        if not self._target.rules.related:
            return list(links)
        ties = {(link.id, name): tie for link in links for name, value in link.wanted.items() if (tie := read_tie(value)) is not None}
        keys: dict[str, list[IdentityKey]] = {}
        for object_name, mine in ties.values():
            keys.setdefault(object_name, []).extend(mine)
        found = {name: tied_records(self._snapshot, self._target.connection, name, mine) for name, mine in keys.items()}
        resolved: list[DueLink] = []
        for link in links:
            wanted = {name: value for name, value in link.wanted.items() if (link.id, name) not in ties}
            for name in link.wanted:
                object_name, mine = ties.get((link.id, name), ("", ()))
                ids = [found[object_name][key] for key in mine if key in found[object_name]]
                wanted |= {name: ids[0] or None} if ids else {}
            resolved.append(replace(link, wanted=wanted))
        return resolved

    def decided(self, links: Sequence[DueLink]) -> list[DueLink]:
        """Leave links alone whose record was read and is not decided yet: what it says goes first, and reading it again tells no more."""
        if not self._target.is_two_way:
            return list(links)
        waiting = undecided(self._snapshot, self._target.connection, self._target.object, [link.remote_id or "" for link in links])
        early = [link for link in links if link.remote_id in waiting]
        self._record([self._maker.handed_over(link, link.agreement) for link in early])
        return [link for link in links if link.remote_id not in waiting]

    def reread(self, jobs: Sequence[Job]) -> list[Job]:
        """Look once more before two-way fields are overwritten: what moved there since it was seen goes before our write."""
        old = [job for job in jobs if self._is_old(job)]
        found = self.find(list(dict.fromkeys(Match.on("id", job.link.remote_id or "") for job in old)))
        ready = [job for job in jobs if not self._is_old(job)]
        moved: list[tuple[DueLink, Agreement, Change]] = []
        for job in old:
            change = next(iter(found.get(Match.on("id", job.link.remote_id or ""), ())), None)
            news = read(job.link.agreement, change.fields, self._target.rules) if change is not None else News()
            told = {name for name in (*news.moved, *news.fresh) if self._target.rules.fields[name].reads_back}
            if change is not None and told:
                moved.append((job.link, job.link.agreement, change))
            else:
                ready.append(job)
        self._tally.add("reread", len(old))
        self._hand_over(moved)
        return ready

    def _is_old(self, job: Job) -> bool:
        rules, seen_at = self._target.rules.fields, job.link.agreement.seen_at
        if self._target.facts.finds is None or not any(name in rules and rules[name].reads_back for name in job.write.fields):
            return False
        return seen_at is None or self._hands.now() - seen_at > REREAD_AFTER

    def not_too_blank(self, jobs: list[Job]) -> list[Job]:
        """Hold back writes that would blank filled fields of too many records at once."""
        blanking = [
            job for job in jobs if any(isinstance(v, Clear) and job.link.agreement.seen.get(n) for n, v in job.write.fields.items())
        ]
        _, total = count_doomed(self._snapshot, self._target.connection, self._target.object, self._hands.now())
        if not self._target.stop.holds_back(len(blanking), total):
            return jobs
        self._record([self._maker.held_back(job.link, "blanked", len(blanking), total) for job in blanking])
        held = {job.link.id for job in blanking}
        return [job for job in jobs if job.link.id not in held]


def _arrival(link: DueLink, known: Agreement, change: Change, now: datetime) -> Arrival:
    """One arrival for each state of what the link knows: the same record may have been no news to us before."""
    event_id = f"{record_key(change.object, change.id, change.version)}:{link.id}:{known.version}"
    told = told_of(change, now)
    return Arrival(event_id, change.object, change.id, "reread", None, dict(change.fields), change.changed_at, remote=told)
