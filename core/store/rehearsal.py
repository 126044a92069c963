"""Rehearsing commands where they are made, so that the process that writes only carries plain statements out.

A command runs against a connection that reads the real database and writes down what it would be told to change, as if
every change touched the rows it names. What the command asked and what it was told go along; where that is no longer so
when the script is carried out, nothing is written and the command itself is sent instead.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import QueuePool

from core.store.commands.script import Script, Step, Surprised
from core.store.database import sqlite_path
from core.store.writer import Command, Writes

ResultT = TypeVar("ResultT")

_PLAIN_INSERT = re.compile(r"INSERT INTO \w+ \([^()]*\) VALUES (\([?, ]+\))", re.ASCII)
_ROWS_A_STATEMENT = (64, 16, 4, 1)


class Rehearsed:
    """Hands commands over as scripts; satisfies `Writes`. Threads may share it."""

    def __init__(self, line: Writes, url: str) -> None:
        """Take the line to the writer and the SQLite database that it writes."""
        self._line = line
        self._engine = _engine(sqlite_path(url))

    def write(self, command: Command[ResultT]) -> ResultT:
        """Have the command carried out, as rehearsed or else as it is."""
        rehearsed = self._rehearse(command)
        if rehearsed is not None:
            script, result = rehearsed
            try:
                self._line.write(script)
            except (Surprised, sqlite3.IntegrityError):
                pass  # the command knows what to do about it
            else:
                return result
        return self._line.write(command)

    def close(self) -> None:
        """Let the connections go."""
        self._engine.dispose()

    def _rehearse(self, command: Command[ResultT]) -> tuple[Script, ResultT] | None:
        with self._engine.connect() as connection:
            recorder = cast(_Recorder, connection.connection.driver_connection)
            recorder.steps = []
            try:
                result = command.apply(cast(Connection, _Stage(connection, recorder)))
            except Exception:  # noqa: BLE001 - whatever it is, it is for the real run to say
                return None
            return Script(tuple(recorder.steps)), result


class _Stage:
    """What a command sees of SQLAlchemy's connection."""

    def __init__(self, connection: Connection, recorder: _Recorder) -> None:
        self.dialect = connection.dialect
        self._connection = connection
        self._recorder = recorder

    def execute(self, statement: Any, rows: Any = None) -> _Told:
        result = self._connection.execute(statement, rows)
        return _Told(result, self._recorder.steps[-1])

    def exec_driver_sql(self, statement: str, values: Any = None) -> _Told:
        return _Told(self._connection.exec_driver_sql(statement, values), self._recorder.steps[-1])

    def begin_nested(self) -> AbstractContextManager[None]:
        """At a rehearsal nothing fails that could be undone."""
        return nullcontext()


class _Told:
    """A result that remembers whether somebody asked how many rows were touched."""

    def __init__(self, result: Any, step: Step) -> None:
        self._result = result
        self._step = step

    @property
    def rowcount(self) -> int:
        if self._step.count is None:
            self._step.count = len(self._step.rows)
        return int(self._result.rowcount)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._result)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._result, name)


def _engine(path: str) -> Engine:
    return create_engine("sqlite://", creator=lambda: _Recorder(path), poolclass=QueuePool, max_overflow=-1, pool_reset_on_return=None)


class _Recorder:
    """SQLite's connection for SQLAlchemy: asks the database, and writes down what would change it."""

    def __init__(self, path: str) -> None:
        self.steps: list[Step] = []
        self._raw = sqlite3.connect(path, timeout=30, check_same_thread=False, isolation_level=None)
        self._raw.execute("PRAGMA query_only=ON")

    def cursor(self) -> _Cursor:
        return _Cursor(self._raw, self.steps)

    def commit(self) -> None:
        """Nothing is open."""

    rollback = commit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)


class _Cursor:
    """A cursor as DB-API (PEP 249) has it."""

    def __init__(self, raw: sqlite3.Connection, steps: list[Step]) -> None:
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid = 0
        self.arraysize = 1
        self._raw = raw
        self._steps = steps
        self._rows: Iterator[tuple[Any, ...]] = iter(())

    def execute(self, sql: str, values: Sequence[Any] = ()) -> None:
        if not sql.lstrip().startswith(("SELECT", "PRAGMA")):
            self.executemany(sql, (values,))
            return
        asked = self._raw.execute(sql, values)
        found = asked.fetchall()
        self.description = asked.description
        self._rows = iter(found)
        self._steps.append(Step(sql, (_portable(values),), found))

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        if "RETURNING" in sql:
            raise sqlite3.NotSupportedError("what would be returned is not known at a rehearsal")
        values = [_portable(row) for row in rows]
        self.rowcount = len(values)
        plain = _PLAIN_INSERT.fullmatch(sql)
        self._steps += [Step(sql, tuple(values))] if plain is None else _folded(sql, plain[1], values)

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self._rows, None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self._rows)

    def fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]:
        return [row for row, _ in zip(self._rows, range(size), strict=False)]

    def close(self) -> None:
        """The rows are here already."""


def _folded(sql: str, marks: str, rows: Sequence[tuple[Any, ...]]) -> Iterator[Step]:
    """Many rows a statement: the driver lets go of the interpreter for each one, and must queue to get it back."""
    start = 0
    for size in _ROWS_A_STATEMENT:
        while len(rows) - start >= size:
            values = tuple([value for row in rows[start : start + size] for value in row])
            yield Step(sql + f", {marks}" * (size - 1), (values,), count=size)
            start += size


def _portable(row: Sequence[Any]) -> tuple[Any, ...]:
    """SQLAlchemy wraps bytes in views, which cannot travel."""
    return tuple([bytes(value) if type(value) is memoryview else value for value in row])
