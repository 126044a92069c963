"""A database that cannot be used: no record's fault, no busy loop, and a clean end."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from core.runtime.installation import Installation
from core.runtime.lanes.dispatcher import Dispatcher
from core.runtime.lanes.names import LaneKind, LaneName
from core.runtime.lanes.worker import LaneWorker
from core.runtime.service import Service
from core.store.commands.decision import StoreDecision
from core.store.database import SchemaOutdated
from core.store.store import Store
from tests.support.office import Office, office, sql, write_office


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as opened:
        yield opened


def full_disk() -> OperationalError:
    """What the driver raises when the disk is full."""
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return OperationalError("INSERT", {}, error)


@dataclass
class NearlyFull:
    """A writer on a nearly full disk: what brings new people in does not fit, a small row does."""

    writer: Any

    def write(self, command: Any) -> Any:
        if isinstance(command, StoreDecision) and command.new_goldens:
            raise full_disk()
        return self.writer.write(command)


def test_a_full_disk_sends_no_lead_into_quarantine(desk: Office) -> None:
    # given three leads, and a disk on which the decision does not fit
    for _ in range(3):
        desk.submit()
    store = Store(
        workspace=desk.store.workspace,
        writer=NearlyFull(desk.store),
        reader=desk.store._reader,
        vault=desk.store.vault,
        new_id=desk.store.new_id,
    )
    worker: LaneWorker = desk.installation.worker(store, desk.connections)

    # when the lane runs
    report = worker.step(LaneName(LaneKind.DECIDE))

    # then it waits, and the leads with it
    assert report.error is not None
    assert desk.sql("SELECT state, count(*) FROM inbox GROUP BY state") == [("ready", 3)]

    # and with room on the disk they are decided
    desk.clock.advance(3600)
    desk.settle()
    assert desk.sql("SELECT outcome, count(*) FROM inbox GROUP BY outcome") == [("new", 3)]


@dataclass
class Broken:
    """A worker whose steps cannot even begin."""

    steps: list[str] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)

    def step(self, lane: Any) -> None:
        self.steps.append(str(lane))
        self.begun.set()
        raise full_disk()


def test_a_step_that_cannot_begin_is_not_tried_over_and_over(desk: Office) -> None:
    # given a lane that is due, and a store that takes nothing
    desk.submit()
    worker = Broken()
    dispatcher = Dispatcher(desk.store, worker, desk.installation.enabled(), desk.clock.now, 0.01)  # type: ignore[arg-type]  # it steps too
    running = threading.Thread(target=dispatcher.run)
    running.start()

    # when the dispatcher has tried, and is woken many times
    assert worker.begun.wait(10)
    for _ in range(50):
        dispatcher.wake()

    # then it has not tried again, and ends when it is told to
    dispatcher.stop()
    running.join(10)
    assert not running.is_alive()
    assert worker.steps == ["decide"]


def test_a_server_that_cannot_open_its_database_says_why_and_leaves_nothing_behind(tmp_path: Path) -> None:
    # given a database of a newer version
    path = write_office(tmp_path)
    installation = Installation.load(path)
    installation.open_writer().close()
    sql(installation.config.data_dir, "UPDATE alembic_version SET version_num = '9999'")

    # when a server is started on it
    service = Service(installation, path)
    with pytest.raises(SchemaOutdated):
        service.open()
    service.close()

    # then the data folder holds no address of a server
    assert not (installation.config.data_dir / "control.address").exists()


def test_a_server_that_was_opened_can_be_closed_twice(tmp_path: Path) -> None:
    path = write_office(tmp_path)
    service = Service(Installation.load(path), path)
    service.open()
    service.close()
    service.close()
    assert not (tmp_path / "var" / "control.address").exists()


def test_the_data_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    installation = Installation.load(write_office(tmp_path))
    assert stat.S_IMODE(installation.config.data_dir.stat().st_mode) == 0o700
