"""Two golden records that are one, or are not: merged and told apart by a person, or merged by the model that a person trusts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from core.flow.pipeline import Means, Rules
from core.flow.regrouping import CannotMerge, join
from core.model.ids import GoldenId
from core.model.merges import PERSON, Cause, Verdict
from core.store.commands.decision import WorldMoved
from core.store.commands.merging import StoreMerge, TellApart
from core.store.decision_seal import PlanSealer
from core.store.queries.decision import KnownPeople
from core.store.queries.merging import living, verdict_of
from core.store.store import Snapshot, Store

ResultT = TypeVar("ResultT")

MOVED_TRIES = 10
"""How often it is worked out again because other decisions touched the records meanwhile."""


@dataclass(frozen=True, slots=True)
class Merged:
    """Two golden records became one; `event` is what `leadloom unmerge` takes."""

    survivor: GoldenId
    loser: GoldenId
    event: str


class ToldApart(CannotMerge):
    """A person said that the two are different; only a person may say otherwise."""


def merge(store: Store, rules: Rules, pair: tuple[GoldenId, GoldenId], *, by: str, why: str, now: datetime) -> Merged:
    """Make two golden records one, in one transaction with its history.

    `by` is `person:NAME`, or `model`. A person's word is remembered, and goes before what was said of the two until then;
    a model never overrules one. Ids that were merged away stand for what they are part of. Raises CannotMerge, ToldApart.
    """

    def attempt() -> Merged:
        with store.snapshot() as snapshot:
            survivor, loser = sorted(_living_pair(snapshot, pair))
            if not by.startswith(PERSON) and verdict_of(snapshot, [(survivor, loser)]).get((survivor, loser)) is Verdict.DIFFERENT:
                raise ToldApart(f"A person said that {survivor} and {loser} are different.")
            plan = join((survivor, loser), KnownPeople(snapshot), rules, Means(store.new_id, store.vault.digest), Cause(by, why))
            decision = PlanSealer(snapshot, now).seal(plan, "", 0)
        store.write(StoreMerge(decision, (survivor, loser), by))
        return Merged(survivor, loser, decision.joinings[0]["id"])

    return while_moving(attempt)


def tell_different(store: Store, pair: tuple[GoldenId, GoldenId], *, by: str, now: datetime) -> None:
    """Remember a person's word that two golden records are different: nothing merges them from now on but a person.

    `by` is `person:NAME`. Raises CannotMerge where they are one record already (`unmerge` parts them) or one is gone.
    """

    def attempt() -> None:
        with store.snapshot() as snapshot:
            one, other = sorted(_living_pair(snapshot, pair))
            goldens = KnownPeople(snapshot).goldens([one, other])
        store.write(TellApart(store.workspace, (one, other), (goldens[one].version, goldens[other].version), by, now))

    while_moving(attempt)


def _living_pair(snapshot: Snapshot, pair: tuple[GoldenId, GoldenId]) -> tuple[GoldenId, GoldenId]:
    found = [living(snapshot, golden_id) for golden_id in pair]
    missing = [golden_id for golden_id, now in zip(pair, found, strict=True) if now is None]
    if missing:
        raise CannotMerge(f"There is no golden record '{missing[0]}' any more.")
    one, other = (each for each in found if each is not None)
    if one == other:
        raise CannotMerge(f"They are one record already: {one}.")
    return one, other


def while_moving(attempt: Callable[[], ResultT]) -> ResultT:
    """Work it out again where decisions touched the records meanwhile. Raises CannotMerge when they never stand still."""
    for _ in range(MOVED_TRIES):
        try:
            return attempt()
        except WorldMoved:
            continue
    raise CannotMerge("The records kept changing meanwhile. Try again.")
