"""The review queue: two records side by side, why they may be one person, what merging them would do, and a person's answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.flow.identity.model import PRIOR, Part
from core.flow.identity.profile import profile_of
from core.flow.pipeline import Rules
from core.flow.regrouping import CannotMerge
from core.model.ids import GoldenId
from core.model.merges import PERSON, Verdict
from core.runtime.desk.merging import MergedField, MergedLink, merge, plan_merge, tell_different
from core.runtime.lanes.match_judge import Judge
from core.store.commands.matching import AnswerPair, Row
from core.store.queries.matching import DIFFERENT, OPEN, SAME, PairView, lead_values, open_pairs, pair_of
from core.store.queries.merging import living, verdict_of
from core.store.store import Snapshot, Store

Pair = tuple[str, str]


class NoSuchPair(CannotMerge):
    """The two cannot be looked at side by side; the message says why."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What one comparison tells, in words, and how much: bits for (positive) or against one person."""

    about: str
    words: str
    bits: float


@dataclass(frozen=True, slots=True)
class Review:
    """A pair as a person sees it: why it is thought to be one person, and what merging would do, the fields that differ first."""

    left: str
    right: str
    probability: float
    score: float
    state: str
    since: datetime | None
    reasons: tuple[Reason, ...]
    fields: tuple[MergedField, ...]
    links: tuple[MergedLink, ...]


def list_open(store: Store, limit: int, but: Collection[Pair] = ()) -> list[PairView]:
    """The pairs that wait for an answer, the likeliest first, without those that a person told apart elsewhere."""
    with store.snapshot() as snapshot:
        found = open_pairs(snapshot, limit, but)
        told = verdict_of(snapshot, [(GoldenId(each.left_id), GoldenId(each.right_id)) for each in found])
    return [each for each in found if told.get((GoldenId(each.left_id), GoldenId(each.right_id))) is not Verdict.DIFFERENT]


def review(store: Store, rules: Rules, one: str, other: str) -> Review:
    """Show two records side by side, proposed or not; personal values are in it. Raises NoSuchPair."""
    with store.snapshot() as snapshot:
        left, right = _pair(snapshot, one, other)
        view = pair_of(snapshot, left, right) or _scored(snapshot, left, right)
    plan = plan_merge(store, rules, (GoldenId(left), GoldenId(right)))
    fields = sorted(plan.fields, key=lambda each: (not differs(each), each.survivor is None or each.loser is None, each.field))
    return Review(left, right, view.probability, view.score, view.state, view.created_at, reasons(view.parts), tuple(fields), plan.links)


def differs(field: MergedField) -> bool:
    """Whether both records say something, and not the same."""
    return None not in (field.survivor, field.loser) and field.survivor != field.loser


def answer(store: Store, rules: Rules, pair: Pair, said: str, *, by: str, now: datetime) -> str:
    """Keep a person's word on two records: `same` merges them, `different` keeps them apart for good.

    Gives the id of the record that they are (`same`) or of the first (`different`). Raises CannotMerge.
    """
    with store.snapshot() as snapshot:
        left, right = _pair(snapshot, *pair)
        view = pair_of(snapshot, left, right)
        scored = None if view is not None else _row(store, _scored(snapshot, left, right), now)
    ids = (GoldenId(left), GoldenId(right))
    kept: str = left
    if said == SAME:
        kept = merge(store, rules, ids, by=f"{PERSON}{by}", why="a person saw them side by side", now=now).survivor
    else:
        tell_different(store, ids, by=f"{PERSON}{by}", now=now)
    store.write(AnswerPair(store.workspace, left, right, SAME if said == SAME else DIFFERENT, f"{PERSON}{by}", now, scored))
    return kept


def reasons(parts: Sequence[tuple[str, str, float]]) -> tuple[Reason, ...]:
    """The parts of a score in words, the weightiest first; how rare doubles are at all comes last."""
    told = [Reason(part.comparison, part.words, part.weight) for part in (Part(*each) for each in parts)]
    return tuple(sorted(told, key=lambda each: (each.about == PRIOR, -abs(each.bits))))


def _pair(snapshot: Snapshot, one: str, other: str) -> Pair:
    found = [living(snapshot, GoldenId(each)) for each in (one, other)]
    for each, now in zip((one, other), found, strict=True):
        if now is None:
            raise NoSuchPair(f"There is no golden record '{each}'. `leadloom review list` shows the pairs that wait.")
    left, right = sorted(str(each) for each in found)
    if left == right:
        raise NoSuchPair(f"They are one record already: {left}.")
    return left, right


def _scored(snapshot: Snapshot, left: str, right: str) -> PairView:
    """A pair that was never proposed, scored now."""
    profiles = []
    for each in (left, right):
        values = lead_values(snapshot, each)
        if values is None:
            raise NoSuchPair(f"{each} is no lead, or its person was erased.")
        profiles.append(profile_of({name: value.value for name, value in values.items()}))
    score = Judge(snapshot, 1.0).score(profiles[0], profiles[1], 0.0)
    assert score is not None, "every score is at least 0"
    return PairView(left, right, score.logit, score.probability, score.parts, "not proposed", None, None, None)


def _row(store: Store, view: PairView, now: datetime) -> Row:
    return {
        "workspace": store.workspace,
        "left_id": view.left_id,
        "right_id": view.right_id,
        "score": view.score,
        "probability": view.probability,
        "parts": [list(part) for part in view.parts],
        "state": OPEN,
        "created_at": now,
    }
