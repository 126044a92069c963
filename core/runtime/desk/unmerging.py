"""Taking a merge back: planned first, then both golden records restored with their links, keys and consents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.flow.parting import Held, Lost, Parting, part
from core.flow.pipeline import Means, Rules
from core.model.ids import GoldenId, ObservationId
from core.model.merges import MergeEvent
from core.runtime.desk.merging import while_moving
from core.store.commands.merging import StoreUnmerge
from core.store.decision_seal import PlanSealer
from core.store.queries.decision import KnownPeople
from core.store.queries.merging import keys_owned, living, members_of, merges_of, row_of
from core.store.store import Snapshot, Store


class CannotUnmerge(Exception):
    """There is no such merge, or several could be meant; the message says which."""


@dataclass(frozen=True, slots=True)
class UnmergePlan:
    """What taking a merge back would do; `holder` is the record that is both of them now."""

    event: MergeEvent
    holder: GoldenId
    parting: Parting


def merges(store: Store, golden_id: GoldenId) -> list[MergeEvent]:
    """The history of a golden record: all merges in which it, or what it is part of now, lost or survived; oldest first."""
    with store.snapshot() as snapshot:
        ids = dict.fromkeys([golden_id, living(snapshot, golden_id) or golden_id])
        members = [each for one in ids for each in members_of(snapshot, one)[0]]
        return merges_of(snapshot, list(dict.fromkeys([*ids, *members])))


def plan_unmerge(store: Store, rules: Rules, golden_id: GoldenId, *, event_id: str | None = None, recreate: bool = False) -> UnmergePlan:
    """Say what taking back a merge of this golden record would do; nothing is written. Raises CannotUnmerge.

    The id may be that of the record that was lost. `recreate`: what a CRM merged away is to be made anew there.
    """
    with store.snapshot() as snapshot:
        return _plan(snapshot, rules, _chosen(snapshot, golden_id, event_id), recreate)


def unmerge(store: Store, rules: Rules, plan: UnmergePlan, *, by: str, now: datetime, recreate: bool = False) -> UnmergePlan:
    """Carry the plan out, worked out anew where the records changed since; gives what was done. Raises CannotUnmerge.

    The two are remembered as different from then on.
    """

    def attempt() -> UnmergePlan:
        with store.snapshot() as snapshot:
            event = _chosen(snapshot, plan.event.loser, plan.event.id)
            found = _plan(snapshot, rules, event, recreate)
            command = _command(snapshot, found, by, now)
        store.write(command)
        return found

    return while_moving(attempt)


def _chosen(snapshot: Snapshot, golden_id: GoldenId, event_id: str | None) -> MergeEvent:
    found = [each for each in merges_of(snapshot, [golden_id]) if each.undone_at is None]
    if event_id is not None:
        found = [each for each in found if each.id == event_id]
    mine = [each for each in found if each.loser == golden_id] or found
    if not mine:
        raise CannotUnmerge(f"No merge of '{golden_id}'{f' with the id {event_id}' if event_id else ''} is there to be taken back.")
    if len(mine) > 1:
        listed = ", ".join(f"{each.id} ({each.loser}, {each.at:%Y-%m-%d %H:%M})" for each in mine)
        raise CannotUnmerge(f"Several records were merged into {golden_id}; name one of these with --event: {listed}.")
    return mine[0]


def _plan(snapshot: Snapshot, rules: Rules, event: MergeEvent, recreate: bool) -> UnmergePlan:
    known = KnownPeople(snapshot)
    holder = living(snapshot, event.loser)
    if holder is None or holder == event.loser:
        raise CannotUnmerge(f"{event.loser} is part of no living record.")
    golden = known.goldens([holder])[holder]
    agreements = known.agreements([link.id for link in golden.links])
    held = Held(golden, keys_owned(snapshot, holder), _elsewhere(snapshot, event, holder), agreements)
    key_id, version = row_of(snapshot, event.loser)
    means = Means(snapshot.store.new_id, snapshot.store.vault.digest)
    return UnmergePlan(event, holder, part(event, held, Lost(event.loser, key_id, version), (rules, means), recreate=recreate))


def _elsewhere(snapshot: Snapshot, event: MergeEvent, holder: GoldenId) -> frozenset[ObservationId]:
    """What other merges brought to the record that holds both: of each of them the side to which the lost one did not belong."""
    others = {each.loser: each for each in merges_of(snapshot, [holder, *members_of(snapshot, holder)[0]]) if each.undone_at is None}
    inside = {event.loser, *members_of(snapshot, event.loser)[0]}
    path, at = {event.loser}, event.loser
    while at in others:
        at = others[at].survivor
        path.add(at)
    sides = [other.kept if loser in path else other.lost for loser, other in others.items() if loser not in inside]
    return frozenset(each for side in sides for each in side.observations)


def _command(snapshot: Snapshot, plan: UnmergePlan, by: str, now: datetime) -> StoreUnmerge:
    event, parting = plan.event, plan.parting
    members, direct = members_of(snapshot, event.loser)
    came_with = [each.inbox_id for each in parting.back if each.inbox_id is not None]
    return StoreUnmerge(
        decision=PlanSealer(snapshot, now).seal(parting.plan, "", 0),
        event=event.id,
        lost=(event.loser, row_of(snapshot, event.loser)[1]),
        holder=plan.holder,
        observations=tuple(each.id for each in parting.back),
        keys=tuple((key.kind, key.digest) for key in parting.keys),
        inbox=tuple(dict.fromkeys([*event.lost.inbox, *came_with])),
        members=members,
        direct=direct,
        by=by,
    )
