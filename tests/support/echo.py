"""A stand-in core that tells what it was asked, for tests of the shell around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sandbox.wire import Answer, Push, Request, json_answer


class Echo:
    """Answer every request with its own parts, except for a few paths that provoke special answers."""

    name = "echo"

    def __init__(self) -> None:
        self.applied: list[Request] = []
        self.outbox: list[Push] = []
        self.outcomes: list[tuple[str, int | None, datetime]] = []

    def handle(self, request: Request, now: datetime) -> Answer:
        """Count the request as applied and echo it."""
        self.applied.append(request)
        if request.path == "/broken":
            raise RuntimeError("a mistake in the core")
        if request.path == "/large":
            return Answer(200, b"abcdefgh" * 5_000, {"content-type": "text/plain"})
        if request.path == "/nothing":
            return Answer(204)
        size = len(request.body)
        text = request.body[:100].decode()
        seen = {"method": request.method, "path": request.path, "query": request.query, "headers": dict(request.headers)}
        return json_answer({**seen, "body": text, "size": size, "now": now.isoformat()})

    def pushes(self, now: datetime) -> Sequence[Push]:
        """Hand out what is due."""
        due = [push for push in self.outbox if push.due <= now]
        self.outbox = [push for push in self.outbox if push.due > now]
        return due

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Keep the outcome."""
        self.outcomes.append((push.mark, status, now))

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """Two dials: one that answers, one that refuses."""
        if verb != "greet":
            raise ValueError(f"no dial {verb}")
        return {"greeting": f"hello {arguments['name']}", "now": now.isoformat()}
