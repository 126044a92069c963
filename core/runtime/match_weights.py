"""The weights by which the store's records are compared: the shipped ones, or those fitted to these records without labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from core.flow.identity.model import Model
from core.flow.identity.pairing import candidate_pairs
from core.flow.identity.profile import Profile, unpack
from core.flow.identity.training import adapt
from core.store.commands.matching import KeepWeights
from core.store.queries.match_models import weights_in_force
from core.store.queries.matching import last_number, profiles_at
from core.store.store import Snapshot, Store

MOST = 100_000
"""Records that are learnt from; of more, every so-many-th."""
FEWEST = 1_000
_AT_ONCE = 1_000


class TooFew(Exception):
    """There are not enough records to learn from; the message says how many there are."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was learnt, from how many records."""

    model: Model
    records: int


def base_model(snapshot: Snapshot, records: int) -> Model:
    """The weights in force, for a store of so many records."""
    kept = weights_in_force(snapshot)
    model = Model.default() if kept is None else Model.from_json(kept.content)
    fitted = model.for_records(max(records, 2))
    return fitted if kept is None else replace(fitted, prior=fitted.prior - model.caution)


def model_of(store: Store) -> Model:
    """The weights in force, for the store as it is."""
    with store.snapshot() as snapshot:
        return base_model(snapshot, last_number(snapshot))


def learn_weights(store: Store, progress: Callable[[int], None] = lambda _: None) -> Fitted:
    """Fit the shipped weights to the records that were matched, without labels; nothing is changed. Raises TooFew.

    Of a part of the records, the share of doubles says nothing: then how many a record has on average stays as shipped.
    """
    with store.snapshot() as snapshot:
        last = last_number(snapshot)
    step = max(1, -(-last // MOST))
    numbers = list(range(1, last + 1, step))
    profiles: list[Profile] = []
    for start in range(0, len(numbers), _AT_ONCE):
        with store.snapshot() as snapshot:
            found = profiles_at(snapshot, numbers[start : start + _AT_ONCE])
        profiles += [unpack(each.packed) for each in found if each.packed is not None]
        progress(len(profiles))
    if len(profiles) < FEWEST:
        raise TooFew(f"{len(profiles):,} records were matched so far; {FEWEST:,} are needed to learn from.")
    model = adapt(Model.default(), profiles, candidate_pairs(profiles))
    return Fitted(model if step == 1 else replace(model, partners=Model.default().partners), len(profiles))


def put_in_force(store: Store, fitted: Fitted | None, now: datetime) -> None:
    """Weigh by what was learnt from now on; None: by the shipped weights again."""
    records, content = (0, None) if fitted is None else (fitted.records, fitted.model.to_json())
    store.write(KeepWeights(store.workspace, now, records, content))
