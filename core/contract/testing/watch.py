"""Sees what code does while it runs: sockets it connects, sleeps of its own, files it opens.

Built on audit hooks, which cannot be taken back: one hook is added on first use and looks only while somebody watches.
Sleeping raises no audit event before Python 3.13, so `time.sleep` itself is wrapped meanwhile.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

LOOPBACK = ("127.", "::1", "localhost")


@dataclass(slots=True)
class Seen:
    """What the watched code did. `sleeps` and `opened` count only what the watched folder's code does itself."""

    folder: str
    connections: list[str] = field(default_factory=list)
    sleeps: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    @property
    def strangers(self) -> list[str]:
        """Connections to other machines."""
        return [address for address in self.connections if not address.startswith(LOOPBACK)]


_watching: list[Seen] = []
_installed: list[bool] = []


@contextmanager
def watch(owner: object) -> Iterator[Seen]:
    """Watch everything that happens in the block; `owner` (any object of the connector) tells whose folder it is."""
    if not _installed:
        sys.addaudithook(_notice)
        _installed.append(True)
    seen = Seen(str(folder_of(owner)))
    _watching.append(seen)
    try:
        with _sleep_seen(seen):
            yield seen
    finally:
        _watching.remove(seen)


def folder_of(owner: object) -> Path:
    """The folder of the package in which the object's class is defined."""
    kind = owner if isinstance(owner, type) else type(owner)
    return Path(str(getattr(sys.modules[kind.__module__], "__file__", "") or "nowhere")).parent


def _notice(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching:
        return
    look = _LOOKS.get(event)
    if look is not None:
        for seen in _watching:
            look(seen, arguments)


def _saw_connection(seen: Seen, arguments: tuple[Any, ...]) -> None:
    address = arguments[1]
    seen.connections.append(str(address[0]) if isinstance(address, tuple) else str(address))


def _saw_lookup(seen: Seen, arguments: tuple[Any, ...]) -> None:
    seen.connections.append(str(arguments[0]))


@contextmanager
def _sleep_seen(seen: Seen) -> Iterator[None]:
    really_sleep = time.sleep

    def sleep(seconds: Any) -> None:
        if _is_own(seen):
            seen.sleeps.append(str(seconds))
        really_sleep(seconds)

    time.sleep = sleep
    try:
        yield
    finally:
        time.sleep = really_sleep


def _saw_open(seen: Seen, arguments: tuple[Any, ...]) -> None:
    if _is_own(seen):
        seen.opened.append(str(arguments[0]))


def _is_own(seen: Seen) -> bool:
    """Whether the folder's code is nearer on the stack than the runtime, which may sleep and connect on its behalf."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(seen.folder):
            return True
        if f"{os.sep}core{os.sep}runtime{os.sep}" in name or f"{os.sep}importlib{os.sep}" in name or name.startswith("<frozen"):
            return False
        frame = frame.f_back
    return False


_LOOKS: dict[str, Callable[[Seen, tuple[Any, ...]], None]] = {
    "socket.connect": _saw_connection,
    "socket.getaddrinfo": _saw_lookup,
    "open": _saw_open,
}
