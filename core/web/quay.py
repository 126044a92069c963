"""Between ASGI's words and the contract's, for deliveries that arrive together: requests are made of them and messages of the answers.

Nothing of this is done while a request is being read: done for all in a row it costs half.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from core.contract import InboundRequest
from core.runtime.doors import Door, Doors
from core.web.answers import Messages, Scope, address_of, headers_of, messages


class Arriving(NamedTuple):
    """A request that was read to its end, as it came, and the door that it came to."""

    door: Door
    scope: Scope
    body: bytes


class Quay:
    """What the landing brings deliveries to."""

    def __init__(self, doors: Doors, public_url: str, now: Callable[[], datetime]) -> None:
        """Take the doors, the origin under which senders know us (empty: the one they name), and the clock."""
        self._doors = doors
        self._public_url = public_url
        self._now = now

    def admit_all(self, arriving: Sequence[Arriving]) -> list[tuple[Messages, Any]]:
        """For each the answer, and what has to be stored before it is given. They arrived in one hundredth of a second: now."""
        at = self._now()
        admissions = self._doors.admit_all([(each.door, self._inbound(each, at)) for each in arriving])
        return [(messages(reply), to_store) for reply, to_store in admissions]

    def refuse(self, arriving: Arriving, error: BaseException) -> Messages:
        """The answer to one that could not be stored."""
        return messages(self._doors.refuse((arriving.door, self._inbound(arriving, self._now())), error))

    def _inbound(self, arriving: Arriving, at: datetime) -> InboundRequest:
        scope = arriving.scope
        headers = headers_of(scope)
        client = scope.get("client")
        url = address_of(scope, headers, self._public_url)
        return InboundRequest(scope["method"], url, headers, arriving.body, at, client[0] if client else "")

    def store(self, commands: Sequence[Any], settle: Callable[[Sequence[Any]], None]) -> None:
        """Have the submissions stored; `settle` is called from the writer's thread. Raises WriterClosed."""
        self._doors.store(commands, settle)

    def wake(self) -> None:
        """Tell the engine that there is something new on disk."""
        self._doors.wake()
