"""`on_merge: merge` is for connectors that can merge; the others are refused before anything runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.contract import Role
from core.runtime.mappings import load_mappings
from tests.support.memory_bench import memory_manifest
from tests.support.office import SYNC


@pytest.mark.parametrize(
    ("on_merge", "can_merge", "problems"), [("merge", False, 1), ("merge", True, 0), ("flag", False, 0), ("relink", False, 0)]
)
def test_a_connector_that_cannot_merge_is_not_asked_to(tmp_path: Path, on_merge: str, can_merge: bool, problems: int) -> None:
    (tmp_path / "crm.yaml").write_text(json.dumps({**SYNC, "on_merge": on_merge}), "utf-8")
    manifest = memory_manifest()
    roles = [role for role in manifest.roles if can_merge or role is not Role.MERGES]

    found = load_mappings(tmp_path, {"crm": manifest.model_copy(update={"roles": roles})}).problems

    assert len(found) == problems
    assert all("cannot merge records there" in each.message for each in found)
