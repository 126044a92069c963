"""The request journal: what a stand-in was asked and what it answered, for assertions."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sandbox.wire import Request


@dataclass(frozen=True, slots=True)
class Entry:
    """One request; `status` 0 means that no answer was sent. Bodies are kept as a hash and a size."""

    at: datetime
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body_sha256: str
    body_size: int
    status: int
    fault: str | None


class Journal:
    """The last `keep` requests, oldest first, and the number of all of them."""

    def __init__(self, keep: int = 20_000) -> None:
        self._entries: deque[Entry] = deque(maxlen=keep)
        self.total = 0

    def note(self, request: Request, status: int, fault: str | None, now: datetime) -> None:
        """Append one request with its outcome."""
        self.total += 1
        digest = hashlib.sha256(request.body).hexdigest()
        self._entries.append(
            Entry(now, request.method, request.path, request.query, dict(request.headers), digest, len(request.body), status, fault)
        )

    def entries(self) -> list[Entry]:
        """The kept requests, oldest first."""
        return list(self._entries)

    def as_data(self) -> list[dict[str, Any]]:
        """The kept requests as JSON data."""
        return [{**asdict(entry), "at": entry.at.isoformat()} for entry in self._entries]

    def clear(self) -> None:
        """Forget the requests; the total starts again at zero."""
        self._entries.clear()
        self.total = 0
