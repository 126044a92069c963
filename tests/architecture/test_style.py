"""The bounds of the house style: no file, function or class through which everything passes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import OURS, ROOT, SourceFile, dotted, files_under, functions_of

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 40
MOST_PARAMETERS = 6
DEEPEST_INHERITANCE = 2
VAGUE = frozenset({"utils", "util", "helpers", "helper", "common", "manager", "managers", "data", "info", "misc", "base", "stuff", "tools"})


def test_files_are_short() -> None:
    assert [f"{file.name}: {file.line_count()} lines" for file in files_under(*OURS) if file.line_count() > MOST_LINES_OF_A_FILE] == []


def test_functions_are_short() -> None:
    """A migration is a list of columns in the order of their tables; there is nothing to cut."""
    files = [file for file in files_under(*OURS) if "/migrations/versions/" not in file.name]

    assert [found for file in files for found in _long_functions(file)] == []


def test_functions_take_few_parameters() -> None:
    assert [found for file in files_under(*OURS) if not file.name.startswith("tests/") for found in _greedy_functions(file)] == []


def test_inheritance_is_shallow() -> None:
    assert list(_deep_classes(files_under(*OURS))) == []


def test_modules_are_named_for_what_they_do() -> None:
    names = [path.relative_to(ROOT) for folder in OURS for path in (ROOT / folder).rglob("*") if path.is_dir() or path.suffix == ".py"]

    assert [str(name) for name in names if name.stem in VAGUE] == []


def test_every_module_says_what_it_is_for() -> None:
    files = [file for file in files_under(*OURS) if not file.name.startswith("tests/")]

    assert [file.name for file in files if not ast.get_docstring(file.tree)] == []


def test_there_is_no_package_under_tests() -> None:
    assert [str(path) for path in (ROOT / "tests").rglob("__init__.py")] == []


def test_planted_offences_are_found() -> None:
    body = "\n".join(f"    x = {number}" for number in range(MOST_LINES_OF_A_FUNCTION + 1))
    code = f"class A: ...\nclass B(A): ...\nclass C(B): ...\nclass D(C): ...\ndef f(a, b, c, d, e, *, g, h):\n{body}\n"
    planted = SourceFile(Path("planted.py"), ast.parse(code))

    assert len(list(_long_functions(planted))) == 1
    assert len(list(_greedy_functions(planted))) == 1
    assert list(_deep_classes([planted])) == ["planted.py:4: D inherits over 3 steps"]


@pytest.mark.parametrize("inherited", ["Protocol", "BaseModel", "Exception", "enum.StrEnum"])
def test_a_class_of_a_library_counts_as_ground(inherited: str) -> None:
    planted = SourceFile(Path("planted.py"), ast.parse(f"class A({inherited}): ...\nclass B(A): ..."))

    assert list(_deep_classes([planted])) == []


def _long_functions(file: SourceFile) -> Iterator[str]:
    for node in functions_of(file.tree):
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > MOST_LINES_OF_A_FUNCTION:
            yield f"{file.name}:{node.lineno}: {node.name} has {lines} lines"


def _greedy_functions(file: SourceFile) -> Iterator[str]:
    """`self` and `cls` are not counted, nor *args and **kwargs."""
    for node in functions_of(file.tree):
        names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        count = len([name for name in names if name not in ("self", "cls")])
        if count > MOST_PARAMETERS:
            yield f"{file.name}:{node.lineno}: {node.name} takes {count} parameters"


def _deep_classes(files: list[SourceFile] | Iterator[SourceFile]) -> Iterator[str]:
    """Steps between classes of ours; a class of a library, or of no known file, is the ground."""
    classes: dict[str, tuple[str, ast.ClassDef]] = {}
    for file in files:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.ClassDef):
                classes.setdefault(node.name, (file.name, node))
    for name, (where, node) in classes.items():
        steps = _steps(name, classes, frozenset())
        if steps > DEEPEST_INHERITANCE:
            yield f"{where}:{node.lineno}: {name} inherits over {steps} steps"


def _steps(name: str, classes: dict[str, tuple[str, ast.ClassDef]], seen: frozenset[str]) -> int:
    bases = [dotted(base).rpartition(".")[2] for base in classes[name][1].bases]
    ours = [base for base in bases if base in classes and base not in seen | {name}]
    return max((1 + _steps(base, classes, seen | {name}) for base in ours), default=0)
