"""One batch of matching, worked out on a snapshot: profiles and postings to store, pairs to propose or to end. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.flow.identity.blocking import blocking_keys
from core.flow.identity.candidates import digest_of, has_room, joined, parted, ranked
from core.flow.identity.model import Score
from core.flow.identity.profile import Profile, pack, profile_of, unpack
from core.model.ids import GoldenId
from core.model.merges import Verdict
from core.runtime.lanes.match_bounds import MatchBounds
from core.runtime.lanes.match_crowds import Crowds
from core.runtime.lanes.match_judge import Judge
from core.store.commands.matching import StoreMatches
from core.store.queries.matching import (
    OPEN,
    PROFILE_PLACE,
    Matched,
    Stored,
    Waiting,
    matched_before,
    numbers_of,
    partners_of,
    postings_of,
    profiles_at,
)
from core.store.queries.merging import verdict_of
from core.store.store import Snapshot, Store

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Near:
    """A stored record that may be the same person; `digests` are the keys they share."""

    number: int
    golden_id: str
    profile: Profile
    digests: tuple[bytes, ...]


@dataclass
class _Work:
    """What the batch has come to so far."""

    profiles: dict[int, dict[str, Any]] = field(default_factory=dict)
    removed: list[int] = field(default_factory=list)
    posted: dict[tuple[bytes, int], None] = field(default_factory=dict)
    withdrawn: dict[tuple[bytes, int], None] = field(default_factory=dict)
    opened: dict[Pair, dict[str, Any]] = field(default_factory=dict)
    closed: dict[Pair, None] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    done: list[tuple[str, int]] = field(default_factory=list)
    later: list[tuple[str, datetime]] = field(default_factory=list)
    stale: dict[str, None] = field(default_factory=dict)
    held_back: int = 0


def digests_of(store: Store, profile: Profile) -> tuple[bytes, ...]:
    """The stored forms of a profile's keys."""
    hashed = store.vault.digest
    return tuple(dict.fromkeys(digest_of(key, hashed(f"match:{key.kind}", key.text)) for key in blocking_keys(profile)))


class Batch:
    """Records that wait, against everything that is stored and against each other."""

    def __init__(self, snapshot: Snapshot, waiting: Sequence[Waiting], judge: Judge, bounds: MatchBounds, now: datetime) -> None:
        """Take the snapshot and what is known of the records that wait. `proposed` counts the pairs that are new."""
        self._snapshot = snapshot
        self._store = snapshot.store
        self._waiting = waiting
        self._judge = judge
        self._bounds = bounds
        self._now = now
        ids = [each.id for each in waiting]
        self._before = matched_before(snapshot, ids)
        self._partners = partners_of(snapshot, ids)
        self._crowds = Crowds(snapshot, now, bounds.per_key_and_hour)
        self._last = judge.last_number
        self._fresh: dict[int, tuple[str, Profile]] = {}
        self._work = _Work()
        self.proposed = 0

    def run(self) -> tuple[StoreMatches, list[Pair]]:
        """Give the command (without lane and token), and the pairs that a trained model is sure of."""
        for record in self._waiting:
            self._one(record)
        work = self._work
        command = StoreMatches(
            workspace=self._snapshot.workspace,
            lane="",
            token=0,
            at=self._now,
            profiles=tuple(work.profiles.values()),
            removed=tuple(work.removed),
            posted=tuple(work.posted),
            withdrawn=tuple(work.withdrawn),
            crowds=self._crowds.changed(),
            opened=tuple(work.opened.values()),
            closed=tuple(work.closed),
            gone=tuple(work.gone),
            done=tuple(work.done),
            later=tuple(work.later),
            stale=tuple(work.stale),
            held_back=work.held_back,
        )
        sure = [pair for pair, row in work.opened.items() if self._judge.is_sure(row["probability"])]
        return command, sure

    def _one(self, record: Waiting) -> None:
        before, work = self._before.get(record.id), self._work
        if record.values is None:
            self._forget(record, before)
            return
        profile = profile_of({name: value.value for name, value in record.values.items()})
        digests = digests_of(self._store, profile)
        if before is not None and not record.held and self._is_same(before, profile):
            number = before.number
            self._keep(record, number, profile, parted(before.postings))
            work.done.append((record.id, max(record.version, record.due_version)))
            return
        if before is None:
            self._last += 1
        number = self._last if before is None else before.number
        found = self._found(digests)
        waits = self._propose(record, profile, self._near(record, number, found))
        self._post(number, digests, before, found)
        self._keep(record, number, profile, digests)
        if waits:
            work.later.append((record.id, self._crowds.again_at))
        else:
            work.done.append((record.id, max(record.version, record.due_version)))

    def _forget(self, record: Waiting, before: Matched | None) -> None:
        work = self._work
        if before is not None:
            work.removed.append(before.number)
            work.withdrawn |= dict.fromkeys((digest, before.number) for digest in parted(before.postings))
        work.gone.append(record.id)
        work.done.append((record.id, max(record.version, record.due_version)))

    def _is_same(self, before: Matched, profile: Profile) -> bool:
        stored = profiles_at(self._snapshot, [before.number])
        return bool(stored) and stored[0].packed == pack(profile)

    def _found(self, digests: Sequence[bytes]) -> dict[bytes, list[int]]:
        """Who has these keys by now: as stored, without what this batch withdrew, with what it posted."""
        found = {digest: list(numbers) for digest, numbers in postings_of(self._snapshot, digests).items()}
        for digest, number in self._work.withdrawn:
            if number in found.get(digest, ()):
                found[digest].remove(number)
        for digest, number in self._work.posted:
            if digest in digests and number not in found.setdefault(digest, []):
                found[digest].append(number)
        return found

    def _near(self, record: Waiting, number: int, found: dict[bytes, list[int]]) -> list[_Near]:
        """The candidates, and the partners of pairs that are open: those are judged anew whatever they share."""
        numbers = ranked(found, most=self._bounds.candidates, but={number})
        partners = [other for other, state in self._partners.get(record.id, {}).items() if state == OPEN]
        numbers += [each for each in numbers_of(self._snapshot, partners).values() if each not in numbers and each != number]
        removed = set(self._work.removed)
        stored = {each.number: each for each in profiles_at(self._snapshot, [each for each in numbers if each not in self._fresh])}
        near = []
        for each in numbers:
            shared = tuple(digest for digest, holders in found.items() if each in holders)
            if each in self._fresh:
                near.append(_Near(each, *self._fresh[each], shared))
            elif each in stored and each not in removed and (known := self._opened(stored[each])) is not None:
                near.append(_Near(each, stored[each].golden_id, known, shared))
        return near

    def _opened(self, stored: Stored) -> Profile | None:
        """The profile; None where its person was erased, or where it was made by an older version: that one is made anew."""
        if stored.packed is None:
            return None
        try:
            return unpack(stored.packed)
        except ValueError:
            self._work.stale[stored.golden_id] = None
            return None

    def _propose(self, record: Waiting, profile: Profile, near: Sequence[_Near]) -> bool:
        """Open what is likely enough; tell whether some of it has to wait because its keys come in a flood."""
        known = self._partners.get(record.id, {})
        likely: dict[Pair, tuple[_Near, Score]] = {}
        for each in near:
            score = self._judge.score(profile, each.profile, self._bounds.review_at)
            if score is not None:
                likely[_pair(record.id, each.golden_id)] = (each, score)
        verdicts = verdict_of(self._snapshot, [(GoldenId(left), GoldenId(right)) for left, right in likely])
        told: dict[Pair, Verdict] = {(left, right): verdict for (left, right), verdict in verdicts.items()}
        waits = False
        for pair, (each, score) in likely.items():
            state = known.get(each.golden_id)
            if told.get(pair) is Verdict.DIFFERENT or state not in (None, OPEN):
                continue
            is_new = state is None and pair not in self._work.opened
            if is_new and not self._crowds.let_through(each.digests):
                waits = True
                self._work.held_back += 0 if record.held else 1
                continue
            self.proposed += is_new
            self._work.opened[pair] = self._row(pair, score)
            self._work.closed.pop(pair, None)
        self._end(record.id, known, likely, told)
        return waits

    def _end(self, golden_id: str, known: dict[str, str], likely: Collection[Pair], told: Mapping[Pair, Verdict]) -> None:
        """Open pairs that are not likely any more, or that a person told apart elsewhere, mean nothing any more."""
        for other, state in known.items():
            pair = _pair(golden_id, other)
            if state == OPEN and (pair not in likely or told.get(pair) is Verdict.DIFFERENT):
                self._work.opened.pop(pair, None)
                self._work.closed[pair] = None

    def _row(self, pair: Pair, score: Score) -> dict[str, Any]:
        return {
            "workspace": self._snapshot.workspace,
            "left_id": pair[0],
            "right_id": pair[1],
            "score": score.logit,
            "probability": score.probability,
            "parts": [[part.comparison, part.level, round(part.weight, 3)] for part in score.parts],
            "state": OPEN,
            "created_at": self._now,
        }

    def _post(self, number: int, digests: Sequence[bytes], before: Matched | None, found: dict[bytes, list[int]]) -> None:
        work, had = self._work, set(parted(before.postings) if before else ())
        for digest in had - set(digests):
            work.withdrawn[digest, number] = None
            work.posted.pop((digest, number), None)
        for digest in digests:
            holders = found.get(digest, ())
            if number in holders:
                continue
            if has_room(len(holders)):
                work.posted[digest, number] = None
            elif digest not in had:
                self._crowds.turned_away(digest)

    def _keep(self, record: Waiting, number: int, profile: Profile, digests: Sequence[bytes]) -> None:
        self._fresh[number] = (record.id, profile)
        key = self._snapshot.key(record.key_id)
        self._work.profiles[number] = {
            "workspace": self._snapshot.workspace,
            "number": number,
            "golden_id": record.id,
            "version": record.version,
            "key_id": record.key_id,
            "postings": joined(digests),
            "sealed_profile": self._store.vault.seal(key, PROFILE_PLACE, pack(profile)),
        }


def _pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)
