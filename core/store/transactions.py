"""How the writer's transactions are begun, divided and ended: on SQLite's own connection, or through SQLAlchemy.

On SQLite the writer holds the driver's connection. Commands that can write plain statements do it there; SQLAlchemy is
loaded over the same connection with the first command that needs it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from core.store.database import engine_over

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, NestedTransaction, RootTransaction


@runtime_checkable
class Plain(Protocol):
    """A command that can also write statements as they are: the same change, without SQLAlchemy."""

    def apply_plain(self, raw: sqlite3.Connection) -> Any:
        """Do what `apply` does, inside the transaction that is open on SQLite's own connection."""
        ...


class Transactions(Protocol):
    """One write connection. Used by one thread at a time."""

    def begin(self, commands: Iterable[Any]) -> None:
        """Take the write lock, with what these commands need made ready before."""
        ...

    def apply(self, command: Any) -> Any:
        """Carry out a command and give its result."""
        ...

    def savepoint(self) -> None:
        """Mark a place to come back to."""
        ...

    def release(self) -> None:
        """Keep what was written since the mark."""
        ...

    def undo(self) -> None:
        """Go back to the mark."""
        ...

    def commit(self) -> None:
        """Bring everything to the disk: returns when it is there."""
        ...

    def rollback(self) -> None:
        """Forget everything; fine where nothing is open."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


def transactions_of(database: sqlite3.Connection | Engine) -> Transactions:
    """The transactions of what was opened."""
    return OnSqlite(database) if isinstance(database, sqlite3.Connection) else ThroughEngine(database)


class OnSqlite:
    """Transactions of a SQLite file, by its driver."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        """Take the connection that `open_file` opened."""
        self._raw = raw
        self._above: Connection | None = None

    def begin(self, commands: Iterable[object]) -> None:
        """Begin a writing transaction at once, not with the first write: see BEGIN IMMEDIATE.

        SQLAlchemy rolls a new connection back to have a look at it, so it is put on while nothing is open.
        """
        kinds: set[type] = {type(command) for command in commands}
        if self._above is None and not all(_is_plain(kind) for kind in kinds):
            self._above = engine_over(self._raw).connect()
        self._raw.execute("BEGIN IMMEDIATE")

    def apply(self, command: Any) -> Any:
        """Carry the command out plainly where it can be."""
        kind: type = type(command)
        if _is_plain(kind):
            return command.apply_plain(self._raw)
        return command.apply(self._above)

    def savepoint(self) -> None:
        """Mark a place to come back to."""
        self._raw.execute("SAVEPOINT command")

    def release(self) -> None:
        """Keep what was written since the mark."""
        self._raw.execute("RELEASE command")

    def undo(self) -> None:
        """Go back to the mark; raises where SQLite has undone the whole transaction by itself, as on a full disk."""
        self._raw.execute("ROLLBACK TO command")
        self._raw.execute("RELEASE command")

    def commit(self) -> None:
        """Commit; with synchronous=FULL the disk has it then."""
        self._raw.execute("COMMIT")
        self._forget()

    def rollback(self) -> None:
        """Forget everything; fine where nothing is open."""
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")
        self._forget()

    def close(self) -> None:
        """Close the file."""
        if self._above is not None:
            self._above.close()
            self._above.engine.dispose()
        self._raw.close()

    def _forget(self) -> None:
        """Let SQLAlchemy begin anew in its own books as well; the driver has no transaction open by now."""
        if self._above is not None:
            self._above.rollback()


class ThroughEngine:
    """Transactions of any database that SQLAlchemy knows."""

    def __init__(self, engine: Engine) -> None:
        """Take the engine that `open_writer` opened."""
        self._engine = engine
        self._connection: Connection | None = None
        self._root: RootTransaction | None = None
        self._mark: NestedTransaction | None = None

    def begin(self, commands: Iterable[Any]) -> None:  # noqa: ARG002 - the protocol's parameters
        """Check a connection out and begin."""
        self._connection = self._engine.connect()
        self._root = self._connection.begin()

    def apply(self, command: Any) -> Any:
        """Carry the command out."""
        return command.apply(self._connection)

    def savepoint(self) -> None:
        """Mark a place to come back to."""
        assert self._connection is not None
        self._mark = self._connection.begin_nested()

    def release(self) -> None:
        """Keep what was written since the mark."""
        assert self._mark is not None
        self._mark.commit()

    def undo(self) -> None:
        """Go back to the mark."""
        assert self._mark is not None
        self._mark.rollback()

    def commit(self) -> None:
        """Commit and give the connection back."""
        assert self._root is not None
        self._root.commit()
        self._give_back()

    def rollback(self) -> None:
        """Forget everything; fine where nothing is open."""
        if self._root is not None:
            self._root.rollback()
        self._give_back()

    def close(self) -> None:
        """Let the connections go."""
        self._engine.dispose()

    def _give_back(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._root = self._mark = None


@lru_cache
def _is_plain(kind: type) -> bool:
    return issubclass(kind, Plain)
