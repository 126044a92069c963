"""A webhook dies without a word: what it missed comes in by one read, once, and nothing of it doubles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog

from core.runtime.heartbeat import SilenceWatch
from core.runtime.installation import Installation
from core.runtime.lanes.names import parse_lane
from core.runtime.lanes.worker import LaneWorker
from core.runtime.schedule import polled_lanes
from core.runtime.status import status_data
from sandbox.airtable import AirtableStandIn
from sandbox.airtable.hooks import MAC_SECRET
from sandbox.airtable.stand_in import ACCESS_TOKEN, BASE
from sandbox.clock import DialClock
from sandbox.shell import Served
from tests.support.contract_bench import JointClock
from tests.support.office import sql
from tests.support.sandbox import serving

LANE = "read:base:Leads"
INBOUND = {
    "kind": "inbound",
    "name": "base",
    "from": {"connection": "base", "object": "Leads"},
    "to": "Lead",
    "fields": {"email": {"from": "Email", "required": True}},
}


@dataclass
class Life:
    """An installation over a base, whose polls are a day apart; the lanes are stepped by hand."""

    installation: Installation
    served: Served
    clock: JointClock
    worker: LaneWorker
    polls: dict[str, float] = field(default_factory=dict)
    reads: int = 0

    def control(self, verb: str, **arguments: Any) -> Any:
        return self.served.stand_in.control(verb, arguments, self.clock.now())

    def submit(self, number: int) -> None:
        self.control("create", records=[{"Email": f"person{number}@example.com"}])

    def read(self, *_: str) -> bool:
        """What the schedule does for a source that is to be read now."""
        self.reads += 1
        report = self.worker.step(parse_lane(LANE))
        assert report.error is None, report.error.hint
        return True

    def count(self, table: str) -> int:
        return int(sql(self.installation.config.data_dir, f"SELECT count(*) FROM {table}")[0][0])


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "m.yaml").write_text(json.dumps(INBOUND), "utf-8")
    dial = DialClock()
    with serving(AirtableStandIn(), dial) as served:
        clock = JointClock(dial)
        given = {"access_token": ACCESS_TOKEN, "base": BASE, "base_url": served.url, "webhook": "achSandbox1", "mac_secrets": [MAC_SECRET]}
        connections = {"base": {"connector": "airtable", "poll": {"Leads": 86_400}, "settings": given}}
        config = {"data_dir": "data", "allow_clear_secrets": True, "mappings": {"activate": "on_save"}, "connections": connections}
        (tmp_path / "config.yaml").write_text(json.dumps(config), "utf-8")
        installation = Installation(Installation.load(tmp_path / "config.yaml").config, clock)
        served.stand_in.control("subscribe", {"url": "http://127.0.0.1:9/hooks/base"}, clock.now())
        with installation.writing_store() as store:
            opened = installation.connections(store)
            polls = {str(lane): seconds for lane, seconds in polled_lanes(installation, opened, store).items()}
            yield Life(installation, served, clock, installation.worker(store, opened), polls)
            opened.close()


def test_a_silent_death_loses_nothing_and_doubles_nothing(life: Life) -> None:
    for number in range(32):  # as if each had been told by a ping
        life.clock.advance(9000)
        life.submit(number)
        life.read()
    life.control("unsubscribe", id="achSandbox1")
    life.reads = 0
    watch = SilenceWatch(life.installation, life.read)
    for number in range(32, 44):
        life.clock.advance(9000)
        life.submit(number)
    assert life.count("inbox") == 32

    structlog.reset_defaults()
    with structlog.testing.capture_logs() as lines:
        watch.look()
        assert (life.reads, life.count("inbox")) == (1, 44)
        watch.look()
        watch.look()

    assert life.reads == 1, "One read for one silence."
    told = [(line["event"], line.get("count")) for line in lines if line["event"].startswith("source.")]
    assert told == [("source.silent", None), ("source.backfill", 12), ("source.back", None)]
    life.read()
    life.worker.step(parse_lane("decide"))
    assert life.count("inbox") == life.count("golden") == 44


def test_the_webhook_is_renewed_by_its_lane_over_http_and_its_death_is_shown(life: Life) -> None:
    assert life.polls == {LANE: 86_400, "renew:base": 21_600}
    renew = parse_lane("renew:base")
    for _ in range(4 * 15):
        life.clock.advance(21_600)
        assert life.worker.step(renew).error is None
    assert status_data(life.worker._store, life.installation)["subscriptions"][0]["state"] == "sound"

    life.control("unsubscribe", id="achSandbox1")
    life.worker.step(renew)

    (shown,) = status_data(life.worker._store, life.installation)["subscriptions"]
    assert shown["state"] == "broken"
    assert "Airtable has no such webhook" in shown["warning"] and "Make a webhook again" in shown["warning"]
