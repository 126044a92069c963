"""What people's answers teach: a logistic over the same levels, held against answers that it has not seen before it may merge."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log

from core.flow.identity.joint import JOINTS, joints_of
from core.flow.identity.levels import COMPARISONS, INDEX, MISSING, Pattern, pattern_of
from core.flow.identity.logistic import Example, fit_logistic, likelihood
from core.flow.identity.model import RARITY, Model
from core.flow.identity.profile import Profile

FEWEST_ANSWERS = 100
"""Below this number nothing is learnt from answers."""
MERGING = 0.95
"""From this probability on two records may be merged without asking, if the held-out answers confirm it."""
HELD_OUT_PRECISION = 0.97
"""So many of the held-out pairs above `MERGING` have to be one person's."""
_FEWEST_CERTAIN = 25
_FEWEST_OF_EACH = 10
_FOLDS = 5
_PULL, _PULL_SCALE, _PULL_BIAS = 1.0, 4.0, 0.05
_BITS = log(2)

_OFFSETS: dict[str, int] = {}
_size = 0
for _each in COMPARISONS:
    _OFFSETS[_each.name] = _size
    _size += len(_each.levels)
_JOINT_PLACES = {name: _size + place for place, name in enumerate(JOINTS)}
_RARITY = _size + len(JOINTS)
_SCALE, _BIAS, _WIDTH = _RARITY + 1, _RARITY + 2, _RARITY + 3
_FIRST_PLACES = tuple(_OFFSETS[each.name] for each in COMPARISONS)
_SCALE_UNIT = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's word on two records."""

    a: Profile
    b: Profile
    is_same: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """A person's word on two records of which only the levels of agreement and their rarity are kept."""

    pattern: Pattern
    rarity: float
    is_same: bool


def seen_of(parts: Iterable[tuple[str, str, float]], *, is_same: bool) -> Seen:
    """Read what was found on comparing two records out of the parts of their score."""
    told = {(comparison, level): weight for comparison, level, weight in parts}
    levels = {comparison: level for comparison, level in told if comparison in INDEX}
    pattern = tuple(each.levels.index(levels[each.name]) if levels.get(each.name) in each.levels else MISSING for each in COMPARISONS)
    return Seen(pattern, sum(weight for (comparison, _), weight in told.items() if comparison == RARITY), is_same)


@dataclass(frozen=True, slots=True)
class Learnt:
    """Weights learnt from answers, on top of a model's score.

    `may_merge` tells whether the held-out answers confirm that pairs above `MERGING` can be merged without asking; `why` says in
    an admin's words what they showed.
    """

    weights: tuple[float, ...]
    answers: int
    held_out: int
    held_out_right: int
    may_merge: bool
    why: str
    _model: Model = field(repr=False)

    def probability(self, a: Profile, b: Profile) -> float:
        """The probability that two records are one person."""
        pattern = pattern_of(a, b)
        return likelihood(_features(self._model, pattern, self._model.rarity(a, b, pattern)), self.weights)

    def to_json(self) -> str:
        """Write what was learnt, not the model that it rests on."""
        counted = {"answers": self.answers, "held_out": self.held_out, "held_out_right": self.held_out_right}
        weights = [round(weight, 5) for weight in self.weights]
        return json.dumps({**counted, "may_merge": self.may_merge, "why": self.why, "weights": weights})

    @classmethod
    def from_json(cls, text: str, model: Model) -> Learnt:
        """Read what `to_json` has written, for the model that it was learnt on; raises ValueError for another version's."""
        content = json.loads(text)
        if len(content["weights"]) != _WIDTH:
            raise ValueError("These answers were learnt by another version. Learn from them anew.")
        numbers = {name: int(content[name]) for name in ("answers", "held_out", "held_out_right")}
        return cls(tuple(content["weights"]), **numbers, may_merge=bool(content["may_merge"]), why=str(content["why"]), _model=model)


def learn(model: Model, answers: Sequence[Answer]) -> Learnt | str:
    """Learn from answers; a text says why nothing could be learnt yet. The same answers in the same order give the same."""
    patterns = [pattern_of(each.a, each.b) for each in answers]
    found = zip(answers, patterns, strict=True)
    return learn_from(model, [Seen(pattern, model.rarity(each.a, each.b, pattern), each.is_same) for each, pattern in found])


def learn_from(model: Model, answers: Sequence[Seen]) -> Learnt | str:
    """The same for pairs of which only what was found on comparing them is kept."""
    same = sum(each.is_same for each in answers)
    if len(answers) < FEWEST_ANSWERS:
        return f"{len(answers)} of {FEWEST_ANSWERS} answers are there."
    if min(same, len(answers) - same) < _FEWEST_OF_EACH:
        return f"Of {len(answers)} answers {same} say the same person; {_FEWEST_OF_EACH} of each kind are needed."
    examples = [Example(_features(model, each.pattern, each.rarity), each.is_same) for each in answers]
    certain = _held_out(examples)
    right = sum(certain)
    may_merge, why = _verdict(len(certain), right)
    return Learnt(tuple(_fit(examples)), len(answers), len(certain), right, may_merge, why, model)


def _verdict(certain: int, right: int) -> tuple[bool, str]:
    told = f"Of {certain} held-out pairs at {MERGING:.0%} or more {right} are one person"
    if certain < _FEWEST_CERTAIN:
        return False, f"{told}; {_FEWEST_CERTAIN} are needed to judge. More answers will tell."
    precision = right / certain
    if precision < HELD_OUT_PRECISION:
        return False, f"{told} ({precision:.1%}); {HELD_OUT_PRECISION:.0%} are needed to merge without asking."
    return True, f"{told} ({precision:.1%})."


def _held_out(examples: Sequence[Example]) -> list[bool]:
    """The answers of those that a fit without them puts at `MERGING` or more."""
    found = []
    for fold in range(_FOLDS):
        weights = _fit([each for place, each in enumerate(examples) if place % _FOLDS != fold])
        found += [each.answer for each in examples[fold::_FOLDS] if likelihood(each.features, weights) >= MERGING]
    return found


def _fit(examples: Sequence[Example]) -> list[float]:
    start, pull = [0.0] * _WIDTH, [_PULL] * _WIDTH
    start[_SCALE], pull[_SCALE], pull[_BIAS] = _BITS * _SCALE_UNIT, _PULL_SCALE, _PULL_BIAS
    return fit_logistic(examples, _WIDTH, pull, start)


def _features(model: Model, pattern: Pattern, rarity: float) -> Mapping[int, float]:
    found = {first + level: 1.0 for first, level in zip(_FIRST_PLACES, pattern, strict=True) if level != MISSING}
    for name in joints_of(pattern):
        found[_JOINT_PLACES[name]] = 1.0
    found[_RARITY] = rarity / _SCALE_UNIT
    found[_SCALE] = max(-30.0, min(30.0, model.prior + model.weigh(pattern) + rarity)) / _SCALE_UNIT
    found[_BIAS] = 1.0
    return found
