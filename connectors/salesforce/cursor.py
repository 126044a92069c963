"""What a reader remembers between polls: how far it has seen, and the little that it saw behind that point."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.salesforce.api import read_time, time_literal
from core.contract import Cursor, JsonValue

FORMAT = 1
MOST_SEEN = 2_000
"""Rows remembered behind the cursor; beyond that some may come twice, which is allowed."""
BEGIN_AGAIN = "Deletions were missed for longer than Salesforce keeps them; everything is read again."


@dataclass(frozen=True, slots=True)
class Position:
    """Where reading goes on.

    `floor`: everything stamped before it has been seen. `at`: inside a run, the stamp of the last row taken.
    `began`: inside a run, Salesforce's time when it began. `deleted`: deletions are known up to here. `seen`: rows given
    out that the next poll meets again, by id. `bulk`: inside a full read by a job, where in its results.
    """

    floor: datetime | None = None
    at: datetime | None = None
    began: datetime | None = None
    deleted: datetime | None = None
    seen: Mapping[str, Seen] = field(default_factory=dict)
    note: str | None = None
    bulk: BulkPlace | None = None

    @property
    def is_full_read(self) -> bool:
        """Whether everything is still to be read, so that nothing is known of what was there before."""
        return self.floor is None

    @property
    def is_waiting(self) -> bool:
        """Whether a job is still to be read from."""
        return self.bulk is not None and self.bulk.job is not None

    def to_cursor(self) -> Cursor:
        """Write it down; keeps the youngest of too many seen rows."""
        stored = _Stored(
            v=FORMAT,
            floor=_written(self.floor),
            at=_written(self.at),
            began=_written(self.began),
            deleted=_written(self.deleted),
            seen={key: (time_literal(seen.stamp), seen.digest, seen.turn) for key, seen in youngest(self.seen).items()},
            note=self.note,
            bulk=self.bulk,
        )
        return Cursor(stored.model_dump_json(exclude_none=True))


class BulkPlace(BaseModel):
    """A query job of Bulk API 2.0 and how far its results were taken; without a job: none is to be used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    job: str | None = None
    locator: str | None = None
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """One state of a row: two states may share a stamp, because stamps are whole seconds; `turn` counts them."""

    stamp: datetime
    digest: str
    turn: int = 0


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    v: int
    floor: str | None = None
    at: str | None = None
    began: str | None = None
    deleted: str | None = None
    seen: dict[str, tuple[str, str, int]] = {}
    note: str | None = None
    bulk: BulkPlace | None = None


def read_cursor(cursor: Cursor | None) -> Position:
    """Read a cursor back; a damaged one, or one of another format, means from the beginning."""
    if cursor is None:
        return Position()
    try:
        stored = _Stored.model_validate_json(cursor)
        if stored.v != FORMAT:
            return Position()
        return Position(
            floor=_read(stored.floor),
            at=_read(stored.at),
            began=_read(stored.began),
            deleted=_read(stored.deleted),
            seen={key: Seen(read_time(stamp), digest, turn) for key, (stamp, digest, turn) in stored.seen.items()},
            note=stored.note,
            bulk=stored.bulk,
        )
    except (ValidationError, ValueError):
        return Position()


def digest_of(fields: Mapping[str, JsonValue]) -> str:
    """A short sign of a row's content, to tell two states with one stamp apart."""
    return format(zlib.crc32(json.dumps(fields, sort_keys=True).encode()), "08x")


def youngest(seen: Mapping[str, Seen]) -> dict[str, Seen]:
    """The youngest of too many rows."""
    if len(seen) <= MOST_SEEN:
        return dict(seen)
    return dict(sorted(seen.items(), key=lambda item: item[1].stamp, reverse=True)[:MOST_SEEN])


def _written(moment: datetime | None) -> str | None:
    return time_literal(moment) if moment else None


def _read(text: str | None) -> datetime | None:
    return read_time(text) if text else None
