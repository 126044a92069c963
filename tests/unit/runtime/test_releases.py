"""When edited files go into force, and that nobody ever works by half of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.flow.pipeline import Rules
from core.runtime.live_rules import LiveRules
from core.runtime.mapping_files import folder_held
from core.runtime.releases import How, list_releases, load_files, save_release
from core.store.queries.mappings import in_force_since
from tests.support.office import INBOUND, SYNC, Office, office


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as opened:
        yield opened


def folder_of(desk: Office) -> Path:
    return desk.installation.config.mappings_dir


def applied_rules(desk: Office) -> LiveRules:
    """The rules of an engine process where files are drafts."""
    return LiveRules(folder_of(desk), desk.connections, desk.store, desk.clock, "on_apply")


def write(desk: Office, number: int, mapping: Any) -> None:
    """Save a file as careful editors do, in one step."""
    fresh = folder_of(desk) / ".fresh"
    fresh.write_text(json.dumps(mapping), "utf-8")
    fresh.replace(folder_of(desk) / f"m{number}.yaml")


def apply(desk: Office) -> int:
    loaded, _ = load_files(folder_of(desk), desk.connections.configured(), desk.store)
    return save_release(desk.store, desk.clock, loaded.files, How.APPLIED)


def named(number: int, mapping: Any) -> Any:
    return {**mapping, "description": f"edition {number}"}


def editions(rules: Rules) -> set[str]:
    return {*(mapping.description for mapping in rules.inbound), *(mapping.description for mapping in rules.sync)}


def test_the_files_are_applied_at_the_very_first_start_and_are_drafts_from_then_on(desk: Office) -> None:
    rules = applied_rules(desk)
    assert editions(rules()) == {""}

    write(desk, 0, named(1, INBOUND))

    assert editions(rules()) == {""}
    assert editions(applied_rules(desk)()) == {""}
    assert [(each.number, each.how) for each in list_releases(desk.store, 9)] == [(1, "applied")]


def test_what_is_applied_is_in_force_with_the_next_batch_even_when_the_files_are_edited_again_or_gone(desk: Office) -> None:
    rules = applied_rules(desk)
    rules()
    write(desk, 0, named(1, INBOUND))
    write(desk, 1, named(1, SYNC))

    apply(desk)
    write(desk, 0, {"kind": "broken"})
    (folder_of(desk) / "m1.yaml").unlink()

    assert editions(rules()) == {"edition 1"}
    assert editions(applied_rules(desk)()) == {"edition 1"}


def test_a_saved_file_is_in_force_with_the_next_batch_and_is_a_release(desk: Office) -> None:
    rules = LiveRules(folder_of(desk), desk.connections, desk.store, desk.clock)
    before = rules()
    write(desk, 0, named(1, INBOUND))

    assert editions(rules()) == {"edition 1", ""}

    assert rules().sync[0] is before.sync[0]  # what stayed as it was is not compiled again
    newest = list_releases(desk.store, 9)[0]
    assert (newest.number, newest.how, dict(newest.changed)) == (2, "saved", {"form": "changed"})


def test_a_file_that_is_empty_for_a_moment_leaves_its_mapping_in_force(desk: Office) -> None:
    rules = LiveRules(folder_of(desk), desk.connections, desk.store, desk.clock)
    before = rules()

    (folder_of(desk) / "m0.yaml").write_text("", "utf-8")

    assert rules() == before


def test_a_broken_file_beside_one_that_took_over_its_object_does_not_come_back(desk: Office) -> None:
    rules = LiveRules(folder_of(desk), desk.connections, desk.store, desk.clock)
    rules()

    (folder_of(desk) / "m1.yaml").write_text("name: crm\nkind: snyc\n", "utf-8")
    write(desk, 5, {**SYNC, "name": "crm anew"})

    assert [mapping.name for mapping in rules().sync] == ["crm anew"]


def test_since_when_a_mapping_runs_is_told_without_the_releases_that_left_it_alone(desk: Office) -> None:
    rules = LiveRules(folder_of(desk), desk.connections, desk.store, desk.clock)
    rules()
    began = desk.clock.now()
    desk.clock.advance(60)
    write(desk, 0, named(1, INBOUND))
    rules()

    with desk.store.snapshot() as snapshot:
        since = in_force_since(snapshot)

    assert since == {"form": desk.clock.now(), "crm": began}


def test_files_that_are_written_together_are_never_in_force_by_halves(desk: Office) -> None:
    # given somebody who puts pairs of files in force all the time
    rules = LiveRules(folder_of(desk), desk.connections, desk.store, desk.clock)
    done = threading.Event()

    def edit() -> None:
        for number in range(1, 40):
            with folder_held(folder_of(desk), to_write=True):
                write(desk, 0, named(number, INBOUND))
                write(desk, 1, named(number, SYNC))
        done.set()

    writer = threading.Thread(target=edit)
    writer.start()

    # when batches ask for the rules meanwhile
    seen = []
    while not done.is_set():
        seen.append(editions(rules()))
    writer.join()

    # then each had both files of one pair
    assert len(seen) > 1
    assert {len(each) for each in seen} == {1}
    assert editions(rules()) == {"edition 39"}


def test_no_batch_is_mapped_half_by_one_version_and_half_by_another(desk: Office) -> None:
    # given a file that is saved all the time, whose every version marks two fields alike
    done = threading.Event()

    def marked(number: int) -> Any:
        mark = {"const": f"edition {number}"}
        return {**INBOUND, "fields": {**INBOUND["fields"], "city": mark, "message": mark}}

    write(desk, 0, marked(0))

    def edit() -> None:
        number = 0
        while not done.is_set():
            number += 1
            write(desk, 0, marked(number))

    writer = threading.Thread(target=edit)
    writer.start()

    # when batches are decided meanwhile
    try:
        for _ in range(12):
            for _ in range(4):
                desk.submit()
            desk.step("decide")
    finally:
        done.set()
        writer.join()

    # then the records of each batch carry one version, and versions did change
    batches = desk.sql(
        "SELECT i.settled_at, count(DISTINCT o.mapping_version), count(*) FROM inbox i JOIN observation o ON o.inbox_id = i.id GROUP BY 1"
    )
    assert [count for _, count, _ in batches] == [1] * 12
    assert sum(number for _, _, number in batches) == 48
    assert desk.sql("SELECT count(DISTINCT mapping_version) FROM observation")[0][0] > 1


def test_a_table_that_is_edited_is_in_force_with_the_next_batch(desk: Office) -> None:
    table = folder_of(desk) / "cities.csv"
    table.write_text("from,to\nNYC,New York\n", "utf-8")
    write(desk, 0, {**INBOUND, "fields": {**INBOUND["fields"], "city": {"from": "town", "map": "cities.csv"}}})
    desk.submit(town="NYC")
    desk.step("decide")

    table.write_text("from,to\nNYC,Big Apple\n", "utf-8")
    desk.submit(town="NYC")
    desk.step("decide")

    assert desk.sql("SELECT count(DISTINCT mapping_version) FROM observation") == [(2,)]
