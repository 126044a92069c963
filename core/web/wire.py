"""The server's HTTP protocol with a short way for deliveries: one that came whole is taken in without a task of its own.

A task, its events and the messages between server and application cost as much per delivery as parsing and sealing it. What
comes in pieces, behind a trusted proxy or for anything but the door goes the server's ordinary way.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import cast

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from core.observe.events import EventCode
from core.observe.log import warn
from core.web.answers import Messages, Scope, in_words, messages
from core.web.app import Front

_OUR_FAULT = messages(in_words("Not stored. Send it again.", 503, {"retry-after": "60"}))


class DoorProtocol(HttpToolsProtocol):
    """One connection. Between two reads it is uvicorn's own protocol, so that keep-alive, pipelining and the end are its."""

    _is_reading = False
    _whole: RequestResponseCycle | None = None
    """What may be taken the short way, once this read has brought its end."""

    def data_received(self, data: bytes) -> None:
        """Read on; a delivery that this completes is taken in, one that it only begins gets its task."""
        self._is_reading = True
        try:
            super().data_received(data)
        finally:
            self._is_reading = False
        cycle, self._whole = self._whole, None
        if cycle is None or self.transport.is_closing():
            return
        if cycle.more_body or cycle.waiting_for_100_continue:
            super()._start_asgi_task(cycle, self.app)
        else:
            self._take(cycle)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if self._is_reading and isinstance(app, Front) and app.is_delivery(_scope(cycle)):
            self._whole = cycle
        else:
            super()._start_asgi_task(cycle, app)

    def _take(self, cycle: RequestResponseCycle) -> None:
        app = self.app
        assert isinstance(app, Front)
        try:
            app.hooks.take(_scope(cycle), bytes(cycle.body), partial(self._answer, cycle))
        except Exception as error:  # noqa: BLE001 - the connection's own net: a sender that hears nothing would wait
            warn(EventCode.INTAKE_UNAVAILABLE, connection="", type=type(error).__name__)
            self._answer(cycle, _OUR_FAULT)

    def _answer(self, cycle: RequestResponseCycle, answer: Messages) -> None:
        """Write the answer in one piece, and leave the connection as uvicorn would."""
        if cycle.disconnected or cycle.response_complete:
            return
        cycle.response_started = cycle.response_complete = True
        head, body = answer
        self.transport.write(_written(head["status"], tuple(head["headers"]), body["body"], keep_alive=cycle.keep_alive))
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()


def _scope(cycle: RequestResponseCycle) -> Scope:
    return cast("Scope", cycle.scope)  # uvicorn types it as a TypedDict


@lru_cache(maxsize=256)
def _written(status: int, headers: tuple[tuple[bytes, bytes], ...], body: bytes, *, keep_alive: bool) -> bytes:
    """An answer's bytes; nearly all senders hear the same."""
    lines = [STATUS_LINE[status], *(b"%b: %b\r\n" % header for header in headers)]
    return b"".join([*lines, b"" if keep_alive else b"connection: close\r\n", b"\r\n", body])
