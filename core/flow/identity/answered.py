"""A model trained on people's answers: a logistic over the parts of the score, believed only where held-out answers confirm it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from core.flow.identity.logistic import Example, fit_logistic, likelihood

FEWEST_ANSWERS = 100
"""With fewer there is nothing to train on, let alone to confirm by."""
FEWEST_CONFIRMING = 20
"""So many held-out pairs have to reach the threshold before their precision means something."""
PRECISE_ENOUGH = 0.97
"""The share of those that a person called the same, for a model to be confirmed."""
_FOLDS = 5
_PULL = 2.0
_PULL_OF_SCORE = 10.0
"""Strong: the score is right on the whole, and a hundred answers shall correct it, not replace it."""
_PULL_OF_EVEN = 0.2
_BITS = log(2)
_SCORE, _EVEN = "score", "even"
_TELLS_NOTHING = ("prior",)

PartTriple = tuple[str, str, float]
"""Comparison, level, weight in bits."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A pair's parts as they were scored, and whether a person called the two the same."""

    parts: tuple[PartTriple, ...]
    is_same: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """The trained weights by feature: `comparison:level`, the score itself, and one for all pairs."""

    weights: Mapping[str, float]

    def probability(self, parts: Iterable[PartTriple]) -> float:
        """How likely two records are one person; a level that no answer had counts by its score alone."""
        names = list(self.weights)
        places = {name: place for place, name in enumerate(names)}
        features = {places[name]: value for name, value in _features(parts).items() if name in places}
        return likelihood(features, [self.weights[name] for name in names])

    def to_json(self) -> str:
        """Write it down."""
        return json.dumps({name: round(weight, 6) for name, weight in self.weights.items()})

    @classmethod
    def from_json(cls, text: str) -> Answered:
        """Read what `to_json` has written."""
        return cls({str(name): float(weight) for name, weight in json.loads(text).items()})


@dataclass(frozen=True, slots=True)
class Trained:
    """A model with what held-out answers say of it: how many reached the threshold, and which share of them was right."""

    model: Answered
    answers: int
    held_out: int
    precision: float

    @property
    def is_confirmed(self) -> bool:
        """Whether it may merge by itself."""
        return self.answers >= FEWEST_ANSWERS and self.held_out >= FEWEST_CONFIRMING and self.precision >= PRECISE_ENOUGH


def train(answers: Sequence[Answer], merge_at: float) -> Trained:
    """Train on all answers, and judge by models that were each trained without a fifth of them.

    The same answers in the same order give the same. Raises ValueError where all say the same.
    """
    if len({each.is_same for each in answers}) < 2:
        raise ValueError("All answers say the same: there is nothing to learn from them.")
    found = right = 0
    for fold in range(_FOLDS):
        kept = [each for place, each in enumerate(answers) if place % _FOLDS != fold]
        if len({each.is_same for each in kept}) < 2:
            continue
        model = _fit(kept)
        sure = [each for place, each in enumerate(answers) if place % _FOLDS == fold and model.probability(each.parts) >= merge_at]
        found += len(sure)
        right += sum(each.is_same for each in sure)
    return Trained(_fit(answers), len(answers), found, right / found if found else 0.0)


def _fit(answers: Sequence[Answer]) -> Answered:
    named = [_features(each.parts) for each in answers]
    names = [_SCORE, _EVEN, *sorted({name for each in named for name in each} - {_SCORE, _EVEN})]
    places = {name: place for place, name in enumerate(names)}
    examples = [
        Example({places[name]: value for name, value in features.items()}, each.is_same)
        for features, each in zip(named, answers, strict=True)
    ]
    start = [1.0, *[0.0] * (len(names) - 1)]
    pull = [_PULL_OF_SCORE, _PULL_OF_EVEN, *[_PULL] * (len(names) - 2)]
    return Answered(dict(zip(names, fit_logistic(examples, len(names), pull, start), strict=True)))


def _features(parts: Iterable[PartTriple]) -> dict[str, float]:
    told = list(parts)
    levels = {f"{comparison}:{level}": 1.0 for comparison, level, _ in told if comparison not in (*_TELLS_NOTHING, "rarity")}
    return {_SCORE: sum(weight for _, _, weight in told) * _BITS, _EVEN: 1.0} | levels
