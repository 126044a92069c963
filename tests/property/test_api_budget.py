"""The budget of a day holds over restarts, kills and processes beside each other, and the reserve is there for live leads.

`LEADLOOM_TRIALS` multiplies the number of histories (`make chaos` sets it).
"""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta

import pytest

from core.contract import Limit
from core.runtime.allowance import share_of
from core.runtime.http.budget import Budget
from tests.support.books import Books, books

HISTORIES = 6 * int(os.environ.get("LEADLOOM_TRIALS", "1"))
SHARDS = 4
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
GAPS = (0.0, 0.0, 0.0, 0.2, 3.0, 47.0, 400.0, 899.9, 7_000.0, 40_000.0)


class History:
    """Two processes that call one account; each may be killed, or ended in good order, at any time."""

    def __init__(self, chance: random.Random, opened: Books) -> None:
        self.chance = chance
        self.opened = opened
        self.limits = [
            Limit(name="daily", calls=chance.choice((1, 3, 20, 150)), per_seconds=86_400, exempt=["login"]),
            Limit(name="logins", calls=chance.choice((2, 9)), per_seconds=3_600, bucket="login"),
        ]
        self.reserve = chance.choice((0.0, 0.2, 0.5, 0.7, 0.95))
        self.now = START
        self.made: list[tuple[datetime, str | None, bool]] = []
        self.processes = [self.new_process(), self.new_process()]

    def new_process(self) -> Budget:
        return Budget(self.limits, self.reserve, self.opened.book())

    def step(self) -> None:
        number = self.chance.randrange(2)
        if self.chance.random() < 0.05:
            if self.chance.random() < 0.5:
                self.opened.settle(self.processes[number])  # ended in good order; the other way is SIGKILL
            self.processes[number] = self.new_process()
        if self.chance.random() < 0.1:
            self.opened.settle(self.processes[number])
        bucket, live = self.chance.choice((None, None, None, "search", "login")), self.chance.random() < 0.4
        if self.processes[number].acquire(bucket, self.now, live=live) is None:
            self.made.append((self.now, bucket, live))
        self.now += timedelta(seconds=self.chance.choice(GAPS))

    def made_with(self, number: int, span: timedelta) -> int:
        """How many calls of the same kind were made in the time that ends with this one, itself included."""
        end, is_login = self.made[number][0], self.made[number][1] == "login"
        return sum(at > end - span and (bucket == "login") == is_login for at, bucket, _ in self.made[: number + 1])


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_restart_lets_more_calls_through_than_a_day_has_and_none_but_live_ones_touch_the_reserve(shard: int) -> None:
    for number in range(HISTORIES):
        with books() as opened:
            history = History(random.Random(f"{shard}/{number}"), opened)
            for _ in range(150):
                history.step()
            daily, logins = history.limits
            for index, (_, bucket, live) in enumerate(history.made):
                if bucket == "login":
                    assert history.made_with(index, timedelta(hours=1)) <= logins.calls
                else:
                    assert history.made_with(index, DAY) <= share_of(daily.calls, history.reserve, live=live)


def test_background_alone_never_goes_beyond_its_share_whatever_is_killed() -> None:
    for number in range(HISTORIES):
        chance = random.Random(number)
        with books() as opened:
            limit = Limit(name="daily", calls=chance.choice((5, 40, 300)), per_seconds=86_400)
            made = 0
            for _ in range(40):
                budget = Budget([limit], 0.2, opened.book())  # each is killed in the middle of its work
                made += sum(budget.acquire(None, START, live=False) is None for _ in range(chance.randrange(12)))
            assert made <= share_of(limit.calls, 0.2, live=False)
            live = Budget([limit], 0.2, opened.book())
            assert sum(live.acquire(None, START, live=True) is None for _ in range(400)) >= limit.calls * 0.2 - 1e-9


def test_without_a_kill_not_one_call_is_lost() -> None:
    with books() as opened:
        limit = Limit(name="daily", calls=120, per_seconds=86_400)
        made = 0
        for _ in range(200):
            budget = Budget([limit], 0.2, opened.book())
            made += budget.acquire(None, START, live=True) is None
            opened.settle(budget)
        assert made == 120


def test_after_the_wait_that_is_named_a_call_passes_and_not_before() -> None:
    with books() as opened:
        limit = Limit(name="daily", calls=10, per_seconds=86_400)
        budget = Budget([limit], 0.2, opened.book())
        for number in range(8):
            assert budget.acquire(None, START + timedelta(minutes=20 * number), live=False) is None
        now = START + timedelta(hours=5)
        hold = budget.acquire(None, now, live=False)
        assert hold is not None and "kept for live leads" in hold.reason
        free_at = now + timedelta(seconds=hold.seconds)
        assert START + DAY <= free_at <= START + DAY + timedelta(minutes=15)
        assert budget.acquire(None, free_at - timedelta(seconds=1), live=False) is not None
        assert budget.acquire(None, free_at, live=False) is None
