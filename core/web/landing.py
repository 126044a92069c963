"""Between the event loop and the writer's thread: deliveries that arrive together are taken in, stored and told together.

Each crossing costs a fight for the interpreter and each COMMIT a flush of the disk, so under load they are shared by dozens;
and checking dozens in a row costs less than half of checking each between other work, because the processor has the code at
hand. A delivery that comes alone waits for one turn of the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

MOST_TOGETHER = 64
LONGEST_WAIT_SECONDS = 0.01
"""Bounds for gathering: with more, or longer, the senders wait for the disk while nothing else is done."""

Outcome = tuple[Any, BaseException | None]


class _SettleAll(Protocol):
    def __call__(self, outcomes: Sequence[Outcome], /) -> None: ...


class Ashore(Protocol):
    """What deliveries come to: the doors."""

    def admit_all(self, deliveries: Sequence[Any], /) -> Sequence[tuple[Any, Any]]:
        """For each the answer, and what has to be stored before it is given (None: nothing). Raises nothing."""
        ...

    def refuse(self, delivery: Any, error: BaseException, /) -> Any:
        """The answer to one that could not be stored."""
        ...

    def store(self, commands: Sequence[Any], settle: _SettleAll, /) -> None:
        """Have the commands stored; `settle` is called from another thread with an outcome for each."""
        ...

    def wake(self) -> None:
        """Something new is stored."""
        ...


Tell = Callable[[Any], None]
"""Hears the answer, on the loop."""

_Waiting = tuple[Any, Tell]
_Stored = tuple[Any, Tell, Any]


class Landing:
    """Tells on the loop what another thread settles. Used from one loop only."""

    def __init__(self, doors: Ashore) -> None:
        """Take what admits, stores and refuses."""
        self._doors = doors
        self._arriving: list[_Waiting] = []
        self._deadline = 0.0

    def take(self, delivery: Any, tell: Tell) -> None:
        """Take a delivery in; `tell` hears what to answer once it is on disk or refused. It must be quick and must not raise."""
        loop = asyncio.get_running_loop()
        self._arriving.append((delivery, tell))
        if len(self._arriving) == 1:
            self._deadline = loop.time() + LONGEST_WAIT_SECONDS
            loop.call_soon(self._look, loop, 1)

    def _look(self, loop: asyncio.AbstractEventLoop, known: int) -> None:
        """Wait for a turn of the loop that brings nothing new, within bounds."""
        count = len(self._arriving)
        if known < count < MOST_TOGETHER and loop.time() < self._deadline:
            loop.call_soon(self._look, loop, count)
        else:
            self._take_in(loop)

    def _take_in(self, loop: asyncio.AbstractEventLoop) -> None:
        arriving, self._arriving = self._arriving, []
        commands: list[Any] = []
        stored: list[_Stored] = []
        admissions = self._doors.admit_all([delivery for delivery, _ in arriving])
        for (delivery, tell), (reply, command) in zip(arriving, admissions, strict=True):
            if command is None:
                tell(reply)
            else:
                commands.append(command)
                stored.append((delivery, tell, reply))
        if not commands:
            return
        try:
            self._doors.store(commands, partial(self._settle, loop, stored))
        except Exception as error:  # noqa: BLE001 - the writer is closed
            self._land(stored, [(None, error)] * len(stored))

    def _settle(self, loop: asyncio.AbstractEventLoop, stored: Sequence[_Stored], outcomes: Sequence[Outcome]) -> None:
        """Called in the other thread; the loop is called once for all, which costs a system call."""
        try:
            loop.call_soon_threadsafe(self._land, stored, outcomes)
        except RuntimeError:  # the loop has ended, and with it whoever waited
            return

    def _land(self, stored: Sequence[_Stored], outcomes: Sequence[Outcome]) -> None:
        is_any_stored = False
        for (delivery, tell, reply), (_, error) in zip(stored, outcomes, strict=True):
            is_any_stored |= error is None
            tell(reply if error is None else self._doors.refuse(delivery, error))
        if is_any_stored:
            self._doors.wake()
