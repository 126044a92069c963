"""The web application: the webhook door, and behind it the framework with its pages.

The door stands before the framework: finding its one route and passing the middleware costs as much as storing a delivery. The
framework is loaded with the first page that somebody asks for, which takes a third of the time until the first lead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from core.runtime.service import Service
from core.web.answers import Receive, Scope, Send
from core.web.hooks import PATH, Hooks

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Front:
    """The ASGI application: what is a delivery goes to the door, all else to the framework. Used from one loop only."""

    def __init__(self, hooks: Hooks, load_pages: Callable[[], Application]) -> None:
        """Take the door, and what loads the framework's application; it is called once, in a thread."""
        self.hooks = hooks
        self._load_pages = load_pages
        self._pages: asyncio.Future[Application] | None = None

    @staticmethod
    def is_delivery(scope: Scope) -> bool:
        """Whether a request is for the door."""
        return bool(scope["type"] == "http" and scope["path"].startswith(PATH))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self.is_delivery(scope):
            await self.hooks(scope, receive, send)
            return
        if self._pages is None:
            self._pages = asyncio.ensure_future(asyncio.to_thread(self._load_pages))
        # Shielded: the first who asks may go away, and those behind would go with him.
        await (await asyncio.shield(self._pages))(scope, receive, send)


def build_app(service: Service) -> Front:
    """Build the ASGI application around an opened service; the service is closed by whoever opened it."""

    def load_pages() -> Application:
        from core.web.pages import build_pages

        return build_pages(service)

    return Front(Hooks(service), load_pages)
