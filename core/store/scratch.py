"""A scratch book on disk for walks over more records than memory should hold: ids only, gone with the process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

_TABLES = """
CREATE TABLE shown (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE hit (golden TEXT, record TEXT, PRIMARY KEY (golden, record)) WITHOUT ROWID;
CREATE TABLE todo (what TEXT, id TEXT, PRIMARY KEY (what, id)) WITHOUT ROWID;
"""


class Scratch:
    """Ids seen, which of our people they may be, and what is to be done about them. SQLite's own temporary file holds it."""

    def __init__(self) -> None:
        """Open an empty book."""
        self._book = sqlite3.connect("", isolation_level=None)
        self._book.executescript(_TABLES)
        self._book.execute("PRAGMA synchronous=OFF")

    def close(self) -> None:
        """Throw it away."""
        self._book.close()

    def fresh(self, ids: Sequence[str]) -> set[str]:
        """Note these records as shown; give those that were not yet."""
        added = set()
        self._book.execute("BEGIN")
        for each in ids:
            if self._book.execute("INSERT OR IGNORE INTO shown VALUES (?)", (each,)).rowcount:
                added.add(each)
        self._book.execute("COMMIT")
        return added

    def was_shown(self, ids: Sequence[str]) -> set[str]:
        """Which of these records were shown."""
        return {each for each in ids if self._book.execute("SELECT 1 FROM shown WHERE id = ?", (each,)).fetchone()}

    def hit(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Note which records may be which of our golden records."""
        self._book.execute("BEGIN")
        self._book.executemany("INSERT OR IGNORE INTO hit VALUES (?, ?)", pairs)
        self._book.execute("COMMIT")

    def hits(self) -> Iterator[tuple[str, list[str]]]:
        """The golden records that were met, with the records that may be theirs."""
        reader = self._book.cursor().execute("SELECT golden, group_concat(record, ' ') FROM hit GROUP BY golden ORDER BY golden")
        for golden, records in reader:
            yield golden, records.split(" ")

    def is_hit(self, golden: str) -> bool:
        """Whether some record may be this golden record's."""
        return self._book.execute("SELECT 1 FROM hit WHERE golden = ? LIMIT 1", (golden,)).fetchone() is not None

    def note(self, what: str, ids: Iterable[str]) -> None:
        """Put ids on a list."""
        self._book.executemany("INSERT OR IGNORE INTO todo VALUES (?, ?)", ((what, each) for each in ids))

    def count(self, what: str) -> int:
        """How many ids are on a list."""
        return int(self._book.execute("SELECT count(*) FROM todo WHERE what = ?", (what,)).fetchone()[0])

    def has(self, what: str, one: str) -> bool:
        """Whether an id is on a list."""
        return self._book.execute("SELECT 1 FROM todo WHERE what = ? AND id = ?", (what, one)).fetchone() is not None

    def noted(self, what: str, size: int) -> Iterator[list[str]]:
        """The ids of a list, in parts."""
        after = ""
        while True:
            rows = self._book.execute("SELECT id FROM todo WHERE what = ? AND id > ? ORDER BY id LIMIT ?", (what, after, size)).fetchall()
            if not rows:
                return
            yield [row[0] for row in rows]
            after = rows[-1][0]
