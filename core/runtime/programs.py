"""Runs programs for connectors: nothing of our environment, private files, limits, a process group that is ended as a whole."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.contract import ConfigInvalid, Unavailable
from core.contract.programs import PrivateFile, Program
from core.runtime.program_output import Output

INSTALL_SECONDS = 600.0
WAIT_SECONDS = 30.0
_MARK = "complete"
_PATH = "/usr/local/bin:/usr/bin:/bin"
_COMMAND = re.compile(r"[A-Za-z0-9][\w.-]*\Z")
_LIMITED = 'umask 077; ulimit -c 0; ulimit -v "$1" || exit 125; shift; exec "$@"'


class ProgramRunner:
    """Programs of one connection; satisfies the contract's `Programs`."""

    def __init__(self, folder: Path, connection: str) -> None:
        """Take the folder for environments and runs; it is made on first use."""
        self._environments = folder / "environments"
        self._own = folder / "runs" / connection

    def install(self, requirement: str, command: str) -> Path:
        """Give the command's path; see the contract."""
        if not requirement.strip() or requirement.strip().startswith("-") or not requirement.isprintable():
            raise ConfigInvalid(
                "The requirement is no Python package.", hint="Write it as for pip, such as tap-x==1.2.", setting="requirement"
            )
        if not _COMMAND.match(command):
            raise ConfigInvalid("The command is no plain file name.", setting="command")
        home = self._environments / hashlib.sha256(requirement.encode()).hexdigest()[:16]
        if not (home / _MARK).exists():
            _private(self._environments)
            with _locked(home.with_suffix(".lock"), INSTALL_SECONDS):
                if not (home / _MARK).exists():
                    self._make(home, requirement)
        path = home / "bin" / command
        if not path.is_file():
            there = ", ".join(sorted(each.name for each in path.parent.glob("tap-*"))) or "no tap"
            raise ConfigInvalid(f"The package has no command '{command}'.", hint=f"There is: {there}.", setting="command")
        return path

    @contextmanager
    def run(self, program: Program) -> Iterator[Output]:
        """Start the program; see the contract. Whatever a run that was cut off left behind is removed first."""
        _private(self._own)
        with _locked(self._own / "lock", WAIT_SECONDS):
            for left in self._own.glob("run-*"):
                shutil.rmtree(left, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(prefix="run-", dir=self._own))
            try:
                yield from _running(program, folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def _make(self, home: Path, requirement: str) -> None:
        """The mark comes last: an environment without it was cut off, and is made anew."""
        shutil.rmtree(home, ignore_errors=True)
        pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--", requirement]
        with self._installing([sys.executable, "-m", "venv", str(home)]) as made:
            _drain(made)
        with self._installing(pip) as installed:
            _drain(installed)
        (home / _MARK).write_text(requirement, "utf-8")

    @contextmanager
    def _installing(self, command: list[str]) -> Iterator[Output]:
        program = Program(executable=Path(command[0]), arguments=command[1:], seconds=INSTALL_SECONDS, memory_mib=4096)
        folder = Path(tempfile.mkdtemp(prefix="install-", dir=self._environments))
        try:
            yield from _running(program, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _running(program: Program, folder: Path) -> Iterator[Output]:
    home = folder / "home"
    home.mkdir(mode=0o700)
    arguments = [_argument(each, folder) for each in program.arguments]
    command = ["/bin/sh", "-c", _LIMITED, "sh", str(program.memory_mib * 1024), str(program.executable), *arguments]
    environment = {"PATH": f"{program.executable.parent}:{_PATH}", "HOME": str(home), "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        command,
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield Output(process, program)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # nobody has waited for it before, so the number is still its own
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def _argument(argument: str | PrivateFile, folder: Path) -> str:
    if isinstance(argument, str):
        return argument
    path = folder / Path(argument.name).name
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(argument.content)
    return str(path)


def _drain(output: Output) -> None:
    for _ in output.lines():
        pass


def _private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


@contextmanager
def _locked(path: Path, seconds: float) -> Iterator[None]:
    """Hold a file's lock, which the system gives back when the process dies."""
    until = time.monotonic() + seconds
    with path.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > until:
                    raise Unavailable("Another run of this connection's program is still going.") from None
                time.sleep(0.1)
        yield
