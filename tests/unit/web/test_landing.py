"""What the door waits for: stored together, told together, and nobody left waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.web.landing import MOST_TOGETHER, Landing, Settle


class Writer:
    """Stands for the writer: keeps what it was handed and settles it from a thread of its own when told."""

    def __init__(self) -> None:
        self.waiting: list[Settle] = []

    def settle(self, error: BaseException | None = None) -> None:
        settles, self.waiting = self.waiting, []
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: [settle(None, error) for settle in settles]).result()


def run(body: Callable[[Landing, Writer], object]) -> None:
    async def main() -> None:
        await body(Landing(), Writer())  # type: ignore[misc]

    asyncio.run(main())


async def turns(until: Callable[[], bool]) -> None:
    while not until():
        await asyncio.sleep(0)


def test_what_arrives_in_one_turn_leaves_together_and_comes_back_together() -> None:
    async def body(landing: Landing, writer: Writer) -> None:
        tasks = [asyncio.create_task(landing.stored(writer.waiting.append)) for _ in range(5)]
        await turns(lambda: len(writer.waiting) == 5)
        assert not any(task.done() for task in tasks)
        writer.settle()
        await asyncio.gather(*tasks)

    run(body)


def test_nothing_waits_for_company_once_enough_are_together() -> None:
    async def body(landing: Landing, writer: Writer) -> None:
        tasks = [asyncio.create_task(landing.stored(writer.waiting.append)) for _ in range(MOST_TOGETHER)]
        await turns(lambda: len(writer.waiting) == MOST_TOGETHER)
        writer.settle()
        await asyncio.gather(*tasks)

    run(body)


def test_an_error_reaches_each_that_waited() -> None:
    async def body(landing: Landing, writer: Writer) -> None:
        tasks = [asyncio.create_task(landing.stored(writer.waiting.append)) for _ in range(2)]
        await turns(lambda: len(writer.waiting) == 2)
        writer.settle(OSError("the disk is full"))
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [OSError, OSError]

    run(body)


def test_a_closed_writer_is_an_error_and_not_an_endless_wait() -> None:
    async def body(landing: Landing, _: Writer) -> None:
        def refuse(_: Settle) -> None:
            raise RuntimeError("closed")

        with pytest.raises(RuntimeError, match="closed"):
            await landing.stored(refuse)

    run(body)


def test_a_sender_that_went_away_does_not_disturb_the_others() -> None:
    async def body(landing: Landing, writer: Writer) -> None:
        gone, patient = (asyncio.create_task(landing.stored(writer.waiting.append)) for _ in range(2))
        await turns(lambda: len(writer.waiting) == 2)
        gone.cancel()
        writer.settle()
        await patient
        assert gone.cancelled() or gone.cancelling()

    run(body)
