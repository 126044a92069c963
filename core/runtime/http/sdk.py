"""The runtime's HTTP in the shapes that vendors' SDKs take. Their libraries are loaded only when a connector asks."""

from __future__ import annotations

from typing import Any

from core.runtime.http.quiet import silence_wire_loggers
from core.runtime.http.relay import Relay
from core.runtime.http.sender import Sender


class Sdk:
    """The contract's `SdkTransport` for one connection."""

    def __init__(self, sender: Sender) -> None:
        """Borrow the connection's sender."""
        self._relay = Relay(sender)

    def requests_session(self) -> Any:
        """Make a `requests.Session` for this connection; the SDK's own host and token do not matter, any text will do."""
        from core.runtime.http.sdk_requests import RelaySession

        silence_wire_loggers()
        return RelaySession(self._relay)

    def urllib3_pool(self) -> Any:
        """Make an object with urllib3's `PoolManager.request` for this connection."""
        from core.runtime.http.sdk_urllib3 import RelayPool

        silence_wire_loggers()
        return RelayPool(self._relay)
