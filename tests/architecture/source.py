"""Reads the product's source as syntax trees: what a file imports, calls and defines."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("core", "connectors", "sandbox")
OURS = (*PRODUCT, "demo", "scripts", "benchmarks", "tests")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file with its syntax tree."""

    path: Path
    tree: ast.Module

    @property
    def name(self) -> str:
        """The path from the root of the repository."""
        return self.path.relative_to(ROOT).as_posix() if self.path.is_relative_to(ROOT) else self.path.as_posix()

    def line_count(self) -> int:
        """How many lines it has."""
        return len(self.path.read_text(encoding="utf-8").splitlines())


@functools.lru_cache(maxsize=2_000)
def parse(path: Path) -> SourceFile:
    """Read one file."""
    return SourceFile(path, ast.parse(path.read_text(encoding="utf-8"), str(path)))


def files_under(*folders: str) -> Iterator[SourceFile]:
    """All Python files below these folders (or files) of the repository, in the order of their names."""
    for folder in folders:
        place = ROOT / folder
        found = [place] if place.suffix == ".py" else sorted(place.rglob("*.py"))
        yield from (parse(path) for path in found if path.exists())


def imports_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every imported module with its line, also inside functions; `from a import b` counts as `a`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or "."


def calls_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every called or passed attribute by its full name (`datetime.now`, `os.urandom`), with aliases of imports undone."""
    aliases = _aliases(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            name = dotted(node)
            if name:
                head, dot, rest = name.partition(".")
                yield node.lineno, aliases.get(head, head) + dot + rest


def dotted(node: ast.expr) -> str:
    """`a.b.c` as text; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def functions_of(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions and methods."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _aliases(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name.partition(".")[0]: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found
