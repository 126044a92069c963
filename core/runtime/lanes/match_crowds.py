"""Keys that come in a flood: so many proposals an hour may rest on one of them, the others wait for the next hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.store.queries.matching import Crowd, crowds_of
from core.store.store import Snapshot

WINDOW = timedelta(hours=1)


class Crowds:
    """What is known of the keys that a batch meets, and how it changes."""

    def __init__(self, snapshot: Snapshot, now: datetime, most: int) -> None:
        """Take how many proposals in an hour may rest on one key."""
        self._snapshot = snapshot
        self._now = now
        self._most = most
        self._known: dict[bytes, Crowd] = {}
        self._changed: set[bytes] = set()
        self.again_at = now + WINDOW

    def let_through(self, digests: Sequence[bytes]) -> bool:
        """Count a proposal on its keys, unless each of them has had its share of the hour."""
        if not digests:
            return True
        self._load(digests)
        crowds = {digest: self._running(digest) for digest in digests}
        if all(crowd.recent >= self._most for crowd in crowds.values()):
            return False
        for digest, crowd in crowds.items():
            self._set(digest, Crowd(crowd.beyond, crowd.since, crowd.recent + 1))
        return True

    def turned_away(self, digest: bytes) -> None:
        """Count a record that got no posting because the key is full."""
        self._load([digest])
        crowd = self._running(digest)
        self._set(digest, Crowd(crowd.beyond + 1, crowd.since, crowd.recent))

    def changed(self) -> tuple[tuple[bytes, int, datetime, int], ...]:
        """What is to be stored, in order."""
        return tuple((digest, *_parts(self._known[digest])) for digest in sorted(self._changed))

    def _load(self, digests: Sequence[bytes]) -> None:
        missing = [digest for digest in digests if digest not in self._known]
        if missing:
            stored = crowds_of(self._snapshot, missing)
            self._known |= {digest: stored.get(digest, Crowd(0, self._now, 0)) for digest in missing}

    def _running(self, digest: bytes) -> Crowd:
        """The crowd in the hour that runs now."""
        crowd = self._known[digest]
        return crowd if self._now - crowd.since < WINDOW else Crowd(crowd.beyond, self._now, 0)

    def _set(self, digest: bytes, crowd: Crowd) -> None:
        self._known[digest] = crowd
        self._changed.add(digest)


def _parts(crowd: Crowd) -> tuple[int, datetime, int]:
    return crowd.beyond, crowd.since, crowd.recent
