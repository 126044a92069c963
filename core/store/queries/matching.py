"""What matching reads: records that wait, the postings of keys, profiles by number, crowded keys, and pairs under review."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, cast, func, or_, select

from core.model.records import GoldenValue
from core.model.vocabulary import Subject
from core.store.codec import read_golden_values
from core.store.commands.upsert import table_of
from core.store.match_tables import MatchCrowdRow, MatchDueRow, MatchKeyRow, MatchProfileRow, ReviewPairRow
from core.store.store import Snapshot
from core.store.tables import GoldenRow, SubjectKey
from core.store.vault import Unreadable, WrongKey

PROFILE_PLACE = "match_profile.profile"
OPEN, SAME, DIFFERENT, OBSOLETE = "open", "same", "different", "obsolete"
_CHUNK = 300


@dataclass(frozen=True, slots=True)
class Waiting:
    """A golden record that waits to be matched; without `values` it is no lead (any more), merged away or erased."""

    id: str
    due_version: int
    version: int
    key_id: str
    held: bool
    values: Mapping[str, GoldenValue] | None


@dataclass(frozen=True, slots=True)
class Matched:
    """A record that was matched before: its number, at which version, and in one value the keys it was posted under or found full."""

    number: int
    version: int
    postings: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored profile as it was packed; None where its person was erased."""

    number: int
    golden_id: str
    packed: bytes | None


@dataclass(frozen=True, slots=True)
class Crowd:
    """A key that many records have."""

    beyond: int
    since: datetime
    recent: int


def waiting_records(snapshot: Snapshot, now: datetime, limit: int) -> list[Waiting]:
    """The golden records that are due, longest first."""
    due, golden = table_of(MatchDueRow), table_of(GoldenRow)
    mine = (due.c.workspace == snapshot.workspace, due.c.next_at <= now)
    rows = snapshot.all(
        select(due.c.golden_id, due.c.version.label("due_version"), due.c.held, golden)
        .join(golden, (golden.c.workspace == due.c.workspace) & (golden.c.id == due.c.golden_id), isouter=True)
        .where(*mine)
        .order_by(due.c.next_at, due.c.golden_id)
        .limit(limit)
    )
    snapshot.load_keys([row.key_id for row in rows if row.key_id is not None])
    return [Waiting(row.golden_id, row.due_version, row.version or 0, row.key_id or "", row.held, _values(snapshot, row)) for row in rows]


def _values(snapshot: Snapshot, row: Any) -> dict[str, GoldenValue] | None:
    if row.state != "active" or row.subject != Subject.LEAD.value:
        return None
    try:
        return read_golden_values(snapshot.open(row.key_id, "golden.values", row.sealed_values) or b"{}")
    except WrongKey:
        raise
    except Unreadable:
        return None


def next_due(snapshot: Snapshot) -> datetime | None:
    """When the next record is due; None when none waits."""
    due = table_of(MatchDueRow)
    found: datetime | None = snapshot.scalar(select(func.min(due.c.next_at)).where(due.c.workspace == snapshot.workspace))
    return found


def matched_before(snapshot: Snapshot, golden_ids: Sequence[str]) -> dict[str, Matched]:
    """What was stored of these records when they were last matched."""
    profile = table_of(MatchProfileRow)
    found: dict[str, Matched] = {}
    for start in range(0, len(golden_ids), _CHUNK):
        here = (profile.c.workspace == snapshot.workspace) & profile.c.golden_id.in_(list(golden_ids[start : start + _CHUNK]))
        for row in snapshot.all(select(profile.c.golden_id, profile.c.number, profile.c.version, profile.c.postings).where(here)):
            found[row.golden_id] = Matched(row.number, row.version, row.postings)
    return found


def last_number(snapshot: Snapshot) -> int:
    """The greatest number that a profile has; 0 when there is none."""
    profile = table_of(MatchProfileRow)
    return int(snapshot.scalar(select(func.max(profile.c.number)).where(profile.c.workspace == snapshot.workspace)) or 0)


_key = table_of(MatchKeyRow)
_POSTINGS = (
    select(_key.c.digest, func.aggregate_strings(cast(_key.c.number, String), ","))
    .where(_key.c.workspace == bindparam("workspace"), _key.c.digest.in_(bindparam("digests", expanding=True)))
    .group_by(_key.c.digest)
)


def postings_of(snapshot: Snapshot, digests: Collection[bytes]) -> dict[bytes, list[int]]:
    """The numbers of the records that have these keys, each list in order; keys that nobody has are absent."""
    if not digests:
        return {}
    rows = snapshot.connection.execute(_POSTINGS, {"workspace": snapshot.workspace, "digests": list(digests)}).all()
    return {bytes(digest): sorted(map(int, numbers.split(","))) for digest, numbers in rows}


_profile, _subject = table_of(MatchProfileRow), table_of(SubjectKey)
_PROFILES = (
    select(_profile.c.number, _profile.c.golden_id, _profile.c.key_id, _profile.c.sealed_profile, _subject.c.wrapped)
    .join(_subject, (_subject.c.workspace == _profile.c.workspace) & (_subject.c.id == _profile.c.key_id))
    .where(_profile.c.workspace == bindparam("workspace"), _profile.c.number.in_(bindparam("numbers", expanding=True)))
)


def profiles_at(snapshot: Snapshot, numbers: Sequence[int]) -> list[Stored]:
    """The stored profiles of these numbers, in the order of the numbers given."""
    found: dict[int, Stored] = {}
    for start in range(0, len(numbers), _CHUNK):
        part = list(numbers[start : start + _CHUNK])
        rows = snapshot.connection.execute(_PROFILES, {"workspace": snapshot.workspace, "numbers": part}).all()
        for number, golden_id, key_id, sealed, wrapped in rows:
            found[number] = Stored(number, golden_id, _opened(snapshot, key_id, sealed, wrapped))
    return [found[number] for number in numbers if number in found]


def _opened(snapshot: Snapshot, key_id: str, sealed: bytes | None, wrapped: bytes | None) -> bytes | None:
    if sealed is None or wrapped is None:
        return None
    vault = snapshot.store.vault
    try:
        return vault.open(vault.open_key(key_id, wrapped), PROFILE_PLACE, sealed)
    except WrongKey:
        raise
    except Unreadable:
        return None


def lead_values(snapshot: Snapshot, golden_id: str) -> dict[str, GoldenValue] | None:
    """What is known of a living lead; None where it is none, or was erased."""
    golden = table_of(GoldenRow)
    row = snapshot.first(select(golden).where(golden.c.workspace == snapshot.workspace, golden.c.id == golden_id))
    return None if row is None else _values(snapshot, row)


def crowds_of(snapshot: Snapshot, digests: Collection[bytes]) -> dict[bytes, Crowd]:
    """Which of these keys are known to be crowded."""
    crowd = table_of(MatchCrowdRow)
    wanted, found = list(digests), {}
    for start in range(0, len(wanted), _CHUNK):
        here = (crowd.c.workspace == snapshot.workspace) & crowd.c.digest.in_(wanted[start : start + _CHUNK])
        for row in snapshot.all(select(crowd).where(here)):
            found[bytes(row.digest)] = Crowd(row.beyond, row.since, row.recent)
    return found


def partners_of(snapshot: Snapshot, golden_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """The other ids of the pairs that these records are in, each with the pair's state; obsolete ones are left out."""
    pair = table_of(ReviewPairRow)
    found: dict[str, dict[str, str]] = {}
    columns = (pair.c.left_id, pair.c.right_id, pair.c.state)
    for start in range(0, len(golden_ids), _CHUNK):
        part = list(golden_ids[start : start + _CHUNK])
        for side in (pair.c.left_id, pair.c.right_id):
            here = (pair.c.workspace == snapshot.workspace) & side.in_(part) & (pair.c.state != OBSOLETE)
            for left, right, state in snapshot.all(select(*columns).where(here)):
                found.setdefault(left, {})[right] = state
                found.setdefault(right, {})[left] = state
    return found


def numbers_of(snapshot: Snapshot, golden_ids: Iterable[str]) -> dict[str, int]:
    """The numbers of these records' profiles; those without one are absent."""
    return {golden_id: matched.number for golden_id, matched in matched_before(snapshot, list(golden_ids)).items()}


@dataclass(frozen=True, slots=True)
class PairView:
    """A pair of golden records as it is reviewed."""

    left_id: str
    right_id: str
    score: float
    probability: float
    parts: tuple[tuple[str, str, float], ...]
    state: str
    created_at: datetime | None
    decided_at: datetime | None
    decided_by: str | None


def open_pairs(snapshot: Snapshot, limit: int, but: Collection[tuple[str, str]] = ()) -> list[PairView]:
    """The pairs that wait for an answer, the likeliest first."""
    pair = table_of(ReviewPairRow)
    mine = (pair.c.workspace == snapshot.workspace, pair.c.state == OPEN)
    order = (pair.c.score.desc(), pair.c.left_id, pair.c.right_id)
    rows = snapshot.all(select(pair).where(*mine).order_by(*order).limit(limit + len(but)))
    return [_view(row) for row in rows if (row.left_id, row.right_id) not in but][:limit]


def pair_of(snapshot: Snapshot, left_id: str, right_id: str) -> PairView | None:
    """One pair, whatever its state; None when the two were never proposed."""
    pair = table_of(ReviewPairRow)
    mine = (pair.c.workspace == snapshot.workspace, pair.c.left_id == left_id, pair.c.right_id == right_id)
    row = snapshot.first(select(pair).where(*mine))
    return None if row is None else _view(row)


def answered_pairs(snapshot: Snapshot) -> list[PairView]:
    """The pairs that a person answered, oldest answer first: what a model can be trained on."""
    pair = table_of(ReviewPairRow)
    mine = (pair.c.workspace == snapshot.workspace, or_(pair.c.state == SAME, pair.c.state == DIFFERENT))
    rows = snapshot.all(select(pair).where(*mine).order_by(pair.c.decided_at, pair.c.left_id, pair.c.right_id))
    return [_view(row) for row in rows if row.decided_by != "model"]


def _view(row: Any) -> PairView:
    parts = tuple((str(name), str(level), float(weight)) for name, level, weight in row.parts or ())
    states = (row.state, row.created_at, row.decided_at, row.decided_by)
    return PairView(row.left_id, row.right_id, row.score, row.probability, parts, *states)
