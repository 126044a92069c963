"""`leadloom serve` as a process, and the commands beside it: they see it, write through it and have it run lanes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from core.cli.main import main
from tests.support.office import INBOUND, SYNC, TOKEN, write_office
from tests.support.server import ROOT, Server, ask, serving, until

Said = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for most of the tests; its CRM in memory lives in the engine's process."""
    folder = tmp_path_factory.mktemp("served")
    with serving(write_office(folder, INBOUND, SYNC, server={"port": 0})) as running:
        yield running


def post(server: Server, **fields: str) -> int:
    body = urlencode(fields).encode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return ask(f"{server.url}/hooks/site/{TOKEN}", "POST", body, kind).status


def run(server: Server, *words: str) -> int:
    return main([*words, "--config", str(server.config)])


def data(server: Server, said: Said, *words: str) -> Any:
    said.readouterr()
    run(server, *words, "--json")
    return json.loads(said.readouterr().out)


def test_a_post_becomes_a_record_and_the_books_balance(server: Server, capsys: Said) -> None:
    assert post(server, mail="kim@example.com", first="Kim") == 200

    assert until(lambda: bool(server.rows("SELECT 1 FROM link WHERE state = 'level'")), 30), server.said()

    (person,) = data(server, capsys, "leads", "show", "kim@example.com")
    assert person["links"][0]["remote_id"]
    assert run(server, "ledger") == 0


def test_the_status_tells_the_address(server: Server, capsys: Said) -> None:
    told = data(server, capsys, "status")["server"]

    assert told == {"running": True, "url": server.url}
    assert ask(f"{server.url}/api/status").json["server"] == told
    assert b"leadloom_inbox_submissions" in ask(f"{server.url}/metrics").body


def test_an_edit_goes_through_the_server_and_is_processed_at_once(server: Server, capsys: Said) -> None:
    assert post(server, mail="wrong", first="Ines") == 200
    assert until(lambda: bool(server.rows("SELECT 1 FROM inbox WHERE state = 'quarantined'")), 30)
    item = data(server, capsys, "quarantine", "list")[0]["id"]

    assert run(server, "quarantine", "edit", item, "--set", "mail=ines@example.com", "--replay") == 0

    assert until(lambda: main(["leads", "show", "ines@example.com", "--config", str(server.config)]) == 0, 30, every=0.5)


def test_what_waits_for_a_paused_connection_is_delivered_by_run_after_it_resumes(server: Server, capsys: Said) -> None:
    assert run(server, "connections", "pause", "crm") == 0
    assert post(server, mail="waits@example.com") == 200
    assert until(lambda: bool(server.rows("SELECT 1 FROM link WHERE state = 'behind'")), 30)
    assert run(server, "run", "deliver:crm:lead") == 1

    assert run(server, "connections", "resume", "crm") == 0
    run(server, "run", "deliver:crm:lead")

    assert until(lambda: not server.waiting(), 30)
    assert data(server, capsys, "run", "decide")["reason_code"] is None


def seen(server: Server, said: Said, who: str) -> dict[str, Any]:
    """What a person's one record in the CRM was seen to hold."""
    people = data(server, said, "leads", "show", who)
    return people[0]["links"][0]["seen"] if people and people[0]["links"] else {}


def test_a_run_is_undone_through_the_server(server: Server, capsys: Said) -> None:
    for company in ("Tern", "Slate"):
        assert post(server, mail="undo@example.com", last="Osei", company=company) == 200
        assert until(lambda company=company: seen(server, capsys, "undo@example.com").get("company") == company, 30, every=0.2)  # type: ignore[misc]
    (person,) = data(server, capsys, "leads", "show", "undo@example.com")

    assert run(server, "undo", person["links"][0]["attempts"][-1]["run"], "--yes") == 0

    assert until(lambda: seen(server, capsys, "undo@example.com").get("company") == "Tern", 60, every=0.2), server.said()


def test_a_second_server_gives_way(server: Server) -> None:
    command = [sys.executable, "-m", "core.cli.main", "serve", "--port", "0", "--config", str(server.config)]

    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert second.returncode == 4
    assert "Another Leadloom process" in second.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    server = Server(write_office(tmp_path), tmp_path / "log")
    process = server.launch()
    assert until(server.is_up, 60), server.said()
    assert post(server, mail="kim@example.com") == 200

    process.send_signal(number)

    assert process.wait(30) == 0, server.said()
    assert "server.stopped" in server.said() and "Traceback" not in server.said()
    assert not (server.data / "server.json").exists()
    assert server.rows("SELECT acknowledged FROM intake_total") == [(1,)]


def test_a_port_that_is_taken_is_told(server: Server, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]
    command = [sys.executable, "-m", "core.cli.main", "serve", "--port", port, "--config", str(write_office(tmp_path))]

    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert second.returncode == 2
    assert "Cannot listen" in second.stderr and "--port" in second.stderr


def test_the_sandbox_takes_its_options_and_its_signals(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    command = [sys.executable, "-m", "core.cli.main", "sandbox", "up", "--only", "hubspot", "--state-file", str(state)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert until(state.exists, 30)
        assert set(json.loads(state.read_text())) == {"hubspot"}
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=20)

    assert process.returncode == 0
    assert said.startswith("hubspot")
