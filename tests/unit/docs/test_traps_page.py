"""The page on traps names tests that exist, and leaves no test of traps unnamed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PAGE = Path("docs/reference/traps.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))
ABOUT_TESTS = {"test_stand_ins", "test_messages"}
ROWS = [line for line in PAGE.splitlines() if line.startswith("|") and not line.startswith("|---") and line.count("|") == 4]


def find_tests(path: Path) -> set[str]:
    """The tests of a file, those in classes too."""
    functions = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)]
    return {node.name for node in functions if node.name.startswith("test_")}


@pytest.mark.parametrize("file", sorted({file for file, _ in NAMED}))
def test_every_test_that_the_page_names_exists(file: str) -> None:
    named = {name for other, name in NAMED if other == file}
    assert Path(file).is_file()
    assert not named - find_tests(Path(file))


def test_every_test_of_a_trap_stands_on_the_page() -> None:
    traps = [path for path in Path("tests/unit/traps").glob("test_*.py") if path.stem not in ABOUT_TESTS]
    missing = {name for path in traps for name in find_tests(path)} - {name for _, name in NAMED}
    assert traps and not sorted(missing)


def test_a_row_has_a_proof_or_says_why_it_has_none() -> None:
    bare = [row for row in ROWS if "::" not in row and not re.search(r"not reached|open:|\| proof", row)]
    assert len(ROWS) > 80 and not bare
