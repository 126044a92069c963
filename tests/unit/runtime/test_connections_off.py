"""Connections that are switched off or taken out while something waits for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.runtime.desk.questions import ledger
from core.runtime.installation import Installation
from core.runtime.lanes.dispatcher import due_times
from core.runtime.lanes.names import LaneKind, LaneName
from core.runtime.status import status_data
from sandbox.clock import DialClock
from tests.support.office import Office, office
from tests.support.sandbox import frozen_clock


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One lead is decided and waits for the CRM."""
    with office(tmp_path) as desk:
        desk.submit(event="first")
        desk.step("decide")
    return tmp_path


@contextmanager
def reopened(folder: Path, clock: DialClock, change: dict[str, Any] | None = None) -> Iterator[Office]:
    """The installation after a restart with another entry for `crm`; None takes the entry out."""
    path = folder / "config.yaml"
    config = json.loads(path.read_text("utf-8"))
    config["connections"].pop("crm")
    if change is not None:
        config["connections"]["crm"] = {"connector": "memory", "settings": {"remote": "desk"}, **change}
    path.write_text(json.dumps(config), "utf-8")
    installation = Installation(Installation.load(path).config, clock)
    with installation.writing_store() as store:
        connections = installation.connections(store)
        yield Office(path, clock, installation, store, connections, installation.worker(store, connections))
        connections.close()


def crm(desk: Office) -> dict[str, Any]:
    status = status_data(desk.store, desk.installation)
    found: dict[str, Any] = next(each for each in status["connections"] if each["name"] == "crm")
    return found


def later() -> DialClock:
    """A clock a day after the lead came."""
    clock = frozen_clock()
    clock.advance(86_400)
    return clock


def test_what_is_meant_for_a_connection_that_is_off_waits_and_goes_out_when_it_is_on(folder: Path) -> None:
    clock = later()
    # given a CRM that is switched off
    with reopened(folder, clock, {"enabled": False}) as desk:
        # when another lead comes
        desk.submit(event="second", mail="ines@example.com")
        desk.step("decide")

        # then both wait for it, and the ledger and the status tell why
        books = ledger(desk.store, desk.installation)
        assert books.balanced, books.discrepancies
        assert [(book.waiting, book.reasons) for book in books.delivery] == [(2, {"connection_off": 2})]
        assert (crm(desk)["state"], crm(desk)["hint"]) == ("off", "Set `enabled: true` in the configuration.")
        assert status_data(desk.store, desk.installation)["mappings"]["problems"] == []
        assert set(due_times(desk.store, desk.installation.enabled())) == {LaneName(LaneKind.MATCH)}

    # and when it is on again both are delivered, without anybody's help
    with reopened(folder, clock, {}) as desk:
        desk.step("deliver:crm:lead")
        books = ledger(desk.store, desk.installation)
        assert books.balanced, books.discrepancies
        assert [book.level for book in books.delivery] == [2]


def test_a_connection_that_was_taken_out_is_still_shown_while_records_wait_for_it(folder: Path) -> None:
    with reopened(folder, later(), None) as desk:
        assert (crm(desk)["state"], crm(desk)["links"]) == ("removed", {"behind": 1})
        assert "replan" in crm(desk)["hint"]
        assert ledger(desk.store, desk.installation).delivery[0].reasons == {"connection_removed": 1}

        # when somebody follows the hint
        desk.step("replan")

        # then nothing waits any more
        books = ledger(desk.store, desk.installation)
        assert books.balanced, books.discrepancies
        assert [(book.waiting, book.not_wanted) for book in books.delivery] == [(0, 1)]
        assert [each["name"] for each in status_data(desk.store, desk.installation)["connections"]] == ["site"]
