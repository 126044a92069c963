"""The server in the foreground: everything that `leadloom serve` does once its words are understood."""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.runtime.installation import Installation
    from core.runtime.service import Service

WEB_APP = "core.web.app:build_app"
"""The web application, named as ASGI servers do: the command line knows its name only."""
WEB_PROTOCOL = "core.web.wire:DoorProtocol"
GRACE_SECONDS = 10


class CannotListen(Exception):
    """The address is taken, or not of this machine."""


def serve(path: Path, port: int | None = None) -> None:
    """Run the server in the foreground; returns after a clean end. Raises ConfigProblems, Busy or CannotListen."""
    gc.disable()  # loading leaves no garbage to speak of; the server's own rhythm begins when all is loaded
    from core.observe.events import EventCode
    from core.observe.log import configure_log, note
    from core.runtime.installation import Installation
    from core.runtime.service import Service

    installation = Installation.load(path)
    configure_log(installation.config.logging.level, installation.config.logging.format)
    with installation.exclusive():
        for number in (signal.SIGTERM, signal.SIGINT):
            # uvicorn takes these over while it runs, and gives each it got on to the handler before it: this one.
            signal.signal(number, lambda *_: None)
        listening = _listen(installation.config.server.host, installation.config.server.port if port is None else port)
        service = Service(installation, path)
        try:
            service.open()
            _serve(service, installation, listening)
        finally:
            service.close()
            listening.close()
            note(EventCode.SERVER_STOPPED)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        made = socket.create_server((host, port), family=family, backlog=2048)
        # Named as TCP, or asyncio leaves Nagle's algorithm on, and with it 40 ms of waiting in every answer.
        return socket.socket(made.family, made.type, socket.IPPROTO_TCP, fileno=made.detach())
    except OSError as error:
        raise CannotListen(
            f"Cannot listen at {host}:{port} ({error.strerror or error}). Choose another with --port or `server.port`; 0 takes a free one."
        ) from error


def _serve(service: Service, installation: Installation, listening: socket.socket) -> None:
    import uvicorn
    from uvicorn.importer import import_from_string

    from core.runtime.collector import calm_collector
    from core.runtime.service import SERVER_FILE, started

    host, port = listening.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    file = installation.config.data_dir / SERVER_FILE

    class Announcing(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                _write_whole(file, {"url": url, "pid": os.getpid()})
                started(url)
                sys.stdout.write(f"Leadloom listens at {url}\n")
                sys.stdout.flush()

    proxies = installation.config.server.trusted_proxies
    config = uvicorn.Config(
        import_from_string(WEB_APP)(service),
        http=WEB_PROTOCOL,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or None,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    calm_collector()
    try:
        Announcing(config).run(sockets=[listening])
    finally:
        file.unlink(missing_ok=True)


def _write_whole(path: Path, value: Any) -> None:
    """Write so that a reader finds all or nothing."""
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(json.dumps(value) + "\n", "utf-8")
    draft.replace(path)
