"""Weights learnt from the records at hand, without labels: expectation and maximisation over the patterns of all pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2

from core.flow.identity.frequencies import count
from core.flow.identity.joint import NAMES
from core.flow.identity.levels import COMPARISONS, INDEX, MISSING, Pattern, pattern_of
from core.flow.identity.model import Level, Model, probability
from core.flow.identity.pairing import Pair
from core.flow.identity.profile import Profile

SAMPLE = 60_000
"""Pairs taken from all over: what two different people agree on by chance."""
_GOLDEN = 0.6180339887498949
_SCATTER = 97
_ROUNDS = 12
_SAME_STRENGTH = 60.0
"""The shipped weights count as much as so many pairs of one person."""
_SAME_SHARE = 1.0
_OTHER_STRENGTH = 0.02
"""The shipped weights count as this share of all pairs of two people."""
_USUAL_PAIRS = 20.0
_MOST_TOGETHER = 5.0
_GIVEN, _FAMILY = INDEX["given"], INDEX["family"]
_FEWEST = 1e-7
_MOST_BITS = 18.0

Counted = dict[tuple[Pattern, int], float]
"""How often a pattern was met, with the rarity of what agrees in whole bits."""


@dataclass(frozen=True, slots=True)
class Observed:
    """All pairs of a set of records: those worth comparing one by one, the rest by a sample."""

    candidates: Counted
    others: Counted
    records: int

    @property
    def pairs(self) -> float:
        """How many pairs there are."""
        return self.records * (self.records - 1) / 2


def observe(profiles: Sequence[Profile], candidates: Sequence[Pair], model: Model) -> Observed:
    """Compare the candidates and a sample of the others; the same records in the same order give the same."""
    counted: Counter[tuple[Pattern, int]] = Counter()
    for one, other in candidates:
        a, b = profiles[one], profiles[other]
        pattern = pattern_of(a, b)
        counted[pattern, round(model.rarity(a, b, pattern))] += 1
    return Observed(dict(counted), _sampled(profiles, set(candidates)), len(profiles))


def _sampled(profiles: Sequence[Profile], candidates: set[Pair]) -> Counted:
    records = len(profiles)
    rest = records * (records - 1) / 2 - len(candidates)
    if rest < 1:
        return {}
    met: Counter[Pattern] = Counter()
    for one, other in spread_pairs(records):
        if one != other and (min(one, other), max(one, other)) not in candidates:
            met[pattern_of(profiles[one], profiles[other])] += 1
    scale = rest / max(met.total(), 1)
    return {(pattern, 0): number * scale for pattern, number in met.items()}


def spread_pairs(records: int) -> Iterator[Pair]:
    """Pair each record with some others at distances that are spread evenly, whatever the order of the records."""
    for number in range(SAMPLE):
        place, turn = number % records, number // records
        distance = 1 + int((records - 1) * ((turn + 1) * _GOLDEN % 1))
        yield place, (place + distance + place * place % _SCATTER) % records


def adapt(model: Model, profiles: Sequence[Profile], candidates: Sequence[Pair]) -> Model:
    """Fit the weights, the prior and the rarity of values to these records; few records change the shipped weights little."""
    if len(profiles) < 2:
        return model
    known = model.with_frequencies(count(profiles)).for_records(len(profiles))
    return fit_cautiously(known, observe(profiles, candidates, known), _shareable(profiles))


def fit_cautiously(model: Model, seen: Observed, shareable: float) -> Model:
    """Fit the weights and the prior to what was observed, less what fitting without labels overstates.

    `shareable` is the share of records that carry what several people may have in common.
    """
    fitted = fit(model, seen)
    return replace(fitted, prior=fitted.prior - model.caution * shareable)


def _shareable(profiles: Sequence[Profile]) -> float:
    """The share of records that carry what several people may have in common: caution is for these, not for names and birth dates."""
    return sum(bool(each.box or each.phones or each.company or each.street) for each in profiles) / len(profiles)


def fit(model: Model, seen: Observed, rounds: int = _ROUNDS) -> Model:
    """Raise the likelihood of what was observed, round by round, starting from a model's weights."""
    start = model
    met = _by_pattern(seen.candidates)
    others = _sums()
    for (pattern, _), number in seen.others.items():
        _add(others, pattern, number)
    for _ in range(rounds):
        model = _maximise(start, model, (seen, met, others), _expect(model, met))
    return model


_Met = Mapping[Pattern, Sequence[tuple[int, float]]]
"""By pattern: how often it was met with how many bits of rarity."""


def _by_pattern(counted: Counted) -> _Met:
    met: dict[Pattern, list[tuple[int, float]]] = {}
    for (pattern, bits), number in counted.items():
        met.setdefault(pattern, []).append((bits, number))
    return met


def _expect(model: Model, met: _Met) -> dict[Pattern, float]:
    """How many of each pattern's pairs are one person's."""
    found: dict[Pattern, float] = {}
    for pattern, counts in met.items():
        logit = model.prior + model.weigh(pattern)
        found[pattern] = sum(number * probability(logit + bits) for bits, number in counts)
    return found


def _maximise(start: Model, model: Model, told: tuple[Observed, _Met, list[list[float]]], matched: Mapping[Pattern, float]) -> Model:
    seen, met, others = told
    same, other = _sums(), [list(row) for row in others]
    totals = {pattern: sum(number for _, number in counts) for pattern, counts in met.items()}
    for pattern, number in totals.items():
        _add(same, pattern, matched[pattern])
        _add(other, pattern, number - matched[pattern])
    levels = {each.name: _blended(start.levels[each.name], same[place], other[place]) for place, each in enumerate(COMPARISONS)}
    found = sum(matched.values())
    usual = 2.0**start.prior * seen.pairs
    share = (found + 0.05 * usual) / (seen.pairs * 1.05)
    joints = {**model.joints, NAMES: _names_together((start.joints[NAMES], levels), seen.pairs, totals, matched)}
    return replace(model, levels=levels, joints=joints, prior=log2(share / (1 - share)), partners=2 * share * seen.pairs / seen.records)


def _names_together(
    known: tuple[float, Mapping[str, tuple[Level, ...]]], pairs: float, totals: Mapping[Pattern, float], matched: Mapping[Pattern, float]
) -> float:
    """What agreement of both names tells beyond the sum of the two: less, where people of several languages stand together."""
    start, levels = known
    given, family = levels["given"][0], levels["family"][0]
    both = [pattern for pattern in totals if pattern[_GIVEN] == 0 and pattern[_FAMILY] == 0]
    named = sum(number for pattern, number in matched.items() if pattern[_GIVEN] != MISSING and pattern[_FAMILY] != MISSING)
    same = _ratio(sum(matched[pattern] for pattern in both), given.same * family.same * named, 0.0)
    other = _ratio(sum(totals[pattern] - matched[pattern] for pattern in both), given.other * family.other * pairs, -start)
    return max(-_MOST_TOGETHER, min(0.0, same - other))


def _ratio(met: float, expected: float, usual: float) -> float:
    return log2((met + _USUAL_PAIRS * 2**usual) / (expected + _USUAL_PAIRS))


def _sums() -> list[list[float]]:
    return [[0.0] * len(each.levels) for each in COMPARISONS]


def _add(sums: list[list[float]], pattern: Pattern, number: float) -> None:
    for row, level in zip(sums, pattern, strict=True):
        if level != MISSING:
            row[level] += number


def _blended(start: tuple[Level, ...], same: list[float], other: list[float]) -> tuple[Level, ...]:
    all_same, all_other = sum(same), sum(other)
    strength = _OTHER_STRENGTH * all_other + 50
    held = _SAME_STRENGTH + _SAME_SHARE * all_same
    found = []
    for level, mine, theirs in zip(start, same, other, strict=True):
        m = (mine + held * level.same) / (all_same + held)
        u = max((theirs + strength * level.other) / (all_other + strength), _FEWEST)
        found.append(Level(max(m, u * 2**-_MOST_BITS), u))
    return tuple(found)
