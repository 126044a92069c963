"""The sockets of a stand-in: take requests off the wire, have them decided elsewhere, put the outcome on the wire, faults included."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import TCPServer
from typing import Any

from sandbox.body import BodyRefused, pack, read_body
from sandbox.faults import Fault, FaultKind
from sandbox.wire import Answer, Request, json_answer

LOOPBACK = "127.0.0.1"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_BODILESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is to happen on the wire: an answer (`None`: none), and the fault that spoils it."""

    answer: Answer | None
    fault: Fault | None
    at: datetime


class Listener(HTTPServer):
    """Accept connections on loopback, one thread each, and cut all of them off on `close`."""

    request_queue_size = 128

    def __init__(self, port: int, rule: Callable[[Request], Ruling]) -> None:
        self.rule = rule
        self.stopping = threading.Event()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._guard = threading.Lock()
        super().__init__((LOOPBACK, port), Connection)

    def server_bind(self) -> None:
        """Bind without asking the name service who we are, as the parent would."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, self.socket.getsockname()[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection in its own thread."""
        thread = threading.Thread(target=self._serve, args=(request, client_address), daemon=True)
        with self._guard:
            self._open[request] = thread
        thread.start()

    def close(self) -> None:
        """Stop accepting, wake every waiting fault, cut all connections, and return once their threads have ended."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        with self._guard:
            still_open = list(self._open.items())
        for connection, _ in still_open:
            _cut(connection)
        for _, thread in still_open:
            thread.join(timeout=5)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: a client that goes away is no news, and what a core raises is kept by the shell."""

    def _serve(self, request: socket.socket, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except OSError:
            pass  # the client left, or `close` cut the line
        finally:
            with self._guard:
                self._open.pop(request, None)
            self.shutdown_request(request)


class Connection(BaseHTTPRequestHandler):
    """One keep-alive HTTP/1.1 connection. Every answer leaves in a single send, so no delayed acknowledgement can stall it."""

    server: Listener
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        """Read one request, have it decided, carry the decision out."""
        self.close_connection = True
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline or not self.parse_request():
            return
        try:
            request = self._request()
        except BodyRefused as refusal:
            self.close_connection = True
            self._send(json_answer({"error": str(refusal)}, refusal.status), None)
            return
        self._carry_out(self.server.rule(request))

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing: the journal is the log."""

    def _request(self) -> Request:
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            known = headers.get(name.lower())
            headers[name.lower()] = value if known is None else f"{known}, {value}"
        body = read_body(headers, self.rfile)
        if encoding := headers.pop("content-encoding", None):
            headers["x-sandbox-content-encoding"] = encoding
        target = self.requestline.split(" ")[1]  # `self.path` has leading slashes folded, which would hide a caller's mistake
        path, _, query = target.partition("?")
        return Request(self.command, path, query, headers, body)

    def _carry_out(self, ruling: Ruling) -> None:
        kind = ruling.fault.kind if ruling.fault else None
        if ruling.fault and kind in (FaultKind.TIMEOUT, FaultKind.TIMEOUT_AFTER, FaultKind.SLOW):
            self.server.stopping.wait(ruling.fault.seconds)
        if kind in (FaultKind.RESET, FaultKind.RESET_AFTER):
            self._reset()
        elif ruling.answer is None or (kind is FaultKind.SLOW and self.server.stopping.is_set()):
            self.close_connection = True
        elif kind is FaultKind.TRUNCATED_AFTER:
            self._send_half(ruling.answer, ruling.at)
        else:
            self._send(ruling.answer, ruling.at)

    def _send(self, answer: Answer, at: datetime | None) -> None:
        head, body = self._render(answer, at)
        self.connection.sendall(head + body)

    def _send_half(self, answer: Answer, at: datetime) -> None:
        head, body = self._render(answer, at)
        if not body:
            self._reset()  # nothing to cut: only a lost connection spoils it
            return
        self.close_connection = True
        self.connection.sendall(head + body[: len(body) // 2])

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.rfile.close()  # the reader holds the socket open too
        self.connection.close()

    def _render(self, answer: Answer, at: datetime | None) -> tuple[bytes, bytes]:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        body = answer.body
        if "content-encoding" not in headers and (packed := pack(body, self.headers.get("accept-encoding", ""))):
            body = packed
            headers |= {"content-encoding": "gzip", "vary": "accept-encoding"}
        if answer.status not in _BODILESS:
            headers["content-length"] = str(len(body))
        if at is not None:
            headers.setdefault("date", format_datetime(at, usegmt=True))
        if self.close_connection:
            headers["connection"] = "close"
        lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}", *(f"{name}: {value}" for name, value in headers.items())]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        return head, b"" if self.command == "HEAD" or answer.status in _BODILESS else body


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Status"


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # already gone
        connection.shutdown(socket.SHUT_RDWR)
