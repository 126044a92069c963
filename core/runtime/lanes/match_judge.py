"""Who says how likely two profiles are one person: the shipped weights for a store of this size, or a model trained on answers."""

from __future__ import annotations

from core.flow.identity.model import Model, Score, probability
from core.flow.identity.profile import Profile
from core.runtime.lanes.match_bounds import MatchBounds
from core.store.queries.matching import last_number
from core.store.store import Snapshot


class Judge:
    """Scores pairs; the same snapshot gives the same."""

    def __init__(self, snapshot: Snapshot, bounds: MatchBounds) -> None:
        """Look up how many records there are."""
        self.last_number = last_number(snapshot)
        self._bounds = bounds
        self._model = Model.default().for_records(max(self.last_number, 2))

    def is_likely(self, a: Profile, b: Profile) -> bool:
        """Whether a person should look at the two."""
        return probability(self._model.logit(a, b)) >= self._bounds.review_at

    def score(self, a: Profile, b: Profile) -> Score:
        """The score with its parts."""
        return self._model.score(a, b)

    def is_sure(self, likely: float) -> bool:
        """Whether the two may be merged without asking: never without a trained model."""
        return False
