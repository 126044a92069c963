"""What lies in the repository fits every machine: no path of one, no registry, no clear secret; the lock is exact."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.check_lock import problems_of
from tests.architecture.source import ROOT

MACHINE_PATH = re.compile(r"(?<![\w.~-])/(work|home|root|Users|tmp|mnt|var/folders)/[A-Za-z0-9]")
REGISTRY = re.compile(
    "py" + r"pi\.org|files\.python" + r"hosted|--(extra-)?index-url\s+\S|--find-links\s+\S|registry\.npm" + "js", re.IGNORECASE
)
TEXT = frozenset({".py", ".md", ".yaml", ".yml", ".toml", ".txt", ".sh", ".cfg", ".ini", ".mako", ".json", ".html", ".csv", ""})
ALLOWED_PATHS = {
    "tests/architecture/test_repository.py": "it names them to look for them",
}


def test_no_file_names_a_path_of_a_machine() -> None:
    files = [path for path in _texts() if _name(path) not in ALLOWED_PATHS]

    assert list(_matches(files, MACHINE_PATH)) == []


def test_no_file_names_a_package_registry() -> None:
    files = [path for path in _texts() if _name(path) != "tests/architecture/test_repository.py"]

    assert list(_matches(files, REGISTRY)) == []


@pytest.mark.parametrize("name", ["base", "dev"])
def test_the_lock_is_exact_and_names_no_place(name: str) -> None:
    path = ROOT / "requirements" / f"{name}.txt"

    assert problems_of(path.name, path.read_text(encoding="utf-8")) == []


def test_the_lock_covers_the_build_backend() -> None:
    pinned = re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements/base.txt").read_text(encoding="utf-8"), re.MULTILINE)

    assert {"hatchling", "editables"} <= set(pinned)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("package>=1.0 \\\n    --hash=sha256:00\n", "is not an exact version"),
        ("package==1.0\nother==2.0 \\\n    --hash=sha256:00\n", "has no hash"),
        ("package==1.0\n", "has no hash"),
        ("--index-url https://registry.example.com/simple\n", "names where"),
        ("package @ https://registry.example.com/package.whl \\\n    --hash=sha256:00\n", "names where"),
        ("    # from https://registry.example.com/simple\n", "names where"),
    ],
)
def test_a_planted_fault_in_the_lock_is_found(text: str, complaint: str) -> None:
    assert any(complaint in problem for problem in problems_of("planted.txt", text))


def test_the_licence_is_the_apache_licence() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")

    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def _texts() -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = listed.stdout.split("\0") if listed.returncode == 0 else [_name(path) for path in ROOT.rglob("*") if ".venv" not in path.parts]
    for name in names:
        path = ROOT / name
        if name and path.suffix in TEXT and path.is_file():
            yield path


def _matches(files: Iterator[Path] | list[Path], pattern: re.Pattern[str]) -> Iterator[str]:
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            if pattern.search(line):
                yield f"{_name(path)}:{number}: {line.strip()[:120]}"


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
