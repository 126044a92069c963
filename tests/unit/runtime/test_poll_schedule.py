"""The timers of polls: kept equal to what the mappings read, for next to nothing while these stay as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.runtime.lanes.names import parse_lane
from core.runtime.mappings import read_mapping
from core.runtime.schedule import PollSchedule
from tests.support.journey import OBJECTS, sync_mapping, world


class Timers:
    """Stands in for APScheduler: keeps the jobs, runs none."""

    def __init__(self, **_: Any) -> None:
        self.jobs: dict[str, Any] = {}

    def add_job(self, *_: Any, id: str, **options: Any) -> None:
        self.jobs[id] = options["seconds"]

    def get_jobs(self) -> list[Any]:
        return [type("Job", (), {"id": name}) for name in self.jobs]

    def remove_job(self, name: str) -> None:
        del self.jobs[name]

    def start(self) -> None:
        """Run nothing."""

    def shutdown(self, *, wait: bool) -> None:
        """Nothing runs."""


def test_mappings_that_stay_as_they_are_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apscheduler.schedulers.background.BackgroundScheduler", Timers)
    read: list[str] = []

    def counted(path: Path, *others: Any) -> Any:
        read.append(path.name)
        return read_mapping(path, *others)

    monkeypatch.setattr("core.runtime.mapping_files.read_mapping", counted)
    with world(tmp_path, [sync_mapping("sf"), sync_mapping("hs")]) as at:
        schedule = PollSchedule(at.installation, at.connections, at.store, lambda: None)
        schedule.start()
        for _ in range(3):
            schedule.refresh()
        assert sorted(read) == ["m0.yaml", "m1.yaml"]
        timers = schedule._scheduler.jobs
        assert set(timers) == {"refresh", *(f"read:{name}:{kind}" for name, kind in OBJECTS.items())}

        (tmp_path / "mappings" / "m1.yaml").write_text(json.dumps(sync_mapping("hs", direction="to")), "utf-8")
        schedule.refresh()

        assert sorted(read) == ["m0.yaml", "m1.yaml", "m1.yaml"]
        assert set(timers) == {"refresh", "read:sf:Lead"}
        schedule.stop()


class _Once:
    """Stands in for APScheduler: carries out what has no trigger, keeps the rest."""

    def __init__(self, names: list[str]) -> None:
        self.jobs = [type("Job", (), {"id": name, "args": (parse_lane(name), 60.0)}) for name in names]

    def get_jobs(self) -> list[Any]:
        return self.jobs

    def add_job(self, job: Any, trigger: None, arguments: tuple[Any, ...], **_: Any) -> None:
        job(*arguments)

    def shutdown(self, *, wait: bool) -> None:
        """Nothing runs."""


def test_a_look_makes_the_reads_of_its_connection_due_and_those_of_no_other(tmp_path: Path) -> None:
    woken: list[int] = []
    with world(tmp_path) as at:
        schedule = PollSchedule(at.installation, at.connections, at.store, lambda: woken.append(1))
        assert not schedule.look("sf")
        schedule._scheduler = _Once(["read:sf:Lead", "read:sf:Contact", "read:hs:contacts", "renew:sf"])

        assert schedule.look("sf", "Lead") and not schedule.look("nobody")
        assert [name for (name,) in at.rows("SELECT name FROM lane WHERE next_at IS NOT NULL AND name LIKE 'read:%'")] == ["read:sf:Lead"]
        assert schedule.look("sf")
        found = at.rows("SELECT name FROM lane WHERE next_at IS NOT NULL AND name LIKE 'read:%' ORDER BY name")
        assert [name for (name,) in found] == ["read:sf:Contact", "read:sf:Lead"]
        assert len(woken) == 3
        schedule.stop()
