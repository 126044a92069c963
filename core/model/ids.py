"""Ids: sortable, unguessable enough to be written into a CRM, made from an injected clock and source of chance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NewType

GoldenId = NewType("GoldenId", str)
LinkId = NewType("LinkId", str)
ObservationId = NewType("ObservationId", str)
KeyId = NewType("KeyId", str)
InboxId = NewType("InboxId", int)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(left + right for left in _ALPHABET for right in _ALPHABET)
"""Two characters at once: a decision makes five ids."""


class IdMaker:
    """Makes 26-character ids: 48 bits of milliseconds, then 80 bits of chance; ids of later instants sort later."""

    def __init__(self, now: Callable[[], datetime], chance: Callable[[int], bytes]) -> None:
        """Take the clock and a source of random bytes, so that a whole history can be replayed from a seed."""
        self._now = now
        self._chance = chance

    def make(self) -> str:
        """Make the next id."""
        milliseconds = int(self._now().timestamp() * 1000)
        number = (milliseconds << 80) | int.from_bytes(self._chance(10), "big")
        return "".join([_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)])
