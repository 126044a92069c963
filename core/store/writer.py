"""The one writer: commands from many threads, one transaction for all that wait (group commit)."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import lru_cache, partial
from typing import Any, Protocol, TypeVar, runtime_checkable

from sqlalchemy import Connection, Engine

ResultT = TypeVar("ResultT")
ResultT_co = TypeVar("ResultT_co", covariant=True)

Settle = Callable[[Any, BaseException | None], None]
"""Told what became of a command: its result, or the error."""

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
    """Owns the write connection. Every command is applied whole or not at all: one that fails leaves the others alone."""

    def __init__(self, engine: Engine) -> None:
        """Take the engine made by `open_writer` and start the writer's thread."""
        self._engine = engine
        self._queue: queue.SimpleQueue[tuple[Command[Any], Settle] | None] = queue.SimpleQueue()
        self._closed = False
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def hand_over(self, command: Command[Any], settle: Settle) -> None:
        """Hand a command over; `settle` is called from the writer's thread after the COMMIT that holds it.

        All commands of a COMMIT are settled one after the other, so `settle` must be quick and must not raise.
        """
        with self._door:  # else a command could slip in behind the end, and its caller wait for ever
            if self._closed:
                raise WriterClosed("The store is closed.")
            self._queue.put((command, settle))

    def submit(self, command: Command[ResultT]) -> Future[ResultT]:
        """Hand a command over; the future completes after the COMMIT that holds it."""
        future: Future[ResultT] = Future()
        self.hand_over(command, partial(_complete, future))
        return future

    def write(self, command: Command[ResultT]) -> ResultT:
        """Carry out a command and wait for its COMMIT."""
        return self.submit(command).result()

    def close(self) -> None:
        """Finish what waits, then stop; calling it twice is fine."""
        with self._door:
            if self._closed:
                return
            self._closed = True
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
            self._commit(group)
            if stop:
                return

    def _commit(self, group: list[tuple[Command[Any], Settle]]) -> None:
        runs = _joined(group)
        try:
            outcomes = self._alone(*runs[0]) if len(runs) == 1 else self._together(runs)
        except BaseException as error:  # noqa: BLE001 - the COMMIT failed: nobody may believe their command was stored
            outcomes = [(settle, None, error) for _, settle in group]
        for settle, result, failure in outcomes:
            settle(result, failure)

    def _alone(self, commands: list[Command[Any]], settles: list[Settle]) -> list[_Outcome]:
        """Commands that are carried out as one are the transaction and need no savepoint in it."""
        failure: Exception | None = None
        with self._engine.connect() as connection, connection.begin() as transaction:
            try:
                result = _whole(commands).apply(connection)
            except Exception as error:  # noqa: BLE001 - handed to the caller
                transaction.rollback()
                failure = error
        if failure is None:
            return [(settle, result, None) for settle in settles]
        if len(commands) == 1:
            return [(settles[0], None, failure)]
        return self._together([([command], [settle]) for command, settle in zip(commands, settles, strict=True)])

    def _together(self, runs: list[_Run]) -> list[_Outcome]:
        """Each in a savepoint of its own, and one COMMIT for all."""
        outcomes: list[_Outcome] = []
        with self._engine.connect() as connection, connection.begin():
            for commands, settles in runs:
                outcomes += _apply(connection, commands, settles)
        return outcomes


_Run = tuple[list[Command[Any]], list[Settle]]
_Outcome = tuple[Settle, Any, BaseException | None]


def _complete(future: Future[Any], result: Any, error: BaseException | None) -> None:
    if not future.set_running_or_notify_cancel():
        return  # nobody waits any more; what was written stays
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def _joined(group: list[tuple[Command[Any], Settle]]) -> list[_Run]:
    """Put runs of joinable commands of one type together, keeping the order."""
    runs: list[_Run] = []
    for command, settle in group:
        if runs and type(runs[-1][0][0]) is type(command) and _is_joinable(type(command)):
            runs[-1][0].append(command)
            runs[-1][1].append(settle)
        else:
            runs.append(([command], [settle]))
    return runs


@lru_cache
def _is_joinable(kind: type) -> bool:
    return issubclass(kind, Joinable)


def _whole(commands: list[Command[Any]]) -> Command[Any]:
    first = commands[0]
    return first.join(commands) if len(commands) > 1 and isinstance(first, Joinable) else first


def _apply(connection: Connection, commands: list[Command[Any]], settles: list[Settle]) -> list[_Outcome]:
    savepoint = connection.begin_nested()
    try:
        result = _whole(commands).apply(connection)
        savepoint.commit()
    except Exception as error:  # noqa: BLE001 - handed to the caller
        savepoint.rollback()
        if len(commands) == 1:
            return [(settles[0], None, error)]
        return [row for command, settle in zip(commands, settles, strict=True) for row in _apply(connection, [command], [settle])]
    return [(settle, result, None) for settle in settles]
