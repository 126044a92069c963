"""Two golden records that are one, or are not: merged and told apart by a person, or merged by the model that a person trusts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from core.flow.pipeline import Means, Rules
from core.flow.regrouping import CannotMerge, join
from core.model.ids import GoldenId
from core.model.merges import PERSON, Cause, Verdict
from core.model.plan import LinkChange
from core.model.records import MERGED_HERE, Errand, GoldenValue, LinkRole, LinkState, LinkWant, Scalar
from core.store.commands.decision import WorldMoved
from core.store.commands.merging import StoreMerge, TellApart
from core.store.decision_seal import PlanSealer
from core.store.queries.decision import KnownPeople
from core.store.queries.merging import living, verdict_of
from core.store.store import Snapshot, Store

ResultT = TypeVar("ResultT")

MERGED_THERE, BROUGHT_LEVEL = "is merged into the other record there", "is brought level"
"""What becomes of a CRM's record; anything else is told as it is."""
MOVED_TRIES = 10
"""How often it is worked out again because other decisions touched the records meanwhile."""


@dataclass(frozen=True, slots=True)
class Merged:
    """Two golden records became one; `event` is what `leadloom unmerge` takes."""

    survivor: GoldenId
    loser: GoldenId
    event: str


@dataclass(frozen=True, slots=True)
class MergedField:
    """A field of two records that become one: what each says, and what is true then."""

    field: str
    survivor: Scalar
    loser: Scalar
    then: Scalar


@dataclass(frozen=True, slots=True)
class MergedLink:
    """A CRM's record of one of the two, and what becomes of it."""

    link: str
    connection: str
    object: str
    remote_id: str | None
    what: str


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What merging two golden records would do; `apart` says that a person told them apart before."""

    survivor: GoldenId
    loser: GoldenId
    fields: tuple[MergedField, ...]
    links: tuple[MergedLink, ...]
    apart: bool


class AlreadyOne(CannotMerge):
    """The two are part of one golden record."""


class ToldApart(CannotMerge):
    """A person said that the two are different; only a person may say otherwise."""


def plan_merge(store: Store, rules: Rules, pair: tuple[GoldenId, GoldenId]) -> MergePlan:
    """Say what survives and what happens in each CRM; nothing is written. Raises CannotMerge."""
    with store.snapshot() as snapshot:
        survivor, loser = sorted(_living_pair(snapshot, pair))
        known = KnownPeople(snapshot)
        plan = join((survivor, loser), known, rules, Means(store.new_id, store.vault.digest), Cause("", ""))
        goldens = known.goldens([survivor, loser])
        apart = verdict_of(snapshot, [(survivor, loser)]).get((survivor, loser)) is Verdict.DIFFERENT
    then = next(change.values for change in plan.goldens if change.id == survivor)
    one, other = goldens[survivor].values, goldens[loser].values
    fields = tuple(MergedField(name, *(_value(each, name) for each in (one, other, then))) for name in sorted({*one, *other, *then}))
    changes = {change.id: change for change in plan.links}
    links = [each for golden in (survivor, loser) for each in goldens[golden].links]
    told = tuple(_merged_link(link, changes.get(link.id)) for link in links)
    return MergePlan(survivor, loser, fields, told, apart)


def _value(values: Mapping[str, GoldenValue], name: str) -> Scalar:
    return values[name].value if name in values else None


def _merged_link(link: LinkWant, change: LinkChange | None) -> MergedLink:
    what = "stays as it is"
    if change is not None and change.errand is Errand.MERGE:
        what = MERGED_THERE
    elif change is not None and change.reason_code in MERGED_HERE:
        what = change.reason or ""
    elif change is not None and change.role is LinkRole.PRIMARY and change.state is LinkState.BEHIND:
        what = BROUGHT_LEVEL
    return MergedLink(f"link:{link.id}", link.connection, link.object, link.remote_id, what)


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
        raise AlreadyOne(f"They are one record already: {one}.")
    return one, other


def while_moving(attempt: Callable[[], ResultT]) -> ResultT:
    """Work it out again where decisions touched the records meanwhile. Raises CannotMerge when they never stand still."""
    for _ in range(MOVED_TRIES):
        try:
            return attempt()
        except WorldMoved:
            continue
    raise CannotMerge("The records kept changing meanwhile. Try again.")
