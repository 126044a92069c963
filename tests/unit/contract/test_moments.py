"""A moment is read as it was written, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.contract.moments import as_of, read_moment


@pytest.mark.parametrize("text", ["2026-03-02T09:30:00Z", " 2026-03-02T09:30:00 ", "2026-03-02T10:30:00+01:00"])
def test_a_moment_is_told_in_utc(text: str) -> None:
    assert read_moment(text) == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_a_moment_without_an_offset_is_in_the_zone_that_is_named() -> None:
    zone = ZoneInfo("Europe/Helsinki")
    assert read_moment("2026-03-02T11:30:00", zone) == read_moment("2026-03-02T09:30:00Z", zone) == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert read_moment("0001-01-01T00:00:00", zone) is None


@pytest.mark.parametrize("value", ["", "soon", "2026-02-30", "\ud800", None, True, 20260302, [], "9" * 5_000])
def test_what_is_no_moment_is_none(value: object) -> None:
    assert read_moment(value) is None


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_utc_cannot_hold_is_none(text: str) -> None:
    assert read_moment(text) is None


def test_of_two_states_of_one_moment_the_one_read_later_is_later_and_moments_keep_their_order() -> None:
    moment = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    reads = [moment, moment + timedelta(minutes=5), moment + timedelta(days=1)]
    told = [as_of(moment, at) for at in reads]
    assert told == sorted(set(told)) and told[0] == moment
    assert as_of(moment, moment + timedelta(days=400)) < as_of(moment + timedelta(seconds=2), moment)
    assert as_of(moment, moment - timedelta(days=1)) == moment
