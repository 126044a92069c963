"""Reading everything outside of a lane: short limits are waited for, long ones end it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.contract import Cursor, Page, RateLimited
from core.runtime.walking import every_page, patiently


class Limited:
    """Holds back before the page that is named, once."""

    def __init__(self, at: str, retry_after: float) -> None:
        self.at: str | None = at
        self.retry_after = retry_after

    def read(self, object_name: str, since: str | None) -> Iterator[Page]:
        for name in "abc":
            if since is not None and name <= since:
                continue
            if name == self.at:
                self.at = None
                raise RateLimited("Held back.", retry_after=self.retry_after)
            yield Page([], Cursor(name))


def test_the_walk_goes_on_behind_the_last_page() -> None:
    slept: list[float] = []
    assert [page.resume for page in every_page(Limited("c", 7.0), "lead", slept.append)] == ["a", "b", "c"]
    assert slept == [7.0]


def test_a_limit_of_hours_ends_the_walk() -> None:
    with pytest.raises(RateLimited):
        list(every_page(Limited("b", 9_000.0), "lead", lambda _: None))


def test_a_call_is_made_again_after_a_short_limit() -> None:
    answers = iter([RateLimited("Held back.", retry_after=3.0), "found"])

    def call() -> str:
        answer = next(answers)
        if isinstance(answer, RateLimited):
            raise answer
        return str(answer)

    slept: list[float] = []
    assert patiently(call, slept.append) == "found"
    assert slept == [3.0]


class AtWork:
    """Is at work on a job for two looks, then gives what it found."""

    def __init__(self) -> None:
        self.looks = 0

    def read(self, object_name: str, since: str | None) -> Iterator[Page]:
        self.looks += 1
        yield Page([], Cursor("end" if self.looks == 3 else "job"), waits=self.looks < 3)


def test_what_the_vendor_is_still_at_work_on_is_waited_for() -> None:
    slept: list[float] = []
    assert [page.resume for page in every_page(AtWork(), "lead", slept.append)] == ["job", "job", "end"]
    assert slept == [5.0, 5.0]
