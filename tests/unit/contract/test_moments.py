"""A moment is read as it was written, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.contract.moments import read_moment


@pytest.mark.parametrize("text", ["2026-03-02T09:30:00Z", " 2026-03-02T09:30:00 ", "2026-03-02T10:30:00+01:00"])
def test_a_moment_is_told_in_utc(text: str) -> None:
    assert read_moment(text) == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("value", ["", "soon", "2026-02-30", "\ud800", None, True, 20260302, [], "9" * 5_000])
def test_what_is_no_moment_is_none(value: object) -> None:
    assert read_moment(value) is None


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_utc_cannot_hold_is_none(text: str) -> None:
    assert read_moment(text) is None
