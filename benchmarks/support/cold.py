"""Cold start: from the start of `leadloom serve` to its first accepted lead, beside a process that imports FastAPI and answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.support.load import Plan, requests
from benchmarks.support.processes import running
from benchmarks.support.site import SERVE, Site, make_site, new_run_id
from benchmarks.support.wire import post


def measure_cold_start(folder: Path, rounds: int) -> tuple[float, float, float]:
    """Median seconds of Leadloom and of bare FastAPI, and the median of their ratios; each round starts both anew.

    Each round's database is new, as on a fresh machine; one start beforehand compiles the byte code for both.
    """
    folder.mkdir(parents=True)
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(rounds + 1):
        site = make_site(folder / f"site{number}", None)
        ours.append(_leadloom(site))
        theirs.append(_bare(folder / f"bare{number}.url"))
    ours, theirs = ours[1:], theirs[1:]
    return median(ours), median(theirs), median(a / b for a, b in zip(ours, theirs, strict=True))


def _leadloom(site: Site) -> float:
    start = time.perf_counter()
    with running([*SERVE, "--config", str(site.config), "--port", "0"], log=site.folder / "serve.log"):
        return _until_accepted(site.url, start)


def _bare(address: Path) -> float:
    start = time.perf_counter()
    with running(["-m", "benchmarks.support.bare", "fastapi", str(address)]):
        return _until_accepted(address.read_text, start)


def _until_accepted(url: Callable[[], str], start: float) -> float:
    while time.perf_counter() - start < 60:
        try:
            address = url()
            (request,) = requests(Plan(address, new_run_id(), 1), time.time())
            if post(address, request).startswith(b"HTTP/1.1 2"):
                return time.perf_counter() - start
        except (OSError, ValueError):
            pass
        time.sleep(0.005)
    raise TimeoutError("no lead was accepted within a minute")
