"""The status and the metrics: what works, what waits and why, without a person's data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.runtime.desk.acts import pause, resume
from core.runtime.status import metrics_text, status_data
from tests.support.office import Office, office


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as opened:
        opened.submit({"mail": "kim@example.com"})
        opened.submit({"mail": "nothing"})
        opened.settle()
        opened.submit()
        yield opened


def test_the_status_counts_states_and_is_json(desk: Office) -> None:
    status = json.loads(json.dumps(status_data(desk.store, desk.installation)))

    assert status["inbox"] == {"done": 1, "quarantined": 1, "ready": 1}
    assert status["links"] == {"level": 1}
    mappings = status["mappings"]
    assert (mappings["inbound"], mappings["sync"], mappings["problems"], mappings["kept"], mappings["edited"]) == (1, 1, [], [], {})
    assert (mappings["activate"], mappings["release"]["number"], mappings["release"]["how"]) == ("on_save", 1, "saved")
    assert status["server"] == {"running": False, "url": None}
    assert {run["lane"] for run in status["runs"]} == {"decide", "deliver:crm:lead"}


def test_a_paused_connection_says_why_and_what_to_do(desk: Office) -> None:
    pause(desk.store, desk.clock, "someone", "crm", "Moving house.")

    crm = next(each for each in status_data(desk.store, desk.installation)["connections"] if each["name"] == "crm")
    assert (crm["state"], crm["reason"]) == ("paused", "Moving house.")
    assert "connections resume crm" in crm["hint"]

    assert resume(desk.store, desk.clock, "crm") is True
    assert resume(desk.store, desk.clock, "crm") is False


def test_a_broken_mapping_is_in_the_status_with_its_line(desk: Office, tmp_path: Path) -> None:
    (tmp_path / "mappings" / "m9.yaml").write_text("kind: inbuond\n")

    (problem,) = status_data(desk.store, desk.installation)["mappings"]["problems"]

    assert "m9.yaml:1:1" in problem


def test_the_metrics_are_counts_by_connection_and_state(desk: Office) -> None:
    desk.clock.advance(90)

    text = metrics_text(desk.store, desk.clock)

    assert 'leadloom_inbox_submissions{connection="site",state="quarantined"} 1.0' in text
    assert 'leadloom_links{connection="crm",state="level"} 1.0' in text
    assert 'leadloom_oldest_waiting_seconds{what="submission"} 90.0' in text


def test_no_persons_data_is_in_either(desk: Office) -> None:
    text = json.dumps(status_data(desk.store, desk.installation)) + metrics_text(desk.store, desk.clock)

    assert "example.com" not in text and "Osei" not in text
