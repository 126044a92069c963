"""The one writer: group commit, savepoints, durability settings, closing."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from core.store.database import open_file, open_reader, open_writer, sqlite_url
from core.store.writer import GroupWriter, WriterClosed


@dataclass(frozen=True)
class Put:
    """Store a name once."""

    name: str

    def apply(self, tx: Connection) -> str:
        tx.execute(text("INSERT INTO names VALUES (:name)"), {"name": self.name})
        if self.name.startswith("bad"):
            raise ValueError(self.name)
        return self.name


@dataclass(frozen=True)
class Dangle:
    """Leave a reference open that only the COMMIT checks."""

    def apply(self, tx: Connection) -> None:
        tx.execute(text("INSERT INTO child VALUES (7)"))


@dataclass(frozen=True)
class Hold:
    """Keep the writer busy, so that the next commands form a group."""

    entered: threading.Event
    leave: threading.Event

    def apply(self, tx: Connection) -> None:
        self.entered.set()
        self.leave.wait(10)


@dataclass(frozen=True)
class Note:
    """A name that comes through the door: all that wait are stored by one statement, without SQLAlchemy."""

    names: tuple[str, ...]
    done: list[str]

    def apply(self, tx: Connection) -> None:
        for name in self.names:
            tx.execute(text("INSERT INTO names VALUES (:name)"), {"name": name})
        self.done.append("+".join(self.names))

    def apply_plain(self, raw: sqlite3.Connection) -> None:
        raw.executemany("INSERT INTO names VALUES (?)", [(name,) for name in self.names])
        self.done.append("+".join(self.names))

    @classmethod
    def join(cls, commands: Sequence[Note]) -> Note:
        return cls(tuple(name for command in commands for name in command.names), commands[0].done)


@pytest.fixture(params=["the driver's connection", "an engine"])
def writer(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[GroupWriter]:
    raw = open_file(sqlite_url(tmp_path / "w.db"))
    raw.execute("CREATE TABLE names (name TEXT PRIMARY KEY)")
    raw.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    raw.execute("CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
    if request.param == "an engine":
        raw.close()
    made = GroupWriter(open_writer(sqlite_url(tmp_path / "w.db")) if request.param == "an engine" else raw)
    yield made
    made.close()


def as_group(writer: GroupWriter, *commands: Any) -> list[Future[Any]]:
    """Have the commands carried out in one transaction."""
    entered, leave = threading.Event(), threading.Event()
    writer.submit(Hold(entered, leave))
    assert entered.wait(10)
    futures = [writer.submit(command) for command in commands]
    leave.set()
    return futures


def names(tmp_path: Path) -> list[str]:
    reader = open_reader(sqlite_url(tmp_path / "w.db"))
    with reader.connect() as connection:
        found = [row[0] for row in connection.execute(text("SELECT name FROM names ORDER BY name"))]
    reader.dispose()
    return found


def test_a_command_that_fails_leaves_the_others_of_its_group_alone(writer: GroupWriter, tmp_path: Path) -> None:
    one, bad, two = as_group(writer, Put("one"), Put("bad"), Put("two"))

    assert (one.result(), two.result()) == ("one", "two")
    with pytest.raises(ValueError, match="bad"):
        bad.result()
    assert names(tmp_path) == ["one", "two"]


def test_what_came_through_the_door_goes_first_as_one_and_by_itself(writer: GroupWriter, tmp_path: Path) -> None:
    # given a write of the engine that waits before two of the door
    done: list[str] = []
    engine, one, two = as_group(writer, Dangle(), Note(("one",), done), Note(("two",), done))

    # then the door's are stored together, and the COMMIT of the other that fails takes nothing of theirs away
    assert (one.result(), two.result()) == (None, None)
    assert done == ["one+two"]
    with pytest.raises((IntegrityError, sqlite3.IntegrityError)):
        engine.result()
    assert names(tmp_path) == ["one", "two"]


def test_one_of_the_door_that_fails_leaves_the_others_of_its_group_alone(writer: GroupWriter, tmp_path: Path) -> None:
    writer.write(Put("there"))
    one, again, two = as_group(writer, *(Note((name,), []) for name in ("one", "there", "two")))

    assert (one.result(), two.result()) == (None, None)
    with pytest.raises((IntegrityError, sqlite3.IntegrityError)):
        again.result()
    assert names(tmp_path) == ["one", "there", "two"]


def test_commands_that_are_handed_over_together_are_settled_together_in_their_order(writer: GroupWriter) -> None:
    told: Future[Any] = Future()

    writer.hand_over_all([Put("one"), Put("bad"), Put("two")], told.set_result)

    outcomes = told.result(10)
    assert [result for result, _ in outcomes] == ["one", None, "two"]
    assert [type(error) for _, error in outcomes] == [type(None), ValueError, type(None)]


def test_a_transaction_that_the_database_itself_undid_is_nobodys_success(writer: GroupWriter, tmp_path: Path) -> None:
    # given a database that undoes the whole transaction at the third name, as on a full disk
    rule = "CREATE TRIGGER full BEFORE INSERT ON names WHEN (SELECT count(*) FROM names) = 2 BEGIN SELECT RAISE(ROLLBACK, 'full'); END"
    with sqlite3.connect(tmp_path / "w.db") as other:
        other.execute(rule)
    other.close()

    futures = as_group(writer, Put("one"), Put("two"), Put("three"), Put("four"))

    for future in futures:
        with pytest.raises(Exception, match=r"full|no such savepoint"):
            future.result(10)
    assert names(tmp_path) == []
    assert writer.write(Put("later")) == "later"


def test_when_the_commit_fails_nobody_is_told_that_it_was_stored(writer: GroupWriter, tmp_path: Path) -> None:
    futures = as_group(writer, Put("one"), Dangle(), Put("two"))

    for future in futures:
        with pytest.raises((IntegrityError, sqlite3.IntegrityError)):
            future.result()
    assert names(tmp_path) == []
    assert writer.write(Put("later")) == "later"


def test_a_caller_that_went_away_does_not_take_the_writer_along(writer: GroupWriter, tmp_path: Path) -> None:
    # given a request whose client hangs up while it waits, and others behind it
    one, gone, two = as_group(writer, Put("one"), Put("gone"), Put("two"))
    gone.cancel()

    assert (one.result(10), two.result(10)) == ("one", "two")
    assert writer.write(Put("later")) == "later"
    assert {"one", "two", "later"} <= set(names(tmp_path))


def test_a_caller_may_go_away_in_the_middle_of_its_transaction(writer: GroupWriter) -> None:
    entered, leave = threading.Event(), threading.Event()
    future = writer.submit(Hold(entered, leave))
    assert entered.wait(10)

    future.cancel()
    leave.set()

    assert writer.submit(Put("later")).result(10) == "later"


def test_closing_finishes_what_waits_and_refuses_what_comes_later(writer: GroupWriter, tmp_path: Path) -> None:
    futures = as_group(writer, *(Put(f"n{number}") for number in range(5)))

    writer.close()
    writer.close()

    assert [future.result() for future in futures] == [f"n{number}" for number in range(5)]
    assert len(names(tmp_path)) == 5
    with pytest.raises(WriterClosed):
        writer.submit(Put("late"))


def test_the_writing_connection_has_the_settings_that_durability_and_erasure_need(writer: GroupWriter) -> None:
    @dataclass(frozen=True)
    class Ask:
        def apply(self, tx: Connection) -> dict[str, Any]:
            asked = ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
            return {name: tx.execute(text(f"PRAGMA {name}")).scalar() for name in asked}

    assert writer.write(Ask()) == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}


def test_a_transaction_takes_the_write_lock_at_its_beginning(tmp_path: Path) -> None:
    # given BEGIN IMMEDIATE, a second writer can not even begin; with a plain BEGIN it could, and lose its update
    first, second = (open_writer(sqlite_url(tmp_path / "b.db")) for _ in range(2))
    with first.connect() as one:
        raw = second.raw_connection()
        raw.driver_connection.execute("PRAGMA busy_timeout=0")  # type: ignore[union-attr]  # it is open
        raw.close()
        transaction = one.begin()
        with pytest.raises(Exception, match="locked"), second.begin():
            pass
        transaction.rollback()
    first.dispose()
    second.dispose()


def test_the_reading_connection_can_not_write(writer: GroupWriter, tmp_path: Path) -> None:
    reader = open_reader(sqlite_url(tmp_path / "w.db"))
    with pytest.raises(Exception, match="readonly"), reader.begin() as connection:
        connection.execute(text("INSERT INTO names VALUES ('x')"))
    reader.dispose()
