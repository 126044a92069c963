"""The server process below its web door: the writer, the control socket, the schedule, and the engine it keeps alive."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from core.observe.events import EventCode
from core.observe.log import note, warn
from core.runtime.connections import Connections
from core.runtime.control import ControlServer
from core.runtime.heartbeat import SilenceWatch
from core.runtime.installation import Installation
from core.runtime.schedule import PollSchedule
from core.store.commands.leases import BreakLeases
from core.store.database import sqlite_warning
from core.store.store import Store
from core.store.waiting import may_be_due
from core.store.writer import GroupWriter

SERVER_FILE = "server.json"
"""In the data folder while the server listens: `{"url": ..., "pid": ...}`."""
DEAD_ENGINE_WAIT_SECONDS = 1.0
CONFIG_UNUSABLE = 3
"""How the engine ends when config.yaml cannot be used (any more)."""
UNUSABLE_WAIT_SECONDS = 10.0
"""How long a config.yaml that cannot be used any more is left to whoever is editing it."""
LOOK_SECONDS = 5.0
"""How often the server looks by itself whether something is due while the engine is not running."""


class Service:
    """Owns what must exist once per installation. `open` it, serve, `close` it."""

    def __init__(self, installation: Installation, config_path: Path) -> None:
        """Take the installation and the file that the engine process reads it from."""
        self.installation = installation
        self._config_path = config_path
        self._stopping = threading.Event()
        self._wanted = threading.Event()
        self._engine: subprocess.Popen[bytes] | None = None
        self._opened = ExitStack()

    def open(self) -> None:
        """Open the database, the socket and the schedule. Call inside `installation.exclusive()`."""
        warning = sqlite_warning()
        if warning and self.installation.config.database_url.startswith("sqlite"):
            warn(EventCode.SQLITE_OLD)
        with ExitStack() as opened:
            self.writer: GroupWriter = self.installation.open_writer()
            opened.callback(self.writer.close)
            self.store: Store = self.installation.store(self.writer)
            opened.callback(self.store.close)
            self.store.write(BreakLeases(self.store.workspace))
            self._control = ControlServer(self.installation.config.data_dir, self.writer, self.wake)
            opened.callback(self._control.close)
            self.connections: Connections = self.installation.connections(self.store)
            opened.callback(self.connections.close)
            self._keeper = threading.Thread(target=self._keep_engine, name="engine-keeper", daemon=True)
            self._keeper.start()
            opened.callback(self._end_engine)
            self._schedule = PollSchedule(self.installation, self.connections, self.store, self.wake)
            opened.callback(self._schedule.stop)
            self._schedule.start()
            watch = SilenceWatch(self.installation, self._schedule.look)
            opened.callback(watch.stop)
            watch.start()
            self._opened = opened.pop_all()

    def wake(self) -> None:
        """There is new work: start the engine if it is not running, tell it if it is."""
        self._control.notify()
        if not self._wanted.is_set():
            self._wanted.set()

    def look(self, connection: str) -> None:
        """Read what is polled of a connection now, from where the last read ended."""
        self._schedule.look(connection)

    def close(self) -> None:
        """End the engine, then the writer; everything acknowledged is on disk already. Fine where `open` failed."""
        self._opened.close()

    def _end_engine(self) -> None:
        self._stopping.set()
        self._wanted.set()
        self._keeper.join()

    def engine_pid(self) -> int | None:
        """The process id of the engine, while it runs."""
        engine = self._engine
        return engine.pid if engine is not None and engine.poll() is None else None

    def _keep_engine(self) -> None:
        pause = 0.0  # what was left over by the server before is looked for at once
        while not self._stopping.is_set():
            woken = self._wanted.wait(pause)
            pause = LOOK_SECONDS
            self._wanted.clear()
            if self._stopping.is_set():
                break
            try:
                if self.engine_pid() is None and (woken or self._is_due()):
                    self._run_engine()
            except Exception as error:  # noqa: BLE001 - a full disk must not end the keeper: without it nothing is delivered any more
                warn(EventCode.ENGINE_DIED, type=type(error).__name__)
                self._stopping.wait(DEAD_ENGINE_WAIT_SECONDS)
        if self._engine is not None and self._engine.poll() is None:
            self._engine.terminate()
            try:
                self._engine.wait(10)
            except subprocess.TimeoutExpired:
                self._engine.kill()
                self._engine.wait()

    def _run_engine(self) -> None:
        command = [sys.executable, "-m", "core.runtime.engine", "--config", str(self._config_path.resolve())]
        self._engine = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))})
        while self._engine.poll() is None:
            if self._stopping.wait(0.2):
                return
        if self._engine.returncode != 0:
            warn(EventCode.ENGINE_DIED, pid=self._engine.pid)
            self.store.write(BreakLeases(self.store.workspace))
            self._stopping.wait(UNUSABLE_WAIT_SECONDS if self._engine.returncode == CONFIG_UNUSABLE else DEAD_ENGINE_WAIT_SECONDS)
        self._wanted.clear()
        if self._is_due():
            self._wanted.set()

    def _is_due(self) -> bool:
        by = self.installation.clock.now() + timedelta(seconds=LOOK_SECONDS)
        if not may_be_due(self.installation.config.database_url, self.store.workspace, by):
            return False
        from core.runtime.lanes.dispatcher import due_times  # SQLAlchemy and 30 MiB: when something may be due

        return any(at <= by for at in due_times(self.store, self.installation.enabled()).values())


def started(address: str) -> None:
    """Log that the server listens."""
    note(EventCode.SERVER_STARTED, address=address)
