"""Running one lane now: by the server where one runs, else in this process; and what lanes did."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.contract import Role
from core.runtime.config.problems import nearest_name
from core.runtime.control import ControlLine
from core.runtime.installation import Busy, Installation
from core.runtime.lanes.dispatcher import due_times
from core.runtime.lanes.names import LaneKind, LaneName, parse_lane
from core.runtime.releases import running_rules
from core.runtime.schedule import polled_lanes
from core.store.commands.lanes import FinishLane, TakeLease
from core.store.queries.lanes import lanes, paused_connections
from core.store.queries.status import RunView, backlog, lane_turn, last_runs
from core.store.store import Store

LOOK_SECONDS = 0.1
_NUDGE = timedelta(seconds=5)


class UnknownLane(Exception):
    """There is no such lane; the message names the nearest one, or all there are."""


class LanePaused(Exception):
    """The lane's connection is paused or switched off, so nothing on it runs."""


@dataclass(frozen=True, slots=True)
class LaneResult:
    """What a run did. `did_run` is False when nothing was due; `next_at` is then when something is."""

    lane: str
    did_run: bool
    counts: Mapping[str, int] = field(default_factory=dict)
    reason_code: str | None = None
    reason: str | None = None
    hint: str | None = None
    next_at: datetime | None = None


Progress = Callable[[int], None]
"""Is told from time to time how many records still wait for the lane."""


def list_runs(store: Store, limit: int, lane: str | None = None) -> list[RunView]:
    """What lanes did, newest first; of one lane if it is given."""
    with store.snapshot() as snapshot:
        return last_runs(snapshot, limit, lane)


def known_lanes(installation: Installation, store: Store) -> list[str]:
    """All lanes that the configuration and the mappings make possible, by name."""
    connections = installation.connections(store)
    manifests = connections.manifests()
    rules = running_rules(installation.config, connections.configured(), store)
    found = {
        LaneName(LaneKind.DECIDE),
        LaneName(LaneKind.REPLAN),
        LaneName(LaneKind.MATCH),
        *polled_lanes(installation, connections, store),
    }
    found |= {LaneName(LaneKind.DELIVER, m.connection, m.object) for m in rules.sync}
    found |= {LaneName(LaneKind.FETCH, name) for name, m in manifests.items() if Role.FINDS in m.roles}
    return sorted(str(lane) for lane in found)


def choose_lane(text: str, known: list[str]) -> LaneName:
    """Read a lane's name; raises UnknownLane."""
    if text in known:
        return parse_lane(text)
    near = nearest_name(text, known)
    advice = f"Did you mean '{near}'?" if near else f"Lanes here: {', '.join(known)}."
    raise UnknownLane(f"There is no lane '{text}'. {advice}")


def run_lane(installation: Installation, text: str, progress: Progress, wait: Callable[[float], None] = time.sleep) -> LaneResult:
    """Run a lane and wait until it is done; raises UnknownLane, LanePaused, Busy or NoServer."""
    with installation.reading_store() as reader:
        lane = choose_lane(text, known_lanes(installation, reader))
        _refuse_paused(installation, reader, lane)
    served = installation.is_served()
    with installation.writing_store() as store:
        return _by_server(installation, store, lane, progress, wait) if served else _here(installation, store, lane, progress, wait)


def _refuse_paused(installation: Installation, store: Store, lane: LaneName) -> None:
    if lane.connection and not installation.config.connections[lane.connection].enabled:
        raise LanePaused(f"Connection '{lane.connection}' is switched off. Set `enabled: true` in the configuration.")
    with store.snapshot() as snapshot:
        pause = paused_connections(snapshot).get(lane.connection)
    if pause is not None:
        _, reason, hint = pause
        raise LanePaused(
            f"Connection '{lane.connection}' is paused: {reason} {hint or ''}".rstrip()
            + f" Then run `leadloom check {lane.connection}` or `leadloom connections resume {lane.connection}`."
        )


def _by_server(installation: Installation, store: Store, lane: LaneName, progress: Progress, wait: Callable[[float], None]) -> LaneResult:
    line = ControlLine(installation.config.data_dir)
    token = _nudge(store, lane, installation.clock.now())
    asked = installation.clock.now()
    line.ask("wake", None)
    while True:
        with store.snapshot() as snapshot:
            turn, left = lane_turn(snapshot, str(lane)), backlog(snapshot, lane.kind.value, lane.connection, lane.object)
        if turn.token != token and not turn.held:
            return _result(store, lane, asked)
        due = due_times(store, installation.enabled()).get(lane)
        if not turn.held and (due is None or due > installation.clock.now()):
            return LaneResult(str(lane), did_run=False, next_at=due)
        progress(left)
        wait(LOOK_SECONDS)
        line.ask("ping", None)


def _nudge(store: Store, lane: LaneName, now: datetime) -> int:
    """Make a lane due that waits because of an error; a lane at work is left alone. Give the number of its turn."""
    token = store.write(TakeLease(store.workspace, str(lane), lane.connection, now, now + _NUDGE))
    if token is not None:
        store.write(FinishLane(store.workspace, str(lane), token, now))
        return token
    with store.snapshot() as snapshot:
        return lane_turn(snapshot, str(lane)).token - 1


def _result(store: Store, lane: LaneName, asked: datetime) -> LaneResult:
    with store.snapshot() as snapshot:
        runs = last_runs(snapshot, 1, str(lane))
        view = next((each for each in lanes(snapshot) if each.name == str(lane)), None)
    counts = runs[0].counts if runs and runs[0].ended_at >= asked else {}
    if view is None:
        return LaneResult(str(lane), did_run=True, counts=counts)
    return LaneResult(str(lane), True, counts, view.error_code, view.error, view.hint, view.next_at)


def _here(installation: Installation, store: Store, lane: LaneName, progress: Progress, wait: Callable[[float], None]) -> LaneResult:
    connections = installation.connections(store)
    try:
        worker = installation.worker(store, connections)
        with ThreadPoolExecutor(1, thread_name_prefix="lane") as thread:
            step = thread.submit(worker.step, lane)
            while not step.done():
                with store.snapshot() as snapshot:
                    progress(backlog(snapshot, lane.kind.value, lane.connection, lane.object))
                wait(LOOK_SECONDS)
            report = step.result()
    finally:
        connections.close()
    if report.busy:
        raise Busy(f"Lane '{lane}' is at work elsewhere.")
    error = report.error
    did = bool(report.counts) or error is not None
    return LaneResult(
        str(lane), did, report.counts, error.code if error else None, error.message if error else None, error.hint if error else None
    )
