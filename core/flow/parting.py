"""Taking a merge back: what goes to the record that was lost, what stays, and what cannot be restored. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from core.flow.agreement.compare import difference
from core.flow.identity.survivorship import fold_values
from core.flow.pipeline import Means, Rules, compiled_sync
from core.flow.reconcile.lines import rules_of
from core.flow.world import Group, links_of, wants_of
from core.model.ids import GoldenId, KeyId, LinkId, ObservationId
from core.model.merges import MergeEvent
from core.model.plan import GoldenChange, LinkChange, Plan
from core.model.records import Closed, Golden, IdentityKey, LinkRole, LinkState, LinkWant, Observation
from core.model.remote import Agreement


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of the record that holds both sides now.

    `keys` are those that it owns, `elsewhere` the observations that other merges brought, `agreements` those of its links.
    """

    golden: Golden
    keys: Collection[IdentityKey]
    elsewhere: Collection[ObservationId]
    agreements: Mapping[LinkId, Agreement]


@dataclass(frozen=True, slots=True)
class Lost:
    """The golden record that was lost, as its row stands."""

    id: GoldenId
    key_id: KeyId
    version: int


@dataclass(frozen=True, slots=True)
class Parting:
    """How two golden records part.

    `back` are the observations and `keys` the keys that go to the restored one; `unsure` are observations since the merge
    that name neither of the two, or both: they stay. `gone_there` are links whose records became one inside their CRM.
    `left_there` names, per link that stays, fields that only the other side had and that stand in its record now.
    """

    plan: Plan
    back: tuple[Observation, ...]
    keys: tuple[IdentityKey, ...]
    unsure: tuple[Observation, ...]
    gone_there: tuple[LinkWant, ...]
    left_there: Mapping[LinkId, tuple[str, ...]]


def part(event: MergeEvent, held: Held, lost: Lost, tools: tuple[Rules, Means], *, recreate: bool = False) -> Parting:
    """Work out both records as they were, with what has come since on the side whose keys it carries.

    With `recreate` a record that a CRM merged away is made anew there.
    """
    back, unsure = _sides(event, held)
    ids = {each.id for each in back}
    stays = [each for each in held.golden.observations if each.id not in ids]
    links = _Links(event, held, recreate)
    restored = Group(lost.id, lost.key_id, lost.version, {each.id: each for each in back}, links.of_lost(), {})
    golden = held.golden
    kept = Group(golden.id, golden.key_id, golden.version, {each.id: each for each in stays}, links.of_kept(), dict(golden.values))
    changes: list[LinkChange] = []
    goldens: list[GoldenChange] = []
    for group in (restored, kept):
        values = fold_values(list(group.observations.values()))
        group.altered |= {link.id for link in group.links}
        goldens.append(GoldenChange(group.id, golden.subject, group.key_id, group.expected_version, values))
        wants = wants_of(group, values, tools[0].sync, compiled_sync, tools[1].digest)
        planned = links_of(group, wants, tools[0].sync, tools[1].new_id)
        changes += [links.settled(change, tools[0]) for change in sorted(planned, key=lambda each: each.is_new)]
    left = {change.id: names for change in changes if (names := links.left_there(change)) and change.golden_id == golden.id}
    return Parting(Plan(goldens=goldens, links=changes), tuple(back), _keys(event, held, back, stays), tuple(unsure), links.gone(), left)


def _sides(event: MergeEvent, held: Held) -> tuple[list[Observation], list[Observation]]:
    """What goes back, and what has come since and tells neither side, or both."""
    lost, kept = set(event.lost.observations), {*event.kept.observations, *held.elsewhere}
    theirs = {link.id for link in event.lost.links}
    back = [each for each in held.golden.observations if each.id in lost or (each.id not in kept and each.link in theirs)]
    known = lost | kept
    since = [each for each in held.golden.observations if each.id not in known and each.link is None]
    keys, others = set(event.lost.keys), set(event.kept.keys)
    goes_on = True
    while goes_on:
        told = [each for each in since if bool(keys & set(each.keys)) is not bool(others & set(each.keys))]
        for each in told:
            side, other = (keys, others) if keys & set(each.keys) else (others, keys)
            back += [each] if side is keys else []
            side |= set(each.keys) - other
        since = [each for each in since if each not in told]
        goes_on = bool(told)
    return sorted(back, key=lambda each: each.id), since


def _keys(event: MergeEvent, held: Held, back: Sequence[Observation], stays: Sequence[Observation]) -> tuple[IdentityKey, ...]:
    """Whose the keys are: as before the merge, and new ones go with the observations that alone carry them."""
    carried = {key for each in back for key in each.keys} - {key for each in stays for key in each.keys}
    theirs = set(event.lost.keys) | (carried - set(event.kept.keys))
    return tuple(sorted((key for key in held.keys if key in theirs), key=lambda key: (key.kind, key.digest)))


class _Links:
    """The links of both sides on their way back."""

    def __init__(self, event: MergeEvent, held: Held, recreate: bool) -> None:
        self._before = {link.id: link for link in (*event.lost.links, *event.kept.links)}
        self._theirs = {link.id for link in event.lost.links}
        self._held = held
        self._recreate = recreate

    def of_lost(self) -> list[LinkWant]:
        return [self._restored(link) for link in self._held.golden.links if link.id in self._theirs]

    def of_kept(self) -> list[LinkWant]:
        return [self._restored(link) for link in self._held.golden.links if link.id not in self._theirs]

    def gone(self) -> tuple[LinkWant, ...]:
        """The links whose records were merged away in their CRM since."""
        return tuple(link for link in self._held.golden.links if self._is_gone(link))

    def _is_gone(self, link: LinkWant) -> bool:
        before = self._before.get(link.id)
        return before is not None and link.reason_code == Closed.MERGED_THERE and before.reason_code != Closed.MERGED_THERE

    def _restored(self, link: LinkWant) -> LinkWant:
        before = self._before.get(link.id)
        if before is None:
            return link
        if self._is_gone(link):
            return replace(link, role=LinkRole.SECONDARY if self._recreate else before.role)
        if link.is_merged_here and not before.is_merged_here:
            stood = replace(before, wanted=link.wanted, wanted_version=link.wanted_version, remote_id=link.remote_id)
            return replace(stood, golden_id=link.golden_id)
        return link

    def settled(self, change: LinkChange, rules: Rules) -> LinkChange:
        """A link that has nothing to write stands as it stood; one that was parked for what it wants waits on."""
        before = self._before.get(change.id)
        if before is None or change.state is not LinkState.BEHIND or change.errand is not None:
            return change
        if before.state is LinkState.PARKED and dict(before.wanted) == dict(change.wanted):
            return replace(change, state=LinkState.PARKED, reason_code=before.reason_code, reason=before.reason)
        agreement = self._held.agreements.get(change.id)
        mapping = next((each for each in rules.sync if (each.connection, each.object) == (change.connection, change.object)), None)
        if agreement is None or agreement.remote_id is None or mapping is None:
            return change
        compare = rules_of(mapping)
        tied = any(change.wanted.get(name) != before.wanted.get(name) for name in compare.related)
        plain = {name: value for name, value in change.wanted.items() if name not in compare.related}
        return change if tied or difference(agreement, plain, compare) else replace(change, state=LinkState.LEVEL)

    def left_there(self, change: LinkChange) -> tuple[str, ...]:
        """The fields that were sent because of the merge, and that are not wanted without it."""
        before, agreement = self._before.get(change.id), self._held.agreements.get(change.id)
        if before is None or agreement is None:
            return ()
        named = {*change.wanted, *before.wanted}
        now = next((link.wanted for link in self._held.golden.links if link.id == change.id), {})
        return tuple(sorted(name for name in now if name not in named and name in agreement.sent))
