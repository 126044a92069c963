"""How long one new lead takes to be compared with all that are stored, through the product's own store code.

Invented people are stored as the match lane would have: sealed profiles under a key per person, keys as 8-byte digests, 200
postings a key at most. Leads that were kept apart are then matched one by one, nothing written: the keys of the profile are
made and looked up, the likeliest records are opened, read and scored; what making the profile takes is told apart. Times are
the processor's, all of it (SQLite works in the thread that asks), the quickest of three; those by the clock are told.
`versus` is the exact look-up of the e-mail address in the same run. `candidate_recall` is the share of the pairs of one
person that the candidates hold. A table that grew lead by lead is about a third larger than this one, which is filled in
order. Default sizes are 100,000 and 1,000,000 stored leads; `--quick` takes 5,000, `--count` another one.
"""

from __future__ import annotations

import argparse
import gc
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that `python benchmarks/identity_latency.py` works too

from benchmarks.support.crm_people import People, Recipe, Row
from benchmarks.support.figures import Figure, Printer, add_arguments, percentile
from core.flow.identity.candidates import MOST_POSTINGS, joined, ranked
from core.flow.identity.profile import Profile, pack, profile_of, unpack
from core.model.records import IdentityKey
from core.runtime.lanes.match_batch import digests_of
from core.runtime.lanes.match_bounds import MatchBounds
from core.runtime.lanes.match_judge import Judge
from core.store.database import open_prepared, sqlite_url
from core.store.queries.decision import KnownPeople
from core.store.queries.matching import PROFILE_PLACE, postings_of, profiles_at
from core.store.store import Snapshot, Store
from core.store.vault import GcmVault
from core.store.writer import GroupWriter

NEW_LEADS = 2_000
TRIES = 3
"""Of each look-up the quickest counts."""
INVENTED = 100_000
"""Records that are invented one by one; more are mixed from them."""
NAMES = {5_000: "5k", 100_000: "100k", 1_000_000: "1m"}
BAR_MS = 2.0


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A lead that is not stored, and the numbers of the stored records of the same person."""

    row: Row
    stored: frozenset[int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    parser.add_argument("--count", type=int, action="append", help="how many leads are stored; may be given several times")
    wanted = parser.parse_args(arguments)
    printer = Printer(as_json=wanted.json)
    for count in wanted.count or ([5_000] if wanted.quick else [100_000, 1_000_000]):
        with tempfile.TemporaryDirectory(prefix="leadloom-bench-") as name:
            _measure(printer, Path(name) / "leads.db", count)
    return 0


def _measure(printer: Printer, path: Path, count: int) -> None:
    started = time.perf_counter()
    raw = open_prepared(sqlite_url(path))
    store = Store(
        workspace="main", writer=GroupWriter(raw), reader=sqlite_url(path), vault=GcmVault(bytes(range(32))), new_id=lambda: "none"
    )
    before = path.stat().st_size
    newcomers = Filling(store, path, count).fill()
    size = sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*")) - before
    printer.say(f"{count:,} leads stored in {time.perf_counter() - started:.0f} s")
    gc.collect()
    gc.freeze()  # what was only needed to fill the tables is not looked through while the clock runs
    with store.snapshot() as snapshot:
        judge = Judge(snapshot, 1.0)
        exact = [min(_timed_exact(snapshot, each) for _ in range(TRIES)) for each in newcomers]
        found = [min(_timed_match(snapshot, each, judge) for _ in range(TRIES)) for each in newcomers]
    store.close()
    name = NAMES.get(count, str(count))
    making = [_timed_making(each) for each in newcomers]
    printer.show(Figure(f"match_profile_p50_ms_{name}", percentile(making, 0.5), "ms"))
    clock = [each[3] for each in found]
    printer.say(f"by the clock, with whatever else runs here: p50 {percentile(clock, 0.5):.3f} ms, p99 {percentile(clock, 0.99):.3f} ms")
    times, scored = [each[0] for each in found], [each[2] for each in found]
    printer.say(f"compared with {sum(scored) / len(scored):.1f} records on average, {percentile(scored, 0.99):.0f} at p99")
    for share, word in ((0.5, "p50"), (0.99, "p99")):
        value, other = percentile(times, share), percentile(exact, share)
        bar = f"<= {BAR_MS:.0f}" if word == "p99" else None
        printer.show(Figure(f"match_{word}_ms_{name}", value, "ms", f"exact e-mail {other:.3f} ms", value / other, bar))
    printer.show(Figure(f"match_size_mib_{name}", size / 2**20, "MiB"))
    true = sum(len(each.stored) for each in newcomers)
    recall = sum(each[1] for each in found) / max(true, 1)
    suffix = "" if name == "100k" else f"_{name}"
    printer.show(Figure(f"candidate_recall{suffix}", recall, "of 1", bar=">= 0.90"))


def _timed_making(new: Newcomer) -> float:
    row = {**new.row, "email": f"x{new.row['email']}" if new.row["email"] else ""}  # else it would be remembered
    started = time.thread_time()
    profile_of(row)
    return (time.thread_time() - started) * 1e3


def _timed_exact(snapshot: Snapshot, new: Newcomer) -> float:
    started = time.thread_time()
    email = new.row["email"].casefold()
    KnownPeople(snapshot).owners([IdentityKey("email", snapshot.store.vault.digest("email", email))])
    return (time.thread_time() - started) * 1e3


def _timed_match(snapshot: Snapshot, new: Newcomer, judge: Judge) -> tuple[float, int, int, float]:
    """Milliseconds of the processor, how many of the person's records were candidates, how many candidates, milliseconds by the clock."""
    bounds, profile = MatchBounds(), profile_of(new.row)
    began, started = time.perf_counter(), time.thread_time()
    numbers = ranked(postings_of(snapshot, digests_of(snapshot.store, profile)), most=bounds.candidates)
    for stored in profiles_at(snapshot, numbers):
        if stored.packed is not None:
            judge.score(profile, unpack(stored.packed), bounds.review_at)
    spent, passed = time.thread_time() - started, time.perf_counter() - began
    return spent * 1e3, len(new.stored.intersection(numbers)), len(numbers), passed * 1e3


class Filling:
    """Stores invented people in bulk, and keeps some of their records apart as newcomers.

    The first 100,000 are invented one by one. More are mixed from them: another last name, home and birth date, a phone and an
    address of their own, companies of their own; names are as common as among the first.
    """

    def __init__(self, store: Store, path: Path, count: int) -> None:
        """Take the store for its vault, and the file for plain inserts."""
        self._store = store
        self._raw = sqlite3.connect(path, isolation_level=None)
        self._count = count
        self._number = 0

    def fill(self) -> list[Newcomer]:
        """Store as many records as asked for; give the newcomers."""
        self._raw.execute("PRAGMA synchronous=OFF")
        self._raw.execute("BEGIN IMMEDIATE")
        self._raw.execute("CREATE TEMP TABLE posting (digest BLOB, number INTEGER)")
        gc.disable()
        newcomers, invented = self._store_invented(min(self._count, INVENTED))
        mixed = 0
        while self._number < self._count:
            mixed += 1
            for profile in islice(_mixed(invented, mixed), self._count - self._number):
                self._one(profile)
        gc.enable()
        self._keep_postings()
        self._raw.execute("COMMIT")
        self._raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._raw.close()
        return newcomers

    def _store_invented(self, count: int) -> tuple[list[Newcomer], list[Profile]]:
        """Now and then a record is kept apart whose person is stored already."""
        people = count // 2
        rows = People(Recipe(seed=1, people=people, companies=max(50, people // 8))).rows()
        share = max(2, count // NEW_LEADS)
        numbers: dict[str, list[int]] = {}
        apart: list[Row] = []
        invented: list[Profile] = []
        for place, row in enumerate(rows):
            if place % share == 0 and row["entity"] in numbers:
                apart.append(row)
            elif self._number < count:
                invented.append(profile_of(row))
                self._one(invented[-1])
                numbers.setdefault(row["entity"], []).append(self._number)
        return [Newcomer(row, frozenset(numbers[row["entity"]])) for row in apart], invented

    def _one(self, profile: Profile) -> None:
        self._number += 1
        number = self._number
        vault, key_id, golden_id = self._store.vault, f"k{number:025}", f"g{number:025}"
        digests = digests_of(self._store, profile)
        wrapped, (sealed,) = vault.seal_apart(key_id, [(PROFILE_PLACE, pack(profile))])
        run = self._raw.execute
        run("INSERT INTO subject_key (workspace, id, wrapped) VALUES ('main', ?, ?)", (key_id, wrapped))
        values = (number, golden_id, key_id, joined(digests), sealed)
        run("INSERT INTO match_profile VALUES ('main', ?, ?, 1, ?, ?, ?)", values)
        self._raw.executemany("INSERT INTO posting VALUES (?, ?)", [(digest, number) for digest in digests])
        run("INSERT OR IGNORE INTO identity_key VALUES ('main', 'email', ?, ?)", (vault.digest("email", profile.box), golden_id))

    def _keep_postings(self) -> None:
        order = "row_number() OVER (PARTITION BY digest ORDER BY number) AS place"
        ordered = f"SELECT digest, number FROM (SELECT digest, number, {order} FROM posting) WHERE place <= {MOST_POSTINGS}"
        self._raw.execute(f"INSERT INTO match_key SELECT 'main', digest, number FROM ({ordered}) ORDER BY digest, number")
        full = f"SELECT digest, count(*) AS records FROM posting GROUP BY digest HAVING count(*) > {MOST_POSTINGS}"
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.000000")
        self._raw.execute(f"INSERT INTO match_crowd SELECT 'main', digest, records - {MOST_POSTINGS}, '{now}', 0 FROM ({full})")
        self._raw.execute("DROP TABLE posting")


def _mixed(invented: Sequence[Profile], seed: int) -> Iterator[Profile]:
    """Other people of the same names, in other places."""
    random = Random(seed)
    names, homes, births = (random.sample(invented, len(invented)) for _ in range(3))
    for place, (one, name, home, birth) in enumerate(zip(invented, names, homes, births, strict=True)):
        local = f"{one.given}.{name.family}" if one.email_local else ""
        yield replace(
            one,
            family=name.family,
            email_local=local,
            box=f"{local}{seed}x{place}@{one.email_domain}" if one.box and not one.role_email else one.box,
            phones=tuple(f"{phone[:-6]}{random.randrange(10**6):06}" for phone in one.phones),
            company=f"{one.company}{seed}" if one.company else "",
            domain=f"{seed}{one.domain}" if one.domain else "",
            street=home.street,
            house=home.house,
            postal_code=home.postal_code,
            city=home.city,
            birth_date=birth.birth_date,
        )


if __name__ == "__main__":
    sys.exit(main())
