"""The working set of followed records: who holds which, what was agreed, and how a reading becomes an observation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from core.flow.agreement.compare import News, is_outdated
from core.flow.identity.keys import keys_of
from core.flow.mapping.model import SyncMapping
from core.flow.reconcile.lines import rules_of
from core.flow.world import Compiled, Group, World
from core.model.ids import LinkId, ObservationId
from core.model.plan import Known, Settlement, Submission
from core.model.records import IdentityKey, LinkRole, LinkState, LinkWant, Observation, Policy, Standing, Value
from core.model.remote import Agreement, ChangeSort, Place, RemoteChange

_FILLING = frozenset({Policy.NEWEST, Policy.PREFER_FILLED, Policy.OURS})
"""Policies that go by time: what was there before anything was agreed has not moved, and only fills blanks."""
TICK = timedelta(microseconds=1)
"""Between two words of one record that carry the same time."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What following needs from outside: ids, the keyed hash for identity keys, the functions of mappings.

    `observe` reads a record by the inbound mapping of its object; None where there is none.
    """

    new_id: Callable[[], str]
    digest: Callable[[str, str], bytes]
    compiled: Compiled
    observe: Callable[[Submission], Observation | Settlement | None]


@dataclass(frozen=True, slots=True)
class Case:
    """One change of one record, with the mapping that follows it."""

    submission: Submission
    change: RemoteChange
    mapping: SyncMapping

    @property
    def moment(self) -> datetime:
        """When it was said: no later than it was read, whatever the clock there says."""
        return min(self.submission.changed_at or self.change.read_at, self.change.read_at)

    def is_outdated(self, agreement: Agreement) -> bool:
        """Whether something newer is known of the record already."""
        return is_outdated(agreement, self.change.version, self.change.read_at, by_version=self.mapping.remote.versions)


class Taking:
    """What all that follows a change works with."""

    def __init__(self, world: World, known: Known, mappings: Sequence[SyncMapping], tools: Tools) -> None:
        """Take the working set, the snapshot behind it and the sync mappings in force."""
        self.world = world
        self.mappings = mappings
        self.tools = tools
        self.at: dict[Place, LinkId | None] = {}
        self._known = known
        self._home: dict[LinkId, Group] = {}
        self._agreements: dict[LinkId, Agreement] = {}

    def mapping_of(self, submission: Submission) -> SyncMapping | None:
        """The mapping by which a change is followed; None for what comes from a source."""
        if submission.remote is None:
            return None
        place = submission.remote.place
        mine = [each for each in self.mappings if (each.connection, each.object) == (place.connection, place.object)]
        two_way = next((each for each in mine if each.is_two_way), None)
        ends = submission.remote.sort is not ChangeSort.UPSERTED
        return two_way or next((each for each in mine if ends), None)

    def prepare(self, submissions: Sequence[Submission]) -> None:
        """Load in few queries what the batch's changes touch."""
        places: dict[Place, None] = {}
        named: dict[LinkId, None] = {}
        for submission in submissions:
            change = submission.remote
            if change is None:
                continue
            places |= dict.fromkeys([change.place, *([change.successor] if change.successor else []), *change.also])
            external = self.named_link(submission)
            named |= {external: None} if external else {}
        held = self._known.linked(list(places))
        self.at = {place: held.get(place) for place in places}
        homes = self._known.homes([*held.values(), *named])
        self.world.load(homes.values())
        for link_id, golden_id in homes.items():
            group = self.world.group(golden_id)
            if group is not None:
                self._home[link_id] = group
        self._agreements = dict(self._known.agreements(list(homes)))
        strangers = [key for each in submissions for key in self._keys_of_stranger(each)]
        self.world.load_owners([*strangers, *(key for each in submissions for key in self._keys_of_known(each))])

    def named_link(self, submission: Submission) -> LinkId | None:
        """The link whose id the record carries in the external-id field, if it does."""
        mapping = self.mapping_of(submission)
        name = submission.fields.get(mapping.external_id) if mapping is not None and mapping.external_id else None
        return LinkId(name) if isinstance(name, str) and name else None

    def _keys_of_stranger(self, submission: Submission) -> Sequence[IdentityKey]:
        mapping = self.mapping_of(submission)
        if mapping is None or submission.remote is None or self.at.get(submission.remote.place) is not None:
            return ()
        if submission.remote.sort is not ChangeSort.UPSERTED:
            return ()
        return self.keys(mapping, self.values(mapping, submission.fields, {}, fresh=submission.fields))

    def _keys_of_known(self, submission: Submission) -> Sequence[IdentityKey]:
        """What is known of the person already; most changes add no key to that, and then none is looked up alone."""
        mapping = self.mapping_of(submission)
        group = self.group(self.at.get(submission.remote.place)) if submission.remote is not None else None
        if mapping is None or group is None:
            return ()
        return self.keys(mapping, {name: Value(value.value) for name, value in group.values.items()})

    def keys(self, mapping: SyncMapping, values: Mapping[str, Value]) -> tuple[IdentityKey, ...]:
        """The identity keys of values."""
        return keys_of(mapping.subject, values, self.tools.digest)

    def group(self, link_id: LinkId | None) -> Group | None:
        """The golden record to which a link belongs now."""
        group = self._home.get(link_id) if link_id is not None else None
        return None if group is None else self.world.group(group.id)

    def agreement(self, group: Group, link: LinkWant) -> Agreement:
        """What a link knows, with what this batch has taught it."""
        known = group.agreements.get(link.id) or self._agreements.get(link.id)
        return known or Agreement(link.id, link.remote_id)

    def note(self, group: Group, link: LinkWant, agreement: Agreement, change: RemoteChange, news: News) -> None:
        """Keep what was read for the settling, which comes when all of the batch is folded."""
        theirs, fresh = group.read.setdefault(link.id, ({}, set()))
        theirs |= {**news.moved, **news.fresh, **news.rewritten}
        fresh |= set(news.fresh)
        seen = {**agreement.seen, **news.moved, **news.fresh, **news.rewritten}
        group.agreements[link.id] = replace(agreement, seen=seen, remote_id=change.place.id, seen_at=change.read_at)

    def observe(self, case: Case, group: Group, link: LinkWant, news: News) -> None:
        """Add what the record says to the golden record; a key that somebody else owns stays with them."""
        frozen = group.agreements[link.id].frozen
        told = {name: value for name, value in {**news.fresh, **news.moved}.items() if name not in frozen}
        golden = {name: value.value for name, value in group.values.items()}
        values = self.values(case.mapping, told, golden, fresh=news.fresh)
        if not values:
            return
        whole = {name: Value(value.value) for name, value in group.values.items()} | values
        keys = tuple(key for key in self.keys(case.mapping, whole) if self.world.is_free(key, group))
        at = case.moment
        earlier = [each.at for each in group.observations.values() if each.link == link.id and each.at >= at]
        at = max(earlier) + TICK if earlier else at
        group.add(self.observation(case, link, (values, keys), at))
        self.world.claim(keys, group)

    def observation(
        self,
        case: Case,
        link: LinkWant,
        said: tuple[Mapping[str, Value], tuple[IdentityKey, ...]],
        at: datetime,
    ) -> Observation:
        """What a link's record said: values and keys."""
        values, keys = said
        return Observation(
            id=ObservationId(self.tools.new_id()),
            subject=case.mapping.subject,
            observer=case.mapping.connection,
            authority=0,
            at=at,
            values=values,
            keys=keys,
            mapping=case.mapping.name,
            mapping_version=case.mapping.version,
            inbox_id=case.submission.inbox_id or None,
            link=link.id,
        )

    def values(
        self, mapping: SyncMapping, told: Mapping[str, Any], golden: Mapping[str, Any], *, fresh: Collection[str]
    ) -> dict[str, Value]:
        """What the record says about our fields, with how it counts."""
        rules = rules_of(mapping).fields
        compiled = self.tools.compiled(mapping)
        values: dict[str, Value] = {}
        for target, value in told.items():
            if target not in rules or not rules[target].reads_back:
                continue
            reading = compiled.back({target: value}, golden)
            standing = rules[target].standing
            if target in fresh and standing.policy in _FILLING:
                standing = Standing(Policy.OURS)
            values |= {name: replace(reading.traced(name), standing=standing) for name in reading.values}
        return values

    def new_link(self, place: Place, mapping: SyncMapping | None, group: Group, role: LinkRole) -> LinkWant:
        """Make a link to a record; the caller adds it to the group."""
        link = LinkWant(
            id=LinkId(self.tools.new_id()),
            golden_id=group.id,
            connection=place.connection,
            object=place.object,
            role=role,
            state=LinkState.BEHIND,
            mapping=mapping.name if mapping else "",
            mapping_version=mapping.version if mapping else "",
            wanted={},
            wanted_version=1,
            key_id=group.key_id,
            remote_id=place.id,
        )
        group.new_links.add(link.id)
        return link

    def register(self, place: Place, link_id: LinkId, group: Group) -> None:
        """The link holds this record from now on."""
        self.at[place] = link_id
        self._home[link_id] = group
        group.attached.add(link_id)
        group.altered.add(link_id)
