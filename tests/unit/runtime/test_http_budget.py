"""The day's budget as calls meet it: background ones are refused early and told until when, vendors' counts tighten it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from core.contract import Limit, RateLimited, Request
from core.runtime.allowance import share_of
from core.runtime.http import OpenedContext
from core.runtime.http.budget import ASK_AGAIN_SECONDS, Budget
from core.runtime.http.pressure import DayUsage, read_day_usage
from core.runtime.urgency import background, is_background
from tests.support.books import Books, books
from tests.support.http import Answer, HandClock, Served, make_context, serve

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = 86_400
TEN = [Limit(name="daily", calls=10, per_seconds=DAY, exempt=["login"])]


@pytest.fixture
def opened() -> Iterator[Books]:
    with books() as made:
        yield made


def send(context: OpenedContext, times: int = 1, bucket: str | None = None) -> int:
    """Send so often; tell how many calls went through before one was held back."""
    for number in range(times):
        try:
            context.http.send(Request("GET", "/x", bucket=bucket))
        except RateLimited:
            return number
    return times


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"sforce-limit-info": "api-usage=18/5000"}, DayUsage(18, 5000)),
        ({"sforce-limit-info": "api-usage=18/5000; per-app-api-usage=17/250(appName=x)"}, DayUsage(17, 250)),
        ({"sforce-limit-info": "api-usage=4990/5000; per-app-api-usage=17/250(appName=x)"}, DayUsage(4990, 5000)),
        ({"sforce-limit-info": "api-usage=5020/5000"}, DayUsage(5020, 5000)),
        ({"sforce-limit-info": "api-usage=0/0"}, None),
        ({"sforce-limit-info": "api-usage=some/many"}, None),
        ({"x-hubspot-ratelimit-daily": "250000", "x-hubspot-ratelimit-daily-remaining": "249000"}, DayUsage(1000, 250_000)),
        ({"x-hubspot-ratelimit-daily": "250000", "x-hubspot-ratelimit-daily-remaining": "-3"}, DayUsage(250_000, 250_000)),
        ({"x-hubspot-ratelimit-daily": "250000"}, None),
        ({"x-hubspot-ratelimit-daily": "nan", "x-hubspot-ratelimit-daily-remaining": "inf"}, None),
        ({}, None),
    ],
)
def test_the_vendors_counts_of_the_day_are_read(headers: dict[str, str], expected: DayUsage | None) -> None:
    assert read_day_usage(headers) == expected


@pytest.mark.parametrize(("calls", "reserve", "share"), [(10, 0.7, 3), (100, 0.9, 10), (10, 0.2, 8), (1, 0.5, 1), (7, 0.0, 7)])
def test_a_share_is_a_whole_number_of_calls_and_at_least_one(calls: int, reserve: float, share: int) -> None:
    assert share_of(calls, reserve, live=False) == share
    assert share_of(calls, reserve, live=True) == calls


def requests_of(context: OpenedContext, url: str) -> Callable[[], object]:
    session = context.context.sdk.requests_session()
    return lambda: session.get(f"{url}/x")


def urllib3_of(context: OpenedContext, url: str) -> Callable[[], object]:
    pool = context.context.sdk.urllib3_pool()
    return lambda: pool.request("GET", f"{url}/x")


def plain_of(context: OpenedContext, url: str) -> Callable[[], object]:
    return lambda: context.http.send(Request("GET", "/x"))


@pytest.mark.parametrize("way", [plain_of, requests_of, urllib3_of])
def test_background_calls_leave_the_reserve_to_live_ones_through_every_kind_of_transport(
    opened: Books, way: Callable[[OpenedContext, str], Callable[[], object]]
) -> None:
    budget = Budget(TEN, 0.2, opened.book())
    clock = HandClock(NOW)
    with serve(lambda seen: Answer()) as server, closing(make_context(server.url, budget=budget, clock=clock)) as context:
        call = way(context, server.url)
        with background():
            for _ in range(8):
                call()
            with pytest.raises(RateLimited, match="kept for live leads") as caught:
                call()
        call()
        call()
        with pytest.raises(RateLimited, match="the 10 calls of a day are used up"):
            call()
    assert len(server.seen) == 10
    assert caught.value.retry_after == pytest.approx(DAY, abs=901)
    assert clock.slept == []


def test_background_ends_with_its_block_and_holds_for_its_thread_only() -> None:
    seen: list[bool] = []
    with pytest.raises(ValueError, match="out of it"), background(), background():
        other = threading.Thread(target=lambda: seen.append(is_background()))
        other.start()
        other.join()
        seen.append(is_background())
        raise ValueError("out of it")
    assert [*seen, is_background()] == [False, True, False]


def test_a_login_that_the_day_does_not_count_passes_when_the_day_is_used_up(opened: Books) -> None:
    hourly = Limit(name="logins", calls=2, per_seconds=3600, bucket="login")
    with serve(lambda seen: Answer()) as server:
        for number in range(2):  # the second is a restart
            budget = Budget([*TEN, hourly], 0.2, opened.book())
            with closing(make_context(server.url, budget=budget, clock=HandClock(NOW))) as context:
                assert send(context, 20) == (10 if number == 0 else 0)
                assert send(context, 2, "login") == (2 if number == 0 else 0)


def test_one_account_that_is_used_up_delays_no_other(opened: Books) -> None:
    clock = HandClock(NOW)
    spent, other = Budget(TEN, 0.2, opened.book("acme/a")), Budget(TEN, 0.2, opened.book("acme/b"))
    with (
        serve(lambda seen: Answer()) as server,
        closing(make_context(server.url, budget=spent, clock=clock)) as first,
        closing(make_context(server.url, budget=other, clock=clock)) as second,
    ):
        assert send(first, 20) == 10
        assert send(second, 10) == 10
    assert clock.slept == []


def test_threads_share_one_budget(opened: Books) -> None:
    budget = Budget([Limit(name="daily", calls=100, per_seconds=DAY)], 0.2, opened.book())

    def call(number: int) -> bool:
        with background() if number % 2 else nullcontext():
            return budget.acquire(None, NOW, live=not is_background()) is None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(call, range(400))) == 100


def counting(used: int, allowed: int) -> Callable[[object], Answer]:
    return lambda seen: Answer(headers={"Sforce-Limit-Info": f"api-usage={used}/{allowed}"})


def held(context: OpenedContext) -> RateLimited:
    with pytest.raises(RateLimited) as caught:
        context.http.send(Request("GET", "/x"))
    return caught.value


def test_what_other_programs_use_up_counts_too(opened: Books) -> None:
    budget = Budget([Limit(name="daily", calls=100_000, per_seconds=DAY)], 0.2, opened.book())
    with (
        serve(counting(85, 100)) as server,
        closing(make_context(server.url, budget=budget, clock=HandClock(NOW))) as context,
    ):
        assert send(context) == 1
        with background():
            error = held(context)
        assert send(context) == 1
    assert "by the vendor's own count the 100 calls of a day" in error.message
    assert error.retry_after == pytest.approx(ASK_AGAIN_SECONDS)
    assert len(server.seen) == 2


def test_the_vendors_count_never_loosens_the_own_one(opened: Books) -> None:
    with (
        serve(counting(0, 1_000_000)) as server,
        closing(make_context(server.url, budget=Budget(TEN, 0.2, opened.book()), clock=HandClock(NOW))) as context,
    ):
        assert send(context, 20) == 10


def answers_of(*used: int) -> Callable[[object], Answer]:
    """Say these counts one after the other, then the last again and again."""
    left = list(used)
    return lambda seen: Answer(headers={"Sforce-Limit-Info": f"api-usage={left.pop(0) if len(left) > 1 else left[0]}/100"})


def vendor_context(server: Served, clock: HandClock, budget: Budget) -> OpenedContext:
    return make_context(server.url, budget=budget, clock=clock)


def test_once_an_hour_one_call_asks_whether_the_vendors_day_has_begun_anew() -> None:
    clock, budget = HandClock(NOW), Budget()
    with serve(answers_of(100, 100, 3)) as server, closing(vendor_context(server, clock, budget)) as context:
        assert send(context, 5) == 1
        clock.advance(ASK_AGAIN_SECONDS - 1)
        assert held(context).retry_after == pytest.approx(1.0)
        clock.advance(1)
        assert send(context, 5) == 1
        clock.advance(ASK_AGAIN_SECONDS)
        assert send(context, 5) == 5


def test_own_calls_since_the_vendors_count_are_added_to_it() -> None:
    budget = Budget()
    budget.note(98, 100, NOW)
    assert [budget.acquire(None, NOW, live=True) is None for _ in range(3)] == [True, True, False]


def test_a_call_that_the_day_does_not_count_passes_when_the_vendor_counts_it_full(opened: Books) -> None:
    budget = Budget(TEN, 0.2, opened.book())
    budget.note(100, 100, NOW)
    assert budget.acquire("login", NOW, live=True) is None
    assert budget.acquire(None, NOW, live=True) is not None


def test_while_the_one_call_is_under_way_no_other_asks() -> None:
    budget = Budget()
    budget.note(100, 100, NOW)
    later = NOW + timedelta(seconds=ASK_AGAIN_SECONDS)
    assert budget.acquire(None, later, live=True) is None
    hold = budget.acquire(None, later, live=True)
    assert hold is not None and hold.seconds == pytest.approx(60)


def test_the_vendors_count_outlives_a_restart_until_a_day_has_passed(opened: Books) -> None:
    first = Budget([], 0.2, opened.book())
    first.note(100, 100, NOW)
    opened.settle(first)
    again = Budget([], 0.2, opened.book())
    assert again.acquire(None, NOW + timedelta(minutes=59), live=True) is not None
    much_later = Budget([], 0.2, opened.book())
    assert much_later.acquire(None, NOW + timedelta(days=2), live=True) is None
    assert much_later.acquire(None, NOW + timedelta(days=2), live=True) is None


def test_a_store_that_cannot_be_written_stops_the_call_before_it_is_sent(opened: Books) -> None:
    class Full(Exception):
        pass

    class FullBook:
        def set_aside(self, *_: object) -> object:
            raise Full

        def day_count(self) -> None:
            return None

    budget = Budget(TEN, 0.2, FullBook())  # type: ignore[arg-type]  # it never answers
    with serve(lambda seen: Answer()) as server, closing(make_context(server.url, budget=budget)) as context, pytest.raises(Full):
        context.http.send(Request("GET", "/x"))
    assert server.seen == []
