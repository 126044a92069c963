"""What the intake is compared with: handlers that check nothing and store nothing, behind the same server.

`python -m benchmarks.support.bare fastapi|asgi ADDRESS_FILE` serves on a free loopback port and writes its URL into the file.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn

FLAGS: dict[str, Any] = {
    **{"http": "httptools", "ws": "none", "lifespan": "on", "access_log": False, "log_config": None},
    **{"server_header": False, "proxy_headers": False},
}
"""What `leadloom serve` gives to uvicorn, too."""
ANSWER = b'{"status": "stored"}'


def fastapi_app() -> Any:
    """FastAPI with the addresses of the real door; the handler reads the body and answers."""
    from fastapi import FastAPI, Request, Response

    app = FastAPI(title="Bare", docs_url=None, redoc_url=None, openapi_url=None)

    async def take(request: Request) -> Response:
        await request.body()
        return Response(ANSWER, 200, {"content-type": "application/json"})

    for path in ("/hooks/{connection}", "/hooks/{connection}/{token}"):
        app.add_route(path, take, methods=["GET", "POST", "OPTIONS"])
    return app


async def asgi_app(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """The least that can answer: no framework, no routes."""
    del scope
    while (await receive()).get("more_body"):
        pass
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json"), (b"content-length", b"20")]}
    )
    await send({"type": "http.response.body", "body": ANSWER})


def main(kind: str, address_file: Path) -> int:
    """Serve until a signal ends it."""
    app, flags = (fastapi_app(), FLAGS) if kind == "fastapi" else (asgi_app, {**FLAGS, "lifespan": "off"})
    made = socket.create_server(("127.0.0.1", 0), backlog=2048)
    # Named as TCP, or asyncio leaves Nagle's algorithm on, and every answer waits 40 ms for an acknowledgement.
    with socket.socket(made.family, made.type, socket.IPPROTO_TCP, fileno=made.detach()) as listener:
        address_file.write_text(f"http://127.0.0.1:{listener.getsockname()[1]}")
        uvicorn.Server(uvicorn.Config(app, **flags)).run([listener])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
