"""Training a model on the answers of the review queue, and putting it in force or switching it off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.flow.identity.answered import FEWEST_ANSWERS, Answer, Trained, train
from core.store.commands.matching import KeepModel, SwitchModel
from core.store.queries.match_models import TrainedModel, model_in_force, models
from core.store.queries.matching import SAME, answered_pairs
from core.store.store import Store


class CannotTrain(Exception):
    """There are not enough answers, or they say nothing; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class ModelState:
    """How far the answers are, and which models there are, newest first."""

    answers: int
    same: int
    needed: int
    models: tuple[TrainedModel, ...]

    @property
    def in_force(self) -> TrainedModel | None:
        """The model that merges by itself, if there is one."""
        return next((each for each in self.models if each.in_force), None)


def model_state(store: Store) -> ModelState:
    """Say how many pairs were answered by people, and what was made of the answers."""
    with store.snapshot() as snapshot:
        pairs = answered_pairs(snapshot)
        return ModelState(len(pairs), sum(each.state == SAME for each in pairs), FEWEST_ANSWERS, tuple(models(snapshot)))


def train_model(store: Store, merge_at: float, now: datetime) -> Trained:
    """Train on all answers, and put the model in force where answers it had not seen confirm it. Raises CannotTrain."""
    with store.snapshot() as snapshot:
        pairs = answered_pairs(snapshot)
    if len(pairs) < FEWEST_ANSWERS:
        raise CannotTrain(f"{len(pairs)} of {FEWEST_ANSWERS} answers are there. Go on with `leadloom review`.")
    try:
        trained = train([Answer(each.parts, each.state == SAME) for each in pairs], merge_at)
    except ValueError as error:
        raise CannotTrain(str(error)) from error
    told = (trained.answers, trained.held_out, trained.precision, trained.is_confirmed)
    store.write(KeepModel(store.workspace, now, *told, trained.model.to_json()))
    return trained


def switch_model(store: Store, *, on: bool) -> TrainedModel | None:
    """Put the newest confirmed model in force again, or none; give the one that is in force then. Raises CannotTrain."""
    number = store.write(SwitchModel(store.workspace, on))
    if on and number is None:
        raise CannotTrain("No model was confirmed by held-out answers yet. Run `leadloom review train`.")
    with store.snapshot() as snapshot:
        return model_in_force(snapshot)
