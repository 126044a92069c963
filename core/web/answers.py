"""Answers and requests at the door in ASGI's own words: for each delivery the framework's objects cost more than its storing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from core.contract import Reply

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PLAIN_TEXT = "text/plain; charset=utf-8"
_WITHOUT_BODY = (204, 304)


def in_words(text: str, status: int, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer of our own, for people to read."""
    return Reply(status, text.encode(), {**(headers or {}), "content-type": PLAIN_TEXT})


async def send_reply(send: Send, reply: Reply) -> None:
    """Answer; the length of the body is told where the status has one."""
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    if reply.status not in _WITHOUT_BODY and not any(name == b"content-length" for name, _ in headers):
        headers.append((b"content-length", b"%d" % len(reply.body)))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers by their names in lower case."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def address_of(scope: Scope, headers: Mapping[str, str], public_url: str) -> str:
    """The URL under which the sender called: platforms sign it, so its path and query stay as they came."""
    path = scope.get("raw_path") or scope["path"].encode()
    origin = public_url or (f"{scope['scheme']}://{headers['host']}" if "host" in headers else _own_origin(scope))
    address = f"{origin}{path.decode('latin-1')}"
    return f"{address}?{query.decode('latin-1')}" if (query := scope["query_string"]) else address


def _own_origin(scope: Scope) -> str:
    """The address in our own words, for a request that names none (HTTP/1.0)."""
    from starlette.datastructures import URL

    url = URL(scope=scope)
    return f"{url.scheme}://{url.netloc}"
