"""The page on leads by file tells the truth: its lines, read with its settings, are what its mappings' examples are given."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from core.runtime.mapping_trial import try_examples
from core.runtime.mappings import load_mappings
from tests.support.spreadsheet_bench import read_text, spreadsheet_manifest

TEXT = Path("docs/how-to/leads-from-microsoft-and-reddit.md").read_text(encoding="utf-8")
NAMES = ("microsoft-ads", "reddit-ads")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
LINES = dict(re.findall(r"^```csv (\S+)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE))
(CONNECTIONS,) = [shown["connections"] for block in BLOCKS if "connections" in (shown := YAML(typ="safe").load(block))]


@pytest.mark.parametrize("name", NAMES)
def test_the_lines_shown_are_read_as_the_mapping_expects_them(name: str, tmp_path: Path) -> None:
    settings: dict[str, Any] = {key: value for key, value in CONNECTIONS[name]["settings"].items() if key != "folder"}
    (change,), rejects = read_text(tmp_path, LINES[name], **settings)
    (example,) = next(shown["examples"] for block in BLOCKS if (shown := YAML(typ="safe").load(block)).get("name") == name)

    assert rejects == []
    assert {column: value for column, value in change.fields.items() if column != "_row"} == example["given"]


def test_the_line_for_american_dates_reads_them(tmp_path: Path) -> None:
    (line,) = re.findall(r"^`(submitted_at: .*)`; see$", TEXT, re.MULTILINE)
    block = next(block for block in BLOCKS if YAML(typ="safe").load(block).get("name") == NAMES[0])
    given = block.replace("submitted_at: submitted", line).replace('"2026-03-02T12:00:00Z"', "03/02/2026")
    (tmp_path / "dates.yaml").write_text(given.replace("campaign: Spring, x_", 'submitted_at: "2026-03-02", x_'), encoding="utf-8")
    (file,) = load_mappings(tmp_path, {NAMES[0]: spreadsheet_manifest()}).files

    assert [(each.message, each.wrong) for each in try_examples(file).examples if not each.passed] == []


def test_the_mappings_are_sound_and_do_what_their_examples_say(tmp_path: Path) -> None:
    for number, block in enumerate(BLOCKS):
        if "connections" not in YAML(typ="safe").load(block):
            (tmp_path / f"{number}.yaml").write_text(block, encoding="utf-8")
    found = load_mappings(tmp_path, dict.fromkeys(NAMES, spreadsheet_manifest()))

    assert found.problems == ()
    trials = [try_examples(file) for file in found.files]
    assert [trial.name for trial in trials] == list(NAMES)
    assert [(each.message, each.wrong) for trial in trials for each in trial.examples if not each.passed] == []
