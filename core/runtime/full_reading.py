"""Reading everything of an object at one go, also where the vendor works on it for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from core.contract import Cursor, ObjectName, Page

PAUSE_SECONDS = 5.0
"""How long the vendor is left to its work between two looks."""


def pages_of_all(connector: Any, object_name: str, pause: Callable[[float], None] = time.sleep) -> Iterator[Page]:
    """Yield the pages of a full read to its very end. Raises ConnectorError."""
    since: Cursor | None = None
    while True:
        page = None
        for page in connector.read(ObjectName(object_name), since):
            yield page
        if page is None or not page.waits:
            return
        since = page.resume
        pause(PAUSE_SECONDS)
