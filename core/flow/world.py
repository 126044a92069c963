"""The working set of a decision: golden records as groups of observations, merged, folded and planned in memory. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.flow.agreement.compare import agree, difference
from core.flow.agreement.ties import write_tie
from core.flow.consent.judge import refusal_to_send
from core.flow.identity.apart import shared_kinds, together
from core.flow.identity.employer import employed_key, employer_keys
from core.flow.identity.keys import Digest
from core.flow.identity.survivorship import fold_values
from core.flow.mapping.apply import CompiledSync, told
from core.flow.mapping.compiling.values import LineProblem
from core.flow.mapping.model import OWN, SyncMapping
from core.flow.reconcile.lines import rules_of
from core.flow.routing.links import Want, plan_links, regrouped
from core.model.ids import GoldenId, KeyId, LinkId, ObservationId
from core.model.merges import Cause, Joining, Side
from core.model.plan import TOLD_APART, AcceptedLead, GoldenChange, Known, LinkChange, Plan, Settled, Settlement
from core.model.records import Golden, GoldenValue, IdentityKey, LinkRole, LinkState, LinkWant, Observation, Scalar
from core.model.remote import Agreement

Compiled = Callable[[SyncMapping], CompiledSync]


@dataclass(slots=True)
class Group:
    """A golden record while the batch is being decided.

    `read` holds, per link, what its record said in this batch and which of it was never agreed before; `altered` are links
    that the life of their record changed, `attached` those that got one.
    """

    id: GoldenId
    key_id: KeyId
    expected_version: int
    observations: dict[ObservationId, Observation]
    links: list[LinkWant]
    values: dict[str, GoldenValue]
    born_of: Settlement | None = None
    added: list[Observation] = field(default_factory=list)
    heard: bool = False
    agreements: dict[LinkId, Agreement] = field(default_factory=dict)
    read: dict[LinkId, tuple[dict[str, Any], set[str]]] = field(default_factory=dict)
    altered: set[LinkId] = field(default_factory=set)
    attached: set[LinkId] = field(default_factory=set)
    new_links: set[LinkId] = field(default_factory=set)

    def link(self, link_id: LinkId) -> LinkWant:
        """One of its links."""
        return next(link for link in self.links if link.id == link_id)

    def primary(self, connection: str, object_name: str) -> LinkWant | None:
        """The link that is written there, or was before it was closed."""
        mine = [link for link in self.links if (link.connection, link.object) == (connection, object_name)]
        return next((link for link in mine if link.role is not LinkRole.SECONDARY), None)

    def alter(self, link: LinkWant) -> None:
        """Put a changed link in its place."""
        self.links = [link if each.id == link.id else each for each in self.links]
        self.altered.add(link.id)

    def add(self, observation: Observation) -> None:
        """Take in what was observed."""
        self.observations[observation.id] = observation
        self.added.append(observation)


def group_of(golden: Golden) -> Group:
    """Open a golden record for a decision."""
    return Group(golden.id, golden.key_id, golden.version, {o.id: o for o in golden.observations}, list(golden.links), dict(golden.values))


class World:
    """Groups of observations, and who owns which key and which remote record."""

    def __init__(self, known: Known, new_id: Callable[[], str], compiled: Compiled, digest: Digest) -> None:
        """Take the snapshot, where ids come from, the functions of mappings, and the keyed hash of identity keys."""
        self._known = known
        self._new_id = new_id
        self._compiled = compiled
        self._digest = digest
        self._owners: dict[IdentityKey, GoldenId] = {}
        self._asked: set[IdentityKey] = set()
        self._groups: dict[GoldenId, Group] = {}
        self._new_keys: dict[IdentityKey, GoldenId] = {}
        self._gone: dict[GoldenId, tuple[Group, GoldenId]] = {}
        self._touched: dict[GoldenId, None] = {}
        self._joinings: list[Joining] = []

    def load(self, ids: Iterable[GoldenId]) -> None:
        """Load golden records that are not here yet."""
        missing = sorted(set(ids) - set(self._groups) - set(self._gone))
        if missing:
            self._groups |= {golden.id: group_of(golden) for golden in self._known.goldens(missing).values()}

    def load_owners(self, keys: Iterable[IdentityKey]) -> None:
        """Look up who owns these keys, and load those golden records."""
        missing = [key for key in dict.fromkeys(keys) if key not in self._asked]
        if missing:
            self._asked.update(missing)
            found = self._known.owners(missing)
            self._owners |= {key: self._end_of(owner) for key, owner in found.items() if key not in self._owners}
            self.load(self._owners[key] for key in found)

    def group(self, golden_id: GoldenId) -> Group | None:
        """The group in which a golden record is now; None when there is none any more."""
        return self._groups.get(self._end_of(golden_id))

    def owners(self, keys: Iterable[IdentityKey]) -> list[GoldenId]:
        """The golden records that own some of these keys, oldest first."""
        self.load_owners(keys)
        return sorted({self._owners[key] for key in keys if key in self._owners} & set(self._groups))

    def names_of(self, group_id: GoldenId) -> list[GoldenId]:
        """Every id under which the store may know what is in a group: its own, and those merged into it in this batch."""
        return [group_id, *(gone for gone in self._gone if self._end_of(gone) == group_id)]

    def new_group(self) -> Group:
        """Begin a golden record."""
        group = Group(GoldenId(self._new_id()), KeyId(self._new_id()), 0, {}, [], {})
        self._groups[group.id] = group
        return group

    def touch(self, group: Group) -> None:
        """Have the group folded and its links planned."""
        self._touched[group.id] = None

    def place(self, inbox_id: Any, observation: Observation) -> Settlement:
        """Join the observation to the group that owns one of its keys, merging groups it connects, or start one.

        Groups that a person told apart are not merged: the one with the strongest key gets it, and the others keep their keys.
        """
        owners, barred = self._joinable(observation.keys)
        target = self._groups[owners[0]] if owners else self.new_group()
        for other in owners[1:]:
            self.merge(self._groups[other], target, self._cause(inbox_id, observation.keys, other))
        settlement = Settlement(inbox_id, Settled.MERGED if owners else Settled.NEW, target.id)
        if barred:
            settlement = replace(settlement, reason_code=TOLD_APART, reason=self._barred(observation.keys, barred))
        target.born_of = target.born_of or (None if owners else settlement)
        target.add(observation)
        self.touch(target)
        self.claim((key for key in observation.keys if self._owners.get(key) not in barred), target)
        return settlement

    def _joinable(self, keys: Sequence[IdentityKey]) -> tuple[list[GoldenId], list[GoldenId]]:
        owners = self.owners(keys)
        if len(owners) < 2:
            return owners, []
        apart = self._apart(owners)
        if not apart:
            return owners, []
        mine = {key: self._owners[key] for key in keys if self._owners.get(key) in owners}
        return together(keys, mine, lambda one, other: frozenset((one, other)) in apart)

    def _cause(self, inbox_id: Any, keys: Sequence[IdentityKey], other: GoldenId) -> Cause:
        kinds = shared_kinds(keys, self._owners, other)
        return Cause(f"key:{kinds[0]}", f"inbox:{inbox_id} has the {' and the '.join(kinds)} of one and a key of the other.", inbox_id)

    def _barred(self, keys: Sequence[IdentityKey], barred: Sequence[GoldenId]) -> str:
        kinds = [f"{' and '.join(shared_kinds(keys, self._owners, other))} of {other}" for other in barred]
        return f"It also has the {', the '.join(kinds)}; a person said that this is somebody else."

    def _apart(self, ids: Sequence[GoldenId]) -> set[frozenset[GoldenId]]:
        """Which two of these groups a person told apart."""
        names = [name for golden_id in ids for name in self.names_of(golden_id)]
        return {frozenset((self._end_of(one), self._end_of(other))) for one, other in self._known.apart(names)}

    def may_join(self, one: Group, other: Group) -> bool:
        """Whether nobody told the two apart."""
        return not self._apart([one.id, other.id])

    def hear(self, settlement: Settlement) -> None:
        """Note that a submission spoke of a golden record: the person is about."""
        group = self.group(settlement.golden_id) if settlement.golden_id else None
        if group is not None:
            group.heard = True

    def claim(self, keys: Iterable[IdentityKey], group: Group) -> None:
        """Give the keys to the group."""
        for key in keys:
            if self._owners.get(key) != group.id:
                self._owners[key] = self._new_keys[key] = group.id

    def is_free(self, key: IdentityKey, group: Group) -> bool:
        """Whether nobody else owns a key."""
        self.load_owners([key])
        return self._owners.get(key, group.id) == group.id

    def merge(self, loser: Group, survivor: Group, cause: Cause) -> None:
        """Move all of one group into another; of stored ones it is noted what each of them was."""
        if loser.expected_version:
            self._joinings.append(Joining(loser.id, survivor.id, cause, self._side(loser), self._side(survivor)))
        self._groups.pop(loser.id)
        survivor.observations |= loser.observations
        survivor.links += loser.links
        survivor.added += loser.added
        survivor.heard = survivor.heard or loser.heard
        survivor.agreements |= loser.agreements
        survivor.read |= loser.read
        for mine, theirs in (
            (survivor.altered, loser.altered),
            (survivor.attached, loser.attached),
            (survivor.new_links, loser.new_links),
        ):
            mine |= theirs
        self._gone[loser.id] = (loser, survivor.id)
        self._touched.pop(loser.id, None)
        self.touch(survivor)
        for key, owner in self._owners.items():
            if owner == loser.id:
                self._owners[key] = survivor.id
                if key in self._new_keys:
                    self._new_keys[key] = survivor.id

    def _side(self, group: Group) -> Side:
        keys = tuple(key for key, owner in self._new_keys.items() if owner == group.id)
        return Side(tuple(self.names_of(group.id)), tuple(group.observations), tuple(group.links), keys)

    def _end_of(self, golden_id: GoldenId) -> GoldenId:
        while golden_id in self._gone:
            golden_id = self._gone[golden_id][1]
        return golden_id

    def plan(self, settlements: list[Settlement], mappings: Sequence[SyncMapping], accepted: Sequence[AcceptedLead] = ()) -> Plan:
        """Fold what was touched and plan its links."""
        gone = {loser: self._end_of(survivor) for loser, (_, survivor) in self._gone.items()}
        goldens: list[GoldenChange] = []
        links: list[LinkChange] = []
        added: list[tuple[GoldenId, KeyId, Observation]] = []
        employers: list[tuple[GoldenId, IdentityKey]] = []
        for group in (self._groups[golden_id] for golden_id in self._touched):
            values = fold_values(list(group.observations.values()))
            subject = next(iter(group.observations.values())).subject
            born_of = group.born_of.inbox_id if group.born_of else None
            goldens.append(GoldenChange(group.id, subject, group.key_id, group.expected_version, values, born_of))
            wants = wants_of(group, values, mappings, self._compiled, self._digest)
            links += links_of(group, wants, mappings, self._new_id)
            employers += employers_of(group.id, values, mappings, self._digest)
            added += [(group.id, group.key_id, observation) for observation in group.added]
        for loser, (group, _) in self._gone.items():
            if group.expected_version:
                subject = next(iter(group.observations.values())).subject
                goldens.append(GoldenChange(loser, subject, group.key_id, group.expected_version, group.values, gone_into=gone[loser]))
        return Plan(
            settlements=[_redirected(settlement, gone) for settlement in settlements],
            goldens=goldens,
            observations=added,
            consents=[(golden, observation, entry) for golden, _, observation in added for entry in observation.consents],
            keys=list(self._new_keys.items()),
            moved={loser: survivor for loser, survivor in gone.items() if self._gone[loser][0].expected_version},
            links=links,
            employers=employers,
            accepted=accepted,
            joinings=self._joinings,
        )


def _redirected(settlement: Settlement, gone: Mapping[GoldenId, GoldenId]) -> Settlement:
    if settlement.golden_id is None or settlement.golden_id not in gone:
        return settlement
    settled = Settled.MERGED if settlement.settled is Settled.NEW else settlement.settled
    return replace(settlement, settled=settled, golden_id=gone[settlement.golden_id])


def links_of(group: Group, wants: Sequence[Want], mappings: Sequence[SyncMapping], new_id: Callable[[], str]) -> list[LinkChange]:
    """Say how the links of a golden record change: what is wanted there now, and what was agreed by what was read."""
    changes = {change.id: change for change in plan_links(group.id, group.key_id, wants, group.links, new_id, heard=group.heard)}
    for link in group.links:
        if link.id in group.altered | set(group.agreements) and link.id not in changes:
            changes[link.id] = regrouped(link, group.id)
        if link.id in group.attached:
            changes[link.id] = replace(changes[link.id], remote_id=link.remote_id, is_new=link.id in group.new_links)
    subject = next(iter(group.observations.values())).subject
    known = {(mapping.connection, mapping.object): mapping for mapping in mappings if mapping.subject is subject}
    for link_id, agreement in group.agreements.items():
        change = changes[link_id]
        mapping = known.get((change.connection, change.object))
        changes[link_id] = replace(change, agreement=agreement) if mapping is None else _agreed(group, change, agreement, mapping)
    return list(changes.values())


def _agreed(group: Group, change: LinkChange, agreement: Agreement, mapping: SyncMapping) -> LinkChange:
    """Settle what was read against what is wanted now, and say whether something is left to write."""
    rules = rules_of(mapping)
    theirs, fresh = group.read.get(change.id, ({}, set()))
    agreement = agree(agreement, change.wanted, theirs, fresh, rules)
    state = change.state
    has_record = agreement.remote_id is not None
    if state in (LinkState.BEHIND, LinkState.LEVEL, LinkState.PARKED) and has_record and change.errand is None:
        before = next(link.wanted for link in group.links if link.id == change.id)
        tied = any(change.wanted.get(name) != before.get(name) for name in rules.related)
        plain = {name: value for name, value in change.wanted.items() if name not in rules.related}
        state = LinkState.BEHIND if tied or difference(agreement, plain, rules) else LinkState.LEVEL
        change = replace(change, reason_code=None, reason=None)
    return replace(change, agreement=agreement, state=state)


def wants_of(
    group: Group, values: Mapping[str, GoldenValue], mappings: Sequence[SyncMapping], compiled: Compiled, digest: Digest
) -> list[Want]:
    """What every sync mapping of the subject asks for."""
    subject = next(iter(group.observations.values())).subject
    entries = [entry for observation in group.observations.values() for entry in observation.consents]
    record = {name: value.value for name, value in values.items()}
    wants: list[Want] = []
    for mapping in mappings:
        if mapping.subject is not subject:
            continue
        problems: list[LineProblem] = []
        fields = compiled(mapping).fields(record, problems) | tie(mapping, (group.id, record), digest)
        fields |= pointers(mapping, fields)
        consent = refusal_to_send(entries, mapping.purpose, require=mapping.consent_required)
        code, refusal = _refusal(mapping, problems, consent)
        wants.append(
            Want(
                mapping.connection,
                mapping.object,
                mapping.name,
                mapping.version,
                fields,
                code,
                refusal,
                mapping.recreate,
                mapping.remote.converts_to,
                mapping.on_merge,
            )
        )
    return wants


def tie(mapping: SyncMapping, person: tuple[GoldenId, Mapping[str, Scalar]], digest: Digest) -> dict[str, Scalar]:
    """The lines that tie the record to the company's: its keys, for which delivery finds the record there once there is one.

    The account that was matched to the person goes before the one that owns the domain or the name.
    """
    golden_id, record = person
    related = rules_of(mapping).related
    keys = (employed_key(golden_id, digest), *employer_keys(record, digest)) if related else ()
    return {target: write_tie(object_name, keys) for target, object_name in related.items()}


def pointers(mapping: SyncMapping, fields: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The lines that point from one record of a group to another; a member without a value is left out, and so is what points to it."""
    holder = mapping.group.holder
    there = {OWN, *(holder(target) for target in fields)}
    siblings = rules_of(mapping).siblings
    return {target: f"id of {alias}" for target, alias in siblings.items() if alias in there and holder(target) in there}


def employers_of(
    golden_id: GoldenId, values: Mapping[str, GoldenValue], mappings: Sequence[SyncMapping], digest: Digest
) -> list[tuple[GoldenId, IdentityKey]]:
    """The keys of the companies to which this person's records are tied."""
    if not any(rules_of(mapping).related for mapping in mappings):
        return []
    return [(golden_id, key) for key in employer_keys({name: value.value for name, value in values.items()}, digest)]


def _refusal(mapping: SyncMapping, problems: Sequence[LineProblem], consent: str | None) -> tuple[str | None, str | None]:
    if consent:
        return "no_consent", f"Mapping '{mapping.name}' is not allowed to send: {consent}."
    return told(mapping, problems) if problems else (None, None)
