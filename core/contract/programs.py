"""Programs that the runtime runs for a connector whose manifest says `programs: true`: shut off, limited, and ended with their children."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PrivateFile:
    """An argument that stands for the path of a file only the program's user can read; it is removed after the run."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One run of a program. `secrets` are blotted out of what it says about its failure."""

    executable: Path
    arguments: Sequence[str | PrivateFile] = ()
    secrets: Sequence[str] = field(default=(), repr=False)
    seconds: float = 3600
    memory_mib: int = 2048
    line_bytes: int = 16 * 1024 * 1024


class Run(Protocol):
    """A program at work."""

    def lines(self) -> Iterator[bytes | None]:
        """Yield its output line by line, and None every few seconds so that the reader can say that it still lives.

        Ends when the program has ended well. Raises Unavailable when it failed or took too long, and ConfigInvalid when a line
        is longer than allowed; the program and its children are ended then.
        """
        ...


class Programs(Protocol):
    """What a connector may do with programs."""

    def install(self, requirement: str, command: str) -> Path:
        """Give the path of a command of a Python package, in a virtual environment of its own that is made on first use.

        Raises ConfigInvalid for a requirement that is none or has no such command, Unavailable when installing failed.
        """
        ...

    def run(self, program: Program) -> AbstractContextManager[Run]:
        """Start a program in a clean environment; leaving the context ends it. A connection runs one at a time."""
        ...
