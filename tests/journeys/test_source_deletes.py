"""A record deleted in a base that is read: nothing is deleted here by itself, and a person is told."""

from __future__ import annotations

import json
from pathlib import Path

from core.runtime.desk.questions import list_quarantine
from core.runtime.installation import Installation
from core.runtime.lanes.names import parse_lane
from sandbox.airtable import AirtableStandIn
from sandbox.airtable.hooks import MAC_SECRET
from sandbox.airtable.stand_in import ACCESS_TOKEN, BASE
from sandbox.clock import DialClock
from tests.support.contract_bench import JointClock
from tests.support.sandbox import serving

MAPPING = {
    "kind": "inbound",
    "name": "base",
    "from": {"connection": "base", "object": "Leads"},
    "to": "Lead",
    "fields": {"email": {"from": "Email", "required": True}},
}


def test_a_record_deleted_at_a_source_waits_in_quarantine_once(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "m.yaml").write_text(json.dumps(MAPPING), "utf-8")
    dial = DialClock()
    with serving(AirtableStandIn(), dial) as served:
        # given a base whose webhook is known, with two records that are here
        clock = JointClock(dial)
        given = {"access_token": ACCESS_TOKEN, "base": BASE, "base_url": served.url, "webhook": "achSandbox1", "mac_secrets": [MAC_SECRET]}
        connections = {"base": {"connector": "airtable", "settings": given}}
        config = {"data_dir": "data", "allow_clear_secrets": True, "mappings": {"activate": "on_save"}, "connections": connections}
        (tmp_path / "config.yaml").write_text(json.dumps(config), "utf-8")
        served.stand_in.control("subscribe", {"url": "http://127.0.0.1:9/hooks/base"}, clock.now())
        records = [{"Email": "ada@example.com"}, {"Email": "bea@example.com"}]
        made = served.stand_in.control("create", {"records": records}, clock.now())["ids"]
        installation = Installation(Installation.load(tmp_path / "config.yaml").config, clock)
        with installation.writing_store() as store:
            opened = installation.connections(store)
            worker = installation.worker(store, opened)

            def work() -> None:
                for lane in ("read:base:Leads", "decide"):
                    report = worker.step(parse_lane(lane))
                    assert report.error is None, report.error

            work()
            assert list_quarantine(store) == []

            # when one is deleted there, and the base is read twice
            served.stand_in.control("delete", {"id": made[0]}, clock.now())
            for _ in range(2):
                clock.advance(120)
                work()

            # then it waits for a person, once, under its id
            (item,) = list_quarantine(store)
            opened.close()
    assert (item.reason_code, made[0] in item.reason) == ("source_deleted", True)
