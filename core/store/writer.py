"""The one writer: commands from many threads, one transaction for all that wait (group commit)."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar, runtime_checkable

from sqlalchemy import Connection, Engine

ResultT = TypeVar("ResultT")
ResultT_co = TypeVar("ResultT_co", covariant=True)

MAX_GROUP = 256
"""Commands a transaction at most, so that no caller waits long for the others."""


class Command(Protocol[ResultT_co]):
    """A change of the database as a picklable value; applied whole or not at all, and safe to apply again after a rollback."""

    def apply(self, tx: Connection) -> ResultT_co:
        """Carry the change out inside the writer's transaction."""
        ...


@runtime_checkable
class Joinable(Protocol):
    """A command whose equals can be carried out as one (intake rows of many requests: one INSERT)."""

    @classmethod
    def join(cls, commands: Sequence[Any]) -> Command[Any]:
        """Make one command of many; its result is given to each of them."""
        ...


class Writes(Protocol):
    """Something that carries out commands: the writer here, or a line to the process that has it."""

    def write(self, command: Command[ResultT]) -> ResultT:
        """Carry out and return the result after the COMMIT; raises what `apply` raised."""
        ...


class WriterClosed(Exception):
    """The writer has been closed; the command was not carried out."""


class GroupWriter:
    """Owns the write connection. Every command is its own savepoint: one that fails leaves the others alone."""

    def __init__(self, engine: Engine) -> None:
        """Take the engine made by `open_writer` and start the writer's thread."""
        self._engine = engine
        self._queue: queue.SimpleQueue[tuple[Command[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._closed = False
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, command: Command[ResultT]) -> Future[ResultT]:
        """Hand a command over; the future completes after the COMMIT that holds it.

        A future that is cancelled before its transaction begins is left out; later it cannot be cancelled any more.
        """
        future: Future[ResultT] = Future()
        with self._door:
            if self._closed:
                raise WriterClosed("The store is closed.")
            self._queue.put((command, future))
        return future

    def write(self, command: Command[ResultT]) -> ResultT:
        """Carry out a command and wait for its COMMIT."""
        return self.submit(command).result()

    def close(self) -> None:
        """Finish what waits, then stop; calling it twice is fine."""
        with self._door:
            first = not self._closed
            self._closed = True
        if first:
            self._queue.put(None)
        self._thread.join()
        self._engine.dispose()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            group = [first]
            stop = False
            while len(group) < MAX_GROUP and not self._queue.empty():
                item = self._queue.get()
                if item is None:
                    stop = True
                    break
                group.append(item)
            self._commit([item for item in group if item[1].set_running_or_notify_cancel()])
            if stop:
                return

    def _commit(self, group: list[tuple[Command[Any], Future[Any]]]) -> None:
        outcomes: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            with self._engine.connect() as connection, connection.begin():
                for commands, futures in _joined(group):
                    outcomes += _apply(connection, commands, futures)
        except BaseException as error:  # noqa: BLE001 - the COMMIT failed: nobody may believe their command was stored
            outcomes = [(future, None, error) for _, future in group]
        for future, result, failure in outcomes:
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)


def _joined(group: list[tuple[Command[Any], Future[Any]]]) -> list[tuple[list[Command[Any]], list[Future[Any]]]]:
    """Put runs of joinable commands of one type together, keeping the order."""
    runs: list[tuple[list[Command[Any]], list[Future[Any]]]] = []
    for command, future in group:
        if runs and isinstance(command, Joinable) and type(runs[-1][0][0]) is type(command):
            runs[-1][0].append(command)
            runs[-1][1].append(future)
        else:
            runs.append(([command], [future]))
    return runs


def _apply(
    connection: Connection, commands: list[Command[Any]], futures: list[Future[Any]]
) -> list[tuple[Future[Any], Any, BaseException | None]]:
    first = commands[0]
    whole: Command[Any] = first.join(commands) if len(commands) > 1 and isinstance(first, Joinable) else first
    savepoint = connection.begin_nested()
    try:
        result = whole.apply(connection)
        savepoint.commit()
    except Exception as error:  # noqa: BLE001 - handed to the caller through the future
        savepoint.rollback()
        if len(commands) == 1:
            return [(futures[0], None, error)]
        return [row for command, future in zip(commands, futures, strict=True) for row in _apply(connection, [command], [future])]
    return [(future, result, None) for future in futures]
