"""Both books of the ledger, counted in the database, and the cross-checks that can show them wrong.

Intake: what was acknowledged (counted beside the inbox) against what became of it. Delivery: golden records times
mappings against the links there are, and each link's state against what the state promises.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from core.store.commands.upsert import table_of
from core.store.queries.ledger_checks import SyncTarget, delivery_discrepancies, intake_discrepancies
from core.store.store import Snapshot
from core.store.tables import Inbox, IntakeTotal, LinkRow

__all__ = ["DeliveryBook", "IntakeBook", "Ledger", "SyncTarget", "read_ledger"]

_WAITING = ("ready", "to_read")
_DONE = ("new", "merged", "test", "changed", "no_news")


@dataclass(frozen=True, slots=True)
class IntakeBook:
    """What became of the submissions that a connection acknowledged."""

    connection: str
    acknowledged: int
    new: int = 0
    merged: int = 0
    duplicates: int = 0
    test: int = 0
    changed: int = 0
    no_news: int = 0
    waiting: int = 0
    quarantined: int = 0
    erased: int = 0
    quarantined_by_reason: dict[str, int] = field(default_factory=dict)

    @property
    def accounted(self) -> int:
        """The sum that must equal `acknowledged`."""
        return (
            self.new
            + self.merged
            + self.duplicates
            + self.test
            + self.changed
            + self.no_news
            + self.waiting
            + self.quarantined
            + self.erased
        )


@dataclass(frozen=True, slots=True)
class DeliveryBook:
    """Where the links of a connection's object stand; those that wait, are parked or not wanted are told by reason too."""

    connection: str
    object: str
    links: int
    level: int = 0
    waiting: int = 0
    parked: int = 0
    not_wanted: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def accounted(self) -> int:
        """The sum that must equal `links`."""
        return self.level + self.waiting + self.parked + self.not_wanted


@dataclass(frozen=True, slots=True)
class Ledger:
    """The account of every lead in one workspace; balanced when no discrepancy was found."""

    workspace: str
    intake: tuple[IntakeBook, ...]
    delivery: tuple[DeliveryBook, ...]
    discrepancies: tuple[str, ...]

    @property
    def balanced(self) -> bool:
        """Whether both books agree with themselves and with each other."""
        return not self.discrepancies


def read_ledger(snapshot: Snapshot, targets: Sequence[SyncTarget]) -> Ledger:
    """Count both books; `targets` are the objects that the sync mappings in force write."""
    intake, delivery = _intake(snapshot), _delivery(snapshot)
    discrepancies = [
        f"Intake of '{book.connection}': {book.acknowledged} acknowledged, but {book.accounted} accounted for."
        for book in intake
        if book.acknowledged != book.accounted
    ]
    discrepancies += [
        f"Delivery to '{book.connection}' {book.object}: {book.links} links, but {book.accounted} in a known state."
        for book in delivery
        if book.links != book.accounted
    ]
    discrepancies += intake_discrepancies(snapshot)
    discrepancies += delivery_discrepancies(snapshot, targets)
    return Ledger(snapshot.workspace, tuple(intake), tuple(delivery), tuple(discrepancies))


def _intake(snapshot: Snapshot) -> list[IntakeBook]:
    totals, inbox = table_of(IntakeTotal), table_of(Inbox)
    acknowledged = {
        row.connection: int(row.acknowledged) for row in snapshot.all(select(totals).where(totals.c.workspace == snapshot.workspace))
    }
    rows = snapshot.all(
        select(inbox.c.connection, inbox.c.state, inbox.c.outcome, inbox.c.reason_code, func.count(), func.sum(inbox.c.duplicates))
        .where(inbox.c.workspace == snapshot.workspace)
        .group_by(inbox.c.connection, inbox.c.state, inbox.c.outcome, inbox.c.reason_code)
    )
    counts: dict[str, Counter[str]] = {connection: Counter() for connection in acknowledged}
    reasons: dict[str, Counter[str]] = {connection: Counter() for connection in acknowledged}
    for connection, state, outcome, reason, rows_there, duplicates in rows:
        tally = counts.setdefault(connection, Counter())
        tally["duplicates"] += int(duplicates or 0)
        tally[_column_of(state, outcome)] += rows_there
        if state == "quarantined":
            reasons.setdefault(connection, Counter())[reason or "no reason"] += rows_there
    return [
        IntakeBook(
            connection=name,
            acknowledged=acknowledged.get(name, 0),
            quarantined_by_reason=dict(sorted(reasons.get(name, Counter()).items())),
            **{column: counts[name][column] for column in (*_DONE, "duplicates", "waiting", "quarantined", "erased")},
        )
        for name in sorted(counts)
    ]


def _column_of(state: str, outcome: str | None) -> str:
    if state in _WAITING:
        return "waiting"
    if state == "done" and outcome in _DONE:
        return str(outcome)
    return state if state in ("quarantined", "erased") else "unknown"


def _delivery(snapshot: Snapshot) -> list[DeliveryBook]:
    link = table_of(LinkRow)
    rows = snapshot.all(
        select(link.c.connection, link.c.object, link.c.state, link.c.reason_code, func.count())
        .where(link.c.workspace == snapshot.workspace)
        .group_by(link.c.connection, link.c.object, link.c.state, link.c.reason_code)
    )
    counts: dict[tuple[str, str], Counter[str]] = {}
    reasons: dict[tuple[str, str], Counter[str]] = {}
    for connection, object_name, state, reason, links in rows:
        tally = counts.setdefault((connection, object_name), Counter())
        tally["links"] += links
        tally["waiting" if state in ("behind", "pending") else state] += links
        if reason is not None and state != "level":
            reasons.setdefault((connection, object_name), Counter())[reason] += links
    return [
        DeliveryBook(
            connection=place[0],
            object=place[1],
            reasons=dict(sorted(reasons.get(place, Counter()).items())),
            **{column: counts[place][column] for column in ("links", "level", "waiting", "parked", "not_wanted")},
        )
        for place in sorted(counts)
    ]
