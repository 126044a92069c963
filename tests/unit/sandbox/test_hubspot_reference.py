"""The reference page of the HubSpot stand-in names tests and dials that exist."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from sandbox.hubspot.controls import _VERBS
from sandbox.hubspot.dials import Dials

_HERE = Path(__file__).parent
_PAGE = (_HERE.parents[2] / "docs" / "reference" / "sandbox-hubspot.md").read_text(encoding="utf-8")


def test_every_test_the_page_names_exists_and_every_item_names_one() -> None:
    defined = set(re.findall(r"def (test_\w+)", "".join(path.read_text(encoding="utf-8") for path in _HERE.glob("test_hubspot_*.py"))))
    rows = re.findall(r"^\| (\d+) \|.*$", _PAGE, re.MULTILINE)

    assert set(re.findall(r"`(test_\d\d_\w+)`", _PAGE)) <= defined
    assert [int(row) for row in rows] == list(range(1, 38))


def test_every_dial_and_verb_is_on_the_page() -> None:
    named = set(re.findall(r"`(\w+)`", _PAGE))

    assert {one.name for one in fields(Dials)} - {"penalty_until", "portal_id"} <= named
    assert set(_VERBS) <= named
