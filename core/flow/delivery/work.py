"""What a delivery pass works with: its target, its tally, and the links on their way through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.contract import ConnectorError, ObjectFacts, Write
from core.flow.delivery.compare import Adoption, difference
from core.flow.delivery.policy import RetryPolicy
from core.model.records import Scalar
from core.store.queries.delivery import DueLink


@dataclass(frozen=True, slots=True)
class Target:
    """One object of one connection, the mapping that fills it, and the opened connector."""

    connection: str
    object: str
    external_id: str | None
    match: tuple[str, ...]
    fill: bool
    ours_win: bool
    facts: ObjectFacts
    find_lag: float
    connector: Any


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
    """A link and the write that brings it level."""

    link: DueLink
    write: Write


def with_adoption(link: DueLink, remote_id: str, version: str | None, adoption: Adoption) -> DueLink:
    """The link after it adopted an existing record, with everything still to be written in its difference."""
    return replace(
        link,
        remote_id=remote_id,
        remote_version=version,
        sent=adoption.sent,
        seen=adoption.seen,
        diverged=adoption.diverged,
        intent_at=None,
    )


def fields_to_write(link: DueLink, external_id: str | None, *, by_match: bool) -> dict[str, Scalar]:
    """The minimal difference; with it the link's own id where the record does not carry it yet."""
    fields = difference(link.wanted, link.sent)
    if fields and external_id and not by_match and link.sent.get(external_id) != link.id:
        fields[external_id] = link.id
    return fields


def vendor_values(fields: Mapping[str, Scalar], clear: Any) -> dict[str, Any]:
    """Turn empty values into the contract's Clear."""
    return {name: clear if value is None else value for name, value in fields.items()}
