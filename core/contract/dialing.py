"""A connection that the runtime opens for a connector whose protocol is not HTTP, to the one address that its settings name."""

from __future__ import annotations

from typing import Protocol


class Line(Protocol):
    """An open connection, as protocol libraries take it in place of a socket."""

    def send(self, content: bytes, /) -> int:
        """Send some of the bytes and tell how many."""
        ...

    def recv(self, most: int, /) -> bytes:
        """Wait for some bytes; none at all when the other side has hung up."""
        ...

    def settimeout(self, seconds: float | None, /) -> None:
        """Let every later call fail with TimeoutError after so many seconds of silence."""
        ...

    def close(self) -> None:
        """Hang up; twice is fine."""
        ...


class Dialer(Protocol):
    """What a connector may do with connections of its own. Lent where the manifest says `dials: true`."""

    def dial(self, seconds: float) -> Line:
        """Connect to the settings' `host` and `port`, and nowhere else, within so many seconds for each of its addresses.

        The caller closes the line. Raises Unavailable when nobody answers there.
        """
        ...
