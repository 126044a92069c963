"""A Leadloom server and a sandbox as processes of their own, to be killed at any moment, and senders that load the server."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
LEADLOOM = ("-m", "core.cli.main")
META_SECRET = "sandbox-meta-app-secret"
META_FORM = "300000000000001"
META_PAGE = "100000000000001"
OPEN_STATES = """SELECT (SELECT count(*) FROM inbox WHERE state IN ('ready', 'to_read'))
                     + (SELECT count(*) FROM link WHERE state IN ('behind', 'pending'))"""


@dataclass(frozen=True)
class Reply:
    """An answer over HTTP."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def ask(url: str, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] | None = None, seconds: float = 20) -> Reply:
    """One request on a connection of its own; raises OSError or HTTPException when there is no answer."""
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
    try:
        line.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, body, dict(headers or {}))
        return _read(line)
    finally:
        line.close()


def _read(line: http.client.HTTPConnection) -> Reply:
    answer = line.getresponse()
    return Reply(answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()})


def until(condition: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Wait for something in another process; False when the time is over."""
    pause = threading.Event()
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        pause.wait(every)
    return True


@dataclass
class Sandbox:
    """The three stand-ins in one process."""

    urls: dict[str, str]

    def control(self, name: str, verb: str, /, **arguments: Any) -> Any:
        """Turn a dial; a refusal fails the test."""
        reply = ask(f"{self.urls[name]}/_sandbox/{verb}", "POST", json.dumps(arguments).encode(), {"content-type": "application/json"})
        assert reply.status == 200, reply.body
        return reply.json

    def salesforce_leads(self) -> list[dict[str, Any]]:
        """All live leads."""
        found: list[dict[str, Any]] = self.control("salesforce", "records", object="Lead")
        return found

    def hubspot_contacts(self) -> list[dict[str, Any]]:
        """The properties of all live contacts."""
        return [record["properties"] for record in self.control("hubspot", "records", object="contacts") if not record["archived"]]


@contextmanager
def sandbox(folder: Path) -> Iterator[Sandbox]:
    """Run the sandbox until the block ends; HubSpot has our unique property."""
    state = folder / "sandbox.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--only", "salesforce", "hubspot", "meta", "--state-file", str(state)],
        cwd=ROOT,
        env=_environment(),
        stdout=subprocess.DEVNULL,
    )
    try:
        assert until(state.exists, 30), "the sandbox did not start"
        running = Sandbox(json.loads(state.read_text("utf-8")))
        running.control("hubspot", "seed", leadloom_property=True)
        yield running
    finally:
        process.terminate()
        process.wait(20)


class Server:
    """`leadloom serve` on one configuration; may be started again after it ended."""

    def __init__(self, config: Path, log: Path, command: tuple[str, ...] = LEADLOOM) -> None:
        """Nothing is started yet."""
        self.config = config
        self.log = log
        self.data = config.parent / "var"
        self.url = ""
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        self.launch()
        assert until(self.is_up, 60), f"the server did not start:\n{self.said()}"

    def launch(self, *, keep_address: bool = False) -> subprocess.Popen[bytes]:
        """Start without waiting; `keep_address` leaves the file alone in which a server that runs has written its address."""
        if not keep_address:
            (self.data / "server.json").unlink(missing_ok=True)
        with self.log.open("ab") as out:
            command = [sys.executable, *self._command, "--config", str(self.config), "serve", "--port", "0"]
            self._process = subprocess.Popen(command, cwd=ROOT, env=_environment(), stdout=out, stderr=out)
        return self._process

    def is_up(self) -> bool:
        """Whether it answers on the address that it has written down."""
        assert self._process is not None
        assert self._process.poll() is None, f"the server ended with {self._process.returncode}:\n{self.said()}"
        try:
            self.url = str(json.loads((self.data / "server.json").read_text("utf-8"))["url"])
            return ask(f"{self.url}/healthz", seconds=2).status == 200
        except (OSError, ValueError, http.client.HTTPException):
            return False

    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def engine_pid(self) -> int | None:
        """The process that decides and delivers, while there is one."""
        assert self._process is not None
        with contextlib.suppress(OSError):
            children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
            threads = Path(f"/proc/{self._process.pid}/task").iterdir()
            found = children or [pid for thread in threads for pid in (thread / "children").read_text().split()]
            return next((int(pid) for pid in found if b"core.runtime.engine" in Path(f"/proc/{pid}/cmdline").read_bytes()), None)
        return None

    def kill(self) -> None:
        """SIGKILL, and no goodbye; the engine goes by itself."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def kill_engine(self) -> bool:
        """SIGKILL for the engine; False when none is running."""
        pid = self.engine_pid()
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return True

    def stop(self) -> None:
        """Ask it to end, as a service manager does."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
                raise

    def said(self) -> str:
        """Everything it wrote."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Look into the database beside the server."""
        line = sqlite3.connect(f"file:{self.data / 'leadloom.db'}?mode=ro", uri=True, timeout=30)
        try:
            return line.execute(sql, values).fetchall()
        finally:
            line.close()

    def waiting(self) -> int:
        """Submissions and links that are not at their end yet."""
        return int(self.rows(OPEN_STATES)[0][0])

    def counters(self) -> dict[tuple[str, str], int]:
        """The counted events by name and label."""
        return {(name, label): value for name, label, value in self.rows("SELECT name, label, value FROM counter")}


@contextmanager
def serving(config: Path, command: tuple[str, ...] = LEADLOOM) -> Iterator[Server]:
    """Run a server until the block ends."""
    server = Server(config, config.parent / "server.log", command)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def sign_meta(body: bytes, secret: str = META_SECRET) -> dict[str, str]:
    """The headers of a push that Meta signs."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}


def meta_push(*lead_ids: str) -> bytes:
    """A push that names leads and nothing else about them."""
    value = {"form_id": META_FORM, "page_id": META_PAGE, "created_time": 1_772_442_000}
    changes = [{"field": "leadgen", "value": {**value, "leadgen_id": lead}} for lead in lead_ids]
    return json.dumps({"object": "page", "entry": [{"id": META_PAGE, "time": 1_772_442_000, "changes": changes}]}).encode()


@dataclass
class Load:
    """Clients that send one delivery after another until they are told to stop; what was acknowledged is kept.

    `make` gives path, body and headers of the next delivery of one client, and the name under which it is remembered.
    """

    url: Callable[[], str]
    make: Callable[[int], tuple[str, str, bytes, Mapping[str, str]]]
    clients: int = 8
    acknowledged: list[str] = field(default_factory=list)
    sent: int = 0
    statuses: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Prepare without starting."""
        self._stop = threading.Event()
        self._may_send = threading.Event()
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Let all clients send."""
        self._stop.clear()
        self._may_send.set()
        self._threads = [threading.Thread(target=self._send, args=(n,), daemon=True) for n in range(self.clients)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let them finish what they are at."""
        self._stop.set()
        self._may_send.set()
        for thread in self._threads:
            thread.join(30)

    def pause(self) -> None:
        """Send nothing until `go_on`."""
        self._may_send.clear()

    def go_on(self) -> None:
        """Send again."""
        self._may_send.set()

    def wait_for(self, count: int, seconds: float) -> bool:
        """Wait until so many were acknowledged in all."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.acknowledged) >= count, seconds)

    def _send(self, client: int) -> None:
        parts = urlsplit(self.url())
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        while not self._stop.wait(0.01):
            if not self._may_send.wait(30) or self._stop.is_set():
                break
            name, path, body, headers = self.make(client)
            try:
                line.request("POST", path, body, dict(headers))
                reply = _read(line)
            except (OSError, http.client.HTTPException):
                line.close()
                self._stop.wait(0.05)
                continue
            with self._changed:
                self.sent += 1
                self.statuses[reply.status] = self.statuses.get(reply.status, 0) + 1
                if 200 <= reply.status < 300:
                    self.acknowledged.append(name)
                self._changed.notify_all()
        line.close()
