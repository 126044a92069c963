"""Serve the pure core of a stand-in over HTTP: one lock, one clock, faults on demand, a journal, webhooks sent as they fall due."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self

from sandbox.clock import DialClock
from sandbox.connection import LOOPBACK, Listener, Ruling
from sandbox.control import PREFIX, ControlDesk
from sandbox.faults import Fault, FaultBoard, FaultKind
from sandbox.journal import Journal
from sandbox.sender import NotLoopback, Sender
from sandbox.wire import Answer, Push, Request, StandIn, json_answer

PUMP_EVERY_SECONDS = 0.05
_UNAPPLIED = (FaultKind.STATUS, FaultKind.TIMEOUT, FaultKind.RESET)
_UNANSWERED = (FaultKind.TIMEOUT, FaultKind.RESET, FaultKind.TIMEOUT_AFTER, FaultKind.RESET_AFTER)
_SENDING_THREADS = 8


class Served:
    """One stand-in on `http://127.0.0.1:<port>` between `start` and `stop`; port 0 takes a free one.

    The core is only ever called under one lock. `crashes` holds the traceback of everything that the core raised
    (the client got a 500), `refused` the webhook addresses outside this machine. Stopping is final and may be repeated.
    """

    def __init__(
        self, stand_in: StandIn, clock: DialClock, port: int = 0, *, pump_every_seconds: float | None = PUMP_EVERY_SECONDS
    ) -> None:
        self.stand_in = stand_in
        self.clock = clock
        self.faults = FaultBoard()
        self.journal = Journal()
        self.crashes: list[str] = []
        self.refused: list[str] = []
        self._lock = threading.RLock()
        self._desk = ControlDesk(stand_in, clock, self.faults, self.journal)
        self._sender = Sender()
        self._senders = ThreadPoolExecutor(_SENDING_THREADS, thread_name_prefix=f"{stand_in.name}-webhook")
        self._pump_every = pump_every_seconds
        self._listener = Listener(port, self._rule)
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        """Where it is served, without a trailing slash; known from the moment of construction."""
        return f"http://{LOOPBACK}:{self._listener.server_port}"

    def start(self) -> Self:
        """Accept requests and, unless pumping by hand was asked for, send due webhooks every `pump_every_seconds` of real time."""
        self._run(lambda: self._listener.serve_forever(poll_interval=0.02))
        if self._pump_every is not None:
            self._run(self._pump_on)
        return self

    def stop(self) -> None:
        """Cut all connections, end all waiting faults and deliveries, and return once the threads have ended."""
        if not self._threads:
            self._listener.server_close()
        elif not self._listener.stopping.is_set():
            self._sender.stop()
            self._listener.close()
            for thread in self._threads:
                thread.join(timeout=5)
        self._senders.shutdown(wait=True, cancel_futures=True)

    def pump(self) -> int:
        """Send the webhooks that are due now, one after the other, and return how many there were."""
        due = self._due_pushes()
        for push in due:
            self._deliver(push)
        return len(due)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _run(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=f"{self.stand_in.name}-sandbox", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _rule(self, request: Request) -> Ruling:
        with self._lock:
            if request.path.startswith(PREFIX):
                return Ruling(self._safely(request, self._desk.answer), None, self.clock.now())
            return self._rule_vendor(request)

    def _rule_vendor(self, request: Request) -> Ruling:
        now = self.clock.now()
        fault = self.faults.take(request)
        answer = self._answer(request, fault, now)
        status = 0 if answer is None or (fault and fault.kind in _UNANSWERED) else answer.status
        self.journal.note(request, status, fault.kind.value if fault else None, now)
        return Ruling(answer if status else None, fault, now)

    def _answer(self, request: Request, fault: Fault | None, now: datetime) -> Answer | None:
        if fault and fault.kind in _UNAPPLIED:
            return fault.answer() if fault.kind is FaultKind.STATUS else None
        if fault and fault.kind is FaultKind.EXPIRED_TOKEN:
            request = replace(request, headers={**request.headers, "x-sandbox-fault": FaultKind.EXPIRED_TOKEN.value})
        return self._safely(request, lambda asked: self.stand_in.handle(asked, now))

    def _safely(self, request: Request, answer: Callable[[Request], Answer]) -> Answer:
        try:
            return answer(request)
        except Exception:  # noqa: BLE001 - the edge: a mistake of a core must be seen, not look like a lost connection
            self._note_crash()
            return json_answer({"error": "the sandbox itself failed; its standard error says where"}, 500)

    def _note_crash(self) -> None:
        self.crashes.append(traceback.format_exc())
        sys.stderr.write(self.crashes[-1])

    def _pump_on(self) -> None:
        while not self._listener.stopping.wait(self._pump_every):
            for push in self._due_pushes():
                self._senders.submit(self._deliver, push)

    def _due_pushes(self) -> Sequence[Push]:
        with self._lock:
            try:
                return self.stand_in.pushes(self.clock.now())
            except Exception:  # noqa: BLE001 - the edge, as above
                self._note_crash()
                return ()

    def _deliver(self, push: Push) -> None:
        try:
            status = self._sender.send(push)
        except NotLoopback as refusal:
            self.refused.append(str(refusal))
            status = None
        with self._lock:
            try:
                self.stand_in.pushed(push, status, self.clock.now())
            except Exception:  # noqa: BLE001 - the edge, as above
                self._note_crash()
