"""Who stands twice among many rows: `leadloom dedupe FILE` against Splink alone with its usual settings, on the same file.

Each reads the CSV file and ends with groups, in a process of its own whose time and peak memory are measured; nobody is tuned.
`--rows 1000000` is the size that is quoted; the default is smaller.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that `python benchmarks/identity_bulk.py` works too

from benchmarks.support.bulk_contenders import CONTENDERS, OURS, PEER
from benchmarks.support.crm_people import People, Recipe
from benchmarks.support.figures import Figure, Printer, add_arguments
from benchmarks.support.processes import ROOT

ROWS, QUICK_ROWS = 100_000, 5_000
RECORDS_A_PERSON = 1.9
"""A little less than people of the recipe have, so that there are always enough."""
USUAL = Recipe(seed=11)
BAR = "<= 1.2"
_LOOKING_S = 0.1
"""So often the memory is looked at."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure both, and print."""
    wanted = _parse(arguments)
    if wanted.contender:
        print(json.dumps(CONTENDERS[wanted.contender](wanted.file)))
        return 0
    printer = Printer(as_json=wanted.json)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "people.csv"
        count = write_rows(file, wanted.rows or (QUICK_ROWS if wanted.quick else ROWS))
        printer.say(f"{count:,} rows, load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        measured = {name: _run(name, file, printer) for name in CONTENDERS}
    ours, peer = measured[OURS], measured[PEER]
    for figure, unit in (("bulk_wall_s", "s"), ("bulk_peak_mb", "MB")):
        printer.show(Figure(figure, round(ours[figure], 1), unit, PEER, ours[figure] / peer[figure], BAR))
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    parser.add_argument("--rows", type=int, metavar="N", help=f"rows of the file (default {ROWS:,})")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def write_rows(file: Path, count: int) -> int:
    """Write so many rows of invented people; companies grow with the people."""
    people = int(count / RECORDS_A_PERSON) + 1
    rows = People(Recipe(seed=USUAL.seed, people=people, companies=max(20, people * USUAL.companies // USUAL.people))).rows()[:count]
    names = [name for name in rows[0] if name != "entity"]
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def _run(name: str, file: Path, printer: Printer) -> dict[str, float]:
    """Let one contender work in a process of its own: seconds with the start of Python, and the peak of memory."""
    command = [sys.executable, str(Path(__file__)), "--contender", name, "--file", str(file)]
    start, peak = time.perf_counter(), 0.0
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output)
        while process.poll() is None:
            peak = max(peak, held_mb(process.pid))
            time.sleep(_LOOKING_S)
        seconds = time.perf_counter() - start
        if process.returncode:
            raise SystemExit(f"{name} failed.")
        output.seek(0)
        told: dict[str, float] = json.loads(output.read().splitlines()[-1])
    parts = ", ".join(f"{key} {value:,.1f}" for key, value in told.items())
    printer.say(f"  {name}: {seconds:.1f} s, peak {peak:,.0f} MB ({parts})")
    return {"bulk_wall_s": seconds, "bulk_peak_mb": peak}


def held_mb(root: int) -> float:
    """The memory that a process and all that it started hold now, shared pages counted in each, in MB (Linux)."""
    parents: dict[int, int] = {}
    pages: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):  # it ended meanwhile
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                pages[int(folder.name)] = int((folder / "statm").read_text().split()[1])
    mine = {root}
    while more := {each for each, parent in parents.items() if parent in mine} - mine:
        mine |= more
    return sum(pages.get(each, 0) for each in mine) * os.sysconf("SC_PAGE_SIZE") / 1024**2


if __name__ == "__main__":
    sys.exit(main())
