"""Opens connections for connectors whose protocol is not HTTP: to the address in their settings, and nowhere else."""

from __future__ import annotations

import logging
import socket

from pydantic import BaseModel

from core.contract import ConfigInvalid, Unavailable

_TALKATIVE = ("paramiko",)


class AddressDialer:
    """Dials one address for one connection; satisfies the contract's `Dialer`."""

    def __init__(self, connection: str, host: str, port: int) -> None:
        """Keep the address; nothing is opened yet."""
        self._connection = connection
        self._host = host
        self._port = port

    @classmethod
    def of(cls, connection: str, settings: BaseModel) -> AddressDialer:
        """Take `host` and `port` of the settings; raises ConfigInvalid where there is no such address."""
        host, port = getattr(settings, "host", None), getattr(settings, "port", None)
        if not isinstance(host, str) or not isinstance(port, int):
            raise ConfigInvalid(
                f"The settings of connection '{connection}' name no address.", hint="Write `host` and `port`.", setting="host"
            )
        return cls(connection, host, port)

    def dial(self, seconds: float) -> socket.socket:
        """Connect; see the contract."""
        _silence()
        try:
            line = socket.create_connection((self._host, self._port), timeout=seconds)
        except (OSError, UnicodeError) as error:
            reason = "no answer in time" if isinstance(error, TimeoutError) else getattr(error, "strerror", None) or "no such name"
            hint = "Look at `host` and `port`, and at the firewalls between."
            raise Unavailable(
                f"{self._host}:{self._port} of connection '{self._connection}' cannot be reached ({reason}).", hint=hint
            ) from None
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line


def _silence() -> None:
    """Keep what protocol libraries log out of our log: it holds names, paths and what the other side says."""
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
