"""The decide lane: ready submissions through the pipeline, in batches; what breaks a batch is found and quarantined alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from core.contract import TryLater
from core.flow.pipeline import Means, Rules, decide
from core.model.plan import Plan, Settled, Settlement, Submission
from core.runtime.control import NoServer
from core.store.commands.decision import Taken, WorldMoved
from core.store.commands.lanes import LeaseLost
from core.store.database import is_out_of_order
from core.store.decision_seal import PlanSealer
from core.store.queries.decision import KnownPeople, ready_submissions
from core.store.store import Store

MOVED_TRIES = 5
"""How often a batch is decided again because the world moved, before it is halved."""


class Deciding:
    """Decides what is ready, under the lane's lease."""

    def __init__(self, store: Store, rules: Callable[[], Rules], now: Callable[[], datetime], lane: str) -> None:
        """Take the store and a way to get the rules in force at the start of each batch."""
        self._store = store
        self._rules = rules
        self._now = now
        self._lane = lane
        self._means = Means(new_id=store.new_id, digest=store.vault.digest)

    def run(self, token: int, batch: int, renew: Callable[[], None]) -> dict[str, int]:
        """Decide until nothing is ready; give the counts by outcome."""
        counts: dict[str, int] = {}
        while True:
            renew()
            with self._store.snapshot() as snapshot:
                ready = ready_submissions(snapshot, self._now(), batch)
            if not ready:
                return counts
            for settlement in self._settle(ready, token, self._rules()):
                counts[settlement.settled.value] = counts.get(settlement.settled.value, 0) + 1

    def _settle(self, batch: Sequence[Submission], token: int, rules: Rules) -> Sequence[Settlement]:
        moved = WorldMoved()
        for _ in range(MOVED_TRIES):
            try:
                return self._decide(batch, token, rules)
            except WorldMoved as error:
                moved = error
            except LeaseLost:
                raise
            except Exception as error:  # one record that breaks a rule must not stop the lane
                if isinstance(error, NoServer) or is_out_of_order(error):
                    raise  # no record's fault: quarantined for a full disk, leads would wait for a person
                return self._isolate(batch, token, rules, error)
        if len(batch) == 1 and not isinstance(moved, Taken):  # delivery is at work on this very record; what is taken stays taken
            raise TryLater("A record kept changing while a submission about it was decided. It is decided again soon.")
        return self._isolate(batch, token, rules, moved)

    def _decide(self, batch: Sequence[Submission], token: int, rules: Rules) -> Sequence[Settlement]:
        with self._store.snapshot() as snapshot:
            plan = decide(batch, KnownPeople(snapshot), rules, self._means)
            command = PlanSealer(snapshot, self._now()).seal(plan, self._lane, token)
        self._store.write(command)
        return plan.settlements

    def _isolate(self, batch: Sequence[Submission], token: int, rules: Rules, error: Exception) -> Sequence[Settlement]:
        if len(batch) > 1:
            middle = len(batch) // 2
            return [*self._settle(batch[:middle], token, rules), *self._settle(batch[middle:], token, rules)]
        reason = f"The decision failed with {type(error).__name__}; this is a bug. Report it, then replay after the upgrade."
        settlement = Settlement(batch[0].inbox_id, Settled.QUARANTINED, None, "decision_failed", reason)
        with self._store.snapshot() as snapshot:
            self._store.write(PlanSealer(snapshot, self._now()).seal(Plan(settlements=[settlement]), self._lane, token))
        return [settlement]
