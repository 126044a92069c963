"""The ledger's cross-checks: claims that rows make about each other, each of which can turn out false."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from core.store.commands.upsert import table_of
from core.store.store import Snapshot
from core.store.tables import GoldenRow, Inbox, LinkRow, ObservationRow

NAMED = 5
"""How many ids a message names before it only counts."""


@dataclass(frozen=True, slots=True)
class SyncTarget:
    """What a sync mapping in force writes: one link per active golden record of the subject, unless its record was converted."""

    mapping: str
    subject: str
    connection: str
    object: str


def intake_discrepancies(snapshot: Snapshot) -> list[str]:
    """What the inbox claims and the rest of the store does not bear out."""
    return [message for check in (_unknown_ends, _observed_once, _at_home, _born_once, _inbox_without_next) for message in check(snapshot)]


def delivery_discrepancies(snapshot: Snapshot, targets: Sequence[SyncTarget]) -> list[str]:
    """What the links claim and the golden records or their own columns do not bear out."""
    found = [message for target in targets for message in _one_primary(snapshot, target)]
    return found + [
        message for check in (_links_at_home, _links_without_next, _links_without_reason, _false_level) for message in check(snapshot)
    ]


def _unknown_ends(snapshot: Snapshot) -> Iterator[str]:
    inbox = table_of(Inbox)
    known = inbox.c.state.in_(("ready", "to_read", "quarantined", "erased"))
    settled = (inbox.c.state == "done") & inbox.c.outcome.in_(("new", "merged", "test", "changed", "no_news"))
    ids = snapshot.all(select(inbox.c.id).where(inbox.c.workspace == snapshot.workspace, ~known, inbox.c.outcome.is_(None) | ~settled))
    yield from _say(ids, "inbox:", "submissions ended in no way that the ledger knows")
    unreasoned = (inbox.c.state == "quarantined") & inbox.c.reason_code.is_(None)
    ids = snapshot.all(select(inbox.c.id).where(inbox.c.workspace == snapshot.workspace, unreasoned))
    yield from _say(ids, "inbox:", "submissions are in quarantine without a reason")


def _observed_once(snapshot: Snapshot) -> Iterator[str]:
    """A placed submission has one observation, and both name the same golden record."""
    inbox, observation = table_of(Inbox), table_of(ObservationRow)
    seen = _tally(snapshot, observation.c.inbox_id, func.min(observation.c.golden_id).label("golden_id"))
    joined = inbox.outerjoin(seen, seen.c.inbox_id == inbox.c.id)
    placed = select(inbox.c.id).select_from(joined).where(inbox.c.workspace == snapshot.workspace, *_placed(inbox)).order_by(inbox.c.id)
    ids = snapshot.all(placed.where(func.coalesce(seen.c.count, 0) != 1))
    yield from _say(ids, "inbox:", "submissions count as new or merged but do not have exactly one observation")
    ids = snapshot.all(placed.where(seen.c.count == 1, inbox.c.golden_id.is_distinct_from(seen.c.golden_id)))
    yield from _say(ids, "inbox:", "submissions name another golden record than their observation does")


def _tally(snapshot: Snapshot, column: Any, *more: Any, where: Any = True) -> Any:
    """Count the rows per value of a column, as a subquery to join.

    Joining the tables themselves would be quadratic: `workspace` leads every key, so SQLite prefers a key of which only
    the workspace is given to an index that it would have to build.
    """
    table = column.table
    here = (table.c.workspace == snapshot.workspace) & column.is_not(None)
    return select(column, func.count().label("count"), *more).where(here, where).group_by(column).subquery()


def _placed(inbox: Any) -> tuple[Any, ...]:
    return inbox.c.state == "done", inbox.c.outcome.in_(("new", "merged"))


def _at_home(snapshot: Snapshot) -> Iterator[str]:
    """A placed submission belongs to a golden record that is active."""
    inbox, golden = table_of(Inbox), table_of(GoldenRow)
    homes = inbox.outerjoin(golden, (golden.c.workspace == inbox.c.workspace) & (golden.c.id == inbox.c.golden_id))
    lost = snapshot.all(
        select(inbox.c.id, golden.c.merged_into)
        .select_from(homes)
        .where(inbox.c.workspace == snapshot.workspace, *_placed(inbox), golden.c.state.is_distinct_from("active"))
    )
    homeless = [row for row in lost if not _ends_active(snapshot, row.merged_into)]
    yield from _say(homeless, "inbox:", "submissions belong to no active golden record")


def _ends_active(snapshot: Snapshot, golden_id: str | None) -> bool:
    golden = table_of(GoldenRow)
    seen: set[str] = set()
    while golden_id is not None and golden_id not in seen:
        seen.add(golden_id)
        row = snapshot.first(
            select(golden.c.state, golden.c.merged_into).where(golden.c.workspace == snapshot.workspace, golden.c.id == golden_id)
        )
        if row is None or row.state == "active":
            return row is not None
        golden_id = row.merged_into
    return False


def _born_once(snapshot: Snapshot) -> Iterator[str]:
    """Every submission that counts as new gave birth to one golden record, and every golden record to be born names one."""
    inbox, golden = table_of(Inbox), table_of(GoldenRow)
    is_new = (inbox.c.state == "done") & (inbox.c.outcome == "new")
    births = _tally(snapshot, golden.c.born_of)
    born = inbox.outerjoin(births, births.c.born_of == inbox.c.id)
    ids = snapshot.all(
        select(inbox.c.id)
        .select_from(born)
        .where(inbox.c.workspace == snapshot.workspace, is_new, func.coalesce(births.c.count, 0) != 1)
        .order_by(inbox.c.id)
    )
    yield from _say(ids, "inbox:", "submissions count as new but did not give birth to exactly one golden record")
    parents = golden.outerjoin(inbox, (inbox.c.id == golden.c.born_of) & is_new)
    ids = snapshot.all(
        select(golden.c.id)
        .select_from(parents)
        .where(golden.c.workspace == snapshot.workspace, golden.c.state.in_(("active", "merged")), inbox.c.id.is_(None))
    )
    yield from _say(ids, "", "golden records were born of no submission that counts as new")


def _inbox_without_next(snapshot: Snapshot) -> Iterator[str]:
    inbox = table_of(Inbox)
    ids = snapshot.all(
        select(inbox.c.id).where(
            inbox.c.workspace == snapshot.workspace, inbox.c.state.in_(("ready", "to_read")), inbox.c.next_at.is_(None)
        )
    )
    yield from _say(ids, "inbox:", "submissions wait without a next action")


def _one_primary(snapshot: Snapshot, target: SyncTarget) -> Iterator[str]:
    golden, link = table_of(GoldenRow), table_of(LinkRow)
    there = (link.c.connection == target.connection) & (link.c.object == target.object)
    primaries = _tally(snapshot, link.c.golden_id, where=there & (link.c.role == "primary"))
    converted = select(link.c.golden_id).where(link.c.workspace == snapshot.workspace, there, link.c.role == "predecessor")
    ids = snapshot.all(
        select(golden.c.id)
        .select_from(golden.outerjoin(primaries, primaries.c.golden_id == golden.c.id))
        .where(golden.c.workspace == snapshot.workspace, golden.c.state == "active", golden.c.subject == target.subject)
        .where(func.coalesce(primaries.c.count, 0) != 1, (func.coalesce(primaries.c.count, 0) != 0) | golden.c.id.not_in(converted))
        .order_by(golden.c.id)
    )
    yield from _say(
        ids,
        "",
        f"golden records do not have exactly one primary link to '{target.connection}' {target.object} (mapping '{target.mapping}'); "
        "after a change of mappings run `leadloom run replan`",
    )


def _links_at_home(snapshot: Snapshot) -> Iterator[str]:
    golden, link = table_of(GoldenRow), table_of(LinkRow)
    homes = link.outerjoin(golden, (golden.c.workspace == link.c.workspace) & (golden.c.id == link.c.golden_id))
    ids = snapshot.all(
        select(link.c.id)
        .select_from(homes)
        .where(link.c.workspace == snapshot.workspace, golden.c.state.is_distinct_from("active"), link.c.state != "not_wanted")
    )
    yield from _say(ids, "link:", "links belong to no active golden record")


def _links_without_next(snapshot: Snapshot) -> Iterator[str]:
    link = table_of(LinkRow)
    waiting = link.c.state.in_(("behind", "pending"))
    ids = snapshot.all(select(link.c.id).where(link.c.workspace == snapshot.workspace, waiting, link.c.next_at.is_(None)))
    yield from _say(ids, "link:", "links wait without a next action")


def _links_without_reason(snapshot: Snapshot) -> Iterator[str]:
    link = table_of(LinkRow)
    aside = link.c.state.in_(("parked", "not_wanted"))
    ids = snapshot.all(select(link.c.id).where(link.c.workspace == snapshot.workspace, aside, link.c.reason_code.is_(None)))
    yield from _say(ids, "link:", "links are parked or not wanted without a reason")


def _false_level(snapshot: Snapshot) -> Iterator[str]:
    link = table_of(LinkRow)
    false = link.c.remote_id.is_(None) | (link.c.settled_version < link.c.wanted_version)
    ids = snapshot.all(select(link.c.id).where(link.c.workspace == snapshot.workspace, link.c.state == "level", false))
    yield from _say(ids, "link:", "links are called level but have no remote record, or an older want")


def _say(rows: Sequence[Any], prefix: str, what: str) -> Iterator[str]:
    if rows:
        named = ", ".join(f"{prefix}{row[0]}" for row in rows[:NAMED])
        more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
        yield f"{len(rows)} {what}: {named}{more}."
