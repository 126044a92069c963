"""What is wrong with a configuration: every problem at once, each with its place and the nearest valid name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct. `line` and `column` count from 1; `path` is dotted, empty for the file as a whole."""

    file: str
    line: int
    column: int
    path: str
    message: str
    nearest: str | None = None

    def __str__(self) -> str:
        """Say it in one line that an editor can jump to."""
        subject = f"{self.path}: " if self.path else ""
        advice = f" Did you mean '{self.nearest}'?" if self.nearest else ""
        return f"{self.file}:{self.line}:{self.column}: {subject}{self.message}{advice}"


class ConfigProblems(Exception):
    """The configuration cannot be used; `problems` holds everything that is wrong, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Sort the problems by their place."""
        self.problems: tuple[Problem, ...] = tuple(sorted(problems, key=lambda problem: (problem.line, problem.column, problem.path)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest_name(name: str, valid: Iterable[str]) -> str | None:
    """The valid name that is most alike, None when none is alike at all."""
    found: Sequence[str] = difflib.get_close_matches(name, list(valid), n=1, cutoff=0.6)
    return found[0] if found else None
