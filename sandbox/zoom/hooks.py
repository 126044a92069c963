"""Zoom's webhooks: the handshake inside a POST, signed pushes, and three retries before the endpoint is switched off."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sandbox.wire import Push

SECRET_TOKEN = "sandbox-zoom-secret-token"
RETRY_AFTER_MINUTES = (5, 30, 90)
PLAIN_TOKEN = "sbxPlainToken22charsAA"


class Hooks:
    """Schedule, sign and retry the pushes of one app to one address."""

    def __init__(self) -> None:
        self.url = ""
        self.state = "none"
        self.statuses: list[int | None] = []
        self._pending: list[Push] = []

    def subscribe(self, url: str, now: datetime) -> None:
        """Ask the address to hash a word under the secret token; it is validated by the right answer within three seconds."""
        self.url, self.state = url, "validating"
        body = {"event": "endpoint.url_validation", "event_ts": _milliseconds(now), "payload": {"plainToken": PLAIN_TOKEN}}
        digest = hmac.new(SECRET_TOKEN.encode(), PLAIN_TOKEN.encode(), hashlib.sha256).hexdigest()
        self._pending.append(self._push(body, now, mark="handshake", accepts=re.escape(digest).encode()))

    def announce(self, event: str, node: dict[str, Any], now: datetime) -> None:
        """Push an event where an address is validated."""
        if self.state == "validated":
            body = {"event": event, "event_ts": _milliseconds(now), "payload": {"account_id": "sbx-account", "object": node}}
            self._pending.append(self._push(body, now, mark=event))

    def take_due(self, now: datetime) -> Sequence[Push]:
        """The pushes to send at `now`."""
        due = [push for push in self._pending if push.due <= now]
        self._pending = [push for push in self._pending if push.due > now]
        return due

    def conclude(self, push: Push, status: int | None, now: datetime) -> None:
        """Anything but 2xx is repeated after 5, 30 and 90 minutes, signed anew; after that the endpoint is switched off."""
        self.statuses.append(status)
        accepted = status is not None and 200 <= status < 300
        if push.mark == "handshake":
            self.state = "validated" if accepted else "refused"
        elif not accepted and push.attempt < len(RETRY_AFTER_MINUTES):
            again = now + timedelta(minutes=RETRY_AFTER_MINUTES[push.attempt])
            headers = sign(push.body, again)
            self._pending.append(Push(push.url, push.body, headers, again, push.attempt + 1, timeout_seconds=3, mark=push.mark))
        elif not accepted:
            self.state = "disabled"

    def _push(self, body: dict[str, Any], now: datetime, *, mark: str, accepts: bytes | None = None) -> Push:
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return Push(self.url, raw, sign(raw, now), now, timeout_seconds=3, mark=mark, accepts=accepts)


def sign(body: bytes, at: datetime) -> dict[str, str]:
    """The headers of a push: `v0=` and the hex HMAC-SHA256 over `v0:<seconds>:<body>`."""
    seconds = str(int(at.timestamp()))
    digest = hmac.new(SECRET_TOKEN.encode(), f"v0:{seconds}:".encode() + body, hashlib.sha256).hexdigest()
    return {"content-type": "application/json; charset=utf-8", "x-zm-request-timestamp": seconds, "x-zm-signature": f"v0={digest}"}


def _milliseconds(now: datetime) -> int:
    return int(now.timestamp() * 1000)
