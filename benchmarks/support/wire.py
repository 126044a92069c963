"""One request over a socket of its own."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit


def post(url: str, request: bytes) -> bytes:
    """Send a whole request and give the first bytes of its answer; raises OSError when nobody listens."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 80), timeout=10) as line:
        line.sendall(request)
        return line.recv(4096)
