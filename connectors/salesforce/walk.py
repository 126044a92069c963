"""One run through an object's changes from a position: what it has taken so far, and where the next run begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from connectors.salesforce.api import read_time, time_literal
from connectors.salesforce.changes import fields_of
from connectors.salesforce.cursor import MOST_SEEN, BulkPlace, Position, Seen, digest_of, youngest
from connectors.salesforce.query import Record

LONGEST_TRANSACTION = timedelta(minutes=10)
"""How long a change may stay invisible where Salesforce does not tell otherwise (API limits: a call ends after ten minutes)."""

LOG_READ_EVERY = timedelta(minutes=15)
"""How often the deletion log is read besides the rows, which tell what is in the recycle bin by themselves."""

_DELETED = "!"
_SAME_DELETION = timedelta(seconds=2)
"""The deletion log and the row's stamp may differ by the second in which the row was written."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What a run found out at its end: where the deletion log was read up to, and what Salesforce calls complete."""

    log_read_to: datetime | None = None
    complete_to: datetime | None = None


@dataclass(slots=True)
class Walk:
    """Takes rows, leaves out those given out before, and knows the cursor at every point."""

    position: Position
    overlap: timedelta
    late: timedelta
    met: int = 0
    seen: dict[str, Seen] = field(init=False)
    passing: dict[str, Seen] = field(init=False)

    def __post_init__(self) -> None:
        """Take up what the cursor remembers."""
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

    def begin(self, at: datetime | None, bulk: BulkPlace | None = None) -> None:
        """Note Salesforce's time of the run's first answer; one that goes on keeps the earlier time."""
        self.position = replace(self.position, began=self.position.began or at, bulk=bulk or self.position.bulk)

    def take(self, rows: Sequence[Record], stamp: str) -> list[tuple[Record, int]]:
        """Note rows in the order of their stamps; gives those not given out before, each with the number of its state in its second."""
        fresh: list[tuple[Record, int]] = []
        for row in rows:
            moment = read_time(str(row[stamp]))
            if moment != self.position.at:
                self.passing = {}
                self.position = replace(self.position, at=moment)
            state = self._new_state(row, moment)
            if state is not None:
                fresh.append((row, state.turn))
                self._remember(row, state, passing=True)
        self.met += len(rows)
        self.position = replace(self.position, seen=self.seen | self.passing)
        return fresh

    def take_unordered(self, rows: Sequence[Record], stamp: str, place: BulkPlace) -> list[tuple[Record, int]]:
        """Note rows of a job's results, which come in no order, up to a place in them."""
        for row in rows:
            moment = read_time(str(row[stamp]))
            self._remember(row, Seen(moment, digest_of(fields_of(row))), passing=False)
        self.position = replace(self.position, seen=self.seen, bulk=place)
        return [(row, 0) for row in rows]

    def leave_job(self) -> None:
        """The job's results are through: from here on it is a read like any other."""
        self.position = replace(self.position, bulk=None)

    def has_told(self, record_id: str, when: datetime) -> bool:
        """Whether this deletion was given out before."""
        told = self.seen.get(_DELETED + record_id)
        return told is not None and abs(told.stamp - when) <= _SAME_DELETION

    def note_deletions(self, part: Sequence[tuple[str, datetime]]) -> None:
        """Remember deletions that are given out."""
        self.seen |= {_DELETED + record_id: Seen(when, "") for record_id, when in part}

    def midway(self) -> Position:
        """Where this run goes on: the rows are through, deletions are being told."""
        floor = self._floor(None) if self.position.is_full_read else self.position.floor
        return Position(floor=floor, deleted=self._log_start(), seen=self._kept(floor, self.position.deleted), note=self.position.note)

    def settled(self, ending: Ending) -> Position:
        """Where the next run begins: at what is certain by Salesforce's clock and by its own word on open transactions."""
        floor = self._floor(ending.complete_to)
        deleted = ending.log_read_to or self._log_start()
        return Position(floor=floor, deleted=deleted, seen=self._kept(floor, deleted), note=self.position.note)

    def _log_start(self) -> datetime | None:
        """Where the log is to be read from; after a full read a little before it, because this also holds the floor."""
        began = self.position.began
        return self.position.deleted or (began - LONGEST_TRANSACTION if began else None)

    def _floor(self, complete_to: datetime | None) -> datetime | None:
        before = self.position
        if before.began is None:
            return max(filter(None, (before.at, before.floor)), default=None)
        # Without Salesforce's word on open transactions the run stays behind the longest one there can be.
        certain = min(before.began - self.late, complete_to or before.deleted or before.began - LONGEST_TRANSACTION)
        return max(certain, before.floor) if before.floor else certain

    def _new_state(self, row: Record, moment: datetime) -> Seen | None:
        digest = digest_of(fields_of(row))
        known = self.passing.get(str(row["Id"])) or self.seen.get(str(row["Id"]))
        if known is None or known.stamp != moment:
            return Seen(moment, digest)
        return None if known.digest == digest else Seen(moment, digest, known.turn + 1)

    def _remember(self, row: Record, state: Seen, *, passing: bool) -> None:
        row_id = str(row["Id"])
        if passing:
            self.passing[row_id] = state
        began = self.position.began
        if began is None or state.stamp >= began - self.late - self.overlap - LOG_READ_EVERY - LONGEST_TRANSACTION:
            self.seen[row_id] = state
        if row.get("IsDeleted"):
            self.seen[_DELETED + row_id] = Seen(state.stamp, "")
        if len(self.seen) > 2 * MOST_SEEN:
            self.seen = youngest(self.seen)

    def _kept(self, floor: datetime | None, deleted: datetime | None) -> Mapping[str, Seen]:
        oldest_row = floor - self.overlap if floor else None
        oldest_deletion = deleted - timedelta(minutes=2) if deleted else None
        return {
            key: state
            for key, state in self.seen.items()
            if (oldest := oldest_deletion if key.startswith(_DELETED) else oldest_row) is None or state.stamp >= oldest
        }
