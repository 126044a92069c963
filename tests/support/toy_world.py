"""A store in memory for the pure core: satisfies `Known`, and carries plans out with the checks of the real one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.flow.pipeline import Means, Rules, decide
from core.model.ids import GoldenId, InboxId, LinkId
from core.model.plan import Bought, GoldenChange, LinkChange, Plan, Settlement, Submission
from core.model.records import Golden, GoldenValue, IdentityKey, LinkRole, LinkState, LinkWant, Observation
from core.model.remote import Agreement, Place
from tests.support.builders import Numbers, plain_digest


class NothingBought:
    """No lead was ever bought."""

    def count(self, connection: str, campaign: str) -> int:
        """None of any campaign."""
        return 0

    def has_lead(self, connection: str, lead: bytes) -> bool:
        """No id was seen."""
        return False

    def campaigns_of(self, goldens: Sequence[GoldenId]) -> Collection[tuple[str, str]]:
        """Nobody was bought."""
        return ()


@dataclass
class ToyWorld:
    """Golden records, keys, links and settlements as plain dictionaries."""

    rules: Rules
    goldens_by_id: dict[GoldenId, Golden] = field(default_factory=dict)
    merged: set[GoldenId] = field(default_factory=set)
    keys: dict[IdentityKey, GoldenId] = field(default_factory=dict)
    home: dict[InboxId, GoldenId] = field(default_factory=dict)
    links: dict[LinkId, LinkWant] = field(default_factory=dict)
    known: dict[LinkId, Agreement] = field(default_factory=dict)
    settlements: dict[InboxId, Settlement] = field(default_factory=dict)
    means: Means = field(default_factory=lambda: Means(Numbers(), plain_digest))
    gone: dict[GoldenId, GoldenId] = field(default_factory=dict)
    told_apart: set[tuple[GoldenId, GoldenId]] = field(default_factory=set)
    bought: Bought = field(default_factory=NothingBought)

    def owners(self, keys: Sequence[IdentityKey]) -> Mapping[IdentityKey, GoldenId]:
        """Which golden record owns each key."""
        return {key: self.keys[key] for key in keys if key in self.keys}

    def apart(self, ids: Collection[GoldenId]) -> Collection[tuple[GoldenId, GoldenId]]:
        """Who was told apart, by what each is part of now."""
        pairs = [(self.end_of(one), self.end_of(other)) for one, other in self.told_apart]
        return [pair for pair in pairs if set(pair) <= set(ids)]

    def end_of(self, golden_id: GoldenId) -> GoldenId:
        """Into what a golden record was merged at last."""
        while golden_id in self.gone:
            golden_id = self.gone[golden_id]
        return golden_id

    def linked(self, places: Sequence[Place]) -> Mapping[Place, LinkId]:
        """Which link holds each record."""
        held = {Place(link.connection, link.object, link.remote_id): link.id for link in self.links.values() if link.remote_id}
        return {place: held[place] for place in places if place in held}

    def homes(self, links: Sequence[LinkId]) -> Mapping[LinkId, GoldenId]:
        """Whose links they are."""
        return {link_id: self.links[link_id].golden_id for link_id in links if link_id in self.links}

    def agreements(self, links: Sequence[LinkId]) -> Mapping[LinkId, Agreement]:
        """What links know."""
        return {link_id: self.known.get(link_id, Agreement(link_id, self.links[link_id].remote_id)) for link_id in links}

    def goldens(self, ids: Sequence[GoldenId]) -> Mapping[GoldenId, Golden]:
        """Golden records whole."""
        return {golden_id: self.whole(golden_id) for golden_id in ids if golden_id in self.goldens_by_id}

    def whole(self, golden_id: GoldenId) -> Golden:
        """One golden record with its links as they are now."""
        links = [link for link in self.links.values() if link.golden_id == golden_id]
        return replace(self.goldens_by_id[golden_id], links=links)

    def decide(self, batch: Sequence[Submission]) -> Plan:
        """Decide a batch and carry the plan out."""
        plan = decide(batch, self, self.rules, self.means)
        for settlement in plan.settlements:
            assert settlement.inbox_id not in self.settlements, "settled twice"
            self.settlements[settlement.inbox_id] = settlement
        for change in plan.goldens:
            self._golden(change, [observation for golden_id, _, observation in plan.observations if golden_id == change.id])
        for loser, survivor in plan.moved.items():
            self._move(loser, survivor)
        self.gone |= plan.moved
        assert {joining.loser for joining in plan.joinings} == set(plan.moved), "a merge is told once"
        for key, owner in plan.keys:
            assert key not in self.keys, "a key has two owners"
            self.keys[key] = owner
        for link in plan.links:
            self._link(link)
        return plan

    def _golden(self, change: GoldenChange, added: Sequence[Observation]) -> None:
        before = self.goldens_by_id.pop(change.id, None)
        assert (before.version if before else 0) == change.expected_version
        if change.gone_into is not None:
            assert before is not None
            self.merged.add(change.id)
            self.goldens_by_id[change.id] = before
            return
        observations = [*(before.observations if before else ()), *added]
        self.goldens_by_id[change.id] = Golden(
            change.id, change.subject, change.expected_version + 1, change.key_id, dict(change.values), observations
        )
        self.home |= {observation.inbox_id: change.id for observation in added if observation.inbox_id is not None}

    def _move(self, loser: GoldenId, survivor: GoldenId) -> None:
        gone, stays = self.goldens_by_id.pop(loser), self.goldens_by_id[survivor]
        self.goldens_by_id[survivor] = replace(stays, observations=[*stays.observations, *gone.observations])
        self.keys = {key: survivor if owner == loser else owner for key, owner in self.keys.items()}
        self.home = {inbox_id: survivor if home == loser else home for inbox_id, home in self.home.items()}

    def _link(self, change: LinkChange) -> None:
        before = self.links.get(change.id)
        assert (before is None) is change.is_new
        assert before is None or before.wanted_version == change.was_version
        self.links[change.id] = LinkWant(
            id=change.id,
            golden_id=change.golden_id,
            connection=change.connection,
            object=change.object,
            role=change.role,
            state=change.state,
            mapping=change.mapping,
            mapping_version=change.mapping_version,
            wanted=dict(change.wanted),
            wanted_version=change.wanted_version,
            key_id=change.key_id,
            remote_id=change.remote_id or (before.remote_id if before else None),
            reason_code=change.reason_code,
            reason=change.reason,
            errand=change.errand,
        )
        if change.agreement is not None:
            known = self.known.get(change.id)
            assert known is None or known.version == change.agreement.version, "what a link knows moved on"
            self.known[change.id] = replace(change.agreement, version=change.agreement.version + 1)
            remote_id = change.agreement.remote_id or self.links[change.id].remote_id
            self.links[change.id] = replace(self.links[change.id], remote_id=remote_id)

    def deliver(self, link_id: LinkId) -> None:
        """Bring a link level, as delivery would."""
        link = self.links[link_id]
        if link.state is LinkState.BEHIND:
            self.links[link_id] = replace(link, state=LinkState.LEVEL, remote_id=f"remote-{link_id}")

    def groups(self) -> frozenset[frozenset[InboxId]]:
        """Which submissions are one person."""
        found: dict[GoldenId, set[InboxId]] = {}
        for inbox_id, home in self.home.items():
            found.setdefault(home, set()).add(inbox_id)
        return frozenset(frozenset(group) for group in found.values())

    def values(self) -> dict[frozenset[InboxId], dict[str, tuple[object, str, object]]]:
        """The golden values of each person, named by their submissions; without the ids that arrival makes."""
        groups = {home: frozenset(i for i, h in self.home.items() if h == home) for home in set(self.home.values())}
        return {groups[home]: {name: _told(value) for name, value in self.goldens_by_id[home].values.items()} for home in groups}

    def primaries(self) -> list[GoldenId]:
        """The golden record of every primary link."""
        return sorted(link.golden_id for link in self.links.values() if link.role is LinkRole.PRIMARY)


def _told(value: GoldenValue) -> tuple[object, str, object]:
    return value.value, value.observer, value.at
