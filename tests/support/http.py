"""Loopback servers and contexts for tests of everything that speaks HTTP: real sockets, a clock by hand, no waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from core.contract import Manifest, Token
from core.runtime.http import Authenticate, HttpOptions, MemoryTokens, OpenedContext, open_context


class HandClock:
    """A clock that only moves when told; `sleep` moves it instead of waiting."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        """Stand at `start`."""
        self._lock = threading.Lock()
        self._now = start
        self.slept: list[float] = []

    def now(self) -> datetime:
        """Give the instant."""
        with self._lock:
            return self._now

    def seconds(self) -> float:
        """Give the instant as a number that only grows."""
        return self.now().timestamp()

    def advance(self, seconds: float) -> None:
        """Move forward."""
        with self._lock:
            self._now += timedelta(seconds=seconds)

    def sleep(self, seconds: float) -> None:
        """Move forward, and remember it."""
        self.slept.append(seconds)
        self.advance(seconds)


@dataclass(frozen=True)
class Seen:
    """One request as the server got it; header names are lower-case, `path` has the query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What the server answers; `cut` breaks the connection after having taken the request."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    cut: bool = False


@dataclass
class Served:
    """A running server: its address, and what it has seen."""

    url: str
    seen: list[Seen] = field(default_factory=list)

    def paths(self) -> list[str]:
        """Give the paths seen, in order."""
        return [request.path for request in self.seen]


@contextmanager
def serve(handler: Callable[[Seen], Answer]) -> Iterator[Served]:
    """Run a server on loopback for the length of the block; the handler may be called from several threads."""
    served = Served("")
    server = _Server(("127.0.0.1", 0), _handler_class(handler, served))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def _handler_class(handler: Callable[[Seen], Answer], served: Served) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen = Seen(self.command, self.path, headers, self.rfile.read(length))
            served.seen.append(seen)
            answer = handler(seen)
            if answer.cut:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _any

        def log_message(self, format: str, *args: Any) -> None:
            """Stay silent."""

    return Handler


def make_manifest(**facts: Any) -> Manifest:
    """Build a manifest with sensible defaults."""
    given: dict[str, Any] = {
        "id": "acme",
        "name": "Acme",
        "summary": "A stand-in.",
        "entry": "connector:Acme",
        "roles": [],
        "hosts": ["api.acme.example"],
    }
    return Manifest.model_validate(given | facts)


def make_context(
    url: str | None = None,
    *,
    manifest: Manifest | None = None,
    clock: HandClock | None = None,
    authenticate: Authenticate | None = None,
    token: Token | None = None,
    **options: Any,
) -> OpenedContext:
    """Open a real context whose base address is `url` (a loopback server), with a clock by hand and without waiting.

    `token` is the one found in the store; without `authenticate` it is simply handed out. `options` go to `HttpOptions`.
    Close it, or use `contextlib.closing`.
    """
    hand = clock or HandClock()
    given: dict[str, Any] = {
        "connection": "test",
        "manifest": manifest or make_manifest(),
        "base_url": url,
        "allowed_origins": [url] if url else [],
        "tokens": MemoryTokens(token),
        "clock": hand,
        "seconds": hand.seconds,
        "sleep": hand.sleep,
        "jitter": lambda: 0.5,
    }
    opened = open_context(HttpOptions(**(given | options)))
    if authenticate is not None:
        opened.authenticate_with(authenticate)
    elif token is not None:
        opened.authenticate_with(lambda previous, http: token)
    return opened
