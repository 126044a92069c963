"""The one writer: commands from many threads, one transaction for all that wait (group commit).

What waits at the door goes first and is committed by itself, so that no sender waits for the engine's larger writes; the
engine's turn comes after each such commit, so that it does not wait for ever either.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from core.store.transactions import Transactions, transactions_of

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy import Connection, Engine

ResultT = TypeVar("ResultT")
ResultT_co = TypeVar("ResultT_co", covariant=True)

Outcome = tuple[Any, BaseException | None]
"""What became of a command: its result, or the error."""

Settle = Callable[[Any, BaseException | None], None]
"""Told what became of a command."""

SettleAll = Callable[[Sequence[Outcome]], None]
"""Told what became of commands that were handed over together, in their order."""

MAX_GROUP = 256
"""Commands a transaction at most, so that no caller waits long for the others."""


class Command(Protocol[ResultT_co]):
    """A change of the database as a picklable value; applied whole or not at all, and safe to apply again after a rollback."""

    def apply(self, tx: Connection) -> ResultT_co:
        """Carry the change out inside the writer's transaction."""
        ...


@runtime_checkable
class Joinable(Protocol):
    """A command of the door, whose equals can be carried out as one (intake rows of many requests: one INSERT)."""

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

    def __init__(self, database: sqlite3.Connection | Engine) -> None:
        """Take what `open_prepared` or `open_writer` opened and start the writer's thread."""
        self._transactions: Transactions = transactions_of(database)
        self._queue: queue.SimpleQueue[_Parcel | None] = queue.SimpleQueue()
        self._first: deque[_Parcel] = deque()
        self._others: deque[_Parcel] = deque()
        self._closed = False
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def hand_over_all(self, commands: Sequence[Command[Any]], settle: SettleAll) -> None:
        """Hand over commands that came together; `settle` is called from the writer's thread after the COMMIT that holds them.

        It must be quick and must not raise. Raises WriterClosed.
        """
        with self._door:  # else a command could slip in behind the end, and its caller wait for ever
            if self._closed:
                raise WriterClosed("The store is closed.")
            self._queue.put((commands, settle))

    def submit(self, command: Command[ResultT]) -> Future[ResultT]:
        """Hand a command over; the future completes after the COMMIT that holds it."""
        future: Future[ResultT] = Future()
        self.hand_over_all((command,), partial(_complete, future))
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
        self._transactions.close()

    def _run(self) -> None:
        is_open = True
        while is_open or self._first or self._others:
            if is_open:
                is_open = self._sort_in(wait=not self._first and not self._others)
            for line in (self._first, self._others):
                if line:
                    self._commit(_group(line))

    def _sort_in(self, *, wait: bool) -> bool:
        """Put what has come into its line; tells whether more may come."""
        while wait or not self._queue.empty():
            parcel = self._queue.get()
            if parcel is None:
                return False
            wait = False
            (self._first if all(_is_joinable(type(command)) for command in parcel[0]) else self._others).append(parcel)
        return True

    def _commit(self, parcels: list[_Parcel]) -> None:
        commands = [command for parcel in parcels for command in parcel[0]]
        try:
            outcomes = self._carry_out(commands)
        except BaseException as error:  # noqa: BLE001 - the COMMIT failed: nobody may believe their command was stored
            with suppress(Exception):
                self._transactions.rollback()
            outcomes = [(None, error)] * len(commands)
        start = 0
        for theirs, settle in parcels:
            settle(outcomes[start : start + len(theirs)])
            start += len(theirs)

    def _carry_out(self, commands: list[Command[Any]]) -> list[Outcome]:
        """One COMMIT for all; a run that is the whole transaction needs no savepoint in it."""
        runs = _joined(commands)
        if len(runs) == 1:
            self._transactions.begin(commands)
            try:
                result = self._transactions.apply(_whole(runs[0]))
            except Exception as error:  # noqa: BLE001 - handed to the caller
                self._transactions.rollback()
                if len(runs[0]) == 1:
                    return [(None, error)]
                runs = [[command] for command in runs[0]]
            else:
                self._transactions.commit()
                return [(result, None)] * len(runs[0])
        self._transactions.begin(commands)
        outcomes = [outcome for run in runs for outcome in self._protected(run)]
        self._transactions.commit()
        return outcomes

    def _protected(self, run: list[Command[Any]]) -> list[Outcome]:
        """A savepoint for the run; where it fails, one for each of its commands."""
        self._transactions.savepoint()
        try:
            result = self._transactions.apply(_whole(run))
            self._transactions.release()
        except Exception as error:  # noqa: BLE001 - handed to the caller
            self._transactions.undo()
            if len(run) == 1:
                return [(None, error)]
            return [outcome for command in run for outcome in self._protected([command])]
        return [(result, None)] * len(run)


_Parcel = tuple[Sequence[Command[Any]], SettleAll]


def _group(line: deque[_Parcel]) -> list[_Parcel]:
    """Take what fits into one transaction off a line's head: one parcel at least."""
    group = [line.popleft()]
    count = len(group[0][0])
    while line and count + len(line[0][0]) <= MAX_GROUP:
        group.append(line.popleft())
        count += len(group[-1][0])
    return group


def _complete(future: Future[Any], outcomes: Sequence[Outcome]) -> None:
    if not future.set_running_or_notify_cancel():
        return  # nobody waits any more; what was written stays
    result, error = outcomes[0]
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def _joined(commands: list[Command[Any]]) -> list[list[Command[Any]]]:
    """Put runs of joinable commands of one type together, keeping the order."""
    runs: list[list[Command[Any]]] = []
    for command in commands:
        if runs and type(runs[-1][0]) is type(command) and _is_joinable(type(command)):
            runs[-1].append(command)
        else:
            runs.append([command])
    return runs


@lru_cache
def _is_joinable(kind: type) -> bool:
    return issubclass(kind, Joinable)


def _whole(commands: list[Command[Any]]) -> Command[Any]:
    first = commands[0]
    return first.join(commands) if len(commands) > 1 and isinstance(first, Joinable) else first
