"""A file that is imported while `leadloom serve` works: the server decides, and the CRM gets the leads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cli.main import main
from tests.support.office import SYNC, sql, write_office
from tests.support.server import Server, serving, until

Said = pytest.CaptureFixture[str]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    connections = {
        "fairs": {"connector": "spreadsheet", "settings": {"folder": "drop"}},
        "crm": {"connector": "memory", "settings": {"remote": "desk"}},
    }
    (tmp_path / "drop").mkdir()
    with serving(write_office(tmp_path, SYNC, connections=connections, server={"port": 0})) as running:
        yield running


def test_rows_of_a_file_become_leads_of_the_crm_by_the_server(server: Server, capsys: Said) -> None:
    # given a file whose columns no mapping knows yet
    folder = server.config.parent
    path = folder / "fair.csv"
    path.write_text("Email,First name,Last name\nkim@example.com,Kim,Osei\nines@example.com,Ines,Mora\n", "utf-8")

    # when it is imported twice
    for _ in range(2):
        assert main(["import", str(path), "--yes", "--config", str(server.config)]) == 0, capsys.readouterr().err

    # then each row came once, and what it says is on its way
    said = capsys.readouterr().out
    assert "2 rows imported (2 new)" in said and "all 2 rows were imported before" in said and "on its way" in said
    assert until(lambda: sql(folder / "var", "SELECT count(*) FROM link WHERE state = 'level'") == [(2,)], 30), server.said()
    assert sql(folder / "var", "SELECT count(*), sum(duplicates) FROM inbox") == [(2, 0)]
