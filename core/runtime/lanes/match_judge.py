"""Who says how likely two profiles are one person: the weights in force for a store of this size, or a model trained on answers."""

from __future__ import annotations

from core.flow.identity.answers import Learnt
from core.flow.identity.model import Score, probability
from core.flow.identity.profile import Profile
from core.runtime.match_weights import base_model
from core.store.queries.match_models import model_in_force
from core.store.queries.matching import last_number
from core.store.store import Snapshot

_WORTH_A_LOOK = 0.02
"""A trained model may find likely what the weights alone do not; below this it is not asked."""


class Judge:
    """Scores pairs; the same snapshot gives the same."""

    def __init__(self, snapshot: Snapshot, merge_at: float) -> None:
        """Look up how many records there are, and whether a trained model is in force."""
        self.last_number = last_number(snapshot)
        self._merge_at = merge_at
        self._model = base_model(snapshot, self.last_number)
        trained = model_in_force(snapshot)
        self._trained = None if trained is None else Learnt.from_json(trained.content, self._model)

    def score(self, a: Profile, b: Profile, at_least: float) -> Score | None:
        """The score with its parts; None below a probability."""
        least = at_least if self._trained is None else min(at_least, _WORTH_A_LOOK)
        if probability(self._model.logit(a, b)) < least:
            return None
        score = self._model.score(a, b)
        if self._trained is not None:
            score = score._replace(probability=self._trained.probability(a, b))
        return score if score.probability >= at_least else None

    def is_sure(self, likely: float) -> bool:
        """Whether the two may be merged without asking: never without a trained model."""
        return self._trained is not None and likely >= self._merge_at
