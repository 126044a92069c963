"""The command line as a whole: it starts fast, suggests the right word, and words what went wrong with a stable exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.cli.main import config_first, main
from core.runtime.installation import Installation
from tests.support.office import office, write_office

HEAVY = ("fastapi", "uvicorn", "sqlalchemy", "sqlmodel", "httpx", "rich", "structlog", "prometheus_client", "core.store", "core.runtime")


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; from core.cli.main import main; main(['--help']); print('LOADED', *sys.modules)"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert "quarantine" in said
    loaded = said.partition("LOADED")[2].split()
    assert not [name for name in loaded if name.startswith(HEAVY)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["status", "--config", "x.yaml", "--json"], ["--config", "x.yaml", "status", "--json"]),
        (["status", "-c", "x.yaml"], ["-c", "x.yaml", "status"]),
        (["--config", "x.yaml", "status"], ["--config", "x.yaml", "status"]),
        (["status", "--config=x.yaml"], ["--config=x.yaml", "status"]),
        (["leads", "show", "--", "--config", "x"], ["leads", "show", "--", "--config", "x"]),
        (["status", "--config"], ["status", "--config"]),
    ],
)
def test_the_configuration_may_be_named_anywhere(written: list[str], read: list[str]) -> None:
    assert config_first(written) == read


@pytest.mark.parametrize(
    ("line", "suggestion"),
    [
        (["statsu"], "status"),
        (["quarantine", "lits"], "list"),
        (["status", "--jsn"], "--json"),
        (["connections", "pause", "crn"], "Did you mean 'crm'"),
        (["quarantine", "list", "--connection", "siet"], "Did you mean 'site'"),
        (["run", "deliver:crm:leed"], "Did you mean 'deliver:crm:lead'"),
        (["run", "xyz"], "Lanes here: decide, deliver:crm:lead"),
        (["check", "sit"], "Did you mean 'site'"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: list[str], suggestion: str
) -> None:
    config = write_office(tmp_path)

    assert main([*line, "--config", str(config)]) == 2

    assert suggestion in capsys.readouterr().err


def test_without_a_configuration_the_way_to_one_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--config", str(tmp_path / "config.yaml")]) == 3

    assert "leadloom init" in capsys.readouterr().err


def test_a_broken_configuration_is_told_with_its_line_and_without_a_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("server:\n  prot: 80\n")

    assert main(["ledger", "--config", str(config)]) == 3

    said = capsys.readouterr().err
    assert "config.yaml:2:3" in said and "Did you mean 'port'" in said and "leadloom check" in said
    assert "Traceback" not in said


def test_a_command_that_writes_gives_way_to_another_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_office(tmp_path)
    with Installation.load(config).exclusive():
        assert main(["connections", "pause", "crm", "--config", str(config)]) == 4

    assert "Another Leadloom process" in capsys.readouterr().err


def test_a_lost_key_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with office(tmp_path) as desk:
        desk.submit({"mail": "kim@example.com"})
        desk.settle()
        golden = desk.sql("SELECT id FROM golden")[0][0]
    (tmp_path / "var" / "leadloom.key").unlink()

    assert main(["leads", "show", golden, "--config", str(desk.config)]) == 3

    assert "does not open with this database key" in capsys.readouterr().err


def test_an_unexpected_error_is_a_bug_that_says_how_to_report_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("kim@example.com")

    monkeypatch.delenv("LEADLOOM_DEBUG", raising=False)
    monkeypatch.setattr(Installation, "load", broken)

    assert main(["status", "--config", str(write_office(tmp_path))]) == 70

    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said and "LEADLOOM_DEBUG" in said and "kim@" not in said


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0

    assert capsys.readouterr().out.startswith("Leadloom ")


def test_connectors_are_listed_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connectors", "--json"]) == 0

    listed = {each["id"] for each in json.loads(capsys.readouterr().out)}
    assert {"salesforce", "hubspot", "web_form", "spreadsheet"} <= listed
