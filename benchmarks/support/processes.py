"""Child processes of a benchmark: started in their own group, looked at, and always stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 20.0
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Compiled code is kept between starts, as it is wherever this is installed."""


@contextmanager
def running(
    arguments: Sequence[str], *, env: Mapping[str, str] | None = None, log: Path | None = None, nice: int = 0
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Python program (`-m ...`) in a process group of its own, and end the group whatever happens."""
    with (log or Path(os.devnull)).open("wb") as output:
        process = subprocess.Popen(
            [*(["nice", "-n", str(nice)] if nice else []), sys.executable, *arguments],
            cwd=ROOT,
            env={**_ENVIRONMENT, "PYTHONPATH": str(ROOT), **(env or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end, and make its whole group end."""
    for number, seconds in ((signal.SIGCONT, 0.0), (signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if number is signal.SIGTERM:
                process.terminate()
            else:
                os.killpg(process.pid, number)
        if seconds:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)


@contextmanager
def suspended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Hold a process and its children still, so that what is measured meanwhile has the machine to itself."""
    os.killpg(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGCONT)


def wait_for(what: str, ready: Callable[[], bool], seconds: float = 60.0, every: float = 0.02) -> float:
    """Wait until `ready` says so and give the seconds that it took; raises TimeoutError naming `what`."""
    start = time.perf_counter()
    while not ready():
        if time.perf_counter() - start > seconds:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(every)
    return time.perf_counter() - start


def tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for child, parent, _, _ in _table():
        children.setdefault(parent, []).append(child)
    found = [pid]
    for known in found:
        found += children.get(known, [])
    return found


def rss_mb(pid: int) -> float:
    """Resident memory of a process tree in MiB; pages that its processes share count in each."""
    members = set(tree(pid))
    return sum(kib for child, _, kib, _ in _table() if child in members) / 1024


def rss_mb_alone(pid: int) -> float:
    """Resident memory of one process in MiB."""
    return sum(kib for child, _, kib, _ in _table() if child == pid) / 1024


def cpu_seconds(pid: int) -> float:
    """Processor time that a process tree has used so far."""
    members = set(tree(pid))
    return sum(seconds for child, _, _, seconds in _table() if child in members)


def cpu_seconds_fine(pid: int) -> float:
    """As `cpu_seconds`, to the hundredth where the system tells it (Linux); elsewhere to the second."""
    tick = 100 if not hasattr(os, "sysconf") else os.sysconf("SC_CLK_TCK")
    total = 0.0
    for child in tree(pid):
        try:
            words = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return cpu_seconds(pid)
        total += (int(words[11]) + int(words[12])) / tick
    return total


def _table() -> list[tuple[int, int, int, float]]:
    """All processes as `(pid, parent, RSS in KiB, CPU seconds)`."""
    listed = subprocess.run(["ps", "-axo", "pid=,ppid=,rss=,cputimes="], capture_output=True, text=True, check=False)
    if listed.returncode != 0:  # macOS has no `cputimes`
        listed = subprocess.run(["ps", "-axo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True)
    rows = (line.split() for line in listed.stdout.splitlines())
    return [(int(row[0]), int(row[1]), int(row[2]), float(row[3]) if len(row) > 3 else 0.0) for row in rows]


class PeakRss:
    """Watches a process tree and keeps its highest RSS; use as a context."""

    def __init__(self, pid: int, every_seconds: float = 0.25) -> None:
        """Take the tree to watch and how often to look."""
        self.mb = 0.0
        self._pid = pid
        self._every = every_seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakRss:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(self._every):
            self.mb = max(self.mb, rss_mb(self._pid))
