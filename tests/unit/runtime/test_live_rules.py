"""Mapping files that change while lanes work with them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.runtime.lanes.dispatcher import due_times
from core.runtime.lanes.names import LaneKind, LaneName
from core.runtime.live_rules import LiveRules
from core.runtime.mappings import load_mappings
from tests.support.office import SYNC, Office, office


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as opened:
        yield opened


def live_rules(desk: Office) -> LiveRules:
    """The rules of an engine process that has just started."""
    return LiveRules(desk.installation.config.mappings_dir, desk.connections, desk.store, desk.clock)


def file_of(desk: Office, number: int) -> Path:
    return desk.installation.config.mappings_dir / f"m{number}.yaml"


def test_lanes_that_start_together_all_get_the_rules(desk: Office) -> None:
    # given an engine that starts with several lanes due
    rules = live_rules(desk)
    together = threading.Barrier(8)

    def ask(_: int) -> tuple[int, int]:
        together.wait(10)
        found = rules()
        return len(found.inbound), len(found.sync)

    # when all ask for the rules at the same instant
    with ThreadPoolExecutor(8) as lanes:
        found = set(lanes.map(ask, range(8)))

    # then none of them is told that there are no mappings
    assert found == {(1, 1)}


def test_a_file_that_breaks_while_serving_leaves_its_last_sound_version_in_force(desk: Office) -> None:
    rules = live_rules(desk)
    before = rules()
    file_of(desk, 1).write_text(file_of(desk, 1).read_text()[:-9], "utf-8")
    assert rules() == before


def test_an_engine_that_starts_while_a_file_is_broken_goes_on_with_its_last_sound_version(desk: Office) -> None:
    # given mappings that were in force, edited more than once
    good = file_of(desk, 1).read_text()
    live_rules(desk)()
    desk.clock.advance(60)
    file_of(desk, 1).write_text(json.dumps({**SYNC, "fill": "no"}), "utf-8")
    live_rules(desk)()
    desk.clock.advance(60)
    file_of(desk, 1).write_text(good, "utf-8")
    live_rules(desk)()

    # when both files are broken and the engine starts anew
    for number in (0, 1):
        file_of(desk, number).write_text(file_of(desk, number).read_text()[:-9], "utf-8")
    rules = live_rules(desk)()

    # then it decides as before
    assert [mapping.name for mapping in rules.inbound] == ["form"]
    assert [(mapping.name, mapping.fill) for mapping in rules.sync] == [("crm", True)]


def test_a_mapping_whose_file_was_taken_away_is_not_in_force_any_more(desk: Office) -> None:
    live_rules(desk)()
    file_of(desk, 1).unlink()
    file_of(desk, 0).write_text(file_of(desk, 0).read_text()[:-9], "utf-8")
    rules = live_rules(desk)()
    assert ([mapping.name for mapping in rules.inbound], rules.sync) == (["form"], ())


def test_the_lock_of_an_editor_beside_a_mapping_is_passed_over(desk: Office) -> None:
    rules = live_rules(desk)
    before = rules()
    (file_of(desk, 0).parent / ".#m0.yaml").symlink_to("someone@example.1234")
    assert rules() == before


def test_a_link_that_leads_nowhere_is_a_problem_of_that_file_only(desk: Office) -> None:
    link = file_of(desk, 0).parent / "gone.yaml"
    link.symlink_to("nowhere.yaml")
    assert len(live_rules(desk)().inbound) == 1
    problems = load_mappings(link.parent, desk.connections.configured()).problems
    assert [problem.file for problem in problems] == [str(link)]


def test_a_copy_of_a_mapping_is_reported_and_the_first_stays_in_force(desk: Office) -> None:
    # given somebody who keeps a copy beside the file, under its name and under another
    (file_of(desk, 1).parent / "z-copy.yaml").write_text(file_of(desk, 1).read_text(), "utf-8")
    (file_of(desk, 1).parent / "z-other.yaml").write_text(json.dumps({**SYNC, "name": "other"}), "utf-8")

    # when a lead comes
    desk.submit()
    desk.settle()

    # then it is delivered once, and the copies are what is wrong
    assert desk.sql("SELECT state, count(*) FROM link GROUP BY state") == [("level", 1)]
    loaded = load_mappings(desk.installation.config.mappings_dir, desk.connections.configured())
    assert [Path(problem.file).name for problem in loaded.problems] == ["z-copy.yaml", "z-other.yaml"]


def test_a_lane_whose_mapping_is_back_works_within_a_minute(desk: Office) -> None:
    # given records that wait for a mapping that was taken away
    desk.submit()
    desk.step("decide")
    text = file_of(desk, 1).read_text()
    file_of(desk, 1).unlink()
    report = desk.step("deliver:crm:lead")
    assert report.error is not None
    assert "replan" in (report.error.hint or "")

    # when it comes back
    file_of(desk, 1).write_text(text, "utf-8")

    # then the lane is due soon, and does its work
    desk.clock.advance(60)
    assert due_times(desk.store, desk.installation.enabled())[LaneName(LaneKind.DELIVER, "crm", "lead")] <= desk.clock.now()
    desk.step("deliver:crm:lead")
    assert desk.sql("SELECT state FROM link") == [("level",)]
