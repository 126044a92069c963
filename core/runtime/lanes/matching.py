"""The match lane: golden records that changed are compared with those they share keys with, and likely pairs are proposed.

Runs after decisions and gives way to them. What it proposes waits for a person; only a model that was trained on people's
answers, and confirmed, merges by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.flow.identity.account_rules import AccountRules
from core.flow.pipeline import Rules
from core.flow.regrouping import CannotMerge
from core.model.ids import GoldenId
from core.runtime.desk.merging import merge
from core.runtime.lanes.employing import Employing, Lease, concerns_accounts
from core.runtime.lanes.match_batch import Batch, Pair
from core.runtime.lanes.match_bounds import MatchBounds
from core.runtime.lanes.match_judge import Judge
from core.store.commands.lanes import WakeLane
from core.store.commands.matching import LANE, AnswerPair
from core.store.queries.lanes import inbox_due
from core.store.queries.matching import next_due, waiting_records
from core.store.store import Store

GIVES_WAY_SECONDS = 2.0
"""How long it leaves the processor to decisions that are due."""
BY_MODEL = "model"


class Matching:
    """Matches what waits, in small batches, under the lane's lease."""

    def __init__(
        self, store: Store, rules: Callable[[], Rules], now: Callable[[], datetime], settings: tuple[MatchBounds, AccountRules]
    ) -> None:
        """Take the store, the rules for merges, and the settings for people and for accounts."""
        self._store = store
        self._rules = rules
        self._now = now
        self._bounds, accounts = settings
        self._employing = Employing(store, accounts, now)

    def run(self, token: int, renew: Callable[[], None]) -> dict[str, int]:
        """Match until nothing is due; give how many were matched, proposed, ended, held back, merged, and tied to an account."""
        counts = dict.fromkeys(("matched", "proposed", "ended", "held_back", "merged", "tied"), 0)
        while True:
            renew()
            now = self._now()
            with self._store.snapshot() as snapshot:
                decisions = inbox_due(snapshot)[0]
                if decisions is not None and decisions <= now:
                    return self._return(counts, now + timedelta(seconds=GIVES_WAY_SECONDS))
                waiting = waiting_records(snapshot, now, self._bounds.batch)
                if not waiting:
                    return self._return(counts, next_due(snapshot))
                batch = Batch(snapshot, waiting, Judge(snapshot, self._bounds.merge_at), self._bounds, now)
                command, sure = batch.run()
            if concerns_accounts(self._rules()):
                counts["tied"] += self._employing.run([each.id for each in waiting], Lease(LANE, token))
            self._store.write(replace(command, lane=LANE, token=token))
            counts["matched"] += len(waiting)
            counts["proposed"] += batch.proposed
            counts["ended"] += len(command.closed)
            counts["held_back"] += command.held_back
            counts["merged"] += self._merge(sure)

    def _return(self, counts: dict[str, int], at: datetime | None) -> dict[str, int]:
        if at is not None:
            self._store.write(WakeLane(self._store.workspace, LANE, "", at))
        return counts

    def _merge(self, pairs: Sequence[Pair]) -> int:
        """Merge what a trained model is sure of; a record that went into another one in this round is looked at again anyway."""
        merged = 0
        for left, right in pairs:
            now = self._now()
            try:
                merge(self._store, self._rules(), (GoldenId(left), GoldenId(right)), by=BY_MODEL, why="the trained model is sure", now=now)
            except CannotMerge:
                continue
            self._store.write(AnswerPair(self._store.workspace, left, right, "same", BY_MODEL, now))
            merged += 1
        return merged
