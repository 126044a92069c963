"""Two-way sync: how soon a change is in the other CRM, what it costs in API calls, and what it costs when nothing happens.

Real processes: the server, and both stand-ins in a process of their own at the lowest priority. Latencies run from the
answer to the edit until the other stand-in holds the value. Calls are counted by the stand-ins' journals.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that `python benchmarks/two_way.py` works too

from benchmarks.support.both_ways import BothWays, configure, copy_links, make_two_way_site
from benchmarks.support.deciding import measure_deciding
from benchmarks.support.figures import Figure, Printer, parse, percentile
from benchmarks.support.processes import cpu_seconds_fine, tree, wait_for
from benchmarks.support.site import serving
from benchmarks.support.stand_ins import stand_ins

POLL_SECONDS = 2.0
"""The interval of the latencies by poll."""
LOOK_SECONDS = 0.05
POLLS_AN_HOUR = 60
"""Both manifests suggest a poll a minute."""
SWEEPS_AN_HOUR = {"salesforce": 4, "hubspot": 12}
"""How often the connectors look for what is gone for good: Salesforce's log of deletions, HubSpot's recycle bin."""
SETTLED_SECONDS = 7.0
"""After so long a reading of Salesforce counts that follows a write of ours (the manifest's `settle`), and polls look back less far."""
IDLE_POLLS = 10
BATCH = {"salesforce": 200, "hubspot": 100}
CRMS = ("salesforce", "hubspot")


@dataclass(frozen=True, slots=True)
class Size:
    """How much to do."""

    pushes: int
    polled: int
    people: int
    links: int
    idle_seconds: float


QUICK = Size(pushes=20, polled=20, people=1_000, links=2_000, idle_seconds=65)
FULL = Size(pushes=200, polled=200, people=10_000, links=100_000, idle_seconds=185)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything and print it."""
    wanted = parse(__doc__ or "", arguments)
    printer = Printer(as_json=wanted.json)
    size = QUICK if wanted.quick else FULL
    with tempfile.TemporaryDirectory(prefix="leadloom-bench-") as name:
        _latencies(printer, Path(name) / "latencies", size)
        _costs(printer, Path(name) / "costs", size)
    return 0


def _latencies(printer: Printer, folder: Path, size: Size) -> None:
    folder.mkdir()
    with stand_ins(folder) as served:
        both = BothWays(make_two_way_site(folder / "site", served, 86_400), served)
        both.seed(2 * (size.pushes + size.polled))
        with serving(both.site):
            _first_sync(both)
            both.subscribe()
            pushed = [_carried(both, number, "pushed") for number in range(2 * size.pushes)]
            both.unsubscribe()
        least = [_timed(lambda: both.read_and_write(0, f"least {number}")) for number in range(size.pushes)]  # noqa: B023 - called at once
        _show(printer, "two_way_push", pushed, (median(least) * 1000, "a bare read and write"))
        configure(both.site, poll_seconds=POLL_SECONDS)
        with serving(both.site):
            wait_for("the engine", lambda: _polls(both) > 2, every=0.2)
            polled = _spread(both, range(2 * size.pushes, 2 * (size.pushes + size.polled)))
        _show(printer, "two_way_poll", polled, (POLL_SECONDS * 1000, "the interval of the polls"))


def _first_sync(both: BothWays) -> float:
    """Wait until everybody in both CRMs is tied."""
    people = len(both.ids["hubspot"])
    start = time.perf_counter()
    wait_for(
        "the first links", lambda: int(both.site.query("SELECT count(*) FROM link WHERE state = 'level'")[0][0]) == 2 * people, 3_600, 0.5
    )
    wait_for("the first sync", both.is_at_rest, 600, every=0.2)
    return time.perf_counter() - start


def _carried(both: BothWays, number: int, value: str) -> float:
    """Edit one person in one of the CRMs and give the seconds until the other has it; even ones in HubSpot."""
    crm, other = ("hubspot", "salesforce") if number % 2 == 0 else ("salesforce", "hubspot")
    both.edit(crm, [number], f"{value} {number}")
    start = time.perf_counter()
    wait_for(f"the edit in {crm}", lambda: both.says(other, number) == f"{value} {number}", 120, every=0.005)
    return time.perf_counter() - start


def _spread(both: BothWays, numbers: Sequence[int]) -> list[float]:
    """Edits of other people at random moments of many polls, all watched together: the seconds that each took."""
    chance, left, took = random.Random(7), list(numbers), []
    begun: dict[int, float] = {}
    due = 0.0
    while left or begun:
        now = time.perf_counter()
        if left and now >= due:
            number = left.pop()
            both.edit("hubspot" if number % 2 == 0 else "salesforce", [number], f"polled {number}")
            begun[number] = time.perf_counter()
            due = now + chance.uniform(0.05, 0.45)
        for number in list(begun):
            if both.says("salesforce" if number % 2 == 0 else "hubspot", number) == f"polled {number}":
                took.append(time.perf_counter() - begun.pop(number))
        if begun and now - min(begun.values()) > 120:
            raise TimeoutError("an edit did not arrive within two minutes")
        time.sleep(LOOK_SECONDS)  # each look asks a stand-in, which works on the edits, too
    return took


def _polls(both: BothWays) -> int:
    return sum(both.served.calls(both.served.salesforce).values())


def _timed(act: Callable[[], None]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _show(printer: Printer, name: str, seconds: Sequence[float], beside: tuple[float, str]) -> None:
    other, words = beside
    for share, suffix in ((0.5, "p50_ms"), (0.99, "p99_ms")):
        value = percentile(seconds, share) * 1000
        printer.show(Figure(f"{name}_{suffix}", round(value, 1), "ms", f"{words}: {other:,.0f} ms", round(value / other, 2)))


def _costs(printer: Printer, folder: Path, size: Size) -> None:
    folder.mkdir()
    with stand_ins(folder) as served:
        both = BothWays(make_two_way_site(folder / "site", served, 86_400), served)
        both.seed(size.people)
        with serving(both.site):
            seconds = _first_sync(both)
            printer.say(f"  first sync: {2 * size.people:,} records read, decided and tied in {seconds:.0f} s")
            _calls(printer, both, size)
        time.sleep(SETTLED_SECONDS)
        measure_deciding(printer, both, min(size.people, 4_000))
        served.dial(served.salesforce, "configure", covered_gap=1)
        copy_links(both.site, size.links)
        configure(both.site, poll_seconds=86_400, overlap=False)
        with serving(both.site):
            _idle_calls(printer, both)
        configure(both.site, poll_seconds=None, overlap=False)
        with serving(both.site) as server:
            _idle_cpu(printer, both, server.pid, size)


def _calls(printer: Printer, both: BothWays, size: Size) -> None:
    """Everybody is edited on both sides, each side in another field: a poll brings it over, the next reads our own writes."""
    both.poll()
    everybody = range(size.people)
    both.edit("salesforce", everybody, "Head of Purchasing")
    both.edit("hubspot", everybody, "Ulm")
    both.served.clear_journals()
    before = {crm: both.reread(crm) for crm in CRMS}
    start = time.perf_counter()
    both.poll()
    seconds = time.perf_counter() - start
    both.poll()
    wrong = [
        crm
        for crm, value in (("salesforce", "Ulm"), ("hubspot", "Head of Purchasing"))
        for n in everybody[::97]
        if both.says(crm, n) != value
    ]
    if wrong:
        raise RuntimeError(f"{len(wrong)} edits did not arrive")
    counts = {crm: both.calls(crm) for crm in CRMS}
    reread = {crm: both.reread(crm) - before[crm] for crm in CRMS}
    floors = {crm: _floor(crm, size.people) + ceil(reread[crm] / BATCH[crm]) for crm in CRMS}
    for crm in CRMS:
        words = ", ".join(f"{count} {kind}" for kind, count in sorted(counts[crm].items()))
        printer.say(f"  {crm}: {words}; floor {floors[crm]}, with {reread[crm]:,} records that had to be read once more")
    ours, floor = sum(sum(counts[crm].values()) for crm in CRMS), sum(floors.values())
    printer.say(f"  {2 * size.people:,} edits were over there after {seconds:.0f} s")
    versus = f"floor for {2 * size.people:,} edits: {floor:,} calls"
    printer.show(Figure("calls_vs_floor", ours, "calls", versus, round(ours / floor, 3), "<= 1.2"))


def _floor(crm: str, changes: int) -> int:
    """Full batches of writes, and full pages of what was changed there, once as news and once as our own writes coming back.

    To that come full batches of what had to be read once more, because it was last seen more than 30 seconds before it was
    written. Salesforce gives 2,000 rows a page, HubSpot 200 ids and then 100 records a call; a poll asks Salesforce once for deletions.
    """
    pages = ceil(changes / 2_000) + 1 if crm == "salesforce" else ceil(changes / 200) + ceil(changes / 100)
    return ceil(changes / BATCH[crm]) + 2 * pages


def _idle_calls(printer: Printer, both: BothWays) -> None:
    """Polls of both CRMs with nothing to tell, on demand and many in a row; the hour follows from their intervals."""
    both.poll()
    time.sleep(SETTLED_SECONDS)
    both.poll()
    both.served.clear_journals()
    for _ in range(IDLE_POLLS):
        both.poll()
    for crm in CRMS:
        counts = both.calls(crm)
        sweeps = counts.pop("sweeps", 0)
        an_hour = sum(counts.values()) / IDLE_POLLS * POLLS_AN_HOUR + SWEEPS_AN_HOUR[crm]
        floor = POLLS_AN_HOUR + SWEEPS_AN_HOUR[crm]
        printer.say(f"  {crm}: {dict(counts)} and {sweeps} looks for what is gone in {IDLE_POLLS} idle polls")
        versus = f"{POLLS_AN_HOUR} polls and {SWEEPS_AN_HOUR[crm]} looks for what is gone, one call each: {floor}"
        printer.show(Figure(f"steady_calls_per_hour_{crm}", an_hour, "calls", versus, round(an_hour / floor, 2)))


def _idle_cpu(printer: Printer, both: BothWays, pid: int, size: Size) -> None:
    """The server and its engine, with polls at the connectors' own intervals and nothing changed."""
    wait_for("the engine", lambda: len(tree(pid)) > 1, 30)
    time.sleep(10)
    start, used = time.perf_counter(), cpu_seconds_fine(pid)
    time.sleep(size.idle_seconds)
    share = (cpu_seconds_fine(pid) - used) / (time.perf_counter() - start) * 100
    links = int(both.site.query("SELECT count(*) FROM link")[0][0])
    versus = f"one core, with {links:,} links and a poll of each CRM a minute: 100 %"
    printer.show(Figure("steady_cpu_percent", round(share, 3), "%", versus, round(share / 100, 5), "< 1"))


if __name__ == "__main__":
    sys.exit(main())
