"""The budget in the configuration: what it sets, what it leaves to the manifest, and that an account has one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.contract import Limit, RateLimited, Request
from core.runtime.budget import budget_of, daily_limit, limits_of
from core.runtime.connections import Connections
from core.runtime.desk.checking import check_files
from core.runtime.installation import Installation
from core.runtime.settings import BudgetConfig, BurstConfig, Config, ConfigProblems, load_config
from core.runtime.urgency import background
from core.store.queries.budget import calls_aside
from sandbox.clock import DialClock
from tests.support.http import Answer, make_manifest, serve
from tests.support.sandbox import frozen_clock

DECLARED = [
    {"name": "burst", "calls": 100, "per_seconds": 10, "exempt": ["search"]},
    {"name": "search", "calls": 5, "per_seconds": 1, "bucket": "search"},
    {"name": "daily", "calls": 250_000, "per_seconds": 86_400, "exempt": ["login"]},
]


def load(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "config.yaml"
    path.write_text(text, "utf-8")
    return load_config(path, {})


def crm(name: str, more: str) -> str:
    return f"  {name}: {{connector: memory, {more}}}\n"


def limits(**budget: object) -> dict[str, Limit]:
    found = limits_of(make_manifest(limits=DECLARED), BudgetConfig.model_validate(budget))
    return {limit.name: limit for limit in found}


def test_without_a_budget_the_manifests_limits_hold() -> None:
    assert list(limits()) == ["burst", "search", "daily"]
    assert limits_of(make_manifest(), BudgetConfig()) == ()


def test_a_budget_takes_the_place_of_the_limits_over_the_same_time_and_keeps_what_they_exempt() -> None:
    found = limits(per_day=600_000, burst={"calls": 190, "per_seconds": 10})
    assert found["daily"] == Limit(name="daily", calls=600_000, per_seconds=86_400, exempt=["login"])
    assert found["burst"] == Limit(name="burst", calls=190, per_seconds=10, exempt=["search"])
    assert found["search"].calls == 5
    assert len(found) == 3


def test_a_budget_sets_limits_where_the_manifest_has_none() -> None:
    found = limits_of(make_manifest(), BudgetConfig(per_day=50, burst=BurstConfig(calls=2, per_seconds=60)))
    assert [(limit.calls, limit.per_seconds) for limit in found] == [(50, 86_400), (2, 60)]
    assert daily_limit(found) == found[0]


@pytest.mark.parametrize(
    ("budget", "path", "told"),
    [
        ("{per_day: 0}", "budget.per_day", "greater than or equal to 1"),
        ("{per_day: many}", "budget.per_day", "valid integer"),
        ("{reserve_for_live: 1}", "budget.reserve_for_live", "less than 1"),
        ("{reserve_for_live: -0.1}", "budget.reserve_for_live", "greater than or equal to 0"),
        ("{burst: {calls: 5}}", "budget.burst.per_seconds", "missing"),
        ("{burst: 5}", "budget.burst", "dictionary"),
        ("{per_dya: 5}", "budget.per_dya", "no such setting"),
    ],
)
def test_a_wrong_budget_is_told_with_its_place(tmp_path: Path, budget: str, path: str, told: str) -> None:
    with pytest.raises(ConfigProblems) as caught:
        load(tmp_path, "connections:\n" + crm("eu", f"budget: {budget}"))
    (problem,) = caught.value.problems
    assert problem.path == f"connections.eu.{path}"
    assert told in problem.message
    assert problem.line == 2


def test_connections_of_one_account_may_not_state_different_budgets(tmp_path: Path) -> None:
    text = "connections:\n" + crm("eu", "account: acme, budget: {per_day: 5}") + crm("us", "account: acme, budget: {per_day: 6}")
    with pytest.raises(ConfigProblems) as caught:
        load(tmp_path, text)
    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == ("connections.us.budget", 3)
    assert "'eu'" in problem.message and "'acme'" in problem.message
    (tmp_path / "mappings").mkdir()
    report = check_files(tmp_path / "config.yaml", {})
    assert [str(each) for each in report.problems] == [str(problem)]


def test_what_one_connection_of_an_account_states_holds_for_all_of_it_and_for_no_other(tmp_path: Path) -> None:
    stated = "account: acme, budget: {per_day: 5}"
    config = load(
        tmp_path, "connections:\n" + crm("eu", "account: acme") + crm("us", stated) + crm("uk", stated) + crm("own", "settings: {}")
    )
    assert [budget_of(name, config.connections).per_day for name in config.connections] == [5, 5, 5, None]


CONFIG = """
allow_clear_secrets: true
connections:
  hs: {{connector: hubspot, account: acme, settings: {{access_token: pat-0123456789, base_url: "{url}"}}}}
  hs2: {{connector: hubspot, account: acme, budget: {{per_day: 10}}, settings: {{access_token: pat-9876543210, base_url: "{url}"}}}}
  hs3: {{connector: hubspot, settings: {{access_token: pat-5555555555, base_url: "{url}"}}}}
"""


def calls(connections: Connections, name: str, times: int) -> int:
    """How many calls go through before one is held back, of so many at most."""
    context = connections.open(name).opened.context
    for number in range(times):
        try:
            context.http.send(Request("GET", "/x"))
        except RateLimited:
            return number
    return times


def process(path: Path, clock: DialClock, work: Callable[[Connections], None], *, killed: bool) -> None:
    """Do some work as one process does, to its end or until it is killed."""
    installation = Installation(Installation.load(path, {}).config, clock)
    with installation.writing_store() as store:
        connections = installation.connections(store)
        try:
            work(connections)
        finally:
            if killed:  # only the system closes its sockets
                for name in installation.config.connections:
                    connections.open(name).opened.close()
            else:
                connections.close()


@pytest.mark.parametrize("killed", [False, True])
def test_connections_of_one_account_use_up_one_budget_and_no_restart_renews_it(tmp_path: Path, killed: bool) -> None:
    clock, passed = frozen_clock(), dict[str, int]()

    def first(connections: Connections) -> None:
        with background():
            passed["hs in the background"] = calls(connections, "hs", 5)

    def second(connections: Connections) -> None:
        with background():
            passed["hs2 in the background"] = calls(connections, "hs2", 5)
        passed["hs2"] = calls(connections, "hs2", 5)
        passed["hs"] = calls(connections, "hs", 5)
        passed["hs3"] = calls(connections, "hs3", 5)

    with serve(lambda seen: Answer()) as server:
        path = tmp_path / "config.yaml"
        path.write_text(CONFIG.format(url=server.url), "utf-8")
        process(path, clock, first, killed=killed)
        process(path, clock, second, killed=killed)
    assert passed == {"hs in the background": 5, "hs2 in the background": 3, "hs2": 2, "hs": 0, "hs3": 5}


def three_calls(connections: Connections) -> None:
    assert calls(connections, "hs3", 3) == 3


def test_a_process_that_ends_gives_back_what_it_set_aside(tmp_path: Path) -> None:
    clock = frozen_clock()
    with serve(lambda seen: Answer()) as server:
        path = tmp_path / "config.yaml"
        path.write_text(CONFIG.format(url=server.url), "utf-8")
        process(path, clock, three_calls, killed=False)
    installation = Installation(Installation.load(path, {}).config, clock)
    with installation.reading_store() as store, store.snapshot() as snapshot:
        (slices,) = calls_aside(snapshot, clock.now()).values()
    assert [each.calls for each in slices] == [3]
