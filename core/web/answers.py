"""Answers and requests at the door in ASGI's own words: for each delivery the framework's objects cost more than its storing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any

from core.contract import Reply

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Messages = tuple[Message, Message]
"""The head of an answer, and its body."""

PLAIN_TEXT = "text/plain; charset=utf-8"
_WITHOUT_BODY = (204, 304)


def in_words(text: str, status: int, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer of our own, for people to read."""
    return Reply(status, text.encode(), {**(headers or {}), "content-type": PLAIN_TEXT})


def messages(reply: Reply) -> Messages:
    """The two messages of an answer; the length of the body is told where the status has one. To be sent, not to be changed."""
    return _messages(reply.status, reply.body, tuple(reply.headers.items()))


@lru_cache(maxsize=256)
def _messages(status: int, body: bytes, named: tuple[tuple[str, str], ...]) -> Messages:
    """Nearly all senders hear the same."""
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in named]
    if status not in _WITHOUT_BODY and not any(name == b"content-length" for name, _ in headers):
        headers.append((b"content-length", b"%d" % len(body)))
    return {"type": "http.response.start", "status": status, "headers": headers}, {"type": "http.response.body", "body": body}


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers by their names, which ASGI gives in lower case."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def address_of(scope: Scope, headers: Mapping[str, str], public_url: str) -> str:
    """The URL under which the sender called: platforms sign it, so its path and query stay as they came."""
    path = scope.get("raw_path") or scope["path"].encode()
    origin = public_url or (f"{scope['scheme']}://{headers['host']}" if "host" in headers else _own_origin(scope))
    address = f"{origin}{path.decode('latin-1')}"
    return f"{address}?{query.decode('latin-1')}" if (query := scope["query_string"]) else address


def _own_origin(scope: Scope) -> str:
    """The address in our own words, for a request that names none (HTTP/1.0)."""
    host, port = scope.get("server") or ("localhost", None)
    return f"{scope['scheme']}://{host}" if port is None else f"{scope['scheme']}://{host}:{port}"
