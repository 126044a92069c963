"""How good a matching is where the truth is known: pairs, groups, and the choice of the threshold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.flow.identity.pairing import Pair


@dataclass(frozen=True, slots=True)
class Quality:
    """Counts of pairs that were found and were right to find; `precision` and `recall` are shares of 1."""

    found: int
    right: int
    true: int

    @property
    def precision(self) -> float:
        """How many of those found are right; 1 where nothing was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """How many of the true ones were found."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 1.0


@dataclass(frozen=True, slots=True)
class Point:
    """The quality at a threshold."""

    threshold: float
    quality: Quality


def true_pairs(entities: Sequence[Hashable]) -> int:
    """How many pairs of records are one person's."""
    return _pairs(Counter(entities).values())


def judge_pairs(pairs: Iterable[Pair], entities: Sequence[Hashable]) -> Quality:
    """Judge pairs that were found."""
    found = right = 0
    for one, other in pairs:
        found += 1
        right += entities[one] == entities[other]
    return Quality(found, right, true_pairs(entities))


def judge_groups(groups: Sequence[Sequence[int]], entities: Sequence[Hashable]) -> Quality:
    """Judge groups by the pairs that stand together in them."""
    found = _pairs(len(each) for each in groups)
    right = sum(_pairs(Counter(entities[place] for place in each).values()) for each in groups)
    return Quality(found, right, true_pairs(entities))


def b_cubed(groups: Sequence[Sequence[int]], entities: Sequence[Hashable]) -> float:
    """The mean over the records of how pure and how whole each one's group is, as one F1."""
    sizes = Counter(entities)
    precision = recall = 0.0
    for each in groups:
        for entity, number in Counter(entities[place] for place in each).items():
            precision += number * number / len(each)
            recall += number * number / sizes[entity]
    return 2 * precision * recall / (precision + recall) / max(len(entities), 1) if precision + recall else 1.0


def curve(pairs: Mapping[Pair, float], entities: Sequence[Hashable], thresholds: Sequence[float]) -> list[Point]:
    """The quality at each threshold, in their order."""
    true = true_pairs(entities)
    ranked = sorted(((likely, entities[one] == entities[other]) for (one, other), likely in pairs.items()), reverse=True)
    points: dict[float, Quality] = {}
    place = right = 0
    for threshold in sorted(thresholds, reverse=True):
        while place < len(ranked) and ranked[place][0] >= threshold:
            right += ranked[place][1]
            place += 1
        points[threshold] = Quality(place, right, true)
    return [Point(threshold, points[threshold]) for threshold in thresholds]


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)
