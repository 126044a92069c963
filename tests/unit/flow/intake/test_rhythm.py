"""What is usual for a source, and when its silence is told: neither in its nights and weekends, nor before it is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.flow.intake.rhythm import rhythm

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def office_hours(days: int, every: timedelta = timedelta(minutes=40)) -> list[datetime]:
    """Arrivals from 8 to 18 o'clock on working days."""
    times = []
    for day in (MONDAY + timedelta(days=each) for each in range(days)):
        at = day.replace(hour=8)
        while day.weekday() < 5 and at.hour < 18:
            times.append(at)
            at += every
    return times


def test_a_source_that_stops_in_its_waking_hours_is_silent_after_six_of_its_longer_gaps() -> None:
    times = office_hours(3)[:-10]  # the last came late in the morning of the third day

    assert not rhythm(times, times[-1] + timedelta(hours=3)).is_silent
    found = rhythm(times, times[-1] + timedelta(hours=5))
    assert found.is_silent
    assert (found.usual, found.silent_for) == (timedelta(minutes=40), timedelta(hours=5))


def test_a_night_is_no_silence_but_the_morning_after_it_is() -> None:
    times = office_hours(4, timedelta(minutes=10))
    friday = MONDAY + timedelta(days=4)

    assert not rhythm(times, friday + timedelta(hours=8, minutes=50)).is_silent
    assert rhythm(times, friday + timedelta(hours=9, minutes=30)).is_silent


@pytest.mark.parametrize("days", [5, 12, 19])
def test_a_weekend_is_no_silence_whether_one_was_ever_seen_or_not(days: int) -> None:
    times = office_hours(days, timedelta(minutes=10))
    monday = MONDAY + timedelta(days=days + 2)

    assert not rhythm(times, monday + timedelta(hours=8)).is_silent
    assert rhythm(times, monday + timedelta(hours=11)).is_silent


def test_a_source_that_gives_little_at_any_hour_gets_time() -> None:
    times = [MONDAY + timedelta(hours=29 * each) for each in range(30)]

    assert not rhythm(times, times[-1] + timedelta(days=7)).is_silent
    assert rhythm(times, times[-1] + timedelta(days=8)).is_silent


def test_silences_below_an_hour_are_never_told() -> None:
    times = [MONDAY + timedelta(minutes=each) for each in range(4 * 1440)]

    assert not rhythm(times, times[-1] + timedelta(minutes=59)).is_silent
    assert rhythm(times, times[-1] + timedelta(minutes=62)).is_silent


@pytest.mark.parametrize(
    "times",
    [
        pytest.param([MONDAY], id="one"),
        pytest.param([MONDAY + timedelta(days=each) for each in range(7)], id="a few"),
        pytest.param([MONDAY + timedelta(minutes=each) for each in range(300)], id="an import"),
    ],
)
def test_nothing_is_expected_of_a_source_that_is_not_known_yet(times: list[datetime]) -> None:
    found = rhythm(times, MONDAY + timedelta(days=900))

    assert (found.is_silent, found.usual, found.last_at) == (False, None, times[-1])


def test_a_clock_that_was_set_back_makes_no_silence() -> None:
    times = office_hours(5)

    assert rhythm(times, times[0]).silent_for == timedelta()
