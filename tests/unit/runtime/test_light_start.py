"""What a server loads before its first lead: no SQLAlchemy, no web framework, no HTTP client, no timers, no command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.contract import Request
from core.runtime.later_http import LaterContext
from core.runtime.schedule import may_poll
from tests.support.http import HandClock

SCRIPT = """
import sys
from pathlib import Path
from core.runtime.installation import Installation
from core.runtime.service import Service
from core.web.app import build_app
from core.runtime.doors import Doors
path = Path(sys.argv[1])
installation = Installation.load(path)
with installation.exclusive():
    service = Service(installation, path)
    service.open()
    build_app(service)
    assert Doors(service).find("form", "form-0123456789abcdef") is not None
    service.close()
late = {"sqlalchemy", "sqlmodel", "fastapi", "httpx", "apscheduler", "alembic", "phonenumbers", "typer"}
print("LOADED", *sorted(late & set(sys.modules)))
"""
CONFIG = """
allow_clear_secrets: true
connections:
  form: {connector: web_form, settings: {token: form-0123456789abcdef}}
  crm: {connector: hubspot, settings: {access_token: pat-0123456789}}
"""


def test_a_server_opens_its_doors_without_what_only_the_engine_needs(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "mappings").mkdir()
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path / "config.yaml")], capture_output=True, text=True, check=True)

    assert done.stdout.partition("LOADED")[2].split() == []


def test_http_of_a_connection_that_calls_nobody_is_opened_when_it_calls_after_all() -> None:
    opened: list[str] = []

    def open_now() -> object:
        opened.append("opened")
        raise ConnectionError("opened for real")

    later = LaterContext(HandClock(), open_now)  # type: ignore[arg-type]  # it fails before anything is needed
    later.close()
    assert opened == []
    with pytest.raises(ConnectionError):
        later.context.http.send(Request("GET", "https://example.com/"))
    with pytest.raises(ConnectionError):
        later.context.sdk.requests_session()
    assert opened == ["opened", "opened"]


def test_polling_is_thought_of_only_where_a_mapping_may_read_a_source(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text("kind: inbound\nfrom: {connection: form}\n")
    assert not may_poll(tmp_path, ["crm"])

    for kind in ("kind: inbound\nfrom: {connection: crm}\n", "kind: sync\nto: {connection: crm}\n"):
        (tmp_path / "back.yaml").write_text(kind)
        assert may_poll(tmp_path, ["crm"])
    (tmp_path / "back.yaml").write_text("kind: sync\nto: {connection: other}\n")
    assert not may_poll(tmp_path, ["crm"])
    (tmp_path / "back.yaml").write_text("kind: inbound\nfrom: {connection: crm}\n")
    assert may_poll(tmp_path, ["crm"])
    only_writes = "kind: sync\nto: {connection: crm}\ndirection: to\n"
    (tmp_path / "back.yaml").write_text(only_writes)
    assert not may_poll(tmp_path, ["crm"])
    for line in ("  phone: {from: phone, direction: both}\n", "  owner: {from: owner, refers: owners}\n"):
        (tmp_path / "back.yaml").write_text(only_writes + "fields:\n" + line)
        assert may_poll(tmp_path, ["crm"])
    (tmp_path / "back.yaml").write_text("kind: sync\nto: {connection: crm}\nfields:\n  phone: {from: phone, direction: to}\n")
    assert may_poll(tmp_path, ["crm"])
    (tmp_path / "back.yaml").write_text('kind: "\\x69nbound"\n')
    assert may_poll(tmp_path, ["crm"])
    assert not may_poll(tmp_path / "nowhere", ["crm"])
