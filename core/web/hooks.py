"""The webhook door over HTTP: raw bytes in, on disk, then answered. Nothing is processed inside the request."""

from __future__ import annotations

import asyncio

from fastapi import Request as WebRequest
from fastapi import Response as WebResponse

from core.contract import InboundRequest, Reply
from core.runtime.doors import Doors
from core.runtime.service import Service


class Hooks:
    """Serves `/hooks/{connection}` and `/hooks/{connection}/{token}`."""

    def __init__(self, service: Service) -> None:
        """Take the service whose store the deliveries go to."""
        self._doors = Doors(service)
        config = service.installation.config.server
        self._limit = config.max_body_bytes
        self._public_url = config.public_url
        self._now = service.installation.clock.now

    async def take(self, request: WebRequest) -> WebResponse:
        """Take one delivery in and answer as its platform expects."""
        connection = request.path_params["connection"]
        door = self._doors.find(connection, request.path_params.get("token", ""))
        if door is None:
            return WebResponse("There is no endpoint at this address.", 404, media_type="text/plain")
        body = await self._body(request)
        if body is None:
            self._doors.oversized(connection)
            text = f"The body is larger than {self._limit} bytes, the limit set in `server.max_body_bytes`."
            return WebResponse(text, 413, media_type="text/plain")
        inbound = self._inbound(request, body)
        admission = self._doors.admit(door, inbound)
        if admission.stored is None:
            return _answer(admission.reply)
        try:
            await asyncio.wrap_future(admission.stored)
        except Exception as error:  # noqa: BLE001 - the web handler's own net: not stored means not acknowledged
            return _answer(self._doors.refuse(door, inbound, error))
        self._doors.wake()
        return _answer(admission.reply)

    async def _body(self, request: WebRequest) -> bytes | None:
        """Read the body, or give up as soon as it is larger than allowed."""
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self._limit:
            return None
        parts: list[bytes] = []
        size = 0
        async for part in request.stream():
            size += len(part)
            if size > self._limit:
                return None
            parts.append(part)
        return b"".join(parts)

    def _inbound(self, request: WebRequest, body: bytes) -> InboundRequest:
        path = (request.scope.get("raw_path") or request.url.path.encode()).decode("latin-1")
        query = request.scope["query_string"].decode("latin-1")
        origin = self._public_url.rstrip("/") if self._public_url else f"{request.url.scheme}://{request.url.netloc}"
        url = f"{origin}{path}?{query}" if query else f"{origin}{path}"
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers.raw}
        return InboundRequest(request.method, url, headers, body, self._now(), request.client.host if request.client else "")


def _answer(reply: Reply) -> WebResponse:
    return WebResponse(reply.body, reply.status, dict(reply.headers))
