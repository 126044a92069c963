"""What `status` and the metrics say of the accounts' budgets: used, left, the vendor's word, and what to do in time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import main
from core.runtime.budget_status import forecast
from core.runtime.clock import SystemClock
from core.runtime.installation import Installation
from core.runtime.status import metrics_text, status_data
from core.store.commands.budget import SetCallsAside, Unused, Usage
from core.store.commands.lanes import CountCalls
from core.store.queries.budget import Slice
from core.store.store import Store
from sandbox.clock import DialClock
from tests.support.sandbox import frozen_clock

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CONFIG = """
connections:
  eu: {connector: hubspot, account: acme, budget: {per_day: 1000}}
  us: {connector: hubspot, account: acme}
  form: {connector: web_form}
  off: {connector: salesforce, enabled: false}
"""


class Desk:
    """An installation of connections that nobody opens, and calls as a lane would leave them."""

    def __init__(self, folder: Path, store: Store, clock: DialClock) -> None:
        self.path = folder / "config.yaml"
        self.installation = Installation(Installation.load(self.path, {}).config, clock)
        self.store = store
        self.clock = clock

    def use(self, calls: int, ago: timedelta = timedelta(0), account: str = "hubspot:acme") -> None:
        """Let so many calls have been made."""
        at = (self.clock.now() - ago).timestamp()
        ends_at = datetime.fromtimestamp((at // 900 + 1) * 900, UTC)
        while calls > 0:
            grant = self.store.write(SetCallsAside("main", account, "daily", ends_at, ends_at - 2 * DAY, 10**6))
            too_many = max(grant.calls - calls, 0)
            self.store.write(CountCalls("main", (), (Unused(account, "daily", ends_at, too_many),)))
            calls -= grant.calls - too_many

    def hear(self, used: int, allowed: int, ago: timedelta = timedelta(0), account: str = "hubspot:acme") -> None:
        """Let the vendor have said this."""
        self.store.write(CountCalls("main", (), (), (Usage(account, used, allowed, self.clock.now() - ago),)))

    def budgets(self) -> dict[str, Any]:
        """What the status says by connection."""
        status = json.loads(json.dumps(status_data(self.store, self.installation)))
        return {each["name"]: each["budget"] for each in status["connections"]}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    (tmp_path / "mappings").mkdir()
    clock = frozen_clock(NOON)
    with Installation(Installation.load(tmp_path / "config.yaml", {}).config, clock).writing_store() as store:
        yield Desk(tmp_path, store, clock)


def test_connections_of_one_account_show_its_one_budget_and_others_none(desk: Desk) -> None:
    desk.use(100, timedelta(hours=23))
    desk.use(24, timedelta(minutes=30))

    found = desk.budgets()

    assert found["eu"] == found["us"]
    assert (found["form"], found["off"]) == (None, None)
    assert found["eu"] == {
        "account": "acme",
        "connections": ["eu", "us"],
        "used": 124,
        "allowed": 1000,
        "left": 876,
        "left_for_background": 676,
        "reserved": 200,
        "vendor": None,
        "forecast": 24 + 8 * 12,
        "warning": None,
        "hint": None,
    }


def test_calls_that_are_a_day_old_are_left_again(desk: Desk) -> None:
    desk.use(100, timedelta(hours=24, minutes=16))
    desk.use(7, timedelta(hours=23, minutes=59))
    assert desk.budgets()["eu"]["used"] == 7


def test_the_vendors_word_is_shown_and_tightens_what_is_left(desk: Desk) -> None:
    desk.hear(700, 800, timedelta(minutes=5))

    found = desk.budgets()["eu"]

    assert found["vendor"] == {"used": 700, "allowed": 800, "at": "2026-03-02T11:55:00+00:00"}
    assert (found["allowed"], found["left"], found["left_for_background"]) == (800, 100, 0)
    assert "Only the 100 calls kept for live leads" in found["warning"]
    assert "from the vendor" in found["hint"]


def test_what_the_vendor_said_a_day_ago_is_forgotten(desk: Desk) -> None:
    desk.hear(800, 800, timedelta(hours=25))
    assert desk.budgets()["eu"]["vendor"] is None
    assert desk.budgets()["eu"]["left"] == 1000


@pytest.mark.parametrize(
    ("an_hour", "warning"),
    [(60, None), (70, "At the rate of the last hours 1,050 calls"), (270, "Only the 190 calls kept"), (340, "are used up")],
)
def test_a_warning_comes_in_time_and_says_what_to_do(desk: Desk, an_hour: int, warning: str | None) -> None:
    for hours in (1, 2, 3):
        desk.use(an_hour, timedelta(hours=hours))

    found = desk.budgets()["eu"]

    if warning is None:
        assert (found["warning"], found["hint"]) == (None, None)
    else:
        assert warning in found["warning"]
        assert "budget.per_day" in found["hint"] and "'eu'" in found["hint"]


def test_what_others_call_counts_in_the_warning_where_the_vendors_limit_is_the_tighter_one(desk: Desk) -> None:
    desk.use(30, timedelta(hours=1))
    desk.hear(550, 900)
    assert desk.budgets()["eu"]["warning"] is not None
    desk.hear(30, 900)
    assert desk.budgets()["eu"]["warning"] is None


def slices(*calls: tuple[float, int]) -> list[Slice]:
    return [Slice(NOON - timedelta(hours=hours), count) for hours, count in calls]


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        (slices(), 0),
        (slices((6, 50)), 50),
        (slices((6, 50), (1, 30)), 80 + 120),
        (slices((13, 500), (1, 30)), 30 + 120),
        (slices((0.25, 10)), 10 + 20 * 12),
        (slices((-0.25, 10)), 10 + 40 * 12),
    ],
    ids=["none", "long ago", "three hours' rate", "yesterday", "half an hour old", "just begun"],
)
def test_the_forecast_goes_on_at_the_rate_of_the_last_hours(calls: list[Slice], expected: int) -> None:
    assert forecast(calls, NOON) == expected


def test_the_metrics_have_each_account_once(desk: Desk) -> None:
    desk.use(24)
    desk.hear(30, 5000)

    text = metrics_text(desk.store, desk.clock, desk.installation)

    assert 'leadloom_api_budget_used{account="acme"} 24.0' in text
    assert 'leadloom_api_budget_limit{account="acme"} 1000.0' in text
    assert 'leadloom_api_budget_left{account="acme",for="live"} 976.0' in text
    assert 'leadloom_api_budget_left{account="acme",for="background"} 776.0' in text
    assert 'leadloom_api_vendor_used{account="acme"} 30.0' in text
    assert text.count("leadloom_api_budget_used{") == 1


def test_the_command_shows_the_accounts_and_the_warning(desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    now = SystemClock().now()
    desk.store.write(CountCalls("main", (), (), (Usage("hubspot:acme", 5000, 5000, now),)))

    assert main(["status", "--config", str(desk.path)]) == 0

    said = capsys.readouterr().out
    assert "API calls" in said and "kept for live leads" in said
    assert "5,000 of 5,000" in said
    assert "acme: The calls of the day are used up." in said
