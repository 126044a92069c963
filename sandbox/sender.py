"""Deliver a stand-in's webhooks over HTTP, to loopback addresses only."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import re
import socket
import threading
from urllib.parse import SplitResult, urlsplit

from sandbox.wire import Push


class NotLoopback(ValueError):
    """A webhook address outside this machine: a sandbox never talks to the world."""


class Sender:
    """Send pushes, each once and without following redirects; the stand-in's core decides about retries."""

    def __init__(self) -> None:
        self._live: set[http.client.HTTPConnection] = set()
        self._guard = threading.Lock()
        self._stopped = False

    def send(self, push: Push) -> int | None:
        """Send one push and return the status; `None` when no answer came in `push.timeout_seconds`, or not the expected one.

        Raises `NotLoopback` before a connection is opened when the address lies outside this machine.
        """
        address = loopback_address(push.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=push.timeout_seconds)
        if not self._enter(connection):
            return None
        try:
            target = (address.path or "/") + (f"?{address.query}" if address.query else "")
            connection.request(push.method, target, push.body or None, dict(push.headers))
            answer = connection.getresponse()
            return _verdict(push, answer.status, answer.read())
        except (OSError, http.client.HTTPException):
            return None
        finally:
            self._leave(connection)

    def stop(self) -> None:
        """Cut the deliveries under way and refuse further ones."""
        with self._guard:
            self._stopped = True
            live = list(self._live)
        for connection in live:
            _cut(connection)

    def _enter(self, connection: http.client.HTTPConnection) -> bool:
        with self._guard:
            if not self._stopped:
                self._live.add(connection)
            return not self._stopped

    def _leave(self, connection: http.client.HTTPConnection) -> None:
        with self._guard:
            self._live.discard(connection)
        connection.close()


def loopback_address(url: str) -> SplitResult:
    """Split a plain-http URL; `NotLoopback` unless its host is `localhost` or a loopback IP address."""
    address = urlsplit(url)
    if address.scheme != "http" or not _is_loopback(address.hostname or ""):
        raise NotLoopback(f"{address.scheme}://{address.netloc} is refused: webhooks of a sandbox go to http://127.0.0.1:<port>/... only")
    return address


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _verdict(push: Push, status: int, body: bytes) -> int | None:
    if not 200 <= status < 300:
        return status
    is_expected = push.expects is None or body == push.expects
    is_accepted = push.accepts is None or re.search(push.accepts, body) is not None
    return status if is_expected and is_accepted else None


def _cut(connection: http.client.HTTPConnection) -> None:
    live: socket.socket | None = connection.sock
    if live is None:
        return
    with contextlib.suppress(OSError):  # already gone
        live.shutdown(socket.SHUT_RDWR)
