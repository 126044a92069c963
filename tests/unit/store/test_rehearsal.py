"""Commands that are rehearsed and carried out as plain statements do what they do by themselves; when surprised, too."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.store.commands.admin import ReplayInbox
from core.store.commands.budget import Grant, SetCallsAside, Unused, Usage
from core.store.commands.intake import AcceptEvents
from core.store.commands.lanes import CountCalls, FinishLane, LeaseLost, RenewLease, RunReport, SaveToken, SetPause, TakeLease, WakeLane
from core.store.commands.leases import BreakLeases
from core.store.commands.pages import AcceptPage
from core.store.commands.script import Script
from core.store.database import open_prepared, sqlite_url
from core.store.inbox_seal import Arrival, seal_arrival
from core.store.rehearsal import Rehearsed
from core.store.vault import PlainVault
from core.store.writer import Command, GroupWriter

NOW = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
LATER = NOW + timedelta(seconds=60)


@dataclass
class Line:
    """The line to the process that writes; what is sent over it has to be picklable."""

    writer: GroupWriter
    sent: list[str] = field(default_factory=list)

    def write(self, command: Command[Any]) -> Any:
        self.sent.append(type(command).__name__)
        return self.writer.write(pickle.loads(pickle.dumps(command)))  # noqa: S301 - our own bytes


@dataclass
class Desk:
    """A writer, the line to it, and a writer of its own that rehearses nothing."""

    folder: Path
    line: Line
    rehearsed: Rehearsed
    plainly: GroupWriter

    def both(self, command: Command[Any]) -> Any:
        """Give a command both ways; the results are to be equal."""
        mine, theirs = self.rehearsed.write(command), self.plainly.write(command)
        assert mine == theirs
        return mine

    def contents(self, name: str) -> dict[str, list[Any]]:
        with closing(sqlite3.connect(self.folder / name)) as raw:
            tables = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
            return {table: sorted(raw.execute(f"SELECT * FROM {table}"), key=str) for table in tables}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    url = sqlite_url(tmp_path / "a.db")
    writer, other = GroupWriter(open_prepared(url)), GroupWriter(open_prepared(sqlite_url(tmp_path / "b.db")))
    line = Line(writer)
    rehearsed = Rehearsed(line, url)
    yield Desk(tmp_path, line, rehearsed, other)
    rehearsed.close()
    writer.close()
    other.close()


def entry(event: str, **changes: Any) -> Any:
    given: dict[str, Any] = {"event_id": event, "object": "lead", "native_id": event, "way": "push", "raw": b"{}", "record": {"a": 1}}
    return seal_arrival(PlainVault(), "main", "form", Arrival(**(given | changes)), NOW)


def page(token: int, *events: str) -> AcceptPage:
    return AcceptPage("main", "form", "lead", tuple(entry(event) for event in events), "c1", NOW, "read:form:lead", token, "decide")


def test_rehearsed_commands_leave_the_same_rows_and_results(desk: Desk) -> None:
    assert desk.both(TakeLease("main", "decide", "", NOW, LATER)) == 1
    assert desk.both(TakeLease("main", "decide", "", NOW, LATER)) is None
    desk.both(RenewLease("main", "decide", 1, LATER))
    assert desk.both(TakeLease("main", "read:form:lead", "form", NOW, LATER)) == 1
    desk.both(page(1, "one", "two"))
    desk.both(page(1, "two", "three"))
    desk.both(SaveToken("main", "crm", b"sealed"))
    desk.both(CountCalls("main", (("crm", "2026-03-01", "GET /a", 2), ("crm", "2026-03-01", "GET /b", 1))))
    desk.both(CountCalls("main", (("crm", "2026-03-01", "GET /a", 3),)))
    aside = SetCallsAside("main", "acme/crm", "daily", LATER, NOW, 30)
    assert [desk.both(aside) for _ in range(2)] == [Grant(1), Grant(1)]
    back = (Unused("acme/crm", "daily", LATER, 1),)
    assert desk.both(replace(aside, share=1, unused=back)) == Grant(0, LATER)
    desk.both(CountCalls("main", (), back, (Usage("acme/crm", 5, 100, NOW),)))
    desk.both(WakeLane("main", "deliver:crm:lead", "crm", NOW))
    desk.both(FinishLane("main", "decide", 1, LATER, run=RunReport("r1", NOW, LATER, {"new": 2})))

    assert set(desk.line.sent) == {"Script"}
    assert desk.contents("a.db") == desk.contents("b.db")


def test_a_change_that_touches_more_rows_than_rehearsed_is_left_to_the_command_itself(desk: Desk) -> None:
    # given three submissions in quarantine, where a rehearsal supposes one
    for event in ("one", "two", "three"):
        desk.both(AcceptEvents((entry(event, reason_code="invalid", reason="Set aside."),)))

    assert desk.both(ReplayInbox("main", None, "somebody", NOW, "decide")) == 3
    assert desk.line.sent[-2:] == ["Script", "ReplayInbox"]
    assert desk.contents("a.db") == desk.contents("b.db")


def test_when_the_world_moved_since_the_rehearsal_nothing_of_the_script_is_written(desk: Desk) -> None:
    # given a worker whose lease is broken between its rehearsal and the real run
    desk.rehearsed.write(TakeLease("main", "decide", "", NOW, LATER))
    send = desk.line.write

    def late(command: Command[Any]) -> Any:
        if isinstance(command, Script):
            desk.line.writer.write(BreakLeases("main"))
        return send(command)

    desk.line.write = late  # type: ignore[method-assign]  # what happens in between

    # when it prolongs the lease
    with pytest.raises(LeaseLost):
        desk.rehearsed.write(RenewLease("main", "decide", 1, LATER + timedelta(hours=1)))

    # then it has not got it
    assert [row[3:6] for row in desk.contents("a.db")["lane"]] == [("2026-03-01 12:01:00.250000", None, 2)]


def test_what_a_command_refuses_at_its_rehearsal_it_refuses_in_the_end(desk: Desk) -> None:
    with pytest.raises(LeaseLost):
        desk.rehearsed.write(page(7, "one"))
    assert desk.line.sent == ["AcceptPage"]


def test_a_pause_that_wakes_many_lanes_is_carried_out_whole(desk: Desk) -> None:
    for lane in ("deliver:crm:lead", "read:crm:lead"):
        desk.both(WakeLane("main", lane, "crm", NOW))
    desk.both(SetPause("main", "crm", NOW, "auth_failed", "Refused.", "Log in."))
    desk.both(SetPause("main", "crm", LATER, None))

    assert desk.contents("a.db") == desk.contents("b.db")
