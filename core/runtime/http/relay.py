"""What both shapes of SDK transport share: sending an SDK's request as the connection's own call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from core.contract import Request, Response
from core.runtime.http.defaults import refused_credentials
from core.runtime.http.sender import Sender

_OURS = frozenset({"authorization", "host", "content-length", "transfer-encoding", "connection", "accept-encoding", "user-agent", "cookie"})
_UNDONE = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class Relay:
    """Take what an SDK wants to send, keep its method, path, query and body, and send it as the connection's own call."""

    def __init__(self, sender: Sender) -> None:
        """Borrow the connection's sender."""
        self._sender = sender

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, read_seconds: float | None) -> Response:
        """Send to the connection's own origin with its token; give every final status but 401 back as an answer.

        Raises AuthFailed when a new token is refused too, so that no SDK starts a login of its own.
        """
        parts = urlsplit(url)
        target = self._sender.own_origin() + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        kept = {name: value for name, value in headers.items() if name.lower() not in _OURS}
        response = self._sender.deliver(Request(method.upper(), target, headers=kept, body=body, timeout_seconds=read_seconds))
        if response.status == 401:
            raise refused_credentials(self._sender.wording)
        return response

    def shown(self, url: str) -> str:
        """Shorten a URL to what may appear in an SDK's exception text."""
        return self._sender.wording.path(url)


def shown_headers(response: Response) -> dict[str, str]:
    """Leave out the headers that told of the transfer's form, which is undone by now."""
    return {name: value for name, value in response.headers.items() if name not in _UNDONE}


def body_bytes(body: Any) -> bytes | None:
    """Read a body in any of the forms that requests and urllib3 allow: text, bytes, file or chunks."""
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    if hasattr(body, "read"):
        return body_bytes(body.read())
    if isinstance(body, bytearray | memoryview):
        return bytes(body)
    assert isinstance(body, Iterable)
    return b"".join(body_bytes(chunk) or b"" for chunk in body)


def text_headers(headers: Mapping[Any, Any]) -> dict[str, str]:
    """Give headers as text; SDKs mix text and bytes."""
    return {_text(name): _text(value) for name, value in headers.items() if value is not None}


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
