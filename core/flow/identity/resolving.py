"""Who is who among many records at once: candidates, a model fitted to them, probabilities and groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.flow.identity.clusters import Linkage, group
from core.flow.identity.keys import lead_keys
from core.flow.identity.model import Model, probability
from core.flow.identity.pairing import MOST_SHARERS, Pair, candidate_pairs
from core.flow.identity.profile import Profile
from core.flow.identity.training import adapt
from core.model.records import Scalar, Value

_ENCODING = "utf-8"


@dataclass(frozen=True)
class Resolved:
    """What came of it: `scored` are all pairs that were compared, with their probabilities; in `pairs` the certain ones have 1."""

    scored: Mapping[Pair, float]
    pairs: Mapping[Pair, float]
    model: Model
    profiles: Sequence[Profile]

    def groups(self, threshold: float = 0.5, linkage: Linkage = Linkage.AVERAGE) -> list[list[int]]:
        """Group the records; each stands in one group."""

        def likelihood(one: int, other: int) -> float:
            return probability(self.model.logit(self.profiles[one], self.profiles[other]))

        return group(len(self.profiles), self.pairs, threshold=threshold, linkage=linkage, likelihood=likelihood)


def resolve(profiles: Sequence[Profile], *, certain: Sequence[Pair] = (), model: Model | None = None) -> Resolved:
    """Compare all records that may be one person's; `certain` pairs are taken as they are.

    Without a `model` the shipped weights are fitted to these records first: to how often values agree by chance here, how many
    doubles there are, and how common each name is. The same records in the same order give the same.
    """
    candidates = candidate_pairs(profiles)
    fitted = model or adapt(Model.default(), profiles, candidates)
    scored = {pair: probability(fitted.logit(profiles[pair[0]], profiles[pair[1]])) for pair in candidates}
    return Resolved(scored, {**scored, **dict.fromkeys(certain, 1.0)}, fitted, profiles)


def pairs_by_key(records: Sequence[Mapping[str, Scalar]]) -> list[Pair]:
    """Pair the records that share a deterministic key: those that the product makes one person by itself."""
    postings: dict[tuple[str, bytes], list[int]] = {}
    for place, values in enumerate(records):
        held = {name: Value(value) for name, value in values.items() if value not in (None, "")}
        for key in lead_keys(held, _plain):
            postings.setdefault((key.kind, key.digest), []).append(place)
    found = {(first, place) for places in postings.values() if 1 < len(places) <= MOST_SHARERS for first, place in _linked(places)}
    return sorted(found)


def _linked(places: Sequence[int]) -> list[Pair]:
    return [(one, other) for number, one in enumerate(places) for other in places[number + 1 :]]


def _plain(_: str, text: str) -> bytes:
    return text.encode(_ENCODING)
