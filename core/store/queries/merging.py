"""What is remembered of merges and of verdicts, and which golden record another one is part of now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select

from core.model.ids import GoldenId, KeyId
from core.model.merges import MergeEvent, Verdict
from core.model.plan import TOLD_APART
from core.model.records import IdentityKey
from core.store.commands.upsert import table_of
from core.store.merge_seal import read_merge_event
from core.store.store import Snapshot
from core.store.tables import GoldenRow, IdentityKeyRow, Inbox, MergeEventRow, VerdictRow

Pair = tuple[GoldenId, GoldenId]
_CHUNK = 300


def apart_of(snapshot: Snapshot, golden_id: str) -> tuple[str, ...]:
    """In words: from whom a golden record was told apart, and which of its submissions would have linked it to somebody else."""
    verdict, inbox = table_of(VerdictRow), table_of(Inbox)
    either = or_(verdict.c.left_now == golden_id, verdict.c.right_now == golden_id)
    here = (verdict.c.workspace == snapshot.workspace) & either & (verdict.c.verdict == Verdict.DIFFERENT.value)
    pairs = {(*sorted((row.left_now, row.right_now)), row.by, row.at): row for row in snapshot.all(select(verdict).where(here))}
    told = [
        f"Told apart from {row.right_now if row.left_now == golden_id else row.left_now} by {row.by} on {row.at:%Y-%m-%d %H:%M}."
        for row in pairs.values()
    ]
    mine = (inbox.c.workspace == snapshot.workspace) & (inbox.c.golden_id == golden_id) & (inbox.c.reason_code == TOLD_APART)
    linked = snapshot.all(select(inbox.c.id, inbox.c.reason).where(mine).order_by(inbox.c.id))
    return (*told, *(f"inbox:{row.id}: {row.reason}" for row in linked))


def has_verdicts(snapshot: Snapshot) -> bool:
    """Whether anybody ever said anything of two records."""
    verdict = table_of(VerdictRow)
    return snapshot.first(select(verdict.c.left_id).where(verdict.c.workspace == snapshot.workspace).limit(1)) is not None


def told_apart(snapshot: Snapshot, ids: Collection[GoldenId]) -> list[Pair]:
    """Which two of these golden records a person told apart."""
    verdict, wanted = table_of(VerdictRow), sorted(ids)
    found: list[Pair] = []
    for start in range(0, len(wanted), _CHUNK):
        here = (verdict.c.workspace == snapshot.workspace) & verdict.c.left_now.in_(wanted[start : start + _CHUNK])
        for row in snapshot.all(select(verdict.c.left_now, verdict.c.right_now).where(here, verdict.c.verdict == Verdict.DIFFERENT.value)):
            if row.right_now in ids and row.left_now != row.right_now:
                found.append((GoldenId(row.left_now), GoldenId(row.right_now)))
    return found


def all_told_apart(snapshot: Snapshot) -> list[Pair]:
    """Every two golden records that a person told apart."""
    verdict = table_of(VerdictRow)
    here = (verdict.c.workspace == snapshot.workspace) & (verdict.c.verdict == Verdict.DIFFERENT.value)
    rows = snapshot.all(select(verdict.c.left_now, verdict.c.right_now).where(here))
    return [(GoldenId(row.left_now), GoldenId(row.right_now)) for row in rows if row.left_now < row.right_now]


def verdict_of(snapshot: Snapshot, pairs: Iterable[Pair]) -> Mapping[Pair, Verdict]:
    """What a person said of these pairs of golden records, the latest word; pairs of which nobody spoke are absent."""
    wanted = list(pairs)
    if not wanted or not has_verdicts(snapshot):
        return {}
    verdict = table_of(VerdictRow)
    ids = sorted({each for pair in wanted for each in pair})
    said: dict[frozenset[str], tuple[datetime, str]] = {}
    for start in range(0, len(ids), _CHUNK):
        here = (verdict.c.workspace == snapshot.workspace) & verdict.c.left_now.in_(ids[start : start + _CHUNK])
        for row in snapshot.all(select(verdict).where(here)):
            pair, word = frozenset((row.left_now, row.right_now)), (row.at, row.verdict)
            if pair not in said or word > said[pair]:
                said[pair] = word
    return {pair: Verdict(said[frozenset(pair)][1]) for pair in wanted if frozenset(pair) in said}


def living(snapshot: Snapshot, golden_id: GoldenId) -> GoldenId | None:
    """The golden record that another one is part of now; itself where it was not merged, None where there is none."""
    golden = table_of(GoldenRow)
    while True:
        row = snapshot.first(
            select(golden.c.state, golden.c.merged_into).where(golden.c.workspace == snapshot.workspace, golden.c.id == golden_id)
        )
        if row is None or row.state not in ("active", "merged"):
            return None
        if row.state == "active":
            return golden_id
        golden_id = GoldenId(row.merged_into)


def merges_of(snapshot: Snapshot, golden_ids: Sequence[str]) -> list[MergeEvent]:
    """The merges in which these golden records lost or survived, the oldest first; raises Unreadable when a person was erased."""
    event = table_of(MergeEventRow)
    either = or_(event.c.survivor.in_(golden_ids), event.c.loser.in_(golden_ids))
    rows = snapshot.all(select(event).where(event.c.workspace == snapshot.workspace, either).order_by(event.c.id))
    return [read_merge_event(snapshot, row) for row in rows]


def members_of(snapshot: Snapshot, golden_id: GoldenId) -> tuple[tuple[GoldenId, ...], tuple[GoldenId, ...]]:
    """The golden records that were merged into one and are part of it still: all of them, and those without another between."""
    event = table_of(MergeEventRow)
    found: dict[GoldenId, None] = {}
    direct: tuple[GoldenId, ...] = ()
    ask = [golden_id]
    while ask:
        here = (event.c.workspace == snapshot.workspace) & event.c.survivor.in_(ask) & event.c.undone_at.is_(None)
        ask = [GoldenId(row.loser) for row in snapshot.all(select(event.c.loser).where(here)) if row.loser not in found]
        direct = direct or tuple(ask)
        found |= dict.fromkeys(ask)
    return tuple(found), direct


def keys_owned(snapshot: Snapshot, golden_id: GoldenId) -> list[IdentityKey]:
    """The identity keys of a golden record."""
    key = table_of(IdentityKeyRow)
    rows = snapshot.all(select(key.c.kind, key.c.digest).where(key.c.workspace == snapshot.workspace, key.c.golden_id == golden_id))
    return [IdentityKey(row.kind, bytes(row.digest)) for row in rows]


def row_of(snapshot: Snapshot, golden_id: GoldenId) -> tuple[KeyId, int]:
    """The key and the version of a golden record's row, whatever its state."""
    golden = table_of(GoldenRow)
    row = snapshot.first(
        select(golden.c.key_id, golden.c.version).where(golden.c.workspace == snapshot.workspace, golden.c.id == golden_id)
    )
    assert row is not None
    return KeyId(row.key_id), row.version
