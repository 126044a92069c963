"""HTTP for connections that as a rule call nobody, such as a web form: nothing of it is loaded until one does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from core.contract import Clock, Context
from core.contract.http import ErrorRow, Request, Response

if TYPE_CHECKING:
    from core.runtime.http import OpenedContext


class LaterContext:
    """Stands for an opened context; satisfies the contract's `Http` and `SdkTransport`, and opens the real one on demand."""

    def __init__(self, clock: Clock, open_now: Callable[[], OpenedContext]) -> None:
        """Take what opens the real context."""
        self.context = Context(self, clock, self, granted=lambda: self._real().context.granted())
        self._open_now = open_now
        self._lock = threading.Lock()
        self._opened: OpenedContext | None = None

    def send(self, request: Request, rows: Sequence[ErrorRow] = ()) -> Response:
        """Send through the real one."""
        return self._real().context.http.send(request, rows)

    def requests_session(self) -> Any:
        """The real one's session."""
        return self._real().context.sdk.requests_session()

    def urllib3_pool(self) -> Any:
        """The real one's pool."""
        return self._real().context.sdk.urllib3_pool()

    def close(self) -> None:
        """Close what was opened; twice is fine."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()

    def _real(self) -> OpenedContext:
        with self._lock:
            if self._opened is None:
                self._opened = self._open_now()
            return self._opened
