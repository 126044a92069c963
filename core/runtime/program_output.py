"""The output of a running program, line by line, within its limits; and its last words when it fails, without secrets."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import time
from collections.abc import Iterator

from core.contract import ConfigInvalid, Unavailable
from core.contract.programs import Program

TICK_SECONDS = 5.0
_SLICE_SECONDS = 0.25
_CHUNK = 64 * 1024
_TAIL = 8 * 1024
_TOLD = 500
_SHORTEST_SECRET = 4
_PRIVATE = re.compile(r"\S+@\S+|\?\S+|\+?\d[\d ()/.-]{6,}\d|[\w+/=.-]{24,}")
"""What may be a person's or a secret although nobody said so: addresses, queries of URLs, phone numbers, long tokens."""


class Output:
    """Satisfies the contract's `Run`."""

    def __init__(self, process: subprocess.Popen[bytes], program: Program) -> None:
        """Take the process with both its pipes."""
        self._process = process
        self._program = program
        self._until = time.monotonic() + program.seconds
        self._tail = b""

    def lines(self) -> Iterator[bytes | None]:
        """Yield lines and ticks; see the contract."""
        rest: list[bytes] = []
        size = 0
        for chunk in self._chunks():
            if chunk is None:
                yield None
                continue
            first, *others = chunk.split(b"\n")
            for ended in others:
                self._check_length(size + len(first))
                yield b"".join([*rest, first])
                rest, size, first = [], 0, ended
            rest.append(first)
            size += len(first)
            self._check_length(size)
        if size:
            yield b"".join(rest)
        self._judge()

    def _chunks(self) -> Iterator[bytes | None]:
        """Read both pipes until the program has closed them, or has ended and says no more."""
        assert self._process.stdout is not None and self._process.stderr is not None
        told = time.monotonic()
        with selectors.DefaultSelector() as pipes:
            pipes.register(self._process.stdout, selectors.EVENT_READ, "out")
            pipes.register(self._process.stderr, selectors.EVENT_READ, "err")
            while pipes.get_map():
                self._check_time()
                if time.monotonic() - told > TICK_SECONDS:
                    told = time.monotonic()
                    yield None
                ready = pipes.select(_SLICE_SECONDS)
                if not ready and self._has_ended():
                    return
                for key, _ in ready:
                    content = os.read(key.fd, _CHUNK)
                    if not content:
                        pipes.unregister(key.fileobj)
                    elif key.data == "err":
                        self._tail = (self._tail + content)[-_TAIL:]
                    else:
                        yield content

    def _has_ended(self) -> bool:
        """Look without waiting for it, so that its process group keeps its number until it is ended."""
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _judge(self) -> None:
        while not self._has_ended():
            self._check_time()
            time.sleep(0.01)
        found = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        if found is None or found.si_status == 0:
            return
        how = f"exit {found.si_status}" if found.si_code == os.CLD_EXITED else f"signal {found.si_status}"
        raise Unavailable(f"The program failed ({how}): {self._last_words() or 'it said nothing'}")

    def _check_time(self) -> None:
        if time.monotonic() > self._until:
            message = f"The program was still running after {self._program.seconds:g} s and was ended."
            raise Unavailable(message, hint="Look at the program's own log, or raise the setting 'seconds'.")

    def _check_length(self, size: int) -> None:
        if size > self._program.line_bytes:
            message = f"The program wrote a line of more than {self._program.line_bytes} bytes and was ended."
            raise ConfigInvalid(message, hint="Leave out the large field, or raise the setting.", setting="max_line_mib")

    def _last_words(self) -> str:
        text = self._tail.decode("utf-8", "replace")
        for secret in sorted(self._program.secrets, key=len, reverse=True):
            text = text.replace(secret, "***") if len(secret) >= _SHORTEST_SECRET else text
        return " ".join(_PRIVATE.sub("***", text).split())[-_TOLD:]
