"""One request to an ASGI application without a socket, so that a test decides about every byte and header of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reply:
    """What the application answered; `taken` counts the parts of the body that it asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    taken: int


def ask(
    app: Any,
    method: str,
    target: str,
    parts: Sequence[bytes] = (b"",),
    headers: Mapping[str, bytes] | None = None,
    client: str = "127.0.0.1",
) -> Reply:
    """Send a body in parts and give the answer; an exception of the application passes."""
    return asyncio.run(_ask(app, method, target, parts, headers or {}, client))


async def _ask(app: Any, method: str, target: str, parts: Sequence[bytes], headers: Mapping[str, bytes], client: str) -> Reply:
    path, _, query = target.partition("?")
    sent: list[dict[str, Any]] = []
    waiting = list(parts)

    async def receive() -> dict[str, Any]:
        body = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value) for name, value in headers.items()],
        "client": (client, 40_000),
        "server": ("10.0.0.5", 8080),
    }
    await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    shown = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Reply(start["status"], shown, body, len(parts) - len(waiting))
