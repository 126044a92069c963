"""Which lanes are due, and the threads that step them. What is due follows from the rows alone: a lost wake-up loses nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from core.observe.events import EventCode
from core.observe.log import warn
from core.runtime.lanes.names import LaneKind, LaneName, parse_lane
from core.runtime.lanes.worker import LaneWorker
from core.store.queries.lanes import inbox_due, lanes, links_due_by_lane, paused_connections
from core.store.store import Store

_BY_SCHEDULE = (LaneKind.READ, LaneKind.REPLAN, LaneKind.ENRICH, LaneKind.RENEW, LaneKind.MATCH)
MAX_THREADS = 64
BROKEN_STEP_SECONDS = 5.0
"""How long a lane is left alone whose step could not even begin or end, as with a full disk."""


def due_times(store: Store, enabled: frozenset[str]) -> dict[LaneName, datetime]:
    """When each lane is next due. Lanes of paused and of disabled connections wait; one that failed keeps its distance."""
    with store.snapshot() as snapshot:
        known = {view.name: view for view in lanes(snapshot)}
        decide_at, fetch_at = inbox_due(snapshot)
        deliver_at = links_due_by_lane(snapshot)
        paused = paused_connections(snapshot)
    due: dict[LaneName, datetime] = {}
    if decide_at is not None:
        due[LaneName(LaneKind.DECIDE)] = decide_at
    due |= {LaneName(LaneKind.FETCH, connection): at for connection, at in fetch_at.items()}
    due |= {LaneName(LaneKind.DELIVER, connection, name): at for (connection, name), at in deliver_at.items()}
    for view in known.values():
        lane = parse_lane(view.name)
        if lane.kind in _BY_SCHEDULE and view.next_at is not None:
            due[lane] = view.next_at
        elif lane in due and view.error_code is not None and view.next_at is not None:
            due[lane] = max(due[lane], view.next_at)
        if lane in due and view.lease_until is not None:
            due[lane] = max(due[lane], view.lease_until)
    return {lane: at for lane, at in due.items() if not lane.connection or (lane.connection in enabled and lane.connection not in paused)}


class Dispatcher:
    """Steps due lanes, each in a thread of its own at a time, so that a slow connection delays no other (law 10)."""

    def __init__(self, store: Store, worker: LaneWorker, enabled: frozenset[str], now: Callable[[], datetime], poll_seconds: float) -> None:
        """Take the worker and how often to look without being woken."""
        self._store = store
        self._worker = worker
        self._enabled = enabled
        self._now = now
        self._poll_seconds = poll_seconds
        self._threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="lane")
        self._running: set[LaneName] = set()
        self._changed = threading.Condition()
        self._woken = False
        self._stopping = False
        self._stopped = threading.Event()

    def wake(self) -> None:
        """Look for due lanes now."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Start no more steps, and wait for those at work."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._stopped.set()
        self._threads.shutdown(wait=True)

    def run(self, idle_seconds: float | None = None) -> datetime | None:
        """Step lanes until stopped, or until nothing ran or was due for `idle_seconds`; give the next due time then."""
        idle_since = self._now()
        while not self._stopping:
            due = due_times(self._store, self._enabled)
            now = self._now()
            started = self._start(due, now)
            if started or self._running:
                idle_since = now
            upcoming = min((at for lane, at in due.items() if lane not in self._running), default=None)
            if idle_seconds is not None and self._is_idle(now, idle_since, idle_seconds, upcoming):
                return upcoming
            self._wait(now, upcoming)
        return None

    def _is_idle(self, now: datetime, since: datetime, idle_seconds: float, upcoming: datetime | None) -> bool:
        quiet = (now - since).total_seconds() >= idle_seconds
        return quiet and (upcoming is None or (upcoming - now).total_seconds() > idle_seconds)

    def _start(self, due: dict[LaneName, datetime], now: datetime) -> int:
        ready = [lane for lane, at in due.items() if at <= now and lane not in self._running]
        with self._changed:
            if self._stopping:
                return 0
            for lane in ready:
                self._running.add(lane)
                self._threads.submit(self._step, lane)
        return len(ready)

    def _step(self, lane: LaneName) -> None:
        try:
            self._worker.step(lane)
        except Exception as error:  # noqa: BLE001 - not even the lane's own net could write; it stays due, and is left alone for a while
            warn(EventCode.LANE_FAILED, lane=str(lane), type=type(error).__name__)
            self._stopped.wait(BROKEN_STEP_SECONDS)
        finally:
            with self._changed:
                self._running.discard(lane)
                self._woken = True
                self._changed.notify_all()

    def _wait(self, now: datetime, upcoming: datetime | None) -> None:
        seconds = self._poll_seconds
        if upcoming is not None:
            seconds = min(seconds, max((upcoming - now).total_seconds(), 0.01))
        with self._changed:
            if not self._woken and not self._stopping:
                self._changed.wait(seconds)
            self._woken = False
