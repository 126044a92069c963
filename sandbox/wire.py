"""What a stand-in is: a pure core from (request, now) to an answer, and the values that cross its border."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `path` is still percent-encoded, header names are lower-case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def segments(self) -> list[str]:
        """Path segments, each percent-decoded once: `%2F` stays inside its segment, `+` stays a plus."""
        return [unquote(part) for part in self.path.strip("/").split("/")]

    def params(self) -> dict[str, list[str]]:
        """Query parameters; repeated names keep all values in order."""
        return _collect(parse_qsl(self.query, keep_blank_values=True))

    def form(self) -> dict[str, list[str]]:
        """The body read as application/x-www-form-urlencoded."""
        return _collect(parse_qsl(self.body.decode("utf-8"), keep_blank_values=True))

    def json(self) -> Any:
        """The body read as JSON; raises ValueError when it is none."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; `headers` need no Content-Length, the shell writes it."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer whose body is `value` as JSON in UTF-8."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, body, {"content-type": "application/json;charset=UTF-8", **(headers or {})})


@dataclass(frozen=True, slots=True)
class Push:
    """A request that a stand-in wants sent to somebody (a webhook), not before `due`.

    `mark` is the stand-in's own name for it and never sent. With `expects`, a 2xx answer with any other body
    is told to `pushed` as `None` (this is how an echoed challenge is checked); with `accepts`, one whose body does not
    hold that pattern.
    """

    url: str
    body: bytes
    headers: Mapping[str, str]
    due: datetime
    attempt: int = 0
    method: str = "POST"
    timeout_seconds: float = 10.0
    mark: str = ""
    expects: bytes | None = None
    accepts: bytes | None = None


class StandIn(Protocol):
    """The pure core of one vendor: no sockets, no clock, no randomness of its own.

    State lives in the object; `now` always comes in, so hours are simulated by passing later times.
    """

    name: str

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one request as the vendor would at `now`, changing the state."""
        ...

    def pushes(self, now: datetime) -> Sequence[Push]:
        """Take out the webhooks that are due at `now`; the shell sends them and calls `pushed` with each result."""
        ...

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Tell the outcome of a push (`None`: no answer); the vendor's retry rule decides what follows."""
        ...

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """Dials outside the vendor's own paths (`POST /_sandbox/<verb>`): seed, inspect, configure. Returns JSON data."""
        ...


def _collect(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
