"""The engine in one thread: real SQLite file, real lanes, remotes in memory, a clock by hand, and crashes where one likes.

A crash is an exception that no net of the product catches; afterwards the engine is rebuilt on the same file, as after a
power cut. Boundaries are counted: each write to the database and each call of a connector has one before and one after.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, cast

from pydantic import SecretStr
from sqlalchemy import Engine as SqlEngine
from sqlalchemy import event, select

from connectors.memory.connector import MemoryConnector, MemorySettings
from connectors.memory.remote import MemoryRemote, forget, register
from core.contract import ConnectorError, Manifest, Role
from core.flow.delivery.policy import RetryPolicy
from core.flow.delivery.work import SafetyStop
from core.flow.pipeline import Rules
from core.model.ids import IdMaker
from core.runtime.connections import Connections, OpenConnection
from core.runtime.lanes.dispatcher import due_times
from core.runtime.lanes.names import LaneKind, LaneName
from core.runtime.lanes.worker import LaneSettings, LaneWorker, StepReport
from core.store.commands.admin import ReplayInbox, ReplayLinks
from core.store.commands.intake import AcceptEvents
from core.store.commands.lanes import WakeLane
from core.store.commands.leases import BreakLeases
from core.store.commands.upsert import table_of
from core.store.database import open_reader, open_writer, prepare_schema, sqlite_url
from core.store.inbox_seal import Arrival, seal_arrival
from core.store.store import Store
from core.store.tables import Base
from core.store.vault import GcmVault, Vault
from core.store.writer import Command, GroupWriter
from tests.support.http import HandClock
from tests.support.memory_bench import memory_manifest, quiet_context

ResultT = TypeVar("ResultT")
MASTER = bytes(range(32))
WORKSPACE = "main"


class Crash(BaseException):
    """The process dies here; no `except Exception` may stop it."""


@dataclass
class Boundaries:
    """Counts the places at which a process can die, and dies at the chosen ones."""

    deaths: set[int] = field(default_factory=set)
    passed: list[str] = field(default_factory=list)

    def cross(self, name: str) -> None:
        """Pass a boundary, or die at it."""
        self.passed.append(name)
        if len(self.passed) in self.deaths:
            raise Crash(name)


class WatchedWriter:
    """A writer with a boundary before and after every command."""

    def __init__(self, writer: GroupWriter, boundaries: Boundaries) -> None:
        self._writer = writer
        self._boundaries = boundaries

    def write(self, command: Command[ResultT]) -> ResultT:
        """Carry out the command between two boundaries."""
        name = type(command).__name__
        self._boundaries.cross(f"before {name}")
        result = self._writer.write(command)
        self._boundaries.cross(f"after {name}")
        return result


class WatchedConnector:
    """A connector with a boundary before and after every call; counts what was written."""

    def __init__(self, inner: Any, boundaries: Boundaries, spoil: Callable[[str, Sequence[Any]], None] | None = None) -> None:
        self._inner = inner
        self._boundaries = boundaries
        self._spoil = spoil or (lambda verb, batch: None)
        self.writes: list[Sequence[Any]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def write(self, batch: Sequence[Any]) -> Any:
        """Write between two boundaries."""
        self._boundaries.cross("before write")
        self._spoil("write", batch)
        self.writes.append(batch)
        receipts = self._inner.write(batch)
        self._boundaries.cross("after write")
        return receipts

    def write_group(self, group: Sequence[Any]) -> Any:
        """Write a group between two boundaries."""
        self._boundaries.cross("before write_group")
        self._spoil("write_group", group)
        self.writes.append(group)
        receipts = self._inner.write_group(group)
        self._boundaries.cross("after write_group")
        return receipts

    def find(self, object_name: Any, matches: Any) -> Any:
        """Search between two boundaries."""
        self._boundaries.cross("before find")
        self._spoil("find", matches)
        found = self._inner.find(object_name, matches)
        self._boundaries.cross("after find")
        return found

    def collect(self, tickets: Any) -> Any:
        """Collect between two boundaries."""
        self._boundaries.cross("before collect")
        receipts = self._inner.collect(tickets)
        self._boundaries.cross("after collect")
        return receipts

    def read(self, object_name: Any, since: Any) -> Iterator[Any]:
        """Read, with a boundary before each page."""
        for page in self._inner.read(object_name, since):
            self._boundaries.cross("before page")
            yield page


class HandConnections:
    """Opens connections to remotes in memory."""

    def __init__(self, opened: Mapping[str, OpenConnection]) -> None:
        self._opened = opened

    def open(self, name: str) -> OpenConnection:
        """The connection of that name."""
        return self._opened[name]

    def flush_calls(self) -> None:
        """Nothing is counted here."""

    def calls_made(self, name: str) -> int:
        """Nothing is counted here."""
        return 0


@dataclass
class Crm:
    """One connection: its remote, its facts, its connector as the engine sees it."""

    remote: MemoryRemote
    manifest: Manifest
    connector: WatchedConnector

    def records(self, object_name: str = "lead") -> dict[str, dict[str, Any]]:
        """What the remote holds."""
        return self.remote.records(object_name)


_MEMORY_DISK = Path("/dev/shm")
_file_now: list[str] = [""]


@cache
def _database_engines() -> tuple[SqlEngine, SqlEngine]:
    """A writer and a reader that open whatever file is the present one: they keep what they have compiled."""
    url = sqlite_url(Path("any.db"))
    engines = open_writer(url), open_reader(url)
    for each in engines:

        @event.listens_for(each, "do_connect")
        def _present_file(dialect: object, record: object, arguments: list[Any], options: object) -> None:
            arguments[0] = _file_now[0]

    return engines


@cache
def _empty_database() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        engine = open_writer(sqlite_url(path))
        prepare_schema(engine)
        engine.dispose()
        return path.read_bytes()


@cache
def _manifest() -> Manifest:
    return memory_manifest()


class Engine:
    """An installation without processes, threads and waiting; one at a time."""

    def __init__(self, rules: Rules, *, connections: Sequence[str] = ("crm",), seed: int = 7, **options: Any) -> None:
        """Make an empty database, on a disk in memory where there is one.

        Options: vault, retry, batch, stop, enrich, providers, remote (arguments of MemoryRemote), facts (of writing), find_lag, spoil.
        """
        self.rules = rules
        self.clock = HandClock()
        self.boundaries = Boundaries()
        self.crms: dict[str, Crm] = {}
        self._chance = random.Random(seed)
        self._folder = TemporaryDirectory(dir=_MEMORY_DISK if _MEMORY_DISK.is_dir() else None)
        self._path = Path(self._folder.name) / "leadloom.db"
        self._path.write_bytes(_empty_database())
        self._vault: Vault = options.pop("vault", None) or GcmVault(MASTER, self._chance.randbytes)
        self._settings = LaneSettings(
            batch=options.pop("batch", 500),
            retry=options.pop("retry", None) or RetryPolicy(chance=self._chance.random),
            stop=options.pop("stop", None) or SafetyStop(),
            enrich=options.pop("enrich", {}),
        )
        self._providers: Mapping[str, Any] = options.pop("providers", {})
        for name in connections:
            self._add(name, **options)
        self._open()

    def _add(self, name: str, **options: Any) -> None:
        remote = register(MemoryRemote(f"{name}-{uuid.uuid4().hex}", **options.get("remote", {"search_lag_seconds": 5.0})))
        manifest = _manifest().model_copy(update={"find_lag": options.get("find_lag", 5.0)})
        facts = manifest.objects["*"]
        assert facts.writes is not None
        writes = facts.writes.model_copy(update=options.get("facts", {}))
        manifest = manifest.model_copy(update={"objects": {"*": facts.model_copy(update={"writes": writes})}})
        inner = MemoryConnector(MemorySettings(remote=remote.name, key=SecretStr("")), quiet_context(self.clock))
        self.crms[name] = Crm(remote, manifest, WatchedConnector(inner, self.boundaries, options.get("spoil")))

    def _open(self) -> None:
        _file_now[0] = str(self._path)
        writer, reader = _database_engines()
        self._writer = GroupWriter(writer)
        self.ids = IdMaker(self.clock.now, self._chance.randbytes)
        self.store = Store(
            workspace=WORKSPACE,
            writer=WatchedWriter(self._writer, self.boundaries),
            reader=reader,
            vault=self._vault,
            new_id=self.ids.make,
        )
        opened = {name: OpenConnection(name, crm.manifest, crm.connector, cast(Any, None)) for name, crm in self.crms.items()}
        for name, asked in self._providers.items():
            facts = _manifest().model_copy(update={"roles": [Role.ENRICHES], "enrich_batch": 4 if hasattr(asked, "enrich_many") else 1})
            opened[name] = OpenConnection(name, facts, asked, cast(Any, None))
        self.connections = cast(Connections, HandConnections(opened))
        self.worker = LaneWorker(
            store=self.store,
            connections=self.connections,
            rules=lambda: self.rules,
            now=self.clock.now,
            settings=self._settings,
        )

    @property
    def crm(self) -> Crm:
        """The first connection."""
        return next(iter(self.crms.values()))

    def restart(self) -> None:
        """Start again on the same file, as after a crash."""
        self._writer.close()
        self.store.close()
        self._open()
        self._writer.write(BreakLeases(WORKSPACE))

    def close(self) -> None:
        """Let go of the file and the remotes."""
        self._writer.close()
        self.store.close()
        for crm in self.crms.values():
            forget(crm.remote.name)
        self._folder.cleanup()

    def push(self, event_id: str, fields: Mapping[str, Any], *, connection: str = "form", **changes: Any) -> None:
        """Acknowledge one submission, as the webhook door does."""
        given: dict[str, Any] = {"event_id": event_id, "object": "entry", "native_id": event_id, "way": "push", "record": dict(fields)}
        entry = seal_arrival(self._vault, WORKSPACE, connection, Arrival(**(given | changes)), self.clock.now())
        self.store.write(AcceptEvents((entry,)))

    def step(self, lane: LaneName) -> StepReport:
        """Step one lane."""
        return self.worker.step(lane)

    def deliver(self, connection: str = "crm", object_name: str = "lead") -> StepReport:
        """Step a delivery lane."""
        return self.step(LaneName(LaneKind.DELIVER, connection, object_name))

    def decide(self) -> StepReport:
        """Step the decide lane."""
        return self.step(LaneName(LaneKind.DECIDE))

    def read(self, connection: str = "crm", object_name: str = "lead") -> StepReport:
        """Step a reading lane."""
        return self.step(LaneName(LaneKind.READ, connection, object_name))

    def wake(self, lane: LaneName) -> None:
        """Make a lane due now."""
        self.store.write(WakeLane(WORKSPACE, str(lane), lane.connection, self.clock.now()))

    def replay(self) -> int:
        """Send everything that is set aside through again, as an admin would."""
        lane = str(LaneName(LaneKind.DECIDE))
        inbox = self.store.write(ReplayInbox(WORKSPACE, None, "admin", self.clock.now(), lane))
        return inbox + self.store.write(ReplayLinks(WORKSPACE, None, "admin", self.clock.now()))

    def due(self) -> dict[LaneName, Any]:
        """When each lane is next due."""
        return due_times(self.store, frozenset(self.crms) | {"form"})

    def step_due(self) -> list[ConnectorError]:
        """Step every lane that is due now; give the errors they ended with."""
        now = self.clock.now()
        reports = [self.step(lane) for lane, at in sorted(self.due().items(), key=lambda item: str(item[0])) if at <= now]
        return [report.error for report in reports if report.error is not None]

    def settle(self, *, hours: float = 48.0) -> int:
        """Let time pass until nothing is due any more; give the number of rounds. Fails when there is no end to it."""
        ends = self.clock.seconds() + hours * 3600
        for rounds in range(2_000):
            upcoming = min(self.due().values(), default=None)
            if upcoming is None:
                return rounds
            if upcoming > self.clock.now():
                self.clock.advance((upcoming - self.clock.now()).total_seconds())
            assert self.clock.seconds() <= ends, f"still due: {self.due()}"
            self.step_due()
        raise AssertionError(f"never quiet: {self.due()}")

    def survive(self, act: Callable[[], Any]) -> bool:
        """Do something; when the process dies in it, start again. Tells whether it died."""
        try:
            act()
        except Crash:
            self.restart()
            return True
        return False

    def rows(self, model: type[Base]) -> Sequence[Any]:
        """All rows of a table."""
        with self.store.snapshot() as snapshot:
            return snapshot.all(select(table_of(model)))

    def file_bytes(self) -> bytes:
        """Everything that is on disk: the database and what lies beside it."""
        return b"".join(path.read_bytes() for path in sorted(self._path.parent.glob(f"{self._path.name}*")))


@contextmanager
def running(rules: Rules, **options: Any) -> Iterator[Engine]:
    """An engine for the length of the block."""
    engine = Engine(rules, **options)
    try:
        yield engine
    finally:
        engine.close()
