"""The documents hang together: links lead somewhere, mappings shown are sound, commands named exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.architecture.source import ROOT

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(#[^)]*)?\)")
COMMAND = re.compile(r"(?:^|`)leadloom ([a-z]+)", re.MULTILINE)
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "connectors").rglob("README.md")])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    targets = [target for target, _ in LINK.findall(path.read_text(encoding="utf-8")) if "://" not in target]

    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_commands_that_the_documents_name_exist() -> None:
    known = set(_commands())
    named = {(path.name, word) for path in DOCUMENTS for word in COMMAND.findall(path.read_text(encoding="utf-8"))}

    assert sorted((name, word) for name, word in named if word not in known) == []


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "how-to").glob("*.md")), ids=lambda path: path.stem)
def test_configuration_shown_in_a_how_to_names_connectors_that_exist(path: Path) -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)

    for block in blocks:
        shown = YAML(typ="safe", pure=True).load(block)
        for connection in shown.get("connections", {}).values():
            assert (ROOT / "connectors" / connection["connector"] / "manifest.yaml").exists()


def test_every_decision_says_context_choice_and_price() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))

    assert decisions
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        assert all(f"**{part}.**" in text for part in ("Context", "Choice", "Price")), path.name
        assert path.name[:4].isdigit()
        assert text.startswith(f"# {path.name[:4]}: ")


def _commands() -> Iterator[str]:
    """The words that the command line knows, without starting it: a file's name, a command's function, or the name given to it."""
    for path in (ROOT / "core" / "cli").glob("*.py"):
        yield path.stem
        yield from re.findall(r"^(?:def |    app\.command\(\")([a-z]+)(?:\(|\"\))", path.read_text(encoding="utf-8"), re.MULTILINE)
