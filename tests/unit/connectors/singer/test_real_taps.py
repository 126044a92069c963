"""Taps as they are published, installed from the package index: only with LEADLOOM_REAL_TAPS=1, because it takes minutes."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from connectors.singer.connector import Singer
from connectors.singer.settings import SingerSettings
from core.contract import ObjectName, Unavailable
from core.contract.testing.acts import ids_of
from core.runtime.programs import ProgramRunner
from tests.support.http import HandClock
from tests.support.memory_bench import quiet_context

pytestmark = pytest.mark.skipif(os.environ.get("LEADLOOM_REAL_TAPS") != "1", reason="installs from the network; set LEADLOOM_REAL_TAPS=1")
LEADS = [{"id": f"L{number}", "name": "Ada Byron", "updated": f"2026-01-0{number}T00:00:00Z"} for number in (1, 2)]


class _Leads(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(LEADS).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Leads)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def installed(folder: Path, **settings: Any) -> Singer:
    connector = Singer(SingerSettings.model_validate(settings), replace(quiet_context(HandClock()), programs=ProgramRunner(folder, "crm")))
    try:
        connector.check()
    except Unavailable as error:
        pytest.skip(f"the tap cannot be installed or started here: {error}")
    return connector


def test_tap_rest_api_msdk_gives_its_records_and_a_state(tmp_path: Path, address: str) -> None:
    stream = {"name": "leads", "path": "/leads", "primary_keys": ["id"], "records_path": "$[*]", "replication_key": "updated"}
    connector = installed(tmp_path, requirement="tap-rest-api-msdk==1.4.2", config={"api_url": address, "streams": [stream]})

    pages = list(connector.read(ObjectName("leads"), None))

    assert ids_of(pages) == ["L1", "L2"]
    assert "2026-01-02" in pages[-1].resume
    again = list(connector.read(ObjectName("leads"), pages[-1].resume))
    versions = [{change.id: change.version for page in each for change in page.changes} for each in (pages, again)]
    assert versions[1].items() <= versions[0].items()


def test_tap_github_tells_its_streams(tmp_path: Path) -> None:
    settings = {"requirement": "meltanolabs-tap-github==1.30.1", "command": "tap-github", "config": {"repositories": ["example/example"]}}

    assert len(installed(tmp_path, **settings).describe()) > 20
