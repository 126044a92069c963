"""The webhook door: raw bytes in, verified, on disk, then answered. Nothing is processed inside the request."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from fastapi import Request as WebRequest
from fastapi import Response as WebResponse

from core.contract import ConfigInvalid, InboundRequest, Outcome, Reply, Role
from core.flow.intake.door import Verdict, judge
from core.observe.events import EventCode
from core.observe.log import warn
from core.runtime.service import Service
from core.store.commands.intake import AcceptEvents, CountEvents
from core.store.inbox_seal import Arrival, seal_arrival
from core.store.writer import WriterClosed

_STATUS_OF_RULE = {"content_type": 415, "method": 405, "too_large": 413}


@dataclass(frozen=True, slots=True)
class _Door:
    """An endpoint: the connector that stands behind it, and the token its path must carry."""

    connection: str
    connector: Any
    token: bytes | None


class Hooks:
    """Serves `/hooks/{connection}` and `/hooks/{connection}/{token}`."""

    def __init__(self, service: Service) -> None:
        """Take the service whose store the deliveries go to."""
        self._service = service
        self._doors: dict[str, _Door | None] = {}
        config = service.installation.config
        self._limit = config.server.max_body_bytes
        self._public_url = config.server.public_url

    async def take(self, request: WebRequest) -> WebResponse:
        """Take one delivery in and answer as its platform expects."""
        connection = request.path_params["connection"]
        door = self._door(connection)
        token = request.path_params.get("token", "")
        if door is None or (door.token is not None and not hmac.compare_digest(door.token, token.encode())):
            self._count("unknown_endpoint", "")
            return _plain(404, "There is no endpoint at this address.")
        body = await self._body(request)
        if body is None:
            self._count("body_too_large", connection)
            warn(EventCode.INTAKE_REFUSED, connection=connection, rule="too_large")
            return _plain(413, f"The body is larger than {self._limit} bytes, the limit set in `server.max_body_bytes`.")
        inbound = self._inbound(request, body)
        verdict = judge(door.connector, inbound)
        if verdict.event is not None:
            self._count(verdict.event, connection)
            warn(EventCode.INTAKE_REFUSED, connection=connection, rule=verdict.rule or verdict.event)
        if verdict.outcome is Outcome.INVALID and verdict.rule in _STATUS_OF_RULE:
            return _plain(_STATUS_OF_RULE[verdict.rule], verdict.message or "")
        reply: Reply = door.connector.answer(inbound, verdict.outcome)
        arrivals = verdict.arrivals
        if verdict.outcome is Outcome.INVALID and reply.status < 300:
            arrivals = (_unusable(inbound, verdict),)
        if arrivals and not await self._is_stored(connection, inbound, arrivals):
            reply = door.connector.answer(inbound, Outcome.UNAVAILABLE)
        return WebResponse(reply.body, reply.status, dict(reply.headers))

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

    async def _is_stored(self, connection: str, inbound: InboundRequest, arrivals: tuple[Arrival, ...]) -> bool:
        store = self._service.store
        entries = tuple(seal_arrival(store.vault, store.workspace, connection, a, inbound.received_at) for a in arrivals)
        try:
            await asyncio.wrap_future(self._service.writer.submit(AcceptEvents(entries)))
        except Exception as error:  # noqa: BLE001 - the web handler's own net: not stored means not acknowledged
            warn(EventCode.INTAKE_UNAVAILABLE, connection=connection, type=type(error).__name__)
            return False
        self._service.wake()
        return True

    def _door(self, connection: str) -> _Door | None:
        if connection not in self._doors:
            if connection not in self._service.installation.config.connections:
                return None  # not remembered: made-up names must not fill the memory
            self._doors[connection] = self._opened(connection)
        return self._doors[connection]

    def _opened(self, connection: str) -> _Door | None:
        manifest = self._service.connections.manifests().get(connection)
        if manifest is None or Role.WEBHOOKS not in manifest.roles:
            return None
        try:
            opened = self._service.connections.open(connection)
        except ConfigInvalid as error:
            warn(EventCode.INTAKE_UNAVAILABLE, connection=connection, type=type(error).__name__)
            return None
        token = getattr(opened.connector.settings, "token", None)
        return _Door(connection, opened.connector, token.get_secret_value().encode() if token is not None else None)

    def _inbound(self, request: WebRequest, body: bytes) -> InboundRequest:
        path = (request.scope.get("raw_path") or request.url.path.encode()).decode("latin-1")
        query = request.scope["query_string"].decode("latin-1")
        origin = self._public_url.rstrip("/") if self._public_url else f"{request.url.scheme}://{request.url.netloc}"
        url = f"{origin}{path}?{query}" if query else f"{origin}{path}"
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers.raw}
        client = request.client.host if request.client else ""
        return InboundRequest(request.method, url, headers, body, self._service.installation.clock.now(), client)

    def _count(self, name: str, label: str) -> None:
        try:
            self._service.writer.submit(CountEvents(self._service.store.workspace, ((name, label, 1),)))
        except WriterClosed:
            return


def _unusable(inbound: InboundRequest, verdict: Verdict) -> Arrival:
    """A delivery that its platform is told to be fine although it cannot be read: it is kept, with the reason."""
    digest = hashlib.sha256(inbound.body).hexdigest()
    return Arrival(f"unreadable:{digest}", "", "", "push", inbound.body, reason_code="unreadable", reason=verdict.message)


def _plain(status: int, text: str) -> WebResponse:
    return WebResponse(text, status, media_type="text/plain")
