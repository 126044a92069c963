"""The settings of matching, in a place that costs nothing to load."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MatchBounds:
    """From which probability a pair is proposed, and merged where a trained model is in force; how many are compared and proposed."""

    review_at: float = 0.5
    merge_at: float = 0.95
    candidates: int = 50
    per_key_and_hour: int = 30
    batch: int = 50
