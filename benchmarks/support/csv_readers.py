"""Reading a CSV file from end to end and keeping nothing, each way in a process of its own, so that its peak memory is its own.

`python -m benchmarks.support.csv_readers ours|dictreader|polars FILE [PEERS]` prints rows, seconds and MiB as JSON.
"""

from __future__ import annotations

import csv
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.support.processes import ROOT
from core.contract import ObjectName

NOT_INSTALLED = 3
"""The exit code for a way whose library is not there."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way's pass over the file."""

    rows: int
    seconds: float
    peak_mb: float

    @property
    def per_second(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


def read(way: str, path: Path, peers: Path) -> Reading | None:
    """Read the file in a new process; None when the way is not installed. The folder of `path` must hold nothing else."""
    command = [sys.executable, "-m", "benchmarks.support.csv_readers", way, str(path), str(peers)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=3_600)
    if done.returncode == NOT_INSTALLED:
        return None
    if done.returncode != 0:
        raise RuntimeError(f"reading with {way} failed: {done.stderr.decode()[-2000:]}")
    return Reading(**json.loads(done.stdout))


def _ours(path: Path) -> int:
    from connectors.spreadsheet.connector import SpreadsheetConnector
    from connectors.spreadsheet.settings import SpreadsheetSettings
    from tests.support.http import HandClock
    from tests.support.memory_bench import quiet_context

    settings = SpreadsheetSettings(folder=path.parent, complete="now")
    pages = SpreadsheetConnector(settings, quiet_context(HandClock())).read(ObjectName("row"), None)
    return sum(len(page.changes) for page in pages)


def _dict_reader(path: Path) -> int:
    with path.open(newline="", encoding="utf-8") as file:
        return sum(1 for _ in csv.DictReader(file))


def _polars(path: Path) -> int:
    import polars  # type: ignore[import-not-found,unused-ignore]

    return int(polars.read_csv(path, infer_schema=False).height)


WAYS: Mapping[str, Callable[[Path], int]] = {"ours": _ours, "dictreader": _dict_reader, "polars": _polars}


def main(way: str, path: str, peers: str) -> int:
    """Entry of the reading process."""
    sys.path.append(peers)
    start = time.perf_counter()
    try:
        rows = WAYS[way](Path(path))
    except ModuleNotFoundError:
        return NOT_INSTALLED
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    print(json.dumps(asdict(Reading(rows, seconds, peak))))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
