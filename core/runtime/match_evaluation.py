"""How well matching does on records of which it is known who is who: figures, and the curve over the threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.flow.identity.clusters import Linkage
from core.flow.identity.judging import Point, Quality, b_cubed, curve, judge_groups, judge_pairs
from core.flow.identity.model import Model
from core.flow.identity.pairing import Pair
from core.flow.identity.profile import profile_of
from core.flow.identity.resolving import pairs_by_key, resolve
from core.model.records import Scalar
from core.runtime.labelled_file import LabelledFile

THRESHOLDS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured at a threshold.

    `keys` are the pairs of the deterministic keys, `candidates` all that were compared: their recall bounds every other. `scored`
    are the pairs that the score finds, `pairs` those of both; groups are made of these, by average link and (`connected`) of all
    that hang together.
    """

    rows: int
    people: int
    columns: Mapping[str, str]
    keys: Quality
    candidates: Quality
    scored: Quality
    pairs: Quality
    groups: Quality
    connected: Quality
    b_cubed: float
    threshold: float
    curve: tuple[Point, ...]


def fitted_to(records: Sequence[Mapping[str, Scalar]]) -> Model:
    """Fit the shipped weights to records, without labels."""
    return resolve([profile_of(values) for values in records]).model


def evaluate(labelled: LabelledFile, threshold: float = 0.5, model: Model | None = None) -> Evaluation:
    """Match the records without looking at the labels, then judge what came of it."""
    known = labelled.entities
    certain = pairs_by_key(labelled.rows)
    resolved = resolve([profile_of(row) for row in labelled.rows], certain=certain, model=model)
    groups = resolved.groups(threshold)

    def judged(pairs: Mapping[Pair, float]) -> Quality:
        return judge_pairs((pair for pair, likely in pairs.items() if likely >= threshold), known)

    return Evaluation(
        rows=len(known),
        people=len(set(known)),
        columns=labelled.columns,
        keys=judge_pairs(certain, known),
        candidates=judge_pairs(resolved.pairs, known),
        scored=judged(resolved.scored),
        pairs=judged(resolved.pairs),
        groups=judge_groups(groups, known),
        connected=judge_groups(resolved.groups(threshold, Linkage.CONNECTED), known),
        b_cubed=b_cubed(groups, known),
        threshold=threshold,
        curve=tuple(curve(resolved.pairs, known, sorted({*THRESHOLDS, threshold}))),
    )
