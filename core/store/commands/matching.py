"""Commands of matching: what a batch found, a person's answer on a pair, a trained model put in force or switched off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, delete, func, literal_column, or_, select, update

from core.store.commands.lanes import check_lease, wake
from core.store.commands.upsert import insert_into, table_of
from core.store.match_tables import MatchCrowdRow, MatchDueRow, MatchKeyRow, MatchModelRow, MatchProfileRow, MatchWeightsRow, ReviewPairRow
from core.store.tables import Counter

Row = dict[str, Any]
HELD_BACK = "match_held_back"
"""The counted event: proposals that wait because one key comes in a flood."""
LANE = "match"


def queue_to_match(tx: Connection, workspace: str, records: Iterable[tuple[str, int]], at: datetime) -> None:
    """Have golden records (id, version) matched after `at`, and wake the lane for them."""
    rows = [
        {"workspace": workspace, "golden_id": golden_id, "version": version, "next_at": at, "held": False} for golden_id, version in records
    ]
    if not rows:
        return
    statement = insert_into(tx, MatchDueRow)
    due, given = table_of(MatchDueRow), statement.excluded
    newest = case((given.version > due.c.version, given.version), else_=due.c.version)
    newer = {"version": newest, "next_at": statement.excluded.next_at, "held": False}
    tx.execute(statement.on_conflict_do_update(index_elements=["workspace", "golden_id"], set_=newer), rows)
    wake(tx, workspace, LANE, "", at)


@dataclass(frozen=True, slots=True)
class QueueToMatch:
    """Have golden records matched (again)."""

    workspace: str
    records: tuple[tuple[str, int], ...]
    at: datetime

    def apply(self, tx: Connection) -> None:
        """Each once, however often it is asked for."""
        queue_to_match(tx, self.workspace, self.records, self.at)


@dataclass(frozen=True, slots=True)
class StoreMatches:
    """What a batch found, under the lane's lease: applied whole or not at all, and again without harm.

    `done` are (id, version) of records that were looked at, `later` those to be looked at again at a time; `gone` are ids whose
    open pairs end, `closed` single pairs that end, `stale` records whose profile is to be made anew. `crowds` hold
    (digest, beyond, since, recent) as they are from now on.
    """

    workspace: str
    lane: str
    token: int
    at: datetime
    profiles: tuple[Row, ...] = ()
    removed: tuple[int, ...] = ()
    posted: tuple[tuple[bytes, int], ...] = ()
    withdrawn: tuple[tuple[bytes, int], ...] = ()
    crowds: tuple[tuple[bytes, int, datetime, int], ...] = ()
    opened: tuple[Row, ...] = ()
    closed: tuple[tuple[str, str], ...] = ()
    gone: tuple[str, ...] = ()
    done: tuple[tuple[str, int], ...] = ()
    later: tuple[tuple[str, datetime], ...] = ()
    stale: tuple[str, ...] = ()
    held_back: int = 0

    def apply(self, tx: Connection) -> None:
        """Write it; raises LeaseLost."""
        check_lease(tx, self.workspace, self.lane, self.token)
        self._keys(tx)
        self._profiles(tx)
        self._crowds(tx)
        close_pairs(tx, self.workspace, self.gone, self.closed, self.at)
        open_pairs(tx, self.opened)
        self._settle(tx)
        queue_to_match(tx, self.workspace, [(golden_id, 0) for golden_id in self.stale], self.at)

    def _keys(self, tx: Connection) -> None:
        key = table_of(MatchKeyRow)
        if self.withdrawn:
            here = (key.c.workspace == self.workspace) & (key.c.digest == bindparam("b_digest")) & (key.c.number == bindparam("b_number"))
            tx.execute(delete(key).where(here), [{"b_digest": digest, "b_number": number} for digest, number in self.withdrawn])
        if self.posted:
            rows = [{"workspace": self.workspace, "digest": digest, "number": number} for digest, number in self.posted]
            tx.execute(insert_into(tx, MatchKeyRow).on_conflict_do_nothing(), rows)

    def _profiles(self, tx: Connection) -> None:
        profile = table_of(MatchProfileRow)
        for number in self.removed:
            tx.execute(delete(profile).where(profile.c.workspace == self.workspace, profile.c.number == number))
        if self.profiles:
            statement = insert_into(tx, MatchProfileRow)
            newer = {name: statement.excluded[name] for name in ("version", "key_id", "postings", "sealed_profile")}
            tx.execute(statement.on_conflict_do_update(index_elements=["workspace", "number"], set_=newer), list(self.profiles))

    def _crowds(self, tx: Connection) -> None:
        if self.crowds:
            statement = insert_into(tx, MatchCrowdRow)
            newer = {name: statement.excluded[name] for name in ("beyond", "since", "recent")}
            rows = [
                {"workspace": self.workspace, "digest": digest, "beyond": beyond, "since": since, "recent": recent}
                for digest, beyond, since, recent in self.crowds
            ]
            tx.execute(statement.on_conflict_do_update(index_elements=["workspace", "digest"], set_=newer), rows)
        if self.held_back:
            counted = insert_into(tx, Counter)
            more = {"value": literal_column("counter.value") + counted.excluded.value}
            row = {"workspace": self.workspace, "name": HELD_BACK, "label": "", "value": self.held_back}
            tx.execute(counted.on_conflict_do_update(index_elements=["workspace", "name", "label"], set_=more), [row])

    def _settle(self, tx: Connection) -> None:
        due = table_of(MatchDueRow)
        mine = (due.c.workspace == self.workspace) & (due.c.golden_id == bindparam("b_id"))
        if self.done:
            rows = [{"b_id": golden_id, "b_version": version} for golden_id, version in self.done]
            tx.execute(delete(due).where(mine, due.c.version <= bindparam("b_version")), rows)
        if self.later:
            later = update(due).where(mine).values(next_at=bindparam("b_at", type_=due.c.next_at.type), held=True)
            tx.execute(later, [{"b_id": golden_id, "b_at": at} for golden_id, at in self.later])


def open_pairs(tx: Connection, rows: Sequence[Row]) -> None:
    """Propose pairs; one that was answered stays answered, one that is open keeps the time of its proposal."""
    if not rows:
        return
    pair, statement = table_of(ReviewPairRow), insert_into(tx, ReviewPairRow)
    excluded = statement.excluded
    newer: Row = {name: excluded[name] for name in ("score", "probability", "parts")}
    newer |= {"state": "open", "created_at": case((pair.c.state == "open", pair.c.created_at), else_=excluded.created_at)}
    newer |= {"decided_at": None, "decided_by": None}
    unanswered = or_(pair.c.state == "open", pair.c.state == "obsolete")  # IN does not go with many rows at once
    keys = ["workspace", "left_id", "right_id"]
    tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=newer, where=unanswered), list(rows))


def close_pairs(tx: Connection, workspace: str, gone: Sequence[str], closed: Sequence[tuple[str, str]], at: datetime) -> None:
    """End open pairs that mean nothing any more: all of records that are gone, and single ones."""
    pair = table_of(ReviewPairRow)
    mine = (pair.c.workspace == workspace) & (pair.c.state == "open")
    ended = {"state": "obsolete", "decided_at": at}
    for golden_id in gone:
        tx.execute(update(pair).where(mine, or_(pair.c.left_id == golden_id, pair.c.right_id == golden_id)).values(**ended))
    for left, right in closed:
        tx.execute(update(pair).where(mine, pair.c.left_id == left, pair.c.right_id == right).values(**ended))


@dataclass(frozen=True, slots=True)
class AnswerPair:
    """Keep a word on a pair: `same` or `different`, of a person or of the model. `scored` is the row of a pair never proposed."""

    workspace: str
    left_id: str
    right_id: str
    state: str
    by: str
    at: datetime
    scored: Row | None = None

    def apply(self, tx: Connection) -> None:
        """The latest word counts."""
        pair = table_of(ReviewPairRow)
        if self.scored is not None:
            tx.execute(insert_into(tx, ReviewPairRow).on_conflict_do_nothing(), [self.scored])
        here = and_(pair.c.workspace == self.workspace, pair.c.left_id == self.left_id, pair.c.right_id == self.right_id)
        tx.execute(update(pair).where(here).values(state=self.state, decided_at=self.at, decided_by=self.by))


@dataclass(frozen=True, slots=True)
class KeepWeights:
    """Weigh by these weights from now on (None: by the shipped ones). A model that was trained over others is put out of force."""

    workspace: str
    at: datetime
    records: int
    content: str | None

    def apply(self, tx: Connection) -> None:
        """Take the place of what was kept before."""
        kept, model = table_of(MatchWeightsRow), table_of(MatchModelRow)
        tx.execute(delete(kept).where(kept.c.workspace == self.workspace))
        tx.execute(update(model).where(model.c.workspace == self.workspace).values(in_force=False))
        if self.content is not None:
            row = {"workspace": self.workspace, "trained_at": self.at, "records": self.records, "content": self.content}
            tx.execute(insert_into(tx, MatchWeightsRow), [row])


@dataclass(frozen=True, slots=True)
class KeepModel:
    """Keep a trained model; a confirmed one is put in force in place of the one before."""

    workspace: str
    at: datetime
    answers: int
    held_out: int
    precision: float
    is_confirmed: bool
    content: str

    def apply(self, tx: Connection) -> int:
        """Give its number."""
        model = table_of(MatchModelRow)
        number = int(tx.execute(select(func.max(model.c.number)).where(model.c.workspace == self.workspace)).scalar() or 0) + 1
        if self.is_confirmed:
            tx.execute(update(model).where(model.c.workspace == self.workspace).values(in_force=False))
        row = {
            "workspace": self.workspace,
            "number": number,
            "trained_at": self.at,
            "answers": self.answers,
            "held_out": self.held_out,
            "precision": self.precision,
            "is_confirmed": self.is_confirmed,
            "in_force": self.is_confirmed,
            "content": self.content,
        }
        tx.execute(insert_into(tx, MatchModelRow), [row])
        return number


@dataclass(frozen=True, slots=True)
class SwitchModel:
    """Switch the newest confirmed model on, or every model off."""

    workspace: str
    on: bool

    def apply(self, tx: Connection) -> int | None:
        """Give the number of the model that is in force now, if any."""
        model = table_of(MatchModelRow)
        mine = model.c.workspace == self.workspace
        tx.execute(update(model).where(mine).values(in_force=False))
        if not self.on:
            return None
        number = tx.execute(select(func.max(model.c.number)).where(mine, model.c.is_confirmed.is_(True))).scalar()
        if number is not None:
            tx.execute(update(model).where(mine, model.c.number == number).values(in_force=True))
        return None if number is None else int(number)
