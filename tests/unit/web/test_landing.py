"""What the door waits for: taken in together, stored together, told together, and nobody left waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from core.web.landing import MOST_TOGETHER, Landing, Outcome


class Doors:
    """Stand for the doors and the writer behind them: keep what is handed over, and settle it from another thread when told."""

    def __init__(self) -> None:
        self.groups: list[tuple[Sequence[Any], Callable[[Sequence[Outcome]], None]]] = []
        self.wakes = 0
        self.is_closed = False

    def admit_all(self, deliveries: Sequence[Any]) -> Sequence[tuple[Any, Any]]:
        """One with a question mark needs no storing."""
        return [(f"answer to {delivery}", None if delivery.endswith("?") else delivery) for delivery in deliveries]

    def refuse(self, delivery: Any, error: BaseException) -> Any:
        """Say what was wrong."""
        return f"{delivery}: {type(error).__name__}"

    def store(self, commands: Sequence[Any], settle: Callable[[Sequence[Outcome]], None]) -> None:
        """Keep them."""
        if self.is_closed:
            raise RuntimeError("closed")
        self.groups.append((commands, settle))

    def wake(self) -> None:
        """Count."""
        self.wakes += 1

    def settle(self, *errors: BaseException | None) -> None:
        """Settle the only group, each command with its error."""
        ((commands, settle),) = self.groups
        with ThreadPoolExecutor(1) as thread:
            thread.submit(settle, [(None, error) for error in errors or [None] * len(commands)]).result()


def run(body: Callable[[Landing, Doors], Coroutine[Any, Any, None]]) -> None:
    doors = Doors()
    asyncio.run(body(Landing(doors), doors))


def asked_of(landing: Landing, delivery: str) -> asyncio.Future[Any]:
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    landing.take(delivery, lambda told: None if answer.done() else answer.set_result(told))
    return answer


async def turns(until: Callable[[], bool]) -> None:
    while not until():
        await asyncio.sleep(0)


def test_what_arrives_in_one_turn_leaves_together_and_is_answered_together() -> None:
    async def body(landing: Landing, doors: Doors) -> None:
        answers = [asked_of(landing, f"n{number}") for number in range(5)]
        await turns(lambda: bool(doors.groups))
        assert [list(commands) for commands, _ in doors.groups] == [[f"n{number}" for number in range(5)]]
        assert not any(answer.done() for answer in answers)
        doors.settle()
        assert await asyncio.gather(*answers) == [f"answer to n{number}" for number in range(5)]
        assert doors.wakes == 1

    run(body)


def test_nothing_waits_for_company_once_enough_are_together() -> None:
    async def body(landing: Landing, doors: Doors) -> None:
        answers = [asked_of(landing, f"n{number}") for number in range(MOST_TOGETHER)]
        await turns(lambda: bool(doors.groups))
        doors.settle()
        assert await asyncio.gather(*answers) == [f"answer to n{number}" for number in range(MOST_TOGETHER)]

    run(body)


def test_one_that_was_not_stored_is_refused_and_the_others_are_not() -> None:
    async def body(landing: Landing, doors: Doors) -> None:
        answers = [asked_of(landing, name) for name in ("one", "two", "three")]
        await turns(lambda: bool(doors.groups))
        doors.settle(None, OSError("the disk is full"), None)
        assert await asyncio.gather(*answers) == ["answer to one", "two: OSError", "answer to three"]

    run(body)


def test_nobody_is_woken_when_nothing_was_stored() -> None:
    async def body(landing: Landing, doors: Doors) -> None:
        answer = asked_of(landing, "one")
        await turns(lambda: bool(doors.groups))
        doors.settle(OSError("the disk is full"))
        assert await answer == "one: OSError"
        assert doors.wakes == 0

    run(body)


def test_what_needs_no_storing_is_answered_without_waiting_for_the_disk() -> None:
    async def body(landing: Landing, doors: Doors) -> None:
        stored, asked = asked_of(landing, "stored"), asked_of(landing, "asked?")
        assert await asked == "answer to asked?"
        assert not stored.done()
        doors.settle()
        assert await stored == "answer to stored"

    run(body)


def test_a_closed_writer_is_a_refusal_and_not_an_endless_wait() -> None:
    async def body(landing: Landing, doors: Doors) -> None:
        doors.is_closed = True
        assert await asked_of(landing, "late") == "late: RuntimeError"

    run(body)


def test_a_sender_that_went_away_does_not_disturb_the_others() -> None:
    async def body(landing: Landing, doors: Doors) -> None:
        gone, patient = asked_of(landing, "gone"), asked_of(landing, "patient")
        await turns(lambda: bool(doors.groups))
        gone.cancel()
        doors.settle()
        assert await patient == "answer to patient"

    run(body)
