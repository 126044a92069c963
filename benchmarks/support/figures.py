"""Figures as the benchmarks print them: a line for a person, or one JSON object a line for `make bench`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TextIO


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number, what it was compared with, and their ratio."""

    figure: str
    value: float
    unit: str
    versus: str | None = None
    ratio: float | None = None
    bar: str | None = None
    """The mark that the figure should meet, for people to see."""


class Printer:
    """Prints figures as they are measured; explanations are for people only."""

    def __init__(self, *, as_json: bool, out: TextIO | None = None) -> None:
        """Choose the form."""
        self._as_json = as_json
        self._out = out or sys.stdout

    def say(self, text: str) -> None:
        """Explain something to a person; with `--json` it goes to standard error."""
        print(text, file=sys.stderr if self._as_json else self._out, flush=True)

    def show(self, figure: Figure) -> None:
        """Print one figure."""
        print(_as_json(figure) if self._as_json else _as_text(figure), file=self._out, flush=True)


def _as_json(figure: Figure) -> str:
    content = asdict(figure)
    del content["bar"]
    return json.dumps(content)


def _as_text(figure: Figure) -> str:
    ratio = f"  ratio {figure.ratio:.3g}" if figure.ratio is not None else ""
    versus = f"  versus {figure.versus}" if figure.versus else ""
    bar = f"  (bar: {figure.bar})" if figure.bar else ""
    return f"{figure.figure:<30} {figure.value:>12,.4g} {figure.unit}{ratio}{versus}{bar}"


def parse(description: str, arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the arguments that every benchmark takes: `--json` and `--quick`."""
    parser = argparse.ArgumentParser(description=description)
    add_arguments(parser)
    return parser.parse_args(arguments)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Let a benchmark that takes more take these, too."""
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument("--quick", action="store_true", help="smaller sizes: to see that it works, not to quote")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie; 0 without values."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0
