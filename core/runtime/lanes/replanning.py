"""The replan lane: after a mapping was added or changed, what every remote record should be is worked out anew.

Never due by itself: an edited mapping touches records as they come, and all of them only when somebody says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from core.flow.pipeline import Means, Rules, replan
from core.model.ids import GoldenId
from core.store.commands.decision import WorldMoved
from core.store.decision_seal import PlanSealer
from core.store.queries.decision import KnownPeople, active_goldens
from core.store.store import Store

CHUNK = 200
MOVED_TRIES = 10
"""How often a chunk is planned again because other decisions touched it meanwhile."""


class Replanning:
    """Plans the links of all golden records under the mappings in force; a link that stays as it is is not touched."""

    def __init__(self, store: Store, rules: Rules, now: Callable[[], datetime], lane: str) -> None:
        """Take the mappings as they are now; they hold for the whole pass."""
        self._store = store
        self._rules = rules
        self._now = now
        self._lane = lane
        self._means = Means(new_id=store.new_id, digest=store.vault.digest)

    def run(self, token: int, renew: Callable[[], None]) -> dict[str, int]:
        """Go over all records, oldest first; give how many were looked at and how many links changed."""
        counts = {"records": 0, "links_changed": 0}
        after = GoldenId("")
        while True:
            renew()
            with self._store.snapshot() as snapshot:
                ids = active_goldens(snapshot, after, CHUNK)
            if not ids:
                return counts
            counts["records"] += len(ids)
            counts["links_changed"] += self._plan(ids, token)
            after = ids[-1]

    def _plan(self, ids: Sequence[GoldenId], token: int) -> int:
        for _ in range(MOVED_TRIES):
            with self._store.snapshot() as snapshot:
                plan = replan(list(KnownPeople(snapshot).goldens(ids).values()), self._rules, self._means)
                command = PlanSealer(snapshot, self._now()).seal(plan, self._lane, token)
            if not plan.links:
                return 0
            try:
                self._store.write(command)
            except WorldMoved:
                continue
            return len(plan.links)
        raise WorldMoved("The records kept changing while they were planned anew.")
