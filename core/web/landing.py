"""Between the event loop and the writer's thread: deliveries that arrive together are stored together and come back together.

Each crossing costs a fight for the interpreter and each COMMIT a flush of the disk, so under load they are shared by dozens.
A delivery that comes alone waits for one turn of the loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

MOST_TOGETHER = 64
LONGEST_WAIT_SECONDS = 0.01
"""Bounds for gathering: with more, or longer, the senders wait for the disk while nothing else is done."""

Settle = Callable[[Any, BaseException | None], None]
HandOver = Callable[[Settle], None]


class Landing:
    """Waits on the loop for what another thread settles. Used from one loop only."""

    def __init__(self) -> None:
        """Start with nothing on its way."""
        self._leaving: list[tuple[HandOver, asyncio.Future[None]]] = []
        self._landed: deque[tuple[asyncio.Future[None], BaseException | None]] = deque()
        self._is_called = False
        self._deadline = 0.0

    async def stored(self, hand_over: HandOver) -> None:
        """Have something handed over, and return once it is settled; raises what went wrong with it."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._leaving.append((hand_over, future))
        if len(self._leaving) == 1:
            self._deadline = loop.time() + LONGEST_WAIT_SECONDS
            loop.call_soon(self._look, loop, 1)
        await future

    def _look(self, loop: asyncio.AbstractEventLoop, known: int) -> None:
        """Wait for a turn of the loop that brings nothing new, within bounds."""
        count = len(self._leaving)
        if known < count < MOST_TOGETHER and loop.time() < self._deadline:
            loop.call_soon(self._look, loop, count)
        else:
            self._leave(loop)

    def _leave(self, loop: asyncio.AbstractEventLoop) -> None:
        leaving, self._leaving = self._leaving, []
        for hand_over, future in leaving:
            try:
                hand_over(partial(self._settle, loop, future))
            except Exception as error:  # noqa: BLE001 - handed to the one who waits
                self._land_one(future, error)

    def _settle(self, loop: asyncio.AbstractEventLoop, future: asyncio.Future[None], _: Any, error: BaseException | None) -> None:
        """Called in the other thread. Only the first of a group calls the loop, which costs a system call."""
        self._landed.append((future, error))
        if not self._is_called:
            self._is_called = True
            try:
                loop.call_soon_threadsafe(self._land)
            except RuntimeError:  # the loop has ended, and with it whoever waited
                self._landed.clear()

    def _land(self) -> None:
        self._is_called = False  # before the deque is emptied: what comes later calls again
        while self._landed:
            self._land_one(*self._landed.popleft())

    @staticmethod
    def _land_one(future: asyncio.Future[None], error: BaseException | None) -> None:
        if future.done():
            return  # the sender went away; its lead is stored all the same
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
