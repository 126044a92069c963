"""What looking at mappings leaves behind (nothing), and how it looks on a terminal."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from rich.console import Console

from core.cli import mapping
from core.cli.main import main
from tests.support.office import office, sql

Said = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Mappings that ran on one submission."""
    with office(tmp_path) as desk:
        desk.submit({"mail": "kim@example.com"})
        desk.settle()
    return tmp_path


def run(folder: Path, *words: str) -> int:
    return main(["mapping", *words, "--config", str(folder / "config.yaml")])


def contents(folder: Path) -> str:
    """Everything that the database says."""
    tables = sql(folder / "var", "SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")
    return hashlib.sha256(repr([sql(folder / "var", f"SELECT * FROM {name}") for (name,) in tables]).encode()).hexdigest()


@pytest.mark.parametrize("words", [("show", "form"), ("show", "form", "--compiled")])
def test_a_mapping_is_coloured_on_a_terminal_only(
    folder: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    assert run(folder, *words) == 0
    assert "\x1b[" not in capsys.readouterr().out

    monkeypatch.setattr(mapping, "console", lambda: Console(force_terminal=True, color_system="standard", no_color=False, width=200))

    assert run(folder, *words) == 0
    assert "\x1b[" in capsys.readouterr().out


def test_a_folder_without_mappings_tells_how_to_make_one(folder: Path, capsys: Said) -> None:
    for path in (folder / "mappings").glob("*.yaml"):
        path.unlink()

    assert run(folder, "list") == 0

    assert "leadloom mapping new" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [("list",), ("test",), ("cover",), ("show", "form"), ("preview", "form", "--record", "inbox:1", "--through"), ("schema",)],
    ids=lambda words: words[0],
)
def test_looking_at_mappings_writes_nothing(folder: Path, words: tuple[str, ...]) -> None:
    before = contents(folder)

    assert run(folder, *words) == 0

    assert contents(folder) == before
