"""Whatever stops a connection tells an admin what to do next, in every connector."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

STOPPING = frozenset({"AuthFailed", "ConfigInvalid", "PermissionMissing", "StopConnection"})
FILES = sorted(Path("connectors").rglob("*.py"))


def stops(path: Path) -> Iterator[ast.Call]:
    """The places where a connector makes an error that pauses its connection."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in STOPPING:
            yield node


@pytest.mark.parametrize("path", FILES, ids=str)
def test_an_error_that_stops_a_connection_says_what_to_do(path: Path) -> None:
    silent = [f"{path}:{call.lineno}" for call in stops(path) if "hint" not in {keyword.arg for keyword in call.keywords}]
    assert not silent


def test_there_is_something_to_look_at() -> None:
    assert sum(len(list(stops(path))) for path in FILES) > 20
