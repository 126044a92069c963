"""Which value wins: golden values are a fold over observations, by authority, then field time, then observer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.model.records import GoldenValue, Observation, Value

_Rank = tuple[int, bool, datetime, str, str, str]


class Lost(StrEnum):
    """Why a value gave way to the one that won, in the order in which the reasons are looked at."""

    AUTHORITY = "authority"
    EMPTY = "empty"
    OLDER = "older"
    OBSERVER = "observer"
    VALUE = "value"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one observation says about a field; `lost` is None for the one that won."""

    observation: Observation
    value: Value
    lost: Lost | None


def fold_values(observations: Sequence[Observation]) -> dict[str, GoldenValue]:
    """Fold observations into golden values.

    Per field the highest authority wins; among equals the later time, then the greater observer, then the greater value
    as text: ids are made in the order of arrival, on which nothing may depend (law 7). An empty value wins only when its
    observer has more authority than every filled one (law 6).
    """
    best: dict[str, tuple[_Rank, GoldenValue]] = {}
    for observation in observations:
        for name, value in observation.values.items():
            rank = _rank(observation, value)
            if name not in best or rank > best[name][0]:
                best[name] = (rank, GoldenValue(value.value, observation.id, observation.observer, observation.at))
    return {name: golden for name, (_, golden) in sorted(best.items())}


def ranked(observations: Sequence[Observation], name: str) -> list[Candidate]:
    """Give everything that was said about a field, the winner first, each of the others with why it lost to the winner.

    The order is the one by which `fold_values` chooses.
    """
    said = [(_rank(each, each.values[name]), each) for each in observations if name in each.values]
    said.sort(key=lambda pair: pair[0], reverse=True)
    return [Candidate(each, each.values[name], _lost(rank, said[0][0]) if place else None) for place, (rank, each) in enumerate(said)]


def _rank(observation: Observation, value: Value) -> _Rank:
    return (observation.authority, value.value is not None, observation.at, observation.observer, repr(value.value), observation.id)


def _lost(rank: _Rank, winner: _Rank) -> Lost:
    """The first thing in which the two differ; observations that differ in their ids alone say the same."""
    pairs = zip(Lost, rank, winner, strict=True)
    return next((reason for reason, mine, theirs in pairs if mine != theirs), Lost.SAME)
