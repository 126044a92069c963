"""`python -m sandbox`: what it starts, what it prints, what the state file says, and how it ends."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.clock import DialClock
from sandbox.runner import OFFERS, parse, run
from sandbox.shell import Served
from tests.support.echo import Echo

ROOT = Path(__file__).parents[3]


@contextmanager
def running(state: Path, *arguments: str) -> Iterator[tuple[dict[str, str], io.StringIO]]:
    """Run in a thread until the block ends; the addresses come from the state file."""
    stop, out = threading.Event(), io.StringIO()
    thread = threading.Thread(target=run, args=(["--state-file", str(state), *arguments], stop, out))
    thread.start()
    try:
        while not state.exists() and thread.is_alive():
            stop.wait(0.005)
        yield json.loads(state.read_text()), out
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def fetch(url: str, data: bytes | None = None, **headers: str) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10) as answer:
        return json.load(answer)


def test_all_stand_ins_start_and_their_printed_credentials_let_a_client_in(tmp_path: Path) -> None:
    with running(tmp_path / "state.json") as (urls, out):
        assert list(urls) == ["salesforce", "hubspot", "meta", "zoom", "linkedin", "tiktok", "intercom", "microsoft"]
        given = OFFERS["salesforce"].credentials
        login = {"grant_type": "client_credentials", "client_id": given["client_id"], "client_secret": given["client_secret"]}
        assert fetch(f"{urls['salesforce']}/services/oauth2/token", urllib.parse.urlencode(login).encode())["access_token"]
        bearer = f"Bearer {OFFERS['hubspot'].credentials['access_token']}"
        assert "results" in fetch(f"{urls['hubspot']}/crm/v3/objects/contacts", authorization=bearer)
        bearer = f"Bearer {OFFERS['meta'].credentials['access_token']}"
        assert fetch(f"{urls['meta']}/v26.0/me", authorization=bearer)["id"] == OFFERS["meta"].credentials["page_id"]
    lines = out.getvalue().splitlines()
    assert len(lines) == len(urls)
    for line, name in zip(lines, urls, strict=True):
        assert line.startswith(f"{name} ")
        assert urls[name] in line
        assert all(value in line for value in OFFERS[name].credentials.values())


def test_the_state_file_goes_away_with_the_stand_ins(tmp_path: Path) -> None:
    with running(tmp_path / "state.json", "--only", "meta"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_only_the_named_stand_ins_run(tmp_path: Path) -> None:
    with running(tmp_path / "state.json", "--only", "meta") as (urls, _):
        assert list(urls) == ["meta"]


def test_the_demonstration_seed_fills_every_stand_in(tmp_path: Path) -> None:
    with running(tmp_path / "state.json", "--seed-demo") as (urls, _):
        assert len(fetch(f"{urls['meta']}/_sandbox/leads", b"{}")["leads"]) == 12
        assert fetch(f"{urls['salesforce']}/_sandbox/count", b'{"object": "Lead"}') != fetch_count_of_empty_salesforce()
        assert fetch(f"{urls['hubspot']}/_sandbox/records", b'{"object": "contacts"}')


def fetch_count_of_empty_salesforce() -> Any:
    with Served(OFFERS["salesforce"].make(), DialClock()) as served:
        return fetch(f"{served.url}/_sandbox/count", b'{"object": "Lead"}')


def test_one_clock_moves_all_stand_ins(tmp_path: Path) -> None:
    with running(tmp_path / "state.json", "--only", "hubspot", "meta") as (urls, _):
        fetch(f"{urls['hubspot']}/_sandbox/clock", b'{"at": "2031-05-06T00:00:00+00:00"}')
        assert fetch(f"{urls['meta']}/_sandbox/clock")["now"].startswith("2031-05-06")


def test_a_port_that_is_taken_ends_the_program_with_advice() -> None:
    with Served(Echo(), DialClock()) as taken:
        port = taken.url.rsplit(":", 1)[1]
        with pytest.raises(SystemExit, match="--meta-port"):
            run(["--only", "meta", "--meta-port", port], threading.Event(), io.StringIO())


def test_an_unknown_stand_in_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--only", "pipedrive"])
    assert "pipedrive" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_ends_cleanly_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    state = tmp_path / "state.json"
    command = [sys.executable, "-m", "sandbox", "--only", "meta", "--state-file", str(state)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ}) as process:
        assert process.stdout is not None
        first = process.stdout.readline().decode()
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert first.startswith("meta ")
    assert (process.returncode, errors) == (0, b"")
    assert not state.exists()
