"""The schedule of polls: APScheduler, in memory and in UTC, only wakes lanes; what was served stands in the database."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.contract import Manifest, Role
from core.runtime.connections import Connections
from core.runtime.expiry import look_seconds
from core.runtime.installation import Installation
from core.runtime.lanes.names import LaneKind, LaneName
from core.store.store import Store

if TYPE_CHECKING:  # 15 MiB: only where something is polled
    from core.flow.pipeline import Rules
    from core.runtime.mappings import ReadMapping

LOOK = "look:"
"""How the ids of jobs begin that run once."""
REFRESH_SECONDS = 10.0
"""How soon a new mapping that reads a source starts its polls."""


class PollSchedule:
    """A timer per object that is polled, kept equal to what the mappings read."""

    def __init__(self, installation: Installation, connections: Connections, store: Store, wake: Callable[[], None]) -> None:
        """Take what the schedule follows from, and how to tell that a lane was woken."""
        self._installation = installation
        self._connections = connections
        self._store = store
        self._wake = wake
        self._read: ReadMapping | None = None
        self._readers: list[str] = []
        self._scheduler: Any = None
        self._beginning = threading.Lock()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Start the timers, or watch the mappings until one reads from a connection; where none can be read nothing is done."""
        polled = {Role.READS, Role.ENRICHES, Role.SUBSCRIBES}
        self._readers = [name for name, manifest in self._connections.manifests().items() if polled & set(manifest.roles)]
        if not self._readers:
            return
        if self._lives_on_subscriptions() or self._may_poll():
            self._begin()
        else:
            threading.Thread(target=self._watch, name="poll-watch", daemon=True).start()

    def stop(self) -> None:
        """End the timers; calling it without a start is fine."""
        self._stopped.set()
        with self._beginning:
            if self._scheduler is not None:
                self._scheduler.shutdown(wait=False)
                self._scheduler = None

    def look(self, connection: str, object_name: str | None = None) -> bool:
        """Make the reads of a connection due now (of one object, where it is polled by itself); tell whether there are any.

        From any thread, and without waiting for the disk.
        """
        with self._beginning:
            if self._scheduler is None:
                return False
            reads = [job.args[0] for job in self._scheduler.get_jobs() if str(job.id).startswith(f"{LaneKind.READ.value}:{connection}:")]
            lanes = [lane for lane in reads if lane.object == object_name] or reads
            for lane in lanes:
                self._scheduler.add_job(self._read_now, None, (lane,), id=f"{LOOK}{lane}", replace_existing=True, misfire_grace_time=None)
            return bool(lanes)

    def _read_now(self, lane: LaneName) -> None:
        from core.store.commands.lanes import WakeLane

        self._store.write(WakeLane(self._store.workspace, str(lane), lane.connection, self._installation.clock.now()))
        self._wake()

    def _watch(self) -> None:
        while not self._stopped.wait(REFRESH_SECONDS):
            if self._may_poll():
                self._begin()
                return

    def _lives_on_subscriptions(self) -> bool:
        """Whether something has to be renewed, whatever the mappings say."""
        return any(Role.SUBSCRIBES in manifest.roles for manifest in self._connections.manifests().values())

    def _may_poll(self) -> bool:
        """What runs follows from the files, or else from what was applied: that is not looked into here."""
        config = self._installation.config
        return config.mappings.activate == "on_apply" or may_poll(config.mappings_dir, self._readers)

    def _begin(self) -> None:
        from apscheduler.schedulers.background import BackgroundScheduler  # 10 MiB: only where something is polled

        with self._beginning:
            if self._stopped.is_set():
                return
            self._scheduler = BackgroundScheduler(timezone=UTC)
            self._add("refresh", self.refresh, (), REFRESH_SECONDS)
            self._scheduler.start()

    def refresh(self) -> None:
        """Add timers for what is read now and take those away that nothing reads any more."""
        from core.runtime.mapping_files import Remembered

        self._read = self._read or Remembered()  # most looks find the files as they were
        lanes = polled_lanes(self._installation, self._connections, self._store, self._read)
        polls = {str(lane): (lane, seconds) for lane, seconds in lanes.items()}
        with self._beginning:
            if self._scheduler is None:
                return  # stopped while the mappings were looked at
            known = {job.id for job in self._scheduler.get_jobs() if not job.id.startswith(LOOK)} - {"refresh"}
            for name in known - set(polls):
                self._scheduler.remove_job(name)
            for name in set(polls) - known:
                lane, seconds = polls[name]
                self._add(name, self._serve_slot, (lane, seconds), seconds)

    def _add(self, name: str, job: Callable[..., None], arguments: tuple[Any, ...], seconds: float) -> None:
        self._scheduler.add_job(
            job,
            "interval",
            arguments,
            id=name,
            seconds=seconds,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            misfire_grace_time=None,
            max_instances=1,
        )

    def _serve_slot(self, lane: LaneName, seconds: float) -> None:
        from core.store.commands.lanes import ServeSlot

        now = self._installation.clock.now()
        slot = str(int(now.timestamp() // seconds)).zfill(16)
        if self._store.write(ServeSlot(self._store.workspace, str(lane), slot, str(lane), lane.connection, now)):
            self._wake()


_DIRECTIONS = re.compile(r"""^(.*)\bdirection["']?\s*:\s*["']?(\w*)""", re.MULTILINE)


def may_poll(folder: Path, readers: Sequence[str]) -> bool:
    """Whether some mapping may read from one of these connections, by its words alone: to understand it takes 15 MiB.

    A mapping names its connection, and says that it is an inbound or a sync mapping; one written with escapes may hide the words.
    A sync mapping reads nothing that writes only, as a whole and in every line, and refers to no list.
    """
    for path in (*folder.glob("*.yaml"), *folder.glob("*.yml")):
        try:
            text = path.read_text("utf-8", "replace")
        except OSError:
            continue
        reads = "inbound" in text or ("sync" in text and not _writes_only(text))
        if "\\" in text or (reads and any(name in text for name in readers)):
            return True
    return False


def _writes_only(text: str) -> bool:
    directions = _DIRECTIONS.findall(text)
    return any(start == "" for start, _ in directions) and all(word == "to" for _, word in directions) and "refers" not in text


def polled_lanes(
    installation: Installation, connections: Connections, store: Store, read: ReadMapping | None = None
) -> dict[LaneName, float]:
    """The lanes that read, enrich or renew, with their intervals in seconds, under the mappings in force; `read` may remember them."""
    from core.runtime.releases import rules_without_lists

    rules = rules_without_lists(installation.config, connections.configured(), store, read)
    polls: dict[LaneName, float] = {}
    for name, manifest in connections.manifests().items():
        asked = {m.object for m in rules.inbound if m.connection == name} | followed_objects(rules, name)
        configured = installation.config.connections[name].poll
        listed = referred_objects(rules, name, manifest)
        for object_name, seconds in {**polled_objects(manifest, configured, asked), **listed}.items():
            polls[LaneName(LaneKind.READ, name, object_name)] = seconds
        if manifest.subscription is not None:
            polls[LaneName(LaneKind.RENEW, name)] = look_seconds(manifest.subscription)
        enrich = installation.config.connections[name].enrich
        if enrich is not None and Role.ENRICHES in manifest.roles and rules.inbound_for(name, enrich.of) is not None:
            polls[LaneName(LaneKind.ENRICH, name)] = enrich.every_seconds
    return polls


def followed_objects(rules: Rules, connection: str) -> set[str | None]:
    """The objects of a connection whose records a two-way mapping follows."""
    return {m.object for m in rules.sync if m.connection == connection and m.is_two_way}


def referred_objects(rules: Rules, connection: str, manifest: Manifest) -> dict[str, float]:
    """The lists, such as owners, that a mapping's lines refer to, with the intervals in which they are read."""
    from core.flow.mapping.references import references

    named = {name for m in rules.sync if m.connection == connection for name in references(m)}
    return {name: facts.every_seconds for name in sorted(named) if (facts := manifest.facts(name).reads) is not None}


def polled_objects(manifest: Manifest, configured: dict[str, float], read: set[str | None]) -> dict[str, float]:
    """The objects of a connection that are polled, with their intervals in seconds.

    `read` holds the objects that inbound mappings name; None among them stands for all that the connection polls:
    those configured, else those that its manifest names.
    """
    if Role.READS not in manifest.roles or not read:
        return {}
    named = {
        name: facts.reads.every_seconds
        for name, facts in manifest.objects.items()
        if facts.reads is not None and name not in ("*", *manifest.references)
    }
    asked = {name: facts.every_seconds for name in read if name is not None and (facts := manifest.facts(name).reads) is not None}
    known = {**named, **asked, **configured}
    return known if None in read else {name: seconds for name, seconds in known.items() if name in read}
