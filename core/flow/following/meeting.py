"""A record that we do not know yet: recognised, taken as somebody new, or nobody of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.flow.agreement.compare import read
from core.flow.following.taking import Case, Taking
from core.flow.reconcile.lines import rules_of
from core.flow.world import Group
from core.model.ids import GoldenId, InboxId
from core.model.plan import Settled, Settlement
from core.model.records import Closed, LinkRole, LinkState, LinkWant, Observation
from core.model.remote import ChangeSort


class Meeting:
    """Meets records of followed objects."""

    def __init__(self, taking: Taking) -> None:
        """Take the working set."""
        self._taking = taking

    def meet(self, case: Case) -> Settlement:
        """Say who a record is: by our id that it carries, by its identity keys, or somebody new."""
        if case.change.sort is not ChangeSort.UPSERTED:
            return Settlement(case.submission.inbox_id, Settled.NO_NEWS)
        named = self._taking.named_link(case.submission)
        group = self._taking.group(named)
        if named is not None and group is not None:
            link = group.link(named)
            if link.remote_id is None and not link.is_closed:
                return self._attached(case, group, replace(link, remote_id=case.change.place.id))
        values = self._taking.values(case.mapping, case.submission.fields, {}, fresh=case.submission.fields)
        keys = self._taking.keys(case.mapping, values)
        owners = self._taking.world.owners(keys)
        if len(owners) > 1:
            self._set_aside(case, owners)
            ours = f"{len(owners)} of ours: {', '.join(owners)}"
            reason = f"The record {case.change.place.id} could be any of {ours}. Merge or correct, then replay."
            return Settlement(case.submission.inbox_id, Settled.QUARANTINED, None, "ambiguous", reason)
        owner = self._taking.world.group(owners[0]) if owners else None
        if owner is not None:
            return self._recognised(case, owner)
        return self._stranger(case, is_somebody=bool(keys))

    def _set_aside(self, case: Case, owners: Sequence[GoldenId]) -> None:
        """Whoever it is has a record there already: none of them gets another one before a person has looked."""
        for owner in owners:
            group = self._taking.world.group(owner)
            link = group.primary(case.mapping.connection, case.mapping.object) if group is not None else None
            if group is not None and link is not None and link.remote_id is None and link.state is LinkState.BEHIND:
                reason = f"The record {case.change.place.id} there could be this person or another of ours."
                group.alter(replace(link, state=LinkState.PARKED, reason_code="ambiguous", reason=reason))
                self._taking.world.touch(group)

    def _stranger(self, case: Case, *, is_somebody: bool) -> Settlement:
        observed = self._taking.tools.observe(case.submission)
        if isinstance(observed, Observation):
            return self._told(case, observed)
        if observed is not None:
            return observed
        if not case.mapping.take_new or not is_somebody:
            return Settlement(case.submission.inbox_id, Settled.NO_NEWS)
        return self._born(case)

    def _told(self, case: Case, observed: Observation) -> Settlement:
        """An inbound mapping reads this object as a source, too: it says who that is."""
        settlement = self._taking.world.place(case.submission.inbox_id, observed)
        group = self._taking.world.group(settlement.golden_id) if settlement.golden_id else None
        if group is not None:
            self._recognised(replace(case, submission=replace(case.submission, inbox_id=InboxId(0))), group)
        return settlement

    def _recognised(self, case: Case, group: Group) -> Settlement:
        link = group.primary(case.mapping.connection, case.mapping.object)
        if link is not None and link.remote_id is None and not link.is_closed:
            return self._attached(case, group, replace(link, remote_id=case.change.place.id))
        if link is not None:
            reason = f"There is another record of this person there ({link.remote_id}); that one is written."
            double = self._taking.new_link(case.change.place, case.mapping, group, LinkRole.SECONDARY)
            group.links.append(replace(double, state=LinkState.NOT_WANTED, reason_code=Closed.DOUBLE, reason=reason))
            self._taking.register(case.change.place, double.id, group)
            self._taking.world.touch(group)
            return Settlement(case.submission.inbox_id, Settled.CHANGED, group.id)
        link = self._taking.new_link(case.change.place, case.mapping, group, LinkRole.PRIMARY)
        group.links.append(link)
        return self._attached(case, group, link)

    def _born(self, case: Case) -> Settlement:
        group = self._taking.world.new_group()
        settlement = Settlement(case.submission.inbox_id, Settled.NEW, group.id)
        group.born_of = settlement
        link = self._taking.new_link(case.change.place, case.mapping, group, LinkRole.PRIMARY)
        group.links.append(link)
        self._attached(case, group, link)
        return settlement

    def _attached(self, case: Case, group: Group, link: LinkWant) -> Settlement:
        """The link holds this record from now on; nothing about it was agreed before."""
        if link.id not in group.new_links:
            group.alter(replace(link, state=LinkState.BEHIND, reason_code=None, reason=None))
        self._taking.register(case.change.place, link.id, group)
        agreement = replace(self._taking.agreement(group, link), remote_id=case.change.place.id, remote_version=case.change.version)
        news = read(agreement, case.submission.fields, rules_of(case.mapping))
        self._taking.note(group, link, agreement, case.change, news)
        self._taking.world.touch(group)
        self._taking.observe(case, group, link, news)
        return Settlement(case.submission.inbox_id, Settled.CHANGED, group.id)
