"""Run every benchmark and write the figures as one page: `render_figures.py benchmarks docs/figures.md`."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_HEAD = """# Figures

Made by `make bench`; do not edit. Each line is printed by a file in `benchmarks/`, which says what is measured and how.
Figures depend on the machine; the ratios, which compare two things in the same run, depend on it much less.

Machine: {machine}. Date: {date}.

| figure | value | unit | compared with | ratio | from |
|---|---:|---|---|---:|---|
"""


def run_benchmark(path: Path) -> tuple[list[dict[str, Any]], str | None]:
    """Run one file with `--json`; give its figures, and what went wrong with it if anything did."""
    done = subprocess.run([sys.executable, "-m", f"{path.parent.name}.{path.stem}", "--json"], capture_output=True, text=True, check=False)
    figures = list(read_figures(done.stdout))
    if done.returncode != 0:
        return figures, f"{path.name} ended with code {done.returncode}:\n{done.stderr[-2000:]}"
    return figures, None if figures else f"{path.name} printed no figure"


def read_figures(output: str) -> Iterator[dict[str, Any]]:
    """Pick the lines that are figures; other output is passed over."""
    for line in output.splitlines():
        if line.startswith("{"):
            figure = json.loads(line)
            if {"figure", "value", "unit"} <= set(figure):
                yield figure


def render(rows: Sequence[tuple[str, Mapping[str, Any]]], machine: str, at: datetime) -> str:
    """Write the page for `(file, figure)` pairs."""
    lines = [_HEAD.format(machine=machine, date=at.date().isoformat()).rstrip("\n")]
    for name, figure in rows:
        cells = (figure["figure"], number(figure["value"]), figure["unit"], figure.get("versus") or "", number(figure.get("ratio")), name)
        lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return "\n".join(lines) + "\n"


def number(value: Any) -> str:
    """Write a number as a person reads it: grouped, with three digits that count."""
    if value is None:
        return ""
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,.0f}" if isinstance(value, (int, float)) else str(value)


def main(arguments: Sequence[str]) -> int:
    """Run all; 1 when a benchmark failed, whose figures are then missing from the page."""
    folder, page = Path(arguments[0]), Path(arguments[1])
    rows: list[tuple[str, dict[str, Any]]] = []
    failures: list[str] = []
    for path in sorted(file for file in folder.glob("*.py") if not file.name.startswith("_")):
        sys.stderr.write(f"{path.name} ...\n")
        figures, failure = run_benchmark(path)
        rows += [(path.name, figure) for figure in figures]
        failures += [failure] if failure else []
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    page.write_text(render(rows, machine, datetime.now(UTC)), encoding="utf-8")
    sys.stderr.writelines(f"{failure}\n" for failure in failures)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
