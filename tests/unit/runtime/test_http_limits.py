"""Declared limits hold over all threads, the vendor's headers only tighten them, and a refusal closes the gate."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.contract import Limit, RateLimited, Request
from core.runtime.http.limits import Limits
from core.runtime.http.pressure import Pressure, read_pressure, read_retry_after
from tests.support.http import Answer, HandClock, make_context, make_manifest, serve

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@given(calls=st.integers(1, 20), seconds=st.floats(0.5, 100), gaps=st.lists(st.floats(0, 10), max_size=120))
def test_no_window_ever_holds_more_calls_than_declared(calls: int, seconds: float, gaps: list[float]) -> None:
    limits = Limits([Limit(name="all", calls=calls, per_seconds=seconds)])
    now, passed = 0.0, []
    for gap in gaps:
        now += gap
        if limits.acquire(None, now) is None:
            passed.append(now)
    for start in passed:
        assert sum(start <= moment < start + seconds for moment in passed) <= calls


@given(calls=st.integers(1, 10), seconds=st.floats(0.5, 100))
@example(calls=1, seconds=0.8)
def test_after_the_wait_that_is_named_a_call_passes(calls: int, seconds: float) -> None:
    limits = Limits([Limit(name="all", calls=calls, per_seconds=seconds)])
    for _ in range(calls):
        assert limits.acquire(None, 50.0) is None
    hold = limits.acquire(None, 50.0)
    assert hold is not None
    assert seconds <= hold.seconds <= seconds * 1.02
    assert limits.acquire(None, 50.0 + hold.seconds + 1e-6) is None


def test_a_limit_of_a_bucket_counts_only_its_calls_and_an_exempt_bucket_not_against_the_general_one() -> None:
    limits = Limits(
        [Limit(name="general", calls=2, per_seconds=10, exempt=["search"]), Limit(name="s", calls=1, per_seconds=1, bucket="search")]
    )
    assert limits.acquire("search", 0) is None
    assert limits.acquire("search", 0) is not None
    assert limits.acquire(None, 0) is None
    assert limits.acquire("other", 0) is None
    assert limits.acquire(None, 0) is not None


def test_a_call_that_has_to_wait_uses_up_nothing() -> None:
    limits = Limits([Limit(name="a", calls=5, per_seconds=10), Limit(name="b", calls=1, per_seconds=10)])
    assert limits.acquire(None, 0) is None
    for _ in range(20):
        assert limits.acquire(None, 0) is not None
    assert limits.acquire(None, 10.2) is None


def test_the_vendors_count_tightens_and_never_loosens() -> None:
    limits = Limits([Limit(name="all", calls=3, per_seconds=10)])
    limits.tighten("all", 1, 10, now=0)
    limits.tighten("all", 1000, 10, now=0)
    assert limits.acquire(None, 0) is None
    assert limits.acquire(None, 0) is not None
    limits.tighten("all", 1000, 10, now=11)
    assert [limits.acquire(None, 11) is None for _ in range(4)] == [True, True, True, False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        (" 7 ", 7.0),
        ("-5", 0.0),
        ("999999999", 86_400.0),
        (format_datetime(NOW + timedelta(seconds=30), usegmt=True), 30.0),
        ("Mon, 02 Mar 2026 09:00:30 -0000", 30.0),
        (format_datetime(NOW - timedelta(days=9), usegmt=True), 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("", None),
    ],
)
def test_both_forms_of_retry_after_are_read_and_clamped(text: str, expected: float | None) -> None:
    assert read_retry_after({"retry-after": text}, NOW) == expected


@given(text=st.text())
def test_no_retry_after_can_break_the_reading(text: str) -> None:
    seconds = read_retry_after({"retry-after": text}, NOW)
    assert seconds is None or 0 <= seconds <= 86_400


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-hubspot-ratelimit-remaining": "3", "x-hubspot-ratelimit-interval-milliseconds": "10000"}, Pressure(3, 10.0, 10.0)),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "42"}, Pressure(0, 42.0)),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW.timestamp() + 60)}, Pressure(0, 60.0)),
        ({"x-ratelimit-remaining": "-4", "x-ratelimit-reset": "-1"}, Pressure(0, 0.0)),
        ({"x-ratelimit-remaining": "many", "x-ratelimit-reset": "1"}, None),
        ({"x-ratelimit-remaining": "3"}, None),
        ({}, None),
    ],
)
def test_the_vendors_counters_are_read(headers: Mapping[str, str], expected: Pressure | None) -> None:
    assert read_pressure(headers, NOW) == expected


def test_threads_share_one_limit() -> None:
    clock = HandClock()
    manifest = make_manifest(limits=[{"name": "hourly", "calls": 20, "per_seconds": 3600}])
    held: list[float] = []

    def call() -> None:
        try:
            opened.http.send(Request("GET", "/x"))
        except RateLimited as error:
            held.append(error.retry_after or 0)

    with (
        serve(lambda seen: Answer()) as server,
        closing(make_context(server.url, manifest=manifest, clock=clock)) as opened,
        ThreadPoolExecutor(8) as pool,
    ):
        for future in [pool.submit(call) for _ in range(50)]:
            future.result()
    assert len(server.seen) == 20
    assert len(held) == 30
    assert all(3500 < seconds < 3700 for seconds in held)
    assert clock.slept == []


def test_a_short_wait_for_ones_share_is_waited() -> None:
    clock = HandClock()
    manifest = make_manifest(limits=[{"name": "second", "calls": 2, "per_seconds": 1}])
    with serve(lambda seen: Answer()) as server, closing(make_context(server.url, manifest=manifest, clock=clock)) as opened:
        for _ in range(5):
            opened.http.send(Request("GET", "/x"))
    assert len(server.seen) == 5
    assert len(clock.slept) == 2


@pytest.mark.parametrize("retry_after", ["120", format_datetime(NOW + timedelta(seconds=120), usegmt=True)])
def test_after_a_429_with_retry_after_nothing_is_sent_until_then(retry_after: str) -> None:
    clock = HandClock(NOW)
    answers = [Answer(429, headers={"Retry-After": retry_after}), Answer()]
    with serve(lambda seen: answers.pop(0)) as server, closing(make_context(server.url, clock=clock)) as opened:
        for expected in (120, 60):
            with pytest.raises(RateLimited) as caught:
                opened.http.send(Request("GET", "/x"))
            assert caught.value.retry_after == pytest.approx(expected)
            clock.advance(60)
        assert opened.http.send(Request("GET", "/x")).status == 200
    assert len(server.seen) == 2


def test_a_429_without_retry_after_is_not_sent_again_in_the_same_call() -> None:
    with serve(lambda seen: Answer(429)) as server, closing(make_context(server.url)) as opened, pytest.raises(RateLimited) as caught:
        opened.http.send(Request("GET", "/x"))
    assert caught.value.retry_after is None
    assert len(server.seen) == 1


def test_the_vendors_headers_hold_calls_back_before_it_refuses() -> None:
    manifest = make_manifest(limits=[{"name": "burst", "calls": 100, "per_seconds": 10}])
    headers = {"X-HubSpot-RateLimit-Remaining": "1", "X-HubSpot-RateLimit-Interval-Milliseconds": "10000"}
    with serve(lambda seen: Answer(headers=headers)) as server, closing(make_context(server.url, manifest=manifest)) as opened:
        opened.http.send(Request("GET", "/x"))
        opened.http.send(Request("GET", "/x"))
        with pytest.raises(RateLimited, match="vendor's own count"):
            opened.http.send(Request("GET", "/x"))
    assert len(server.seen) == 2


def test_a_lane_that_has_lost_its_lease_sends_nothing() -> None:
    class LeaseLost(Exception):
        pass

    def check() -> None:
        raise LeaseLost

    with (
        serve(lambda seen: Answer()) as server,
        closing(make_context(server.url, before_send=check)) as opened,
        pytest.raises(LeaseLost),
    ):
        opened.http.send(Request("POST", "/x"))
    assert server.seen == []
