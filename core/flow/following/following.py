"""Each change of a followed record to whoever knows what it means; and the plain case, a record as it is now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from core.flow.agreement.compare import conflicts, count_bounces, read
from core.flow.agreement.rules import Rules
from core.flow.following.endings import Endings, no_news
from core.flow.following.meeting import Meeting
from core.flow.following.taking import TICK, Case, Taking, Tools
from core.flow.mapping.model import SyncMapping
from core.flow.reconcile.lines import rules_of
from core.flow.world import Group, World
from core.model.plan import Known, Settled, Settlement, Submission
from core.model.records import Closed, LinkRole, LinkState, LinkWant, Policy, Standing
from core.model.remote import Agreement, ChangeSort, Frozen, RemoteChange


class Following:
    """Carries the changes of a batch into the world. `prepare` first, then `take` each in the order of arrival."""

    def __init__(self, world: World, known: Known, mappings: Sequence[SyncMapping], tools: Tools) -> None:
        """Take the working set, the snapshot behind it and the sync mappings in force."""
        self._taking = Taking(world, known, mappings, tools)
        self._meeting = Meeting(self._taking)
        self._endings = Endings(self._taking)

    def mapping_of(self, submission: Submission) -> SyncMapping | None:
        """The mapping by which a change is followed; None for what comes from a source."""
        return self._taking.mapping_of(submission)

    def prepare(self, submissions: Sequence[Submission]) -> None:
        """Load in few queries what the batch's changes touch."""
        self._taking.prepare(submissions)

    def take(self, submission: Submission, change: RemoteChange, mapping: SyncMapping) -> Settlement:
        """Take one change in."""
        case = Case(submission, change, mapping)
        link_id = self._taking.at.get(case.change.place)
        group = self._taking.group(link_id)
        if link_id is None or group is None:
            return self._meeting.meet(case)
        link = group.link(link_id)
        match case.change.sort:
            case ChangeSort.UPSERTED:
                return self._follow(case, group, link)
            case ChangeSort.HELD:
                return self._held(case, group, link)
            case ChangeSort.DELETED:
                return self._endings.deleted(case, group, link)
            case ChangeSort.ABSENT:
                return self._endings.absent(case, group, link)
            case ChangeSort.MERGED | ChangeSort.CONVERTED:
                return self._endings.succeeded(case, group, link)

    def _follow(self, case: Case, group: Group, link: LinkWant) -> Settlement:
        agreement = self._taking.agreement(group, link)
        returned = link.reason_code == Closed.DELETED and link.errand is None
        if (link.is_closed and not returned) or link.role is not LinkRole.PRIMARY or case.is_outdated(agreement):
            return no_news(case, group)
        if returned:
            link = replace(link, state=LinkState.BEHIND, reason_code=None, reason=None)
            group.alter(link)
        rules = rules_of(case.mapping)
        news = read(_as_read(agreement, group, rules), case.submission.fields, rules)
        if news.moved and _is_too_early(case.change, agreement, case.mapping):
            settle = timedelta(seconds=case.mapping.remote.settle)
            again_at = (agreement.sent_at or case.change.read_at) + settle
            return Settlement(case.submission.inbox_id, Settled.AGAIN, group.id, native_id=case.change.place.id, again_at=again_at)
        agreement = count_bounces(agreement, news.moved, case.change.read_at)
        if rules.hold:
            held = dict.fromkeys(conflicts(agreement, news.moved, link.wanted, rules), Frozen.HELD)
            agreement = replace(agreement, frozen={**agreement.frozen, **held})
        agreement = replace(agreement, remote_version=case.change.version or agreement.remote_version)
        self._taking.note(group, link, agreement, case.change, news)
        self._taking.world.touch(group)
        self._taking.observe(case, group, link, news)
        return Settlement(case.submission.inbox_id, Settled.CHANGED if news or returned else Settled.NO_NEWS, group.id)

    def _held(self, case: Case, group: Group, link: LinkWant) -> Settlement:
        """A person says what the fields shall be: that goes into the golden record, and from there to all sides."""
        told, agreement = case.submission.fields, self._taking.agreement(group, link)
        golden = {name: value.value for name, value in group.values.items()}
        values = self._taking.values(case.mapping, told, golden, fresh=())
        held = {name: replace(value, standing=Standing(Policy.HELD)) for name, value in values.items()}
        group.agreements[link.id] = replace(
            agreement,
            sent={name: value for name, value in agreement.sent.items() if name not in told},
            diverged=tuple(name for name in agreement.diverged if name not in told),
            frozen={name: why for name, why in agreement.frozen.items() if name not in told},
            bounces={name: times for name, times in agreement.bounces.items() if name not in told},
        )
        theirs, _ = group.read.setdefault(link.id, ({}, set()))
        rules, seen = rules_of(case.mapping), agreement.seen
        theirs |= {name: seen[name] for name, value in told.items() if name in seen and rules.same(name, value, seen[name])}
        if held:
            latest = max((each.at for each in group.observations.values()), default=case.moment)
            group.add(replace(self._taking.observation(case, link, (held, ()), max(case.moment, latest + TICK)), link=None))
        self._taking.world.touch(group)
        return Settlement(case.submission.inbox_id, Settled.CHANGED, group.id)


def _as_read(agreement: Agreement, group: Group, rules: Rules) -> Agreement:
    """What was read earlier in the same batch is not settled yet: only what agreed with it counts as sent."""
    theirs, _ = group.read.get(agreement.link_id, ({}, set()))
    sent = {name: value for name, value in agreement.sent.items() if name not in theirs or rules.same(name, value, theirs[name])}
    return replace(agreement, sent=sent)


def _is_too_early(change: RemoteChange, agreement: Agreement, mapping: SyncMapping) -> bool:
    """Whether the reading may still show what stood there before our own write."""
    return agreement.sent_at is not None and change.read_at < agreement.sent_at + timedelta(seconds=mapping.remote.settle)
