"""What the runtime is told when it opens HTTP for one connection, and what it tells about each call."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from core.contract import Clock, Http, Manifest, Token
from core.runtime.clock import SystemClock
from core.runtime.http.budget import Budget
from core.runtime.http.guard import Resolve, resolve_by_system
from core.runtime.http.limits import Limits

Authenticate = Callable[[Token | None, Http], Token]
"""A connector's `token` method."""


class TokenStore(Protocol):
    """Keeps a connection's token between processes; encrypting it is the store's business."""

    def load(self) -> Token | None:
        """Give the token saved last, by whichever process."""
        ...

    def save(self, token: Token) -> None:
        """Replace the token."""
        ...


class MemoryTokens:
    """Keep the token for as long as the process lives."""

    def __init__(self, token: Token | None = None) -> None:
        """Begin with a token, or without."""
        self._lock = threading.Lock()
        self._token = token

    def load(self) -> Token | None:
        """Give the token saved last."""
        with self._lock:
            return self._token

    def save(self, token: Token) -> None:
        """Replace the token."""
        with self._lock:
            self._token = token


@dataclass(frozen=True, slots=True)
class CallNote:
    """One request that was sent, for metrics and for counting calls; holds no ids, queries, secrets or personal data.

    `status` is None when no answer came. `attempt` counts from 1 within one call of a connector.
    """

    connection: str
    method: str
    path: str
    status: int | None
    seconds: float
    attempt: int


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: `read` is the longest silence, `total` the longest time for one whole answer."""

    connect: float = 5.0
    read: float = 30.0
    total: float = 120.0


def _ignore(note: CallNote) -> None:
    del note


def _allow() -> None:
    return None


@dataclass(frozen=True)
class HttpOptions:
    """Everything that HTTP for one connection depends on.

    `allowed_origins` are the absolute URLs among the connection's settings (a sandbox on loopback, a self-hosted
    system); they alone may be http:// or on a private network. `base_url` must be covered by the manifest's hosts or by
    these. `before_send` runs before every single send and stops it by raising. `seconds` is a clock that only goes forward.
    `limits` and `budget` are those of the remote account, for connections that share one; absent means the connection's
    own: all the manifest's limits, for as long as the process lives, and no budget but the vendor's own count.
    """

    connection: str
    manifest: Manifest
    base_url: str | None = None
    allowed_origins: Sequence[str] = ()
    tokens: TokenStore = field(default_factory=MemoryTokens)
    clock: Clock = field(default_factory=SystemClock)
    seconds: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    observe: Callable[[CallNote], None] = _ignore
    before_send: Callable[[], None] = _allow
    limits: Limits | None = None
    budget: Budget | None = None
    resolve: Resolve = resolve_by_system
    timeouts: Timeouts = Timeouts()
    max_response_bytes: int = 64 * 1024 * 1024
    retry_seconds: float = 10.0
