"""Train the weights that come with the product, from invented people of whom it is known who is who: core/flow/identity/weights.json.

Run as `python -m scripts.train_identity`; the seed is fixed, so that everybody gets the same file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import log, log2
from pathlib import Path

from core.flow.identity.frequencies import count
from core.flow.identity.joint import JOINTS, NAMES, RULES, joints_of
from core.flow.identity.judging import curve
from core.flow.identity.levels import COMPARISONS, MISSING, Pattern, pattern_of
from core.flow.identity.logistic import Example, fit_logistic
from core.flow.identity.model import Level, Model, probability
from core.flow.identity.pairing import candidate_pairs
from core.flow.identity.profile import Profile, profile_of
from core.flow.identity.training import adapt, observe
from scripts.invented_populations import SEED, populations

_TARGET = Path(__file__).parents[1] / "core" / "flow" / "identity" / "weights.json"
_SMOOTH = 0.5
_JOINT_PULL = 3.0
_NAMES_USUAL = -2.0
"""Bits; among people of several languages. Each set's own figure is fitted anew."""
_TYPICAL_RECORDS = 100_000


class Population:
    """One population, compared once: what its pairs agree on, and whether they are one person."""

    def __init__(self, name: str, rows: Sequence[dict[str, str]]) -> None:
        """Compare the candidates."""
        self.name = name
        self.entities = [row["entity"] for row in rows]
        self.profiles: list[Profile] = [profile_of(row) for row in rows]
        self.candidates = candidate_pairs(self.profiles)
        self.same = [self.entities[one] == self.entities[other] for one, other in self.candidates]
        self.patterns = [pattern_of(self.profiles[one], self.profiles[other]) for one, other in self.candidates]
        self.frequencies = count(self.profiles)


def main() -> None:
    """Train and write."""
    known = [Population(name, rows) for name, rows in populations()]
    model = _from_truth(known)
    for _ in range(4):
        model = replace(model, joints=_joints(model, known))
    model = replace(model, caution=sum(_caution(model, each) for each in known) / len(known)).for_records(_TYPICAL_RECORDS)
    provenance = {
        "made_by": "python -m scripts.train_identity", "seed": SEED, "records": sum(len(each.profiles) for each in known),
        "pairs_of_one_person": sum(sum(each.same) for each in known), "populations": [each.name for each in known],
    }  # fmt: skip
    _TARGET.write_text(replace(model, provenance=provenance).to_json(), encoding="utf-8")


def _from_truth(known: Sequence[Population]) -> Model:
    """Count the levels among pairs of one person and of two; each population weighs the same."""
    blank = Model({each.name: tuple(Level(0.5, 0.5) for _ in each.levels) for each in COMPARISONS}, dict.fromkeys(JOINTS, 0.0), -17.0)
    same: list[Counter[int]] = [Counter() for _ in COMPARISONS]
    other: list[Counter[int]] = [Counter() for _ in COMPARISONS]
    for each in known:
        for pattern, is_same in zip(each.patterns, each.same, strict=True):
            _tally(same if is_same else other, pattern, 1.0)
        for (pattern, _), number in observe(each.profiles, each.candidates, blank).others.items():
            _tally(other, pattern, number)
    levels = {spec.name: _rates(len(spec.levels), same[place], other[place]) for place, spec in enumerate(COMPARISONS)}
    partners = sum(2 * sum(each.same) for each in known) / sum(len(each.profiles) for each in known)
    return Model(levels, dict.fromkeys(JOINTS, 0.0), log2(partners / _TYPICAL_RECORDS), partners)


def _tally(sums: list[Counter[int]], pattern: Pattern, number: float) -> None:
    for row, level in zip(sums, pattern, strict=True):
        if level != MISSING:
            row[level] += number  # type: ignore[assignment]  # counts are scaled


def _rates(levels: int, same: Counter[int], other: Counter[int]) -> tuple[Level, ...]:
    all_same, all_other = sum(same.values()) + _SMOOTH * levels, sum(other.values()) + _SMOOTH * levels
    return tuple(Level((same[level] + _SMOOTH) / all_same, (other[level] + _SMOOTH) / all_other) for level in range(levels))


def _joints(model: Model, known: Sequence[Population]) -> dict[str, float]:
    """Fit the joint weights on top of what each population's own adaptation says, which is how they will be used."""
    names = list(JOINTS)
    examples: Counter[tuple[tuple[str, ...], float, bool]] = Counter()
    for each in known:
        fitted = adapt(model, each.profiles, each.candidates)
        plain = replace(fitted, joints={**dict.fromkeys(JOINTS, 0.0), NAMES: fitted.joints[NAMES], **RULES})
        for (one, other), pattern, is_same in zip(each.candidates, each.patterns, each.same, strict=True):
            a, b = each.profiles[one], each.profiles[other]
            total = plain.prior + plain.weigh(pattern) + plain.rarity(a, b, pattern)
            examples[joints_of(pattern), round(total * 2) / 2, is_same] += 1
    fixed = {NAMES: _NAMES_USUAL, **RULES}
    cases = [
        Example({names.index(name): 1.0 for name in joints if name not in fixed}, is_same, number, total * log(2))
        for (joints, total, is_same), number in examples.items()
    ]
    found = fit_logistic(cases, len(names), [_JOINT_PULL] * len(names))
    return {name: fixed.get(name, (weight / log(2) + model.joints[name]) / 2) for name, weight in zip(names, found, strict=True)}


def _caution(model: Model, each: Population) -> float:
    """The bits by which the threshold that is best for a population lies above even odds."""
    fitted = adapt(model, each.profiles, each.candidates)
    pairs = {(one, other): probability(fitted.logit(each.profiles[one], each.profiles[other])) for one, other in each.candidates}
    bits = [step / 4 for step in range(-8, 17)]
    points = curve(pairs, each.entities, [probability(bit) for bit in bits])
    return max(zip(points, bits, strict=True), key=lambda found: found[0].quality.f1)[1]


if __name__ == "__main__":
    main()
