"""Which value wins: golden values are a fold over observations, by authority, then field time, then observer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.model.records import GoldenValue, Observation


def fold_values(observations: Sequence[Observation]) -> dict[str, GoldenValue]:
    """Fold observations into golden values.

    Per field the highest authority wins; among equals the later time, then the greater observer, then the greater value
    as text: ids are made in the order of arrival, on which nothing may depend (law 7). An empty value wins only when its
    observer has more authority than every filled one (law 6).
    """
    best: dict[str, tuple[tuple[int, bool, datetime, str, str, str], GoldenValue]] = {}
    for observation in observations:
        for name, value in observation.values.items():
            filled = value.value is not None
            rank = (observation.authority, filled, observation.at, observation.observer, repr(value.value), observation.id)
            if name not in best or rank > best[name][0]:
                best[name] = (rank, GoldenValue(value.value, observation.id, observation.observer, observation.at))
    return {name: golden for name, (_, golden) in sorted(best.items())}
