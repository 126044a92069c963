"""The webhook door over HTTP: raw bytes in, on disk, then answered. Nothing is processed inside the request."""

from __future__ import annotations

import asyncio
from functools import partial

from fastapi import Request as WebRequest
from fastapi import Response as WebResponse

from core.contract import InboundRequest, Reply
from core.runtime.doors import Doors
from core.runtime.service import Service
from core.web.landing import Landing

BODY_SECONDS = 30.0
"""How long a body may take to arrive: a sender that begins and stops must not hold a connection for ever."""

OUT_OF_ORDER_SECONDS = 300
"""When to ask again at an endpoint that an admin has to mend first."""


class _Unread(Exception):
    """The body was not read to its end: the rule it broke, and what to answer."""

    def __init__(self, rule: str, status: int, text: str) -> None:
        super().__init__(text)
        self.rule = rule
        self.status = status


def _gone() -> _Unread:
    return _Unread("sender_gone", 400, "The body was cut off.")


class Hooks:
    """Serves `/hooks/{connection}` and `/hooks/{connection}/{token}`."""

    def __init__(self, service: Service) -> None:
        """Take the service whose store the deliveries go to."""
        self._doors = Doors(service)
        self._landing = Landing()
        config = service.installation.config.server
        self._limit = config.max_body_bytes
        self._public_url = (config.public_url or "").rstrip("/")
        self._now = service.installation.clock.now

    async def take(self, request: WebRequest) -> WebResponse:
        """Take one delivery in and answer as its platform expects."""
        connection = request.path_params["connection"]
        door = self._doors.find(connection, request.path_params.get("token", ""))
        if door is None:
            return self._nobody(connection)
        if request.method not in door.methods:
            self._doors.unread(connection, "method_refused")
            return WebResponse("This endpoint does not take this method.", 405, {"allow": ", ".join(sorted(door.methods))}, "text/plain")
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.scope["headers"]}
        try:
            body = await self._body(request, headers.get("content-length", ""))
        except _Unread as refusal:
            self._doors.unread(connection, refusal.rule)
            return WebResponse(str(refusal), refusal.status, media_type="text/plain")
        inbound = self._inbound(request, headers, body)
        try:
            admission = self._doors.admit(door, inbound)
            if admission.to_store is None:
                return _answer(admission.reply)
            await self._landing.stored(partial(self._doors.store, admission.to_store))
        except Exception as error:  # noqa: BLE001 - the web handler's own net: not stored means not acknowledged
            return _answer(self._doors.refuse(door, inbound, error))
        self._doors.wake()
        return _answer(admission.reply)

    def _nobody(self, connection: str) -> WebResponse:
        if self._doors.is_out_of_order(connection):
            text = "This endpoint is out of order. Send it again later."
            return WebResponse(text, 503, {"retry-after": str(OUT_OF_ORDER_SECONDS)}, "text/plain")
        return WebResponse("There is no endpoint at this address.", 404, media_type="text/plain")

    async def _body(self, request: WebRequest, declared: str) -> bytes:
        """Read the body; raises _Unread as soon as it is too large, too slow, or its sender has gone."""
        if declared.isdigit() and int(declared) > self._limit:
            raise self._too_large()
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise _gone()
        parts = [message.get("body", b"")]
        if message.get("more_body", False):
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    await self._rest(request, parts)
            except TimeoutError:
                raise _Unread("body_too_slow", 408, f"The body did not arrive within {BODY_SECONDS:.0f} seconds.") from None
        body = b"".join(parts)
        if len(body) > self._limit:
            raise self._too_large()
        return body

    async def _rest(self, request: WebRequest, parts: list[bytes]) -> None:
        """Read until the end or the limit."""
        size = len(parts[0])
        is_more = True
        while is_more and size <= self._limit:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise _gone()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            is_more = message.get("more_body", False)

    def _too_large(self) -> _Unread:
        text = f"The body is larger than {self._limit} bytes, the limit set in `server.max_body_bytes`."
        return _Unread("body_too_large", 413, text)

    def _inbound(self, request: WebRequest, headers: dict[str, str], body: bytes) -> InboundRequest:
        scope = request.scope
        path = (scope.get("raw_path") or request.url.path.encode()).decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        origin = self._public_url or (f"{scope['scheme']}://{headers['host']}" if "host" in headers else _own_address(request))
        url = f"{origin}{path}?{query}" if query else f"{origin}{path}"
        client = scope.get("client")
        return InboundRequest(scope["method"], url, headers, body, self._now(), client[0] if client else "")


def _own_address(request: WebRequest) -> str:
    """The address in our own words, for a request that names none (HTTP/1.0)."""
    return f"{request.url.scheme}://{request.url.netloc}"


def _answer(reply: Reply) -> WebResponse:
    return WebResponse(reply.body, reply.status, dict(reply.headers))
