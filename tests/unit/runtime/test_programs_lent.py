"""Only a connector whose manifest asks for programs is lent any, with a folder of its connection's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.runtime.connections import Connections
from core.runtime.registry import default_registry
from core.runtime.settings import Config
from tests.support.http import HandClock
from tests.support.singer_bench import STREAM, TapTruth, fake_tap


@pytest.mark.parametrize("connector", ["singer", "spreadsheet"])
def test_programs_are_lent_where_the_manifest_asks_for_them(connector: str, tmp_path: Path) -> None:
    TapTruth(tmp_path / "records.json").seed(STREAM, 1)
    settings: dict[str, dict[str, Any]] = {
        "singer": {"executable": str(fake_tap(tmp_path)), "config": {"records": str(tmp_path / "records.json")}},
        "spreadsheet": {"folder": str(tmp_path)},
    }
    config = Config.model_validate(
        {"data_dir": tmp_path / "var", "connections": {"crm": {"connector": connector, "settings": settings[connector]}}}
    )
    store: Any = None

    opened = Connections(config, default_registry(), store, HandClock()).open("crm").connector

    assert (opened.context.programs is not None) == (connector == "singer")
    assert opened.check().account
    assert (tmp_path / "var" / "programs" / "runs" / "crm").exists() == (connector == "singer")
