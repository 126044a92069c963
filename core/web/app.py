"""The web application: the webhook door, health, metrics and the status as JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from fastapi import Response as WebResponse
from starlette.concurrency import run_in_threadpool

from core.runtime.service import Service
from core.runtime.status import metrics_text, status_data
from core.web.hooks import Hooks


def build_app(service: Service) -> FastAPI:
    """Build the application around an opened service; the service is closed by whoever opened it."""
    app = FastAPI(title="Leadloom", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan())
    hooks = Hooks(service)
    for path in ("/hooks/{connection}", "/hooks/{connection}/{token}"):
        app.add_route(path, hooks.take, methods=["GET", "POST", "OPTIONS"])

    async def health() -> WebResponse:
        return WebResponse(b'{"status":"ok"}', media_type="application/json")

    async def metrics() -> WebResponse:
        return WebResponse(await run_in_threadpool(metrics_text, service.store), media_type="text/plain; version=0.0.4")

    async def status() -> object:
        return await run_in_threadpool(status_data, service.store, service.installation)

    app.get("/healthz")(health)
    app.get("/metrics")(metrics)
    app.get("/api/status")(status)
    return app


def _lifespan() -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    return lifespan
