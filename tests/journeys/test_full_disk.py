"""A database that cannot be written: 503 and never a 2xx; when it can be written again, everything goes on by itself."""

from __future__ import annotations

import http.client
import json
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.journey import FORM_TOKEN, inbound_mapping, sync_mapping, write_installation
from tests.support.server import Sandbox, Server, ask, sandbox, serving, until

WEB = f"/hooks/web/{FORM_TOKEN}"
TRIGGER = "CREATE TRIGGER full BEFORE INSERT ON inbox BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END"


@pytest.fixture
def crms(tmp_path: Path) -> Iterator[Sandbox]:
    with sandbox(tmp_path) as running:
        yield running


@pytest.fixture
def config(tmp_path: Path, crms: Sandbox) -> Path:
    urls = {"sf": crms.urls["salesforce"], "hs": crms.urls["hubspot"]}
    mappings = [inbound_mapping("web"), sync_mapping("sf"), sync_mapping("hs")]
    return write_installation(tmp_path, urls, mappings, hs_timeout=20)


@contextmanager
def full_disk(server: Server) -> Iterator[None]:
    """Have the database refuse every new submission as SQLite does when the disk is full: the whole transaction is undone."""
    _alter(server, TRIGGER)
    try:
        yield
    finally:
        _alter(server, "DROP TRIGGER full")


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """Hold the write lock, as a backup tool or a stray shell might."""
    line = sqlite3.connect(server.data / "leadloom.db", isolation_level=None, timeout=10)
    line.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        line.execute("ROLLBACK")
        line.close()


def _alter(server: Server, sql: str) -> None:
    line = sqlite3.connect(server.data / "leadloom.db", timeout=10)
    try:
        line.execute(sql)
        line.commit()
    finally:
        line.close()


def post(server: Server, name: str, seconds: float = 60) -> int:
    body = json.dumps({"email": f"{name}@example.com", "last_name": "Full", "company": f"Example {name}"}).encode()
    return ask(server.url + WEB, "POST", body, {"content-type": "application/json"}, seconds).status


def test_a_full_disk_is_answered_503_and_nothing_that_was_acknowledged_is_lost(config: Path, crms: Sandbox) -> None:
    with serving(config) as server:
        # given a server that has taken something in
        assert post(server, "before") == 200

        # when its disk is full for a while
        with full_disk(server):
            refused = ask(server.url + WEB, "POST", b'{"email":"during@example.com"}', {"content-type": "application/json"})
            again = [post(server, f"during{n}") for n in range(5)]

        # then nobody heard that anything was stored, and was told when to come again
        assert refused.status == 503
        assert int(refused.headers["retry-after"]) > 0
        assert set(again) == {503}
        # and afterwards everything works as before
        assert post(server, "after") == 200
        assert until(lambda: server.waiting() == 0, 60)
        assert {lead["Email"] for lead in crms.salesforce_leads()} == {"before@example.com", "after@example.com"}
        assert "intake.unavailable" in server.said()
        assert "example.com" not in server.said()


def test_an_engine_that_dies_while_nothing_can_be_written_is_started_again(config: Path, crms: Sandbox) -> None:
    with serving(config) as server:
        # given an engine that dies while the database is locked
        assert post(server, "one") == 200
        assert until(lambda: server.engine_pid() is not None, 30)
        first = server.engine_pid()
        with locked(server):
            assert first is not None
            os.kill(first, signal.SIGKILL)
            assert until(lambda: "engine.died" in server.said(), 20)

        # when the lock is gone
        # then the lead is delivered without anyone's help
        assert until(lambda: len(crms.hubspot_contacts()) == 1 and len(crms.salesforce_leads()) == 1, 90)


def test_a_delivery_that_waits_for_a_lock_is_never_acknowledged_before_it_is_stored(config: Path) -> None:
    with serving(config) as server:
        # given a database that somebody else has locked
        with locked(server):
            # when a delivery comes and its sender gives up
            with pytest.raises((TimeoutError, OSError, http.client.HTTPException)):
                post(server, "waiting", seconds=1.0)
            assert server.rows("SELECT count(*) FROM inbox") == [(0,)]

        # then it is stored once the lock is gone, and its repetition is a duplicate
        assert post(server, "waiting") == 200
        assert server.rows("SELECT count(*), sum(duplicates) FROM inbox") == [(1, 1)]


def test_a_second_server_on_the_same_folder_refuses_and_says_why(config: Path) -> None:
    with serving(config) as server:
        # when another one is started on the same data folder
        second = Server(config, config.parent / "second.log")
        file = (server.data / "server.json").read_text("utf-8")
        process = second.launch(keep_address=True)

        # then it ends with a message, and the first is not disturbed
        assert process.wait(60) not in (0, None)
        assert "Another Leadloom process works with" in second.said()
        assert "Traceback" not in second.said()
        assert (server.data / "server.json").read_text("utf-8") == file
        assert post(server, "still-there") == 200
