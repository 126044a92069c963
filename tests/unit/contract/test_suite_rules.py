"""The contract suite cannot be weakened by hand: skipping is by capability, excuses need a reason and fail once they are over."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from core.contract.testing import ContractSuite, KnownFailure
from core.contract.testing.behaving import breaches
from core.contract.testing.capabilities import unmet_need
from core.contract.testing.subscribing import SubscriptionGroup
from tests.support.memory_bench import memory_bench

pytest_plugins = ["pytester"]
JOIN = """
import pytest
from core.contract.testing import Bench, ContractSuite, KnownFailure
from tests.support.memory_bench import memory_bench
class TestMemory(ContractSuite):
    known_failures = {known}
    @pytest.fixture
    def bench(self) -> Bench:
        return {bench}
"""


def join(pytester: pytest.Pytester, *, known: str = "{}", bench: str = "memory_bench()", only: str = "") -> dict[str, int]:
    """Run the suite on the memory connector in a pytest of its own and count the outcomes."""
    pytester.makepyfile(JOIN.replace("{known}", known).replace("{bench}", bench))
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", "-k", only, "--import-mode=importlib").parseoutcomes()


def test_what_the_manifest_does_not_claim_is_skipped(pytester: pytest.Pytester) -> None:
    no_roles = "__import__('dataclasses').replace(memory_bench(), manifest=memory_bench().manifest.model_copy(update={'roles': []}))"
    assert join(pytester, bench=no_roles, only="test_a_genuine_delivery_is_accepted or test_a_working_connection") == {
        "passed": 1,
        "skipped": 1,
        "deselected": 114,
    }


def test_a_known_failure_that_is_over_fails_the_run(pytester: pytest.Pytester) -> None:
    known = "{'test_a_working_connection_names_its_account': KnownFailure('account endpoint is down', 12)}"
    assert join(pytester, known=known, only="names_its_account")["failed"] == 1


def test_a_known_failure_is_expected(pytester: pytest.Pytester) -> None:
    known = "{'test_settings_hide_their_secrets': KnownFailure('the remote is named like the secret', 12)}"
    bench = "__import__('dataclasses').replace(memory_bench(), secrets=['bench'])"
    assert join(pytester, known=known, bench=bench, only="test_settings_hide")["xfailed"] == 1


def test_a_connector_that_fails_the_suite_fails_the_run(pytester: pytest.Pytester) -> None:
    bench = "__import__('dataclasses').replace(memory_bench(), secrets=['bench'])"
    assert join(pytester, bench=bench, only="test_settings_hide")["failed"] == 1


def test_overriding_a_test_is_refused() -> None:
    def pass_anyway(self: object, bench: object) -> None:
        return None

    with pytest.raises(TypeError, match="test_times_are_aware"):
        type("TestMine", (ContractSuite,), {"test_times_are_aware": pass_anyway})


def test_removing_a_test_or_the_gate_is_refused() -> None:
    for name in ("test_times_are_aware", "_gate"):
        with pytest.raises(TypeError, match=name):
            type("TestMine", (ContractSuite,), {name: None})


@pytest.mark.parametrize("mark", [pytest.mark.skip(reason="later"), pytest.mark.xfail])
def test_hiding_the_whole_suite_is_refused(mark: Any) -> None:
    with pytest.raises(TypeError, match="as a whole"):
        type("TestMine", (ContractSuite,), {"pytestmark": mark})


def test_an_excuse_for_a_test_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="test_no_such_thing"):
        type("TestMine", (ContractSuite,), {"known_failures": {"test_no_such_thing": KnownFailure("why", 1)}})


def test_an_excuse_needs_reason_and_issue() -> None:
    with pytest.raises(ValueError, match="reason"):
        KnownFailure(" ", 3)
    with pytest.raises(ValueError, match="issue"):
        KnownFailure("slow", 0)


def test_every_test_of_the_suite_concerns_the_reference_connector() -> None:
    bench = memory_bench()
    unmet = {name: unmet_need(getattr(ContractSuite, name), bench) for name in dir(ContractSuite) if name.startswith("test_")}
    elsewhere = {name for name in vars(SubscriptionGroup) if name.startswith("test_")}  # a memory subscribes to nothing; Airtable does
    assert {name: reason for name, reason in unmet.items() if reason and name not in elsewhere} == {}


class TestBreaches:
    """What the scan of a connector's code finds."""

    ALLOWED: ClassVar[list[str]] = [
        "from core.contract import Connector",
        "from core.contract.signatures import verify",
        "from connectors.acme.api import call",
        "from datetime import datetime, timedelta",
        "import requests",
        "now = self.context.clock.now()",
        "moment = datetime.fromtimestamp(0, tz=UTC)",
    ]
    FORBIDDEN: ClassVar[list[str]] = [
        "import time\ntime.sleep(1)",
        "from time import sleep as pause",
        "import datetime\nx = datetime.datetime.now()",
        "from datetime import datetime\nx = datetime.utcnow()",
        "from datetime import date\nx = date.today()",
        "import os\nx = os.environ['HOME']",
        "from os import getenv",
        "import httpx",
        "import urllib.request",
        "from urllib import request",
        "import requests\nrequests.get('https://example.com')",
        "from core.store import tables",
        "from core.contract.testing import Bench",
        "from connectors.other.api import call",
        "from sandbox.wire import Request",
        "import sqlite3",
        "import threading",
    ]

    @pytest.mark.parametrize("source", ALLOWED)
    def test_what_a_connector_may_do_passes(self, source: str) -> None:
        assert list(breaches(source, "acme")) == []

    @pytest.mark.parametrize("source", FORBIDDEN)
    def test_what_a_connector_must_not_do_is_found(self, source: str) -> None:
        assert list(breaches(source, "acme"))
