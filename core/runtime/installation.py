"""One installation put together: configuration, database, vault, store, connections, mappings, lanes."""

from __future__ import annotations

import fcntl
import os
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from core.contract import Clock
from core.flow.quality.in_force import put_in_force
from core.model.ids import IdMaker
from core.runtime.clock import SystemClock
from core.runtime.connections import Connections
from core.runtime.control import ControlLine, NoServer
from core.runtime.database_key import database_key
from core.runtime.registry import default_registry
from core.runtime.settings import Config, load_config
from core.store.commands.leases import BreakLeases
from core.store.database import is_prepared, open_prepared
from core.store.store import Store
from core.store.vault import GcmVault, PlainVault, Vault
from core.store.writer import Command, GroupWriter, Writes

if TYPE_CHECKING:
    from core.runtime.lanes.worker import LaneWorker

ResultT = TypeVar("ResultT")


class Busy(Exception):
    """Another Leadloom process works with this data folder."""


class Installation:
    """Everything that a process needs, built from config.yaml on demand."""

    def __init__(self, config: Config, clock: Clock | None = None) -> None:
        """Take a configuration; nothing is opened yet but the data folder."""
        self.config = config
        self.clock = clock or SystemClock()
        self.registry = default_registry()
        self.ids = IdMaker(self.clock.now, os.urandom)
        config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # SQLite lets everybody read what it makes in there

    @classmethod
    def load(cls, path: Path, env: Mapping[str, str] | None = None) -> Installation:
        """Read config.yaml and put its rules for values in force in this process; raises ConfigProblems."""
        config = load_config(path, os.environ if env is None else env)
        put_in_force(config.quality.rules())
        return cls(config)

    def vault(self) -> Vault:
        """The vault of the configured key; makes a key file on first use."""
        key = database_key(self.config)
        return GcmVault(key) if key is not None else PlainVault()

    def store(self, writer: Writes) -> Store:
        """A store that writes through `writer`."""
        return Store(
            workspace=self.config.workspace,
            writer=writer,
            reader=self.config.database_url,
            vault=self.vault(),
            new_id=self.ids.make,
        )

    def open_writer(self) -> GroupWriter:
        """Open the database for writing, with its schema made or migrated. Hold `exclusive` around it."""
        return GroupWriter(open_prepared(self.config.database_url))

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the data folder's lock: one writing process at a time; raises Busy."""
        path = self.config.data_dir / "leadloom.lock"
        with path.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Busy(f"Another Leadloom process works with {self.config.data_dir}. Stop it first, or let it do the work.") from error
            yield

    @contextmanager
    def writing_store(self) -> Iterator[Store]:
        """A store for commands: through the running server, or under the exclusive lock when none runs."""
        try:
            line: Writes = ControlLine(self.config.data_dir)
        except NoServer:
            with self.exclusive():
                writer = self.open_writer()
                store = self.store(writer)
                try:
                    store.write(BreakLeases(store.workspace))
                    yield store
                finally:
                    store.close()
                    writer.close()
            return
        store = self.store(line)
        try:
            yield store
        finally:
            store.close()

    @contextmanager
    def reading_store(self) -> Iterator[Store]:
        """A store that can only be read, beside whoever writes; makes or migrates the schema when nobody does."""
        if not is_prepared(self.config.database_url):
            with suppress(Busy), self.exclusive():
                self.open_writer().close()
        store = self.store(_NoWriter())
        try:
            yield store
        finally:
            store.close()

    def is_served(self) -> bool:
        """Whether a server runs in this data folder."""
        try:
            ControlLine(self.config.data_dir)
        except NoServer:
            return False
        return True

    def connections(self, store: Store) -> Connections:
        """The connections of this process."""
        return Connections(self.config, self.registry, store, self.clock)

    def enabled(self) -> frozenset[str]:
        """The names of the connections that are switched on."""
        return frozenset(name for name, connection in self.config.connections.items() if connection.enabled)

    def worker(self, store: Store, connections: Connections) -> LaneWorker:
        """A worker for this installation's lanes."""
        from core.flow.delivery.policy import RetryPolicy
        from core.flow.delivery.work import SafetyStop
        from core.flow.identity.account_rules import AccountRules
        from core.runtime.enriching import asking_of
        from core.runtime.lanes.match_bounds import MatchBounds
        from core.runtime.lanes.worker import LaneSettings, LaneWorker
        from core.runtime.live_rules import LiveRules

        delivery = self.config.delivery
        retry = RetryPolicy(
            delivery.first_retry_seconds, delivery.max_retry_seconds, delivery.jitter, delivery.park_after_attempts, random.random
        )
        stop = SafetyStop(delivery.stop_above_share, delivery.stop_at_least)
        asked = {name: asking_of(self.config, name) for name in self.enabled() if self.config.connections[name].enrich is not None}
        days = {name: connection.warn_days for name, connection in self.config.connections.items()}
        identity = self.config.identity
        match = MatchBounds(identity.review_at, identity.merge_at, identity.candidates, identity.proposals_per_key)
        firms = AccountRules(**identity.accounts.model_dump())
        settings = LaneSettings(self.config.engine.batch, self.config.engine.lease_seconds, retry, stop, asked, days, match, firms)
        rules = LiveRules(self.config.mappings_dir, connections, store, self.clock, self.config.mappings.activate)
        return LaneWorker(store=store, connections=connections, rules=rules, now=self.clock.now, settings=settings)


class _NoWriter:
    def write(self, command: Command[ResultT]) -> ResultT:
        raise TypeError(f"{type(command).__name__} was handed to a store that is open for reading only.")
