"""Groups of records from scored pairs: by average link, or by everything that hangs together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from heapq import heapify, heappop, heappush
from itertools import combinations

from core.flow.identity.pairing import Pair

LEAST = 0.05
"""Pairs below this probability do not bring two records into one look."""
APART = float("-inf")
"""Stands in the place of a probability for two that were told apart: no group holds both."""
_MOST_FILLED = 60
"""In groups up to this size, pairs that share no key are compared as well."""


class Linkage(StrEnum):
    """How groups are made. `AVERAGE`: the pairs between two groups must agree on average; `CONNECTED`: one pair is enough."""

    AVERAGE = "average"
    CONNECTED = "connected"


Likelihood = Callable[[int, int], float]


def group(
    records: int,
    pairs: Mapping[Pair, float],
    *,
    threshold: float = 0.5,
    linkage: Linkage = Linkage.AVERAGE,
    likelihood: Likelihood | None = None,
) -> list[list[int]]:
    """Group records 0 to `records`; each stands in one group, the order of the pairs makes no difference.

    `likelihood` is asked for pairs that are not in `pairs`; without it they count as certainly different. Who is `APART` is in no
    group together; with `CONNECTED`, what such two hang together by is parted by average link.
    """
    least = threshold if linkage is Linkage.CONNECTED else min(LEAST, threshold)
    whole = _components(records, (pair for pair, likely in pairs.items() if likely >= least))
    if linkage is Linkage.CONNECTED:
        apart = [pair for pair, likely in pairs.items() if likely == APART]
        to_part = _holding_both(whole, apart) if apart else set()
        return sorted(
            part
            for place, each in enumerate(whole)
            for part in (_averaged(each, pairs, threshold, likelihood) if place in to_part else [each])
        )
    return sorted(part for each in whole for part in _averaged(each, pairs, threshold, likelihood))


def _holding_both(groups: list[list[int]], apart: Iterable[Pair]) -> set[int]:
    """The places of the groups that hold two who were told apart."""
    place = {member: number for number, each in enumerate(groups) for member in each}
    return {place[one] for one, other in apart if place[one] == place[other]}


def _components(records: int, pairs: Iterable[Pair]) -> list[list[int]]:
    parent = list(range(records))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for one, other in pairs:
        a, b = root(one), root(other)
        if a != b:
            parent[max(a, b)] = min(a, b)
    found: dict[int, list[int]] = {}
    for place in range(records):
        found.setdefault(root(place), []).append(place)
    return list(found.values())


def _averaged(members: list[int], pairs: Mapping[Pair, float], threshold: float, likelihood: Likelihood | None) -> list[list[int]]:
    if len(members) == 1:
        return [members]
    sums = _sums(members, pairs, likelihood if len(members) <= _MOST_FILLED else None)
    groups = {place: [place] for place in members}
    heap = [(-likely, one, other) for (one, other), likely in sums.items() if likely >= threshold]
    heapify(heap)
    near: dict[int, dict[int, float]] = {place: {} for place in members}
    for (one, other), likely in sums.items():
        near[one][other] = near[other][one] = likely
    while heap:
        average, one, other = heappop(heap)
        if one not in groups or other not in groups or _average(near, groups, one, other) != -average:
            continue
        _join(near, groups, one, other)
        for third in near[one]:
            likely = _average(near, groups, one, third)
            if likely >= threshold:
                heappush(heap, (-likely, min(one, third), max(one, third)))
    return [sorted(each) for each in groups.values()]


def _sums(members: list[int], pairs: Mapping[Pair, float], likelihood: Likelihood | None) -> dict[Pair, float]:
    found = {}
    for pair in combinations(members, 2):
        likely = pairs.get(pair)
        if likely is None and likelihood is not None:
            likely = likelihood(*pair)
        if likely:
            found[pair] = likely
    return found


def _average(near: Mapping[int, Mapping[int, float]], groups: Mapping[int, list[int]], one: int, other: int) -> float:
    return near[one].get(other, 0.0) / (len(groups[one]) * len(groups[other]))


def _join(near: dict[int, dict[int, float]], groups: dict[int, list[int]], one: int, other: int) -> None:
    """Put the second group into the first."""
    groups[one] += groups.pop(other)
    near[one].pop(other, None)
    for third, likely in near.pop(other).items():
        if third == one:
            continue
        near[third].pop(other, None)
        near[one][third] = near[third][one] = near[one].get(third, 0.0) + likely
