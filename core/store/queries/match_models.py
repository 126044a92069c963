"""The models that were trained on people's answers, and the one that is in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.store.commands.upsert import table_of
from core.store.match_tables import MatchModelRow, MatchWeightsRow
from core.store.store import Snapshot


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model as it is kept; `precision` is the share that was right of the `held_out` pairs it was sure of."""

    number: int
    trained_at: datetime
    answers: int
    held_out: int
    precision: float
    is_confirmed: bool
    in_force: bool
    content: str


@dataclass(frozen=True, slots=True)
class FittedWeights:
    """Weights that were fitted to so many of the store's records."""

    trained_at: datetime
    records: int
    content: str


def weights_in_force(snapshot: Snapshot) -> FittedWeights | None:
    """The weights that take the place of the shipped ones; None where nobody fitted any."""
    kept = table_of(MatchWeightsRow)
    row = snapshot.first(select(kept.c.trained_at, kept.c.records, kept.c.content).where(kept.c.workspace == snapshot.workspace))
    return None if row is None else FittedWeights(row.trained_at, row.records, row.content)


def models(snapshot: Snapshot) -> list[TrainedModel]:
    """All models, newest first."""
    model = table_of(MatchModelRow)
    return [
        _model(row) for row in snapshot.all(select(model).where(model.c.workspace == snapshot.workspace).order_by(model.c.number.desc()))
    ]


def model_in_force(snapshot: Snapshot) -> TrainedModel | None:
    """The model that merges by itself, if there is one."""
    model = table_of(MatchModelRow)
    row = snapshot.first(select(model).where(model.c.workspace == snapshot.workspace, model.c.in_force.is_(True)))
    return None if row is None else _model(row)


def _model(row: Any) -> TrainedModel:
    return TrainedModel(**{name: getattr(row, name) for name in TrainedModel.__dataclass_fields__})
