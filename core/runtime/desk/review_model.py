"""Training a model on the answers of the review queue, and putting it in force or switching it off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.flow.identity.answers import FEWEST_ANSWERS, Learnt, learn_from, seen_of
from core.runtime.match_weights import base_model
from core.store.commands.matching import KeepModel, SwitchModel
from core.store.queries.match_models import TrainedModel, model_in_force, models
from core.store.queries.matching import SAME, answered_pairs, last_number
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


def train_model(store: Store, now: datetime) -> Learnt:
    """Train on all answers, and put the model in force where answers it had not seen confirm it. Raises CannotTrain."""
    with store.snapshot() as snapshot:
        pairs = answered_pairs(snapshot)
        model = base_model(snapshot, last_number(snapshot))
    learnt = learn_from(model, [seen_of(each.parts, is_same=each.state == SAME) for each in pairs])
    if isinstance(learnt, str):
        raise CannotTrain(f"{learnt} Go on with `leadloom review`.")
    precision = learnt.held_out_right / learnt.held_out if learnt.held_out else 0.0
    store.write(KeepModel(store.workspace, now, learnt.answers, learnt.held_out, precision, learnt.may_merge, learnt.to_json()))
    return learnt


def switch_model(store: Store, *, on: bool) -> TrainedModel | None:
    """Put the newest confirmed model in force again, or none; give the one that is in force then. Raises CannotTrain."""
    number = store.write(SwitchModel(store.workspace, on))
    if on and number is None:
        raise CannotTrain("No model was confirmed by held-out answers yet. Run `leadloom review train`.")
    with store.snapshot() as snapshot:
        return model_in_force(snapshot)
