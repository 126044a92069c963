"""A CSV file dropped into the folder, until every row is delivered to both CRMs of the sandbox: speed and memory.

Compared with csv.DictReader that only reads the same file, and with the naive way (read a row, call each CRM for it),
measured on a slice. Memory is the peak of the whole process tree, for a small and for a large file.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that `python benchmarks/import_file.py` works too

from benchmarks.support.figures import Figure, Printer, parse
from benchmarks.support.load import person
from benchmarks.support.naive import deliver_one_by_one
from benchmarks.support.processes import PeakRss, wait_for
from benchmarks.support.site import Site, make_site, new_run_id, serving
from benchmarks.support.stand_ins import StandIns, stand_ins

NAIVE_ROWS = 500
PATIENCE_SECONDS = 1_800.0
_COLUMNS = ("email", "first_name", "last_name", "company", "phone", "message")


@dataclass(frozen=True, slots=True)
class Import:
    """One import, measured from the moment the file lay there."""

    rows: int
    seconds: float
    decided_seconds: float
    peak_mb: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    wanted = parse(__doc__ or "", arguments)
    printer = Printer(as_json=wanted.json)
    small, large = (200, 2_500) if wanted.quick else (10_000, 100_000)
    with tempfile.TemporaryDirectory(prefix="leadloom-bench-") as name:
        folder = Path(name)
        little, big = (_import(printer, folder / str(rows), rows) for rows in (small, large))
        reading = _reading_alone(folder, large)
        naive = _naive(folder, min(NAIVE_ROWS, small))
    per_second = large / big.seconds
    versus = f"one call per row and CRM: {naive:,.0f} rows/s"
    printer.show(Figure("csv_rows_per_second", round(per_second), "rows/s", versus, round(per_second / naive, 2)))
    versus = f"csv.DictReader that only reads: {reading:,.0f} rows/s"
    printer.show(Figure("csv_rows_per_second_vs_reading", round(per_second), "rows/s", versus, round(per_second / reading, 5)))
    versus = f"with {small:,} rows: {little.peak_mb:.0f} MiB"
    printer.show(Figure("csv_peak_memory", round(big.peak_mb, 1), "MiB", versus, round(big.peak_mb / little.peak_mb, 2), "does not grow"))
    return 0


def _import(printer: Printer, folder: Path, rows: int) -> Import:
    folder.mkdir()
    with stand_ins(folder) as served:
        site = make_site(folder / "site", served, polled=True)
        with serving(site) as server, PeakRss(server.pid) as peak:
            _write(folder / "leads.csv", rows)
            start = time.perf_counter()
            (folder / "leads.csv").rename(site.drop / "leads.csv")
            wait_for("all rows to come in", lambda: _is_decided(site, rows), PATIENCE_SECONDS, 0.2)
            decided = time.perf_counter() - start
            wait_for("all rows to be delivered", lambda: site.is_level(rows), PATIENCE_SECONDS, 0.2)
            seconds = time.perf_counter() - start
        _prove(served, rows)
    printer.say(
        f"  {rows:,} rows: decided after {decided:.1f} s, in both CRMs after {seconds:.1f} s "
        f"({rows / seconds:,.0f} rows/s), peak {peak.mb:.0f} MiB"
    )
    return Import(rows, seconds, decided, peak.mb)


def _is_decided(site: Site, rows: int) -> bool:
    states = site.counts("inbox")
    return sum(states.values()) >= rows and not states.keys() & {"ready", "to_read"}


def _prove(served: StandIns, rows: int) -> None:
    held = served.counts()
    if held != (rows, rows):
        raise RuntimeError(f"of {rows} rows Salesforce holds {held[0]} and HubSpot {held[1]}")


def _write(path: Path, rows: int) -> None:
    run = new_run_id()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _COLUMNS)
        writer.writeheader()
        writer.writerows(person(run, number) for number in range(rows))


def _reading_alone(folder: Path, rows: int) -> float:
    """Rows a second of csv.DictReader; the best of three."""
    path = folder / "alone.csv"
    _write(path, rows)
    return max(_read(path) for _ in range(3))


def _read(path: Path) -> float:
    start = time.perf_counter()
    with path.open(newline="", encoding="utf-8") as file:
        count = sum(1 for _ in csv.DictReader(file))
    return count / (time.perf_counter() - start)


def _naive(folder: Path, rows: int) -> float:
    """Rows a second of a script that reads a row and calls each CRM for it."""
    path = folder / "naive.csv"
    _write(path, rows)
    place = folder / "naive"
    place.mkdir()
    with stand_ins(place) as served, path.open(newline="", encoding="utf-8") as file:
        start = time.perf_counter()
        return deliver_one_by_one(served, csv.DictReader(file)) / (time.perf_counter() - start)


if __name__ == "__main__":
    sys.exit(main())
