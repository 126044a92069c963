"""Check the locked requirements: every package has one exact version and hashes, and nothing says where it comes from."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

_PIN = re.compile(r"^[a-z0-9][a-z0-9._-]*(\[[a-z0-9,_-]+\])?==[^\s;]+(\s*;.*?)?\s*\\?$", re.IGNORECASE)
_PLACE = re.compile(r"://|^\s*(-i|-f|-e|--index-url|--extra-index-url|--find-links|--trusted-host)\b| @ ", re.IGNORECASE)


def problems_of(name: str, text: str) -> list[str]:
    """Say what is wrong with one lock file, each with its line."""
    found: list[str] = []
    open_pin: tuple[int, str] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if _PLACE.search(line):
            found.append(f"{name}:{number}: names where a package comes from: {line.strip()}")
        elif line.strip().startswith("--hash=sha256:"):
            open_pin = None
        elif line.strip() and not line.lstrip().startswith("#"):
            found += _unhashed(name, open_pin)
            open_pin = (number, line.strip())
            if not _PIN.match(line):
                found.append(f"{name}:{number}: is not an exact version: {line.strip()}")
    return found + _unhashed(name, open_pin)


def _unhashed(name: str, pin: tuple[int, str] | None) -> list[str]:
    return [] if pin is None else [f"{name}:{pin[0]}: has no hash: {pin[1]}"]


def main(arguments: Sequence[str]) -> int:
    """Check the files named, or requirements/*.txt; 1 when something is wrong."""
    files = [Path(argument) for argument in arguments] or sorted(Path("requirements").glob("*.txt"))
    problems = [problem for file in files for problem in problems_of(str(file), file.read_text(encoding="utf-8"))]
    if not files:
        problems.append("requirements/: there is no lock file")
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
