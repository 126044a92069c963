"""The store as the rest of the house sees it: `write` a command, `read` in a snapshot, seal and open personal bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from core.store.database import open_reader
from core.store.vault import SubjectKey, Unreadable, Vault
from core.store.writer import Command, Writes

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

ResultT = TypeVar("ResultT")


class Store:
    """One workspace of one database. Threads may share it."""

    def __init__(self, *, workspace: str, writer: Writes, reader: Engine | str, vault: Vault, new_id: Callable[[], str]) -> None:
        """Join a writer (local or a line to the server's), an engine for reading or the URL to open it at, and the vault.

        With a URL, SQLAlchemy is loaded with the first snapshot.
        """
        self.workspace = workspace
        self.vault = vault
        self.new_id = new_id
        self._writer = writer
        self._reader = reader
        self._opening = threading.Lock()

    def write(self, command: Command[ResultT]) -> ResultT:
        """Carry out a command; returns after its COMMIT."""
        return self._writer.write(command)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Open one consistent view of the database, for reading only."""
        with self._opened().connect() as connection, connection.begin():
            yield Snapshot(self, connection)

    def close(self) -> None:
        """Let the read connections go; the writer belongs to whoever made it."""
        if not isinstance(self._reader, str):
            self._reader.dispose()

    def _opened(self) -> Engine:
        with self._opening:
            if isinstance(self._reader, str):
                self._reader = open_reader(self._reader)
            return self._reader


class Snapshot:
    """A consistent view: runs queries and opens sealed columns."""

    def __init__(self, store: Store, connection: Connection) -> None:
        """Take the connection whose transaction is the view."""
        self.store = store
        self.workspace = store.workspace
        self.connection = connection
        self._wrapped: dict[str, bytes | None] = {}

    def all(self, statement: Any) -> Sequence[Any]:
        """Run a SELECT and give its rows."""
        return self.connection.execute(statement).all()

    def first(self, statement: Any) -> Any | None:
        """Run a SELECT and give its first row, if any."""
        return self.connection.execute(statement).first()

    def scalar(self, statement: Any) -> Any:
        """Run a SELECT and give the first value of its first row."""
        return self.connection.execute(statement).scalar()

    def load_keys(self, key_ids: Sequence[str]) -> None:
        """Fetch the wrapped keys of many subjects at once, ahead of opening their columns."""
        from sqlalchemy import select

        from core.store.commands.upsert import table_of
        from core.store.tables import SubjectKey as SubjectKeyRow

        keys = table_of(SubjectKeyRow)
        missing = [key_id for key_id in dict.fromkeys(key_ids) if key_id not in self._wrapped]
        for start in range(0, len(missing), 500):
            part = missing[start : start + 500]
            for row in self.all(select(keys.c.id, keys.c.wrapped).where(keys.c.workspace == self.workspace, keys.c.id.in_(part))):
                self._wrapped[row.id] = row.wrapped

    def key(self, key_id: str) -> SubjectKey:
        """The opened key of a subject; raises Unreadable when the person was erased."""
        if key_id not in self._wrapped:
            self.load_keys([key_id])
        if key_id not in self._wrapped:
            raise Unreadable(f"The key {key_id} is not in the store.")
        return self.store.vault.open_key(key_id, self._wrapped[key_id])

    def open(self, key_id: str, place: str, sealed: bytes | None) -> bytes | None:
        """Open a sealed column; None stays None."""
        return None if sealed is None else self.store.vault.open(self.key(key_id), place, sealed)
