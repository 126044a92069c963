"""How common values are in the records at hand: a rare name that agrees tells more than a common one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log2

from core.flow.identity.profile import Profile

_FIELDS = ("given", "family", "company", "domain", "postal_code", "city", "birth_date")
_RAREST = 0.5
"""A value counts at least so many times: one that was met twice may be one person's."""


@dataclass(frozen=True, slots=True)
class Frequencies:
    """Counts of values by field, and of different first names by phone and house."""

    counts: Mapping[str, Mapping[str, int]]
    expected: Mapping[str, float]
    """By field: how many other records have a record's value, on average."""
    sharers: Mapping[str, int]

    def shift(self, field: str, value: str) -> float:
        """Say by how many bits agreement on this value tells more (or less) than on the field's average value."""
        count = self.counts[field].get(value, 0)
        return log2(self.expected[field] / max(count - 1, _RAREST)) if count else 0.0

    def shared(self, value: str) -> float:
        """Say by how many bits less a phone tells than one that a single person has."""
        return -log2(max(1, self.sharers.get(value, 1)))


def count(profiles: Iterable[Profile]) -> Frequencies:
    """Count the values of many profiles."""
    counts: dict[str, Counter[str]] = {field: Counter() for field in _FIELDS}
    people: dict[str, set[str]] = {}
    for profile in profiles:
        for field in _FIELDS:
            value = getattr(profile, field)
            if value:
                counts[field][value] += 1
        for phone in profile.phones:
            people.setdefault(phone, set()).add(profile.given[:3] + profile.family[:1])
    sharers = {phone: len(names) for phone, names in people.items() if len(names) > 1}
    return Frequencies(counts, {field: met_by_chance(found) for field, found in counts.items()}, sharers)


def met_by_chance(found: Mapping[str, int]) -> float:
    """How many other records have a record's value, on average."""
    records = sum(found.values())
    return max(_RAREST, sum(number * (number - 1) for number in found.values()) / records) if records else _RAREST
