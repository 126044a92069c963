"""When each source gave something, by SQLite alone, so that a server watches for silence without loading anything else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.store.codec import time_text
from core.store.database import sqlite_path

STEP = timedelta(minutes=10)
"""Of arrivals that lie closer together than this one is told."""
LOOK_BACK = timedelta(days=28)
FEWEST = 50
"""Of a source that gives little, so many arrivals are told, however long ago."""
_MOST_SOURCES = 500

_NEXT_SOURCE = (
    "SELECT connection, object FROM inbox WHERE workspace = ? AND (connection, object) > (?, ?) ORDER BY connection, object LIMIT 1"
)
_BEFORE = (
    "SELECT received_at, way FROM inbox WHERE workspace = ? AND connection = ? AND object = ? AND received_at < ? "
    "ORDER BY received_at DESC LIMIT 1"
)

_READ_SINCE = "SELECT count(*) FROM inbox WHERE workspace = ? AND connection = ? AND object = ? AND received_at >= ? AND way = 'read'"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When an object of a connection (a form) arrived, oldest first, and how it came the last time (`push`, `poll`)."""

    connection: str
    object: str
    times: tuple[datetime, ...]
    last_way: str


def recent_arrivals(url: str, workspace: str) -> list[Arrivals]:
    """The arrivals of the last four weeks before each source's last one, thinned out; found by steps over an index, not counted."""
    with closing(sqlite3.connect(f"file:{sqlite_path(url)}?mode=ro", uri=True, timeout=30)) as raw:
        return [_arrivals(raw, workspace, *source) for source in _sources(raw, workspace)]


def read_since(url: str, workspace: str, source: tuple[str, str], at: datetime) -> int:
    """How many submissions of a source (connection, object) came in by being read, not pushed, from a moment on."""
    with closing(sqlite3.connect(f"file:{sqlite_path(url)}?mode=ro", uri=True, timeout=30)) as raw:
        return int(raw.execute(_READ_SINCE, (workspace, *source, time_text(at))).fetchone()[0])


def _sources(raw: sqlite3.Connection, workspace: str) -> Iterator[tuple[str, str]]:
    """What names no object, such as a delivery that could not be read, is no source."""
    connection, object_name = "", ""
    for _ in range(_MOST_SOURCES):
        row = raw.execute(_NEXT_SOURCE, (workspace, connection, object_name)).fetchone()
        if row is None:
            return
        connection, object_name = row
        if object_name:
            yield connection, object_name


def _arrivals(raw: sqlite3.Connection, workspace: str, connection: str, object_name: str) -> Arrivals:
    times: list[datetime] = []
    last_way, before = "", datetime.max.replace(tzinfo=UTC)
    while (row := raw.execute(_BEFORE, (workspace, connection, object_name, time_text(before))).fetchone()) is not None:
        at = datetime.fromisoformat(row[0]).replace(tzinfo=UTC)
        last_way = last_way or row[1]
        if times and times[0] - at > LOOK_BACK and len(times) >= FEWEST:
            break
        times.append(at)
        before = at - STEP
    return Arrivals(connection, object_name, tuple(reversed(times)), last_way)
