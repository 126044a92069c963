"""Which of many records are worth comparing: those that share a blocking key that is not too common."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from core.flow.identity.blocking import BlockingKey, blocking_keys
from core.flow.identity.profile import Profile

MOST_SHARERS = 200
"""A key that more records have tells nothing: it makes no pairs."""

Pair = tuple[int, int]
"""Two places in the list of records, the smaller one first."""


def candidate_pairs(profiles: Sequence[Profile], most: int = MOST_SHARERS) -> list[Pair]:
    """Pair the records that share a key; each pair once, in order."""
    postings: dict[BlockingKey, list[int]] = {}
    for place, profile in enumerate(profiles):
        for key in blocking_keys(profile):
            postings.setdefault(key, []).append(place)
    found: set[Pair] = set()
    for places in postings.values():
        if 1 < len(places) <= most:
            found.update(combinations(places, 2))
    return sorted(found)
