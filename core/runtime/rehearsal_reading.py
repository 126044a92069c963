"""The first half of a rehearsal: what the running and the edited mappings make of each stored submission."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.flow.mapping.rehearsal import MappingTally
from core.flow.pipeline import Means, Rules, observe
from core.model.ids import GoldenId, InboxId
from core.model.plan import Settlement, Submission
from core.model.records import Observation
from core.store.queries.decision import UNREADABLE
from core.store.queries.recent import Decided

_REASONS = 3
"""Different reasons kept per code."""


@dataclass(slots=True)
class Verdict:
    """Records that the edited mappings refuse and the running ones take, or the other way round, by mapping and reason code.

    `in_quarantine` of them belong to nobody now.
    """

    mapping: str
    reason_code: str
    count: int
    reasons: list[str]
    records: list[str]
    in_quarantine: int = 0


@dataclass(slots=True)
class ConsentTally:
    """How answers about a purpose change."""

    granted: int = 0
    withdrawn: int = 0
    unsaid: int = 0


class Reading:
    """What the two sets of mappings make of each submission. Memory grows with the submissions that differ."""

    def __init__(self, running: Rules, edited: Rules, means: Means) -> None:
        """Take both sets; nothing is looked at yet."""
        self.means = means
        self.edited = edited
        self._running = running
        self.looked_at = 0
        self.unreadable = 0
        self.other_identity = 0
        self.oldest: datetime | None = None
        self.changed: set[InboxId] = set()
        self.inbound: dict[str, MappingTally] = {}
        self.consents: dict[str, ConsentTally] = {}
        self.refused: dict[tuple[str, str], Verdict] = {}
        self.accepted: dict[tuple[str, str], Verdict] = {}
        self.members: dict[GoldenId, list[InboxId]] = {}
        self.instead: dict[InboxId, Observation | None] = {}
        """What the edited mappings say in place of what was said: nothing where they refuse the submission."""
        self.added: dict[InboxId, Observation] = {}
        """Submissions that belong to nobody now and would be taken."""

    def look_at(self, decided: Decided) -> None:
        """Read one submission by both and keep what differs; one that does not open any more is counted only."""
        submission = decided.submission
        if submission.flag == UNREADABLE:
            self.unreadable += 1
            return
        self.looked_at += 1
        self.oldest = submission.received_at
        if decided.golden_id is not None:
            self.members.setdefault(decided.golden_id, []).append(submission.inbox_id)
        was, will = (rules.inbound_for(submission.connection, submission.object) for rules in (self._running, self.edited))
        if will is not None:
            self._tally(will.name).records += 1
        if (was and (was.name, was.version)) != (will and (will.name, will.version)):
            self._compare(decided, submission)

    def _compare(self, decided: Decided, submission: Submission) -> None:
        before, after = (observe(submission, rules, self.means) for rules in (self._running, self.edited))
        if isinstance(before, Settlement):
            if isinstance(after, Observation):
                self._accept(decided, before, after)
        elif isinstance(after, Settlement):
            _judge(self.refused, after, before.mapping)
            self._change(submission.inbox_id, before.mapping)
            self.instead[submission.inbox_id] = None
        elif self._differs(submission.inbox_id, before, after):
            self._change(submission.inbox_id, after.mapping)
            self.instead[submission.inbox_id] = after

    def _accept(self, decided: Decided, before: Settlement, after: Observation) -> None:
        _judge(self.accepted, before, after.mapping).in_quarantine += decided.golden_id is None
        self._change(decided.submission.inbox_id, after.mapping)
        if decided.golden_id is None:
            self.added[decided.submission.inbox_id] = after
        else:
            self.instead[decided.submission.inbox_id] = after

    def _differs(self, inbox_id: InboxId, before: Observation, after: Observation) -> bool:
        values = [{name: value.value for name, value in each.values.items()} for each in (before, after)]
        moved = self._tally(after.mapping).compare(f"inbox:{inbox_id}", *values)
        said = self._consent(before, after)
        self.other_identity += set(before.keys) != set(after.keys)
        told = [(each.authority, each.subject, set(each.keys)) for each in (before, after)]
        return moved or said or told[0] != told[1]

    def _consent(self, before: Observation, after: Observation) -> bool:
        was, will = ({entry.purpose: entry.granted for entry in each.consents} for each in (before, after))
        for purpose in sorted({*was, *will}):
            if was.get(purpose) != will.get(purpose):
                name = "unsaid" if purpose not in will else "granted" if will[purpose] else "withdrawn"
                tally = self.consents.setdefault(purpose, ConsentTally())
                setattr(tally, name, getattr(tally, name) + 1)
        return was != will

    def _change(self, inbox_id: InboxId, mapping: str) -> None:
        self.changed.add(inbox_id)
        self._tally(mapping).changed += 1

    def _tally(self, mapping: str) -> MappingTally:
        return self.inbound.setdefault(mapping, MappingTally(mapping))


def _judge(verdicts: dict[tuple[str, str], Verdict], settlement: Settlement, mapping: str) -> Verdict:
    code, reason = settlement.reason_code or "", settlement.reason or ""
    found = verdicts.setdefault((mapping, code), Verdict(mapping, code, 0, [], []))
    found.count += 1
    if len(found.reasons) < _REASONS and reason not in found.reasons:
        found.reasons.append(reason)
        found.records.append(f"inbox:{settlement.inbox_id}")
    return found
