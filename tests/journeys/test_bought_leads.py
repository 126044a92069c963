"""Bought leads on their whole way: the files that the how-to shows, by the mappings that it shows, into a CRM or back to the vendor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from core.runtime.desk.acts import overrule
from core.runtime.desk.returns import returns
from core.runtime.releases import running_rules
from tests.support.journey import World, sync_mapping, world

TEXT = Path("docs/how-to/accept-bought-leads.md").read_text(encoding="utf-8")
VENDORS = ("netline", "brighttalk", "techtarget")
SHOWN = [YAML(typ="safe", pure=True).load(block) for block in re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)]
MAPPINGS: list[dict[str, Any]] = [block for block in SHOWN if "kind" in block]
FILES = dict(zip(VENDORS, re.findall(r"^```csv\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL), strict=True))


@pytest.fixture
def at(tmp_path: Path) -> Iterator[World]:
    for vendor in VENDORS:
        (tmp_path / vendor).mkdir()
    connections = {vendor: {"connector": "spreadsheet", "settings": {"folder": vendor}} for vendor in VENDORS}
    with world(tmp_path, [*MAPPINGS, sync_mapping("sf")], connections=connections) as running:
        yield running


def drop(at: World, vendor: str, name: str, content: str) -> None:
    """Drop a file and have it read: a file is read when it looked the same twice."""
    (at.installation.config.folder / vendor / name).write_text(content, "utf-8")
    for _ in range(2):
        at.step(f"read:{vendor}:row")
        at.run_for(30)


def told(at: World, vendor: str) -> list[tuple[str, str, str]]:
    """What the vendor is told."""
    rules = running_rules(at.installation.config, at.connections.configured(), at.store)
    return [(lead.lead_id, lead.decision, lead.reason) for lead in returns(at.store, rules, vendor).leads]


def test_a_file_is_accepted_or_returned_lead_by_lead(at: World) -> None:
    # given the file of the how-to, and a second one with the same person
    drop(at, "netline", "one.csv", FILES["netline"])
    heading, first, _ = FILES["netline"].splitlines()
    drop(at, "netline", "two.csv", f"{heading}\n{first.replace('N-1', 'N-3')}\n")

    # then the CRM has the accepted one, once, and the vendor is told of all
    assert at.emails("sf") == ["ada@example.com"]
    assert told(at, "netline") == [
        ("N-1", "accepted", ""),
        ("N-2", "rejected", "Outside the region"),
        ("N-3", "duplicate", "This person was accepted in this campaign before."),
    ]

    # when everything is replayed, nothing changes; when a person takes one, it is delivered
    at.replay()
    at.run_for(60)
    assert at.emails("sf") == ["ada@example.com"]
    rejected = at.rows("SELECT id FROM inbox WHERE reason_code = 'not_accepted'")
    assert overrule(at.store, at.clock, "test", [f"inbox:{row[0]}" for row in rejected]) == 1
    at.run_for(60)
    assert at.emails("sf") == ["ada@example.com", "joao@example.com"]
    assert [decision for _, decision, _ in told(at, "netline")] == ["accepted", "accepted", "duplicate"]


def test_the_same_person_is_bought_of_another_vendor_unless_anybody_known_is_a_double(at: World) -> None:
    for vendor in VENDORS:
        drop(at, vendor, "one.csv", FILES[vendor])

    assert told(at, "brighttalk") == [("B-1", "accepted", "")]
    assert told(at, "techtarget") == [("T-1", "duplicate", "This person is known already.")]
    assert at.emails("sf") == ["ada@example.com"]
