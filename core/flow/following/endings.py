"""The life of a record: gone, deleted, merged into another, converted; and what follows for its person."""

from __future__ import annotations

from dataclasses import replace

from core.flow.following.taking import TICK, Case, Taking
from core.flow.mapping.model import OnDelete, SyncMapping
from core.flow.world import Group
from core.model.ids import LinkId
from core.model.merges import Cause
from core.model.plan import Settled, Settlement
from core.model.records import UNREADABLE_THERE, Closed, Errand, LinkRole, LinkState, LinkWant, Policy, Standing, Value
from core.model.remote import Agreement, ChangeSort, Place, RemoteChange

_WITHDRAWN = Standing(Policy.WITHDRAWN)


class Endings:
    """Follows what became of records."""

    def __init__(self, taking: Taking) -> None:
        """Take the working set."""
        self._taking = taking

    def absent(self, case: Case, group: Group, link: LinkWant) -> Settlement:
        """Absence is no deletion: the link waits for a person, or for the record to be seen again."""
        if link.is_closed or link.role is not LinkRole.PRIMARY or case.is_outdated(self._taking.agreement(group, link)):
            return no_news(case, group)
        reason = f"The record {link.remote_id} was told of but cannot be read: hidden from our user, or just deleted."
        group.alter(replace(link, state=LinkState.PARKED, reason_code=UNREADABLE_THERE, reason=reason))
        self._taking.world.touch(group)
        return Settlement(case.submission.inbox_id, Settled.CHANGED, group.id)

    def deleted(self, case: Case, group: Group, link: LinkWant) -> Settlement:
        """Close the link, and do what the mapping says follows from a deletion; one that was told late may be undone already."""
        agreement = self._taking.agreement(group, link)
        if (link.is_closed and link.reason_code in (Closed.DELETED, Closed.DELETED_BY_US)) or case.is_outdated(agreement):
            return no_news(case, group)
        version = case.change.version or agreement.remote_version
        group.agreements[link.id] = replace(agreement, remote_version=version, frozen={}, seen_at=case.change.read_at)
        was_primary = link.role is LinkRole.PRIMARY
        by_us = link.errand in (Errand.DELETE, Errand.CONFIRMED)
        _close(group, link, Closed.DELETED_BY_US if by_us else Closed.DELETED, f"The record {case.change.place.id} was deleted there.")
        self._taking.world.touch(group)
        if was_primary and not by_us:
            self._after_deletion(case, group, link)
        return Settlement(case.submission.inbox_id, Settled.CHANGED, group.id)

    def _after_deletion(self, case: Case, group: Group, link: LinkWant) -> None:
        others = [each for each in group.links if each.id != link.id and each.role is LinkRole.PRIMARY and not each.is_closed]
        match case.mapping.on_delete:
            case OnDelete.IGNORE:
                return
            case OnDelete.UNLINK:
                self._withdraw(case, group, link)
            case OnDelete.ARCHIVE:
                for other in others:
                    _close(group, other, Closed.ARCHIVED, f"Its record in '{link.connection}' was deleted, and the mapping archives then.")
            case OnDelete.PROPAGATE:
                for other in others:
                    _doom(group, other, f"Its record in '{link.connection}' was deleted, and the mapping propagates that.")

    def _withdraw(self, case: Case, group: Group, link: LinkWant) -> None:
        said = [each for each in group.observations.values() if each.link == link.id]
        values = {name: Value(None, standing=_WITHDRAWN) for each in said for name in each.values}
        if values:
            at = max([case.moment, *(each.at + TICK for each in said)])
            group.add(self._taking.observation(case, link, (values, ()), at))

    def succeeded(self, case: Case, group: Group, link: LinkWant) -> Settlement:
        """Follow a merge or a conversion to the record that took over."""
        if case.change.successor is None:
            return self.deleted(case, group, link)
        if link.reason_code in (Closed.CONVERTED, Closed.MERGED_THERE):
            return no_news(case, group)
        is_merge = case.change.sort is ChangeSort.MERGED
        holder = self._taking.at.get(case.change.successor)
        other = self._taking.group(holder)
        if is_merge and holder is None:
            self._move(case.change.successor, group, link)
        elif other is not None and other is not group and not self._taking.world.may_join(group, other):
            reason = f"A person told it apart from {other.id}, with whose record {case.change.successor.id} it was made one there."
            _close(group, link, Closed.MERGED_THERE, reason)
        else:
            role = LinkRole.SECONDARY if is_merge else LinkRole.PREDECESSOR
            what = "merged" if is_merge else "converted"
            reason = f"The record {case.change.place.id} was {what} into {case.change.successor.object} {case.change.successor.id}."
            _close(group, replace(link, role=role), Closed.MERGED_THERE if is_merge else Closed.CONVERTED, reason)
            if other is not None and other is not group:
                group = self._joined(case, group, other)
            elif holder is None:
                self._convert(case.change.successor, group)
            if holder is not None:
                self._lead(group, holder)
        self._relate(case.change, group)
        self._taking.world.touch(group)
        return Settlement(case.submission.inbox_id, Settled.CHANGED, group.id)

    def _joined(self, case: Case, one: Group, other: Group) -> Group:
        """Whoever is one record there is one person here; the older golden record stays."""
        place, successor = case.change.place, case.change.successor
        assert successor is not None
        why = f"The {place.object} {place.id} became one with {successor.object} {successor.id} there."
        cause = Cause(f"crm:{place.connection}", why, case.submission.inbox_id)
        survivor, loser = (one, other) if one.id < other.id else (other, one)
        self._taking.world.merge(loser, survivor, cause)
        return survivor

    def _lead(self, group: Group, link_id: LinkId) -> None:
        """The link that holds the successor is the one that is written, if no other is."""
        link = group.link(link_id)
        first = group.primary(link.connection, link.object)
        if (
            link.role is LinkRole.SECONDARY
            and (link.reason_code == Closed.DOUBLE or link.is_merged_here)
            and (first is None or first.is_closed)
        ):
            if first is not None:
                group.alter(replace(first, role=LinkRole.SECONDARY))
            group.alter(replace(link, role=LinkRole.PRIMARY, state=LinkState.BEHIND, reason_code=None, reason=None, errand=None))
            group.agreements[link.id] = self._taking.agreement(group, link)

    def _move(self, successor: Place, group: Group, link: LinkWant) -> None:
        """The link goes on with the surviving record, of which nothing was agreed yet."""
        agreement = self._taking.agreement(group, link)
        group.alter(replace(link, remote_id=successor.id, state=_open_state(link)))
        group.agreements[link.id] = Agreement(link.id, successor.id, version=agreement.version)
        group.read.pop(link.id, None)
        self._taking.at[Place(link.connection, link.object, str(link.remote_id))] = None
        self._taking.register(successor, link.id, group)

    def _convert(self, successor: Place, group: Group) -> None:
        """A primary link takes over, the one that waits for such a record or a new one."""
        waiting = group.primary(successor.connection, successor.object)
        if waiting is not None and waiting.remote_id is None and not waiting.is_closed:
            group.alter(replace(waiting, remote_id=successor.id, state=_open_state(waiting)))
            group.agreements[waiting.id] = replace(self._taking.agreement(group, waiting), remote_id=successor.id)
            self._taking.register(successor, waiting.id, group)
            return
        mapping = next((m for m in self._taking.mappings if (m.connection, m.object) == (successor.connection, successor.object)), None)
        role = LinkRole.PRIMARY if waiting is None else LinkRole.SECONDARY
        self._add_related(successor, group, mapping, role)

    def _relate(self, change: RemoteChange, group: Group) -> None:
        """Tie the other records that a conversion made; those that somebody holds already (a common account) are left to them."""
        for place in change.also:
            if self._taking.at.get(place) is None:
                self._add_related(place, group, None, LinkRole.SECONDARY)

    def _add_related(self, place: Place, group: Group, mapping: SyncMapping | None, role: LinkRole) -> None:
        link = self._taking.new_link(place, mapping, group, role)
        if role is LinkRole.SECONDARY or mapping is None:
            reason = f"A conversion made this {place.object}; it is not written from here."
            link = replace(link, state=LinkState.NOT_WANTED, reason_code=Closed.CONVERTED_INTO, reason=reason)
        group.links.append(link)
        self._taking.register(place, link.id, group)
        group.agreements[link.id] = Agreement(link.id, place.id)


def _open_state(link: LinkWant) -> LinkState:
    return link.state if link.state is LinkState.NOT_WANTED else LinkState.BEHIND


def _close(group: Group, link: LinkWant, why: Closed, reason: str) -> None:
    group.alter(replace(link, state=LinkState.NOT_WANTED, reason_code=why, reason=reason, errand=None))


def _doom(group: Group, link: LinkWant, reason: str) -> None:
    if link.remote_id is None:
        _close(group, link, Closed.ARCHIVED, reason)
    else:
        group.alter(replace(link, state=LinkState.BEHIND, reason_code="to_delete", reason=reason, errand=Errand.DELETE))


def no_news(case: Case, group: Group) -> Settlement:
    """Nothing follows."""
    return Settlement(case.submission.inbox_id, Settled.NO_NEWS, group.id)
