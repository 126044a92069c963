"""The LinkedIn stand-in validates an address again and again, as LinkedIn does, and blocks one that fails three times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox.linkedin import LinkedInStandIn
from sandbox.wire import Push

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def subscribed() -> LinkedInStandIn:
    linkedin = LinkedInStandIn()
    linkedin.control("subscribe", {"url": "http://127.0.0.1:9/hooks/l"}, NOW)
    return linkedin


def due(linkedin: LinkedInStandIn, now: datetime, status: int | None) -> list[Push]:
    """What is sent now, each answered with a status."""
    pushes = list(linkedin.pushes(now))
    for push in pushes:
        linkedin.pushed(push, status, now)
    return pushes


def test_an_address_is_validated_every_two_hours() -> None:
    linkedin = subscribed()
    asked = [len(due(linkedin, NOW + hours * HOUR, 200)) for hours in range(7)]
    assert asked == [1, 0, 1, 0, 1, 0, 1]


def test_three_failures_in_a_row_block_it_and_two_do_not() -> None:
    linkedin = subscribed()
    for at, status in enumerate((200, None, 500, 200, 500, 500)):
        due(linkedin, NOW + 2 * at * HOUR, status)
    linkedin.control("submit_many", {}, NOW)
    assert [push.method for push in due(linkedin, NOW + 11 * HOUR, 200)] == ["POST"]
    due(linkedin, NOW + 12 * HOUR, None)
    linkedin.control("submit_many", {}, NOW)
    assert due(linkedin, NOW + 40 * HOUR, 200) == []


def test_a_blocked_address_that_is_subscribed_again_is_validated_and_gets_what_waited() -> None:
    linkedin = subscribed()
    due(linkedin, NOW, 500)
    linkedin.control("submit_many", {}, NOW)
    linkedin.control("subscribe", {"url": "http://127.0.0.1:9/hooks/l"}, NOW + HOUR)
    assert [push.method for push in (*due(linkedin, NOW + HOUR, 200), *due(linkedin, NOW + HOUR, 200))] == ["GET", "POST"]
