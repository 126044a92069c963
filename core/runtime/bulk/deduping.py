"""`leadloom dedupe`: who stands twice in the store or in a file, as a plan to review; and carrying a reviewed plan out."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from core.flow.identity.clusters import APART, LEAST, Linkage, group
from core.flow.identity.model import Model, probability
from core.flow.identity.profile import Profile, unpack
from core.flow.identity.training import fit_cautiously
from core.flow.pipeline import Rules
from core.flow.regrouping import CannotMerge
from core.model.ids import GoldenId
from core.model.records import Scalar
from core.model.vocabulary import Subject
from core.runtime.bulk.bench import Progress, Workbench
from core.runtime.bulk.plan import Costs, DedupePlan, PlannedGroup, groups_of
from core.runtime.bulk.preparing import Record, Refine
from core.runtime.desk.merging import BROUGHT_LEVEL, MERGED_THERE, AlreadyOne, ToldApart, merge, plan_merge
from core.runtime.installation import Busy
from core.store.queries.decision import lead_versions
from core.store.queries.merging import all_told_apart, living, told_apart
from core.store.queries.plain_values import values_of
from core.store.store import Store

_AT_ONCE = 500
_COSTED = 300
"""So many merges are planned one by one to see what they cost; more are scaled up from them."""
STORE = "the store"


@dataclass(frozen=True, slots=True)
class Options:
    """How groups are made: from which probability, and how the pairs between two groups count."""

    threshold: float = 0.5
    linkage: Linkage = Linkage.AVERAGE
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a plan: merges made now, found done already, and refused, each with why."""

    merged: int
    known: int
    refused: tuple[tuple[str, str, str], ...]


class Source(Protocol):
    """Records that are not of the store."""

    @property
    def name(self) -> str:
        """What the plan calls it."""

    @property
    def refine(self) -> Refine | None:
        """What makes the values canonical."""

    def records(self) -> Iterator[Record]:
        """All records, each time in the same order."""

    def fingerprint(self) -> str:
        """Says whether the records are what they were."""

    def expected(self) -> int:
        """About how many there are, for the progress."""


def plan_store(store: Store, rules: Rules, folder: Path, options: Options, tell: tuple[str, Progress]) -> DedupePlan:
    """Compare all people of the store with each other. What people told apart stays apart. Raises ConfigInvalid.

    `tell` is the time as it is written into the plan, and who hears of progress. Stopped and run again with the store as it
    was, it goes on.
    """
    made_at, progress = tell
    with store.snapshot() as snapshot:
        apart, versions = all_told_apart(snapshot), lead_versions(snapshot)
    ids = [each for each, _ in versions]
    with working(folder, _fingerprint(versions)) as here:
        groups, compared = _groups(here, (_values(store, ids), None, len(ids)), options, progress, apart)
    return DedupePlan(
        STORE, made_at, compared[0], compared[1], options.threshold, options.linkage.value, groups, _costs(store, rules, groups, progress)
    )


def plan_records(source: Source, folder: Path, options: Options, tell: tuple[str, Progress]) -> DedupePlan:
    """Compare all records of a file with each other; nothing of the store is looked at. Raises ConfigInvalid."""
    made_at, progress = tell
    with working(folder, source.fingerprint()) as here:
        groups, compared = _groups(here, (source.records(), source.refine, source.expected()), options, progress)
    merges = sum(len(each.members) - 1 for each in groups)
    return DedupePlan(source.name, made_at, compared[0], compared[1], options.threshold, options.linkage.value, groups, Costs(merges))


def apply(store: Store, rules: Rules, plan: DedupePlan, by: str, tell: tuple[Callable[[], datetime], Progress]) -> Applied:
    """Merge what a reviewed plan says, in the name of whom it names (`person:NAME`); a plan that was stopped goes on where it was.

    Each merge is an ordinary one: with its history, and taken back by `unmerge`. `tell` is the clock, and who hears of progress.
    """
    now, progress = tell
    merged, known = 0, 0
    refused: list[tuple[str, str, str]] = []
    pairs = [(each.members[0], other) for each in plan.groups for other in each.members[1:]]
    for number, (one, other) in enumerate(pairs):
        try:
            _refuse_apart(store, (GoldenId(one), GoldenId(other)))
            merge(store, rules, (GoldenId(one), GoldenId(other)), by=by, why=f"dedupe of {plan.made_at}", now=now())
            merged += 1
        except AlreadyOne:
            known += 1
        except CannotMerge as error:
            refused.append((one, other, str(error)))
        progress("Merging", (number + 1) / len(pairs))
    return Applied(merged, known, tuple(refused))


def _refuse_apart(store: Store, pair: tuple[GoldenId, GoldenId]) -> None:
    """Raise ToldApart for two whom a person told apart since the plan was made: whoever carries out many looks not at each."""
    with store.snapshot() as snapshot:
        now = tuple(living(snapshot, each) for each in pair)
        if None not in now and now[0] != now[1] and told_apart(snapshot, {each for each in now if each is not None}):
            raise ToldApart("A person said since then that they are different.")


@contextmanager
def working(folder: Path, fingerprint: str) -> Iterator[Path]:
    """A folder for what has been compared, kept when the work is stopped and taken away when it is done; others' are too old.

    Raises Busy while another process works there.
    """
    mine = folder / fingerprint[:24]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy(f"Another `leadloom dedupe` works in {folder}. Wait until it is done, or stop it.") from error
        for other in folder.iterdir():
            if other != mine and other.is_dir():
                shutil.rmtree(other)
        mine.mkdir(exist_ok=True)
        yield mine
        shutil.rmtree(mine)


def _groups(
    folder: Path,
    told: tuple[Iterable[Record], Refine | None, int],
    options: Options,
    progress: Progress,
    apart: Sequence[tuple[str, str]] = (),
) -> tuple[tuple[PlannedGroup, ...], tuple[int, int]]:
    """The groups, and how many records and pairs were compared."""
    records, refine, expected = told
    bench = Workbench(folder, threads=options.threads)
    try:
        bench.load(records, refine, progress, expected)
        count = len(bench.ids)
        model = Model.default().for_records(max(count, 2))
        compared = bench.compare(model, progress)
        progress("Weighing", 0.0)
        fitted = fit_cautiously(model, compared.observed, bench.shareable())
        pairs = bench.likely(fitted, min(LEAST, options.threshold))
        numbers = {each: number for number, each in enumerate(bench.ids)}
        parted = [(numbers[one], numbers[other]) for one, other in apart if one in numbers and other in numbers]
        pairs |= {(min(pair), max(pair)): APART for pair in parted}
        likelihood = _Likelihood(bench, fitted, pairs)
        clusters = group(count, pairs, threshold=options.threshold, linkage=options.linkage, likelihood=likelihood)
        return groups_of(clusters, pairs, bench.ids), (count, compared.pairs)
    finally:
        bench.close()


class _Likelihood:
    """The probability of pairs within a group that share no key; the profiles are read when the first is asked for."""

    def __init__(self, bench: Workbench, model: Model, pairs: Mapping[tuple[int, int], float]) -> None:
        self._bench = bench
        self._model = model.with_frequencies(bench.frequencies())
        self._wanted = {number for pair in pairs for number in pair}
        self._packed: dict[int, bytes] | None = None
        self._profile = lru_cache(maxsize=1_000)(self._opened)

    def __call__(self, one: int, other: int) -> float:
        return probability(self._model.logit(self._profile(one), self._profile(other)))

    def _opened(self, number: int) -> Profile:
        """A group's records are compared with each other one after the other, so that few are opened twice."""
        if self._packed is None:
            self._packed = self._bench.packed(sorted(self._wanted))
        return unpack(self._packed[number])


def _values(store: Store, ids: Sequence[str]) -> Iterator[tuple[str, Mapping[str, Scalar]]]:
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        with store.snapshot() as snapshot:
            found = values_of(snapshot, part, Subject.LEAD)
        yield from ((each, found[each]) for each in part if each in found)


def people_of(store: Store, ids: Sequence[str]) -> Mapping[str, Mapping[str, Scalar]]:
    """The values of some people of the store, to be shown."""
    return dict(_values(store, ids))


def _fingerprint(versions: Sequence[tuple[str, int]]) -> str:
    """Says whether the store is as it was: any record that changed, came or went makes another one."""
    digest = hashlib.sha256()
    for each, version in versions:
        digest.update(f"{each} {version}\n".encode())
    return digest.hexdigest()


def _costs(store: Store, rules: Rules, groups: Sequence[PlannedGroup], progress: Progress) -> Costs:
    pairs = [(GoldenId(each.members[0]), GoldenId(other)) for each in groups for other in each.members[1:]]
    there: Counter[str] = Counter()
    level: Counter[str] = Counter()
    costed = pairs[:_COSTED]
    for number, pair in enumerate(costed):
        try:
            links = plan_merge(store, rules, pair).links
        except CannotMerge:
            continue  # gone while the records were compared
        for link in links:
            there[link.connection] += link.what == MERGED_THERE
            level[link.connection] += link.what == BROUGHT_LEVEL
        progress("Counting the costs", (number + 1) / len(costed))
    scale = len(pairs) / max(len(costed), 1)
    return Costs(len(pairs), _scaled(there, scale), _scaled(level, scale), len(costed))


def _scaled(counts: Mapping[str, int], scale: float) -> dict[str, int]:
    return {connection: round(count * scale) for connection, count in sorted(counts.items()) if count}
