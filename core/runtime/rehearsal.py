"""The rehearsal of edited mappings: stored submissions are decided again beside the running ones, and nothing is written.

Each submission is read by the running and by the edited mappings. Where the two differ, the golden record is folded anew
with what the edited ones say, and its links are planned; links are compared with what each CRM was last to be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from core.contract import Manifest
from core.flow.identity.survivorship import fold_values
from core.flow.mapping.rehearsal import MappingTally
from core.flow.pipeline import Means, Rules, replan
from core.model.ids import GoldenId, InboxId, KeyId
from core.model.plan import LinkChange
from core.model.records import Golden, IdentityKey, Observation
from core.runtime.rehearsal_effects import Effects, ObjectEffect
from core.runtime.rehearsal_reading import ConsentTally, Reading, Verdict
from core.store.queries.decision import KnownPeople
from core.store.queries.recent import count_goldens, count_submissions, recent_submissions
from core.store.store import Snapshot, Store
from core.store.vault import Unreadable, WrongKey

_CHUNK = 200
Progress = Callable[[int, int], None]
"""Is told from time to time how many submissions have been looked at, and of how many."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would change. `share` is that of the submissions looked at whose values, outcome or CRM records do.

    `effects` tell what the CRMs get when these records are read by the edited mappings; `at_once` of it is sent as soon as
    existing records are brought in line, the rest as leads come again, since what was read before stays as it was read.
    """

    looked_at: int
    stored: int
    unreadable: int
    oldest: datetime | None
    leads: int
    leads_stored: int
    changed: int
    share: float
    inbound: tuple[MappingTally, ...]
    sync: tuple[MappingTally, ...]
    newly_refused: tuple[Verdict, ...]
    newly_accepted: tuple[Verdict, ...]
    consents: Mapping[str, ConsentTally]
    other_identity: int
    effects: tuple[ObjectEffect, ...]


def rehearse(
    store: Store, running: Rules, edited: Rules, manifests: Mapping[str, Manifest], most: int, progress: Progress = lambda *_: None
) -> Rehearsal:
    """Compare two sets of mappings over the newest stored submissions; memory grows with `most`. Raises WrongKey."""
    numbers = count(1)
    means = Means(new_id=lambda: f"rehearsed-{next(numbers)}", digest=store.vault.digest)
    with store.snapshot() as snapshot:
        stored = count_submissions(snapshot)
        reading = Reading(running, edited, means)
        progress(0, min(stored, most))
        for part in recent_submissions(snapshot, most):
            for decided in part:
                reading.look_at(decided)
            progress(reading.looked_at + reading.unreadable, min(stored, most))
        planning = _Planning(reading, edited, Effects(edited, manifests), means)
        planning.run(snapshot)
        return planning.told(stored, count_goldens(snapshot))


class _Planning:
    """The second half: what the CRMs would be told about the people behind the submissions."""

    def __init__(self, reading: Reading, edited: Rules, effects: Effects, means: Means) -> None:
        self._reading = reading
        self._edited = edited
        self._effects = effects
        self._means = means

    def run(self, snapshot: Snapshot) -> None:
        """Plan the links of every golden record that was touched, then those of people who are not known yet."""
        reading, known = self._reading, KnownPeople(snapshot)
        joined = _owners(known, reading.added)
        extra: dict[GoldenId, list[Observation]] = {}
        for inbox_id, owner in joined.items():
            extra.setdefault(owner, []).append(reading.added[inbox_id])
            reading.members.setdefault(owner, []).append(inbox_id)
        ids = sorted(reading.members)
        for start in range(0, len(ids), _CHUNK):
            for golden in _goldens(known, ids[start : start + _CHUNK]):
                self._plan(golden, extra.get(golden.id, []))
        strangers = [observation for inbox_id, observation in reading.added.items() if inbox_id not in joined]
        for group in _people(strangers):
            nobody = Golden(GoldenId("nobody yet"), group[0].subject, 0, KeyId("none"))
            self._effects.compare(nobody, (), self._links(_with(nobody, group)))

    def told(self, stored: int, leads_stored: int) -> Rehearsal:
        """Give the outcome."""
        reading = self._reading
        return Rehearsal(
            looked_at=reading.looked_at,
            stored=stored,
            unreadable=reading.unreadable,
            oldest=reading.oldest,
            leads=len(reading.members),
            leads_stored=leads_stored,
            changed=len(reading.changed),
            share=round(len(reading.changed) / reading.looked_at, 4) if reading.looked_at else 0.0,
            inbound=tuple(tally for _, tally in sorted(reading.inbound.items())),
            sync=self._effects.tallies(),
            newly_refused=tuple(reading.refused.values()),
            newly_accepted=tuple(reading.accepted.values()),
            consents=reading.consents,
            other_identity=reading.other_identity,
            effects=self._effects.told(),
        )

    def _plan(self, golden: Golden, extra: Sequence[Observation]) -> None:
        now = self._links(golden)
        later = self._later(golden, extra)
        if self._effects.compare(golden, now, now if later is None else later):
            self._reading.changed.update(self._reading.members[golden.id])

    def _later(self, golden: Golden, extra: Sequence[Observation]) -> Sequence[LinkChange] | None:
        """The links as they would be if these submissions were read now; None where that makes no difference."""
        instead = self._reading.instead
        replaced = {o.id: instead[o.inbox_id] for o in golden.observations if o.inbox_id is not None and o.inbox_id in instead}
        if not replaced and not extra:
            return None
        fresh = [replace(new, id=old) for old, new in replaced.items() if new is not None]
        observations = [*(o for o in golden.observations if o.id not in replaced), *fresh, *extra]
        return self._links(_with(golden, observations)) if observations else None

    def _links(self, golden: Golden) -> Sequence[LinkChange]:
        return replan([golden], self._edited, self._means).links


def _with(golden: Golden, observations: Sequence[Observation]) -> Golden:
    return replace(golden, observations=observations, values=fold_values(observations))


def _owners(known: KnownPeople, added: Mapping[InboxId, Observation]) -> dict[InboxId, GoldenId]:
    """Who the newly accepted submissions belong to, where that is somebody known."""
    owners = known.owners([key for observation in added.values() for key in observation.keys])
    found = {inbox_id: sorted({owners[key] for key in o.keys if key in owners}) for inbox_id, o in added.items()}
    return {inbox_id: ids[0] for inbox_id, ids in found.items() if ids}


def _people(strangers: Sequence[Observation]) -> list[list[Observation]]:
    """Put the observations together that share a key, directly or through others."""
    groups: dict[IdentityKey, list[Observation]] = {}
    for observation in strangers:
        mine = [observation]
        for group in {id(groups[key]): groups[key] for key in observation.keys if key in groups}.values():
            mine += group
        groups.update({key: mine for each in mine for key in each.keys})
    return list({id(group): group for group in groups.values()}.values())


def _goldens(known: KnownPeople, ids: Sequence[GoldenId]) -> Iterator[Golden]:
    """Load golden records; one whose person was erased is passed over, without the others."""
    try:
        yield from known.goldens(ids).values()
    except WrongKey:
        raise
    except Unreadable:
        if len(ids) > 1:
            for each in ids:
                yield from _goldens(known, [each])
