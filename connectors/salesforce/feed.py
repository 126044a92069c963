"""Reads what changed in one object: rows by SystemModstamp, then deletions, merges and conversions, without a gap.

Rows are polled from a little behind the last point that is certain and those seen already are left out. The cursor moves
by Salesforce's clock only, and never past a change that may still become visible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.salesforce.api import read_time, select, time_literal
from connectors.salesforce.cursor import BEGIN_AGAIN, Position, Seen, digest_of, read_cursor
from connectors.salesforce.deletions import Deletions, Gone, Unknown
from connectors.salesforce.org import Org
from connectors.salesforce.query import QueryPage, Record, Stumble, first_page, next_page
from connectors.salesforce.schema import Described
from core.contract import Change, ChangeKind, ConfigInvalid, ContractBroken, Cursor, NativeId, ObjectName, Page, Ref, Unavailable, Version

LONG_AGO = timedelta(days=15)
"""Deletions are kept for 15 days at most (REST guide, "sObject Get Deleted")."""

LONGEST_TRANSACTION = timedelta(minutes=10)
"""How far back an open transaction may hold the next poll's floor (API limits: a call ends after ten minutes)."""

_DELETED = "!"


class Feed:
    """Reads the objects of one connection."""

    def __init__(self, org: Org) -> None:
        """Read from this org."""
        self._org = org

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield changed rows, then one page or more with what is gone; the last page's cursor is where the next poll begins.

        When deletions were missed for too long, everything is yielded again from the beginning.
        """
        walk = _Walk(read_cursor(since), self._overlap, self._late)
        described = self._org.described(object_name)
        pages = self._rows(described, walk)
        yield from _from_the_beginning(pages) if since is not None and walk.position == Position() else pages
        gone = self._gone(described, walk)
        if gone is None:
            walk = _Walk(Position(note=BEGIN_AGAIN), self._overlap, self._late)
            yield from _from_the_beginning(self._rows(described, walk))
            gone = self._gone(described, walk) or Gone()
        yield from self._endings(described, walk, gone)

    @property
    def _overlap(self) -> timedelta:
        return timedelta(seconds=self._org.settings.overlap_seconds)

    @property
    def _late(self) -> timedelta:
        return timedelta(seconds=self._org.settings.late_visible_seconds)

    def _rows(self, described: Described, walk: _Walk) -> Iterator[Page]:
        met: set[str] = set()
        page = self._ask(described, walk)
        while True:
            changes = [change_of(described, row, turn) for row, turn in walk.take(page, stamp_field(described))]
            if changes:
                yield Page(changes, walk.position.to_cursor())
            if page.next_path is None:
                return
            if page.next_path in met:
                raise ContractBroken("Salesforce named the same next page twice.")
            met.add(page.next_path)
            following = next_page(self._org.http, page.next_path)
            if not isinstance(following, Stumble):
                page = following
            elif not changes:
                raise Unavailable("Salesforce loses its place in a query again and again.")
            else:
                page = self._ask(described, walk)

    def _ask(self, described: Described, walk: _Walk) -> QueryPage:
        page = self._try(described, walk)
        if isinstance(page, Stumble):
            # A field was hidden or removed since the describe was read.
            page = self._try(self._org.described_anew(described.spec.name), walk)
        if isinstance(page, Stumble):
            raise Unavailable("Salesforce's describe names fields that its queries do not know.")
        return page

    def _try(self, described: Described, walk: _Walk) -> QueryPage | Stumble:
        stamp = stamp_field(described)
        soql = select(self._org.columns(described), described.spec.name, walk.condition(stamp))
        return first_page(self._org.http, self._org.paths, f"{soql} ORDER BY {stamp}, Id")

    def _gone(self, described: Described, walk: _Walk) -> Gone | None:
        """What is gone since the position; None when that cannot be told any more."""
        began, since = walk.position.began, walk.position.deleted
        if began is None or since is None or not described.replicates:
            return Gone()
        if since <= began - LONG_AGO:
            return None
        found = Deletions(self._org, described).between(since, began)
        return None if isinstance(found, Unknown) else found

    def _endings(self, described: Described, walk: _Walk, gone: Gone) -> Iterator[Page]:
        deletions = Deletions(self._org, described)
        for part in deletions.parts([record for record in gone.records if not walk.has_told(*record)]):
            changes = deletions.changes(part)
            walk.note_deletions(part)
            yield Page(changes, walk.settled(gone, is_last=False).to_cursor())
        yield Page([], walk.settled(gone, is_last=True).to_cursor())


def _from_the_beginning(pages: Iterator[Page]) -> Iterator[Page]:
    """The first page says that with it everything is told anew."""
    for number, page in enumerate(pages):
        yield replace(page, begins=number == 0)


@dataclass(slots=True)
class _Walk:
    """One run from a position: what it has taken so far, and where the next one begins."""

    position: Position
    overlap: timedelta
    late: timedelta
    seen: dict[str, Seen] = field(init=False)
    passing: dict[str, Seen] = field(init=False)

    def __post_init__(self) -> None:
        self.seen = dict(self.position.seen)
        self.passing = {key: state for key, state in self.seen.items() if state.stamp == self.position.at}

    def condition(self, stamp: str) -> str:
        """The rows that are still to come in this run."""
        if self.position.at is not None:
            # Rows of the same second that were taken already are known by `passing`.
            return f"{stamp} >= {time_literal(self.position.at)}"
        if self.position.floor is not None:
            return f"{stamp} >= {time_literal(self.position.floor - self.overlap)}"
        return ""

    def take(self, page: QueryPage, stamp: str) -> list[tuple[Record, int]]:
        """Note a page's rows; gives those not given out before, each with the number of its state within its second."""
        self.position = replace(self.position, began=self.position.began or page.at)
        fresh: list[tuple[Record, int]] = []
        for row in page.records:
            moment = read_time(str(row[stamp]))
            if moment != self.position.at:
                self.passing = {}
                self.position = replace(self.position, at=moment)
            state = self._new_state(row, moment)
            if state is not None:
                fresh.append((row, state.turn))
                self._remember(str(row["Id"]), state)
        self.position = replace(self.position, seen=self.seen | self.passing)
        return fresh

    def has_told(self, record_id: str, when: datetime) -> bool:
        """Whether this deletion was given out before."""
        told = self.seen.get(_DELETED + record_id)
        return told is not None and told.stamp == when

    def note_deletions(self, part: Sequence[tuple[str, datetime]]) -> None:
        """Remember deletions that are given out."""
        self.seen |= {_DELETED + record_id: Seen(when, "") for record_id, when in part}

    def settled(self, gone: Gone, *, is_last: bool) -> Position:
        """Where the next run begins: at what is certain by Salesforce's clock and by its own word on open transactions."""
        before = self.position
        by_clock = before.began - self.late if before.began else before.at
        certain = [moment for moment in (by_clock, gone.covered) if moment]
        floor = max(min(certain), before.floor or min(certain)) if certain else before.floor
        deleted = (gone.covered or before.deleted or before.began) if is_last else before.deleted
        return Position(floor=floor, deleted=deleted, seen=self._kept(floor, deleted), note=before.note)

    def _new_state(self, row: Record, moment: datetime) -> Seen | None:
        digest = digest_of(fields_of(row))
        known = self.passing.get(str(row["Id"])) or self.seen.get(str(row["Id"]))
        if known is None or known.stamp != moment:
            return Seen(moment, digest)
        return None if known.digest == digest else Seen(moment, digest, known.turn + 1)

    def _remember(self, row_id: str, state: Seen) -> None:
        self.passing[row_id] = state
        began = self.position.began
        if began is None or state.stamp >= began - self.late - self.overlap - LONGEST_TRANSACTION:
            self.seen[row_id] = state

    def _kept(self, floor: datetime | None, deleted: datetime | None) -> Mapping[str, Seen]:
        oldest_row = floor - self.overlap if floor else None
        oldest_deletion = deleted - timedelta(minutes=2) if deleted else None
        return {
            key: state
            for key, state in self.seen.items()
            if (oldest := oldest_deletion if key.startswith(_DELETED) else oldest_row) is None or state.stamp >= oldest
        }


def stamp_field(described: Described) -> str:
    """The field by which changes are found; SystemModstamp also moves for system updates, which LastModifiedDate does not."""
    for name in ("SystemModstamp", "LastModifiedDate", "CreatedDate"):
        if described.has(name):
            return name
    raise ConfigInvalid(
        f"The object {described.spec.name} has no time stamp and cannot be read.",
        hint="Take it out of `objects`, or give the integration user access to SystemModstamp.",
        setting="objects",
    )


def fields_of(row: Record) -> dict[str, Any]:
    """A row's fields without the vendor's envelope."""
    return {name: value for name, value in row.items() if name != "attributes"}


def change_of(described: Described, row: Record, turn: int = 0) -> Change:
    """One row as it is now; a converted lead names the contact that took its place.

    The version is the stamp, followed by a number when the row was met again with another content in the same second.
    """
    stamp = str(row[stamp_field(described)])
    contact = row.get("ConvertedContactId")
    converted = bool(row.get("IsConverted"))
    return Change(
        object=described.spec.name,
        id=NativeId(str(row["Id"])),
        fields=fields_of(row),
        kind=ChangeKind.CONVERTED if converted else ChangeKind.UPSERTED,
        version=Version(f"{stamp}#{turn:04}" if turn else stamp),
        changed_at=read_time(stamp).astimezone(UTC),
        changed_by=row.get("LastModifiedById"),
        successor=Ref(ObjectName("Contact"), NativeId(str(contact))) if converted and contact else None,
    )
