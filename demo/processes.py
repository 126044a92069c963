"""Programs that the demonstration starts, and always stops again."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, TypeVar

START_SECONDS = 30.0
STOP_SECONDS = 15.0
STAND_INS = ("salesforce", "hubspot", "meta")
FoundT = TypeVar("FoundT")


class DemoFailed(Exception):
    """The demonstration cannot go on; the message says why and where to look."""


class Program:
    """A program in the background with its output in a file. Use it as a context: it is stopped at the end."""

    def __init__(self, name: str, command: Sequence[str], log: Path, cwd: Path) -> None:
        """Start it."""
        self.name = name
        self.log = log
        self._output: IO[bytes] = log.open("wb")
        self._process = subprocess.Popen(command, cwd=cwd, stdout=self._output, stderr=subprocess.STDOUT, start_new_session=True)

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        """Ask it to end, and make it end when it does not."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._output.close()

    def wait_for_file(self, path: Path) -> dict[str, Any]:
        """Wait until the program has written its JSON file, and read it; raises DemoFailed when it ends before."""
        return wait_until(lambda: read_json(path), START_SECONDS, f"{self.name} did not start", self)

    def check(self) -> None:
        """Raise DemoFailed when the program has ended."""
        if self._process.poll() is not None:
            raise DemoFailed(f"{self.name} ended with code {self._process.returncode}. The end of {self.log}:\n{self.tail()}")

    def tail(self, lines: int = 15) -> str:
        """The last lines that it wrote."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a JSON file that another program writes; None while it is not there or not whole."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def wait_until(look: Callable[[], FoundT | None], seconds: float, complaint: str, *programs: Program) -> FoundT:
    """Look every 50 ms until something is found; raises DemoFailed after `seconds`, or when a program has ended."""
    deadline = time.monotonic() + seconds
    while True:
        for program in programs:
            program.check()
        found = look()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            logs = "".join(f"\nThe end of {program.log}:\n{program.tail()}" for program in programs)
            raise DemoFailed(f"{complaint} within {seconds:.0f} s.{logs}")
        time.sleep(0.05)


def start_sandbox(running: ExitStack, folder: Path, root: Path) -> dict[str, str]:
    """Start the stand-ins on free ports, with invented people in them; give their addresses by name."""
    state = folder / "sandbox.json"
    command = [sys.executable, "-m", "sandbox", "--only", *STAND_INS, "--seed-demo", "--state-file", str(state)]
    sandbox = running.enter_context(Program("The sandbox", command, folder / "sandbox.log", root))
    return sandbox.wait_for_file(state)


def leadloom(*arguments: str) -> list[str]:
    """The command line of `leadloom` in this environment."""
    return [sys.executable, "-c", "import sys; from core.cli.main import main; sys.exit(main())", *arguments]
