"""What a delivery pass works with: its target, its tally, and the links on their way through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.contract import Change, Clear, ConnectorError, NativeId, ObjectFacts, ObjectName, Ref, Write
from core.flow.agreement.compare import agree, difference
from core.flow.agreement.rules import Rules
from core.flow.delivery.policy import RetryPolicy
from core.flow.mapping.model import Group
from core.model.records import Scalar
from core.model.vocabulary import Subject
from core.store.queries.delivery import DueLink


@dataclass(frozen=True, slots=True)
class SafetyStop:
    """A run that would delete or blank more than this share of an object's records asks first; so many are never too many."""

    share: float = 0.05
    at_least: int = 10

    def holds_back(self, count: int, of: int) -> bool:
        """Whether so many of so many are too many to go on without asking."""
        return count > max(self.at_least, self.share * of)


@dataclass(frozen=True, slots=True)
class Target:
    """One object of one connection, the mapping that fills it, and the opened connector.

    `find_sizes`: matches a call at most, by the objects of the group's members.
    """

    connection: str
    object: str
    external_id: str | None
    match: tuple[str, ...]
    rules: Rules
    facts: ObjectFacts
    find_lag: float
    connector: Any
    stop: SafetyStop
    subject: Subject = Subject.LEAD
    group: Group = field(default_factory=Group)
    find_sizes: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_two_way(self) -> bool:
        """Whether some field is read back."""
        return any(rule.reads_back for rule in self.rules.fields.values())


@dataclass(frozen=True, slots=True)
class Hands:
    """What a pass borrows: the clock, ids, the retry schedule, and the lease it works under."""

    lane: str
    token: int
    run_id: str
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    renew: Callable[[], None]
    retry: RetryPolicy
    decide_lane: str


@dataclass(slots=True)
class Tally:
    """What a pass did, by outcome; and the error that ended it, if one did."""

    counts: dict[str, int] = field(default_factory=dict)
    error: ConnectorError | None = None

    def add(self, name: str, by: int = 1) -> None:
        """Count."""
        self.counts[name] = self.counts.get(name, 0) + by


@dataclass(frozen=True, slots=True)
class Job:
    """A link and the write that brings it level. What it `forgets` when it is refused is looked for anew next time."""

    link: DueLink
    write: Write
    forgets: str | None = None


def adopted(link: DueLink, change: Change, rules: Rules, now: datetime) -> DueLink:
    """The link after it took an existing record over, with everything still to be written in its difference."""
    theirs = {name: change.fields[name] for name in rules.fields if name in change.fields}
    blank = replace(link.agreement, remote_id=change.id, remote_version=change.version, sent={}, seen={}, diverged=(), seen_at=now)
    return replace(link, agreement=agree(blank, link.wanted, theirs, theirs, rules), intent_at=None)


def fields_to_write(link: DueLink, target: Target, *, by_match: bool) -> dict[str, Scalar]:
    """The minimal difference; with it the link's own id where the record does not carry it yet."""
    fields = difference(link.agreement, link.wanted, target.rules)
    name = target.external_id
    if fields and name and not by_match and link.agreement.sent.get(name) != link.id:
        fields[name] = link.id
    return fields


def vendor_values(fields: Mapping[str, Scalar], rules: Rules) -> dict[str, Any]:
    """Turn empty values into the contract's Clear, and ties into its Ref."""
    return {name: _vendor_value(name, value, rules) for name, value in fields.items()}


def _vendor_value(name: str, value: Scalar, rules: Rules) -> Any:
    if value is None:
        return Clear()
    return Ref(ObjectName(rules.related[name]), NativeId(str(value))) if name in rules.related else value
