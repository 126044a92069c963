"""The pages: health, and for this machine alone metrics and the status as JSON."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

from fastapi import FastAPI
from fastapi import Request as WebRequest
from fastapi import Response as WebResponse
from starlette.concurrency import run_in_threadpool

from core.runtime.service import Service

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


def build_pages(service: Service) -> FastAPI:
    """Build the framework's application around an opened service."""
    app = FastAPI(title="Leadloom", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_route("/healthz", _health)
    app.add_route("/metrics", _local(lambda: _metrics(service), "text/plain; version=0.0.4"))
    app.add_route("/api/status", _local(lambda: _status(service), "application/json"))
    return app


def _metrics(service: Service) -> str:
    from core.runtime.metrics import metrics_text  # loaded when somebody asks

    return metrics_text(service.store, installation=service.installation)


def _status(service: Service) -> str:
    from core.runtime.status import status_data  # loaded when somebody asks

    return json.dumps(status_data(service.store, service.installation))


async def _health(_: WebRequest) -> WebResponse:
    return WebResponse(b'{"status":"ok"}', media_type="application/json")


def _local(render: Callable[[], str | bytes], media_type: str) -> Callable[[WebRequest], Awaitable[WebResponse]]:
    """Serve a page to callers on this machine only: there are no accounts yet that could tell who may see it."""

    async def page(request: WebRequest) -> WebResponse:
        if not _is_local(request):
            return WebResponse("Only from the machine that Leadloom runs on.", 403, media_type="text/plain")
        return WebResponse(await run_in_threadpool(render), media_type=media_type)

    return page


def _is_local(request: WebRequest) -> bool:
    """Whether the caller sits on this machine; what a proxy passes on does not, even when the proxy does."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
