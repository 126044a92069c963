"""The generated pages of the reference are current, and leave nothing out."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from core.observe.events import EXPLANATIONS, EventCode

PAGES: Mapping[Path, Callable[[], str]] = runpy.run_path("scripts/render_reference.py")["PAGES"]


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_the_page_is_what_would_be_written_now(path: Path) -> None:
    assert path.read_text("utf-8") == PAGES[path](), "run `python -m scripts.render_reference`"


def test_every_event_is_explained() -> None:
    assert set(EXPLANATIONS) == set(EventCode)


def test_every_command_says_what_it_does() -> None:
    page = PAGES[Path("docs/reference/cli.md")]()

    for section in page.split("\n## leadloom ")[1:]:
        name, _, words = section.partition("\n\n")
        assert not words.startswith("    "), f"{name} has no help"
