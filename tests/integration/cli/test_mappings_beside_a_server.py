"""Mappings that are edited, applied and taken back while `leadloom serve` works."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from core.cli.main import main
from tests.support.office import INBOUND, SYNC, TOKEN, write_office
from tests.support.server import Server, ask, serving, until

Said = pytest.CaptureFixture[str]
MARKED: Mapping[str, Any] = {**SYNC, "fields": {**SYNC["fields"], "source": {"const": "web"}}}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(write_office(tmp_path, INBOUND, SYNC, server={"port": 0}, mappings={"activate": "on_apply"})) as running:
        yield running


def post(server: Server, **fields: str) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert ask(f"{server.url}/hooks/site/{TOKEN}", "POST", urlencode(fields).encode(), kind).status == 200
    assert until(lambda: server.waiting() == 0, 30), server.said()


def run(server: Server, *words: str) -> int:
    return main([*words, "--config", str(server.config)])


def test_a_draft_runs_when_it_is_applied_and_a_rollback_takes_it_back(server: Server, capsys: Said) -> None:
    # given a lead, and a draft that the server does not work by
    post(server, mail="kim@example.com", first="Kim")
    (server.config.parent / "mappings" / "m1.yaml").write_text(json.dumps(MARKED), "utf-8")
    post(server, mail="ines@example.com", first="Ines")
    assert len(set(server.rows("SELECT mapping_version FROM link"))) == 1

    # when it is applied
    assert run(server, "apply", "--yes") == 0

    # then the records that were there are sent anew, and the next one by the new version
    assert "Release 2 is in force" in capsys.readouterr().out
    assert until(lambda: server.waiting() == 0, 30), server.said()
    post(server, mail="lea@example.com", first="Lea")
    (version,) = {row[0] for row in server.rows("SELECT sent_mapping_version FROM link")}
    assert server.rows("SELECT in_force_at FROM mapping_version WHERE version = ?", version)

    # and a rollback brings all of them back: a field that is left out is not sent, so nothing is written there
    capsys.readouterr()
    assert run(server, "rollback", "--yes") == 0
    assert until(lambda: server.waiting() == 0, 30), server.said()
    assert "No CRM would get anything." in capsys.readouterr().out
    assert version not in {row[0] for row in server.rows("SELECT mapping_version FROM link")}
    assert json.loads((server.config.parent / "mappings" / "m1.yaml").read_text("utf-8")) == SYNC
