"""Webhook intake with durable acknowledgement against a handler that checks and stores nothing; memory; cold start.

Same server with the same settings, same load generator, concurrency 64, rounds in turn (A B C, A B C, ...) with the servers that
are not measured held still; the figures are medians over the rounds. Durable means: signature checked, sealed, and
on disk (fsync) before the 2xx. The bare handlers are a route of FastAPI and, for the floor, an ASGI function without any framework;
the real door is an ASGI application before FastAPI.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from subprocess import Popen

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that `python benchmarks/intake.py` works too

from benchmarks.support.cold import measure_cold_start
from benchmarks.support.figures import Figure, Printer, parse
from benchmarks.support.lanes import deciding_held
from benchmarks.support.load import Measured, Plan, fire
from benchmarks.support.processes import cpu_seconds, rss_mb, rss_mb_alone, running, suspended, tree, wait_for
from benchmarks.support.site import make_site, new_run_id, serving
from benchmarks.support.stand_ins import stand_ins

BACKLOG = 3_000
"""Leads that wait before the busy rounds, so that the lanes have work from their first moment."""


SETTLE_SECONDS = 2.0
"""What a process does right after its start is over by then."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much to do: rounds, and requests a round."""

    rounds: int
    requests: int


@dataclass(frozen=True, slots=True)
class Contender:
    """A server under load."""

    name: str
    process: Popen[bytes]
    url: Callable[[], str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything and print it."""
    wanted = parse(__doc__ or "", arguments)
    printer = Printer(as_json=wanted.json)
    size = Size(2, 600) if wanted.quick else Size(7, 6_000)
    with tempfile.TemporaryDirectory(prefix="leadloom-bench-") as name:
        folder = Path(name)
        _memory(printer, folder / "memory")
        _cold_start(printer, folder / "cold", 1 if wanted.quick else 5)
        _throughput(printer, folder / "load", size)
    return 0


def _memory(printer: Printer, folder: Path) -> None:
    """The whole process tree, idle: before anything was delivered, after one lead went to each CRM, and once the engine ended."""
    folder.mkdir()
    with stand_ins(folder) as served:
        site = make_site(folder / "site", served, idle_stop_seconds=4 * SETTLE_SECONDS)
        with serving(site) as server:
            time.sleep(SETTLE_SECONDS)
            fresh = rss_mb(server.pid)
            _shoot(Contender("durable intake", server, site.url), 1)
            wait_for("the first lead in both CRMs", lambda: site.is_level(1) and served.counts() == (1, 1))
            time.sleep(SETTLE_SECONDS)
            printer.say(f"  server and engine: {', '.join(f'{rss_mb_alone(pid):.0f} MiB' for pid in tree(server.pid))}")
            used = rss_mb(server.pid)
            wait_for("the idle engine's end", lambda: len(tree(server.pid)) == 1, 120)
            ended = rss_mb(server.pid)
        with bare(folder, "fastapi") as other:
            _shoot(other, 1)
            theirs = rss_mb(other.process.pid)
    printer.show(Figure("idle_rss_mb", round(fresh, 1), "MiB", f"bare FastAPI: {theirs:.0f} MiB", round(fresh / theirs, 2), "<= 110"))
    versus = f"before the first delivery: {fresh:.0f} MiB"
    printer.show(Figure("idle_rss_mb_after_deliveries", round(used, 1), "MiB", versus, round(used / fresh, 2), "<= 160"))
    versus = f"while the engine waits for more: {used:.0f} MiB"
    printer.show(Figure("idle_rss_mb_engine_ended", round(ended, 1), "MiB", versus, round(ended / used, 2), "<= 160"))
    both_ways = _two_way_memory(folder / "two-way")
    versus = f"where the CRMs are written to only: {used:.0f} MiB"
    printer.show(Figure("idle_rss_mb_two_way", round(both_ways, 1), "MiB", versus, round(both_ways / used, 2)))


def _two_way_memory(folder: Path) -> float:
    """The same installation where both CRMs are read, too: its engine stays, because every minute there is a poll."""
    folder.mkdir()
    with stand_ins(folder) as served:
        site = make_site(folder / "site", served, two_way=True)
        with serving(site) as server:
            fire(Plan(site.url(), new_run_id(), 1))
            wait_for("the first lead in both CRMs", lambda: site.is_level(1) and served.counts() == (1, 1))
            time.sleep(SETTLE_SECONDS)
            return rss_mb(server.pid)


def _cold_start(printer: Printer, folder: Path, rounds: int) -> None:
    ours, theirs, ratio = measure_cold_start(folder, rounds)
    versus = f"import of FastAPI to a bare handler's first answer: {theirs:.2f} s"
    printer.show(Figure("cold_start_s", round(ours, 2), "s", versus, round(ratio, 2), "<= 1.5"))


def _throughput(printer: Printer, folder: Path, size: Size) -> None:
    with ExitStack() as stack:
        folder.mkdir()
        served = stack.enter_context(stand_ins(folder))
        site = make_site(folder / "site", served)
        durable = Contender("durable intake", stack.enter_context(serving(site)), site.url)
        fastapi, asgi = (stack.enter_context(bare(folder, kind)) for kind in ("fastapi", "asgi"))
        for each in (durable, fastapi, asgi):
            _shoot(each, 500)
        wait_for("the first leads", lambda: site.is_level(500))
        with deciding_held(site):
            idle = _rounds(printer, "idle", (fastapi, durable, asgi), size)
        _shoot(durable, BACKLOG)
        busy = _rounds(printer, "busy", (fastapi, durable, asgi), size)
        _show(printer, "durable_intake_vs_bare", idle, ">= 0.7")
        _show(printer, "durable_intake_vs_bare_busy", busy, ">= 0.4")
        done = site.counts("inbox")
        printer.say(f"  leads decided when the load ended: {done.get('done', 0):,} of {sum(done.values()):,}")


Results = dict[str, list[Measured]]


def _rounds(printer: Printer, title: str, contenders: Sequence[Contender], size: Size) -> Results:
    results: Results = {each.name: [] for each in contenders}
    for number in range(size.rounds):
        for each in contenders:
            with ExitStack() as still:
                for other in contenders:
                    if other is not each:
                        still.enter_context(suspended(other.process))
                before = cpu_seconds(each.process.pid)
                measured = _shoot(each, size.requests)
                cpu = (cpu_seconds(each.process.pid) - before) / size.requests * 1e6
            results[each.name].append(measured)
            printer.say(
                f"  {title} {number + 1}: {each.name:<15} {measured.per_second:7,.0f}/s  "
                f"p50 {measured.p50_ms:6.1f} ms  p99 {measured.p99_ms:6.1f} ms  {cpu:5,.0f} CPU µs each"
            )
    return results


def _shoot(contender: Contender, count: int) -> Measured:
    measured = fire(Plan(contender.url(), new_run_id(), count))
    if measured.refused:
        raise RuntimeError(f"{contender.name} refused {measured.refused} of {count} requests")
    return measured


def _show(printer: Printer, figure: str, results: Results, bar: str) -> None:
    durable = results["durable intake"]
    for name, suffix in (("bare FastAPI", ""), ("raw ASGI", "_raw_asgi")):
        ratio = median(ours.per_second / theirs.per_second for ours, theirs in zip(durable, results[name], strict=True))
        value = median(each.per_second for each in durable)
        other = median(each.per_second for each in results[name])
        versus = f"{name} handler: {other:,.0f} requests/s"
        printer.show(Figure(figure + suffix, round(value), "requests/s", versus, round(ratio, 3), None if suffix else bar))
    for field in ("p50_ms", "p99_ms"):
        ours, theirs = (median(getattr(each, field) for each in results[name]) for name in ("durable intake", "bare FastAPI"))
        versus = f"bare FastAPI handler: {theirs:.1f} ms"
        printer.show(Figure(f"{figure}_{field.removesuffix('_ms')}", round(ours, 1), "ms", versus, round(ours / theirs, 2)))


@contextmanager
def bare(folder: Path, kind: str) -> Iterator[Contender]:
    """Run one of the handlers of `benchmarks.support.bare`."""
    address = folder / f"{kind}.url"
    with running(["-m", "benchmarks.support.bare", kind, str(address)], log=folder / f"{kind}.log") as process:
        wait_for(f"the bare {kind} server", lambda: address.exists() and bool(address.read_text()))
        yield Contender("bare FastAPI" if kind == "fastapi" else "raw ASGI", process, address.read_text)


if __name__ == "__main__":
    sys.exit(main())
