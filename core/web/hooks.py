"""The webhook door over HTTP: raw bytes in, on disk, then answered. Nothing is processed inside the request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from core.contract import Reply
from core.runtime.doors import Door, Doors
from core.runtime.service import Service
from core.web.answers import Messages, Receive, Scope, Send, in_words, messages
from core.web.landing import Landing
from core.web.quay import Arriving, Quay

PATH = "/hooks/"

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
    """Serves `/hooks/{connection}` and `/hooks/{connection}/{token}`, with or without a slash at the end; an ASGI application."""

    def __init__(self, service: Service) -> None:
        """Take the service whose store the deliveries go to."""
        config = service.installation.config.server
        self._doors = Doors(service)
        self._landing = Landing(Quay(self._doors, (config.public_url or "").rstrip("/"), service.installation.clock.now))
        self._limit = config.max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one delivery in, as it is being sent, and answer as its platform expects."""
        head, body = await self._answer(scope, receive)
        await send(head)
        await send(body)

    def take(self, scope: Scope, body: bytes, tell: Callable[[Messages], None]) -> None:
        """Take in a delivery that was read whole; `tell` hears the answer, on the loop."""
        place = self._place(scope)
        if not isinstance(place, Door):
            tell(place)
        elif len(body) > self._limit:
            tell(self._unread(place, self._too_large()))
        else:
            self._landing.take(Arriving(place, scope, body), tell)

    async def _answer(self, scope: Scope, receive: Receive) -> Messages:
        place = self._place(scope)
        if not isinstance(place, Door):
            return place
        try:
            body = await self._body(scope, receive)
        except _Unread as refusal:
            return self._unread(place, refusal)
        future: asyncio.Future[Messages] = asyncio.get_running_loop().create_future()
        # A future that is done belongs to a sender that went away; its lead is stored all the same.
        self._landing.take(Arriving(place, scope, body), lambda answer: None if future.done() else future.set_result(answer))
        return await future

    def _place(self, scope: Scope) -> Door | Messages:
        """The door that a delivery came to, or what to answer where there is none for it."""
        connection, _, token = scope["path"].removeprefix(PATH).removesuffix("/").partition("/")
        door = self._doors.find(connection, token) if "/" not in token else None
        if door is None:
            return messages(self._nobody(connection))
        if scope["method"] not in door.methods:
            self._doors.unread(connection, "method_refused")
            allowed = {"allow": ", ".join(sorted(door.methods))}
            return messages(in_words("This endpoint does not take this method.", 405, allowed))
        return door

    def _unread(self, door: Door, refusal: _Unread) -> Messages:
        self._doors.unread(door.connection, refusal.rule)
        return messages(in_words(str(refusal), refusal.status))

    def _nobody(self, connection: str) -> Reply:
        if self._doors.is_out_of_order(connection):
            text = "This endpoint is out of order. Send it again later."
            return in_words(text, 503, {"retry-after": str(OUT_OF_ORDER_SECONDS)})
        return in_words("There is no endpoint at this address.", 404)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """Read the body; raises _Unread as soon as it is too large, too slow, or its sender has gone."""
        declared: bytes = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self._limit:
            raise self._too_large()
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _gone()
        body: bytes = message.get("body", b"")
        if message.get("more_body", False):
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    body = await self._whole(receive, body)
            except TimeoutError:
                raise _Unread("body_too_slow", 408, f"The body did not arrive within {BODY_SECONDS:.0f} seconds.") from None
        if len(body) > self._limit:
            raise self._too_large()
        return body

    async def _whole(self, receive: Receive, begun: bytes) -> bytes:
        """Read until the end or the limit."""
        parts = [begun]
        size = len(begun)
        is_more = True
        while is_more and size <= self._limit:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _gone()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            is_more = message.get("more_body", False)
        return b"".join(parts)

    def _too_large(self) -> _Unread:
        text = f"The body is larger than {self._limit} bytes, the limit set in `server.max_body_bytes`."
        return _Unread("body_too_large", 413, text)
