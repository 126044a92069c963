"""Starting: `init` writes files that `check` finds sound, and `check` tells all problems at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.memory.remote import MemoryRemote, register
from core.cli.main import main
from core.runtime.registry import default_registry
from tests.support.office import office, write_office


def run(folder: Path, *words: str) -> int:
    return main([*words, "--config", str(folder / "config.yaml")])


@pytest.mark.parametrize("connector", sorted(default_registry().manifests()))
def test_what_init_writes_is_sound_once_the_secrets_are_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, connector: str
) -> None:
    folder = tmp_path / "new"
    assert main(["init", "--yes", "--dir", str(folder), "--connection", f"my-one={connector}"]) == 0
    said = capsys.readouterr().out
    for variable in (line.strip() for line in said.splitlines() if line.startswith("  MY_ONE")):
        monkeypatch.setenv(variable, "a-value-0123456789abcdef")

    code = run(folder, "check", "--offline")

    problems = capsys.readouterr().err.splitlines()
    assert (folder / "mappings" / "my-one.yaml").is_file()
    assert code == (1 if problems else 0)
    assert all("connections.my-one.settings" in problem for problem in problems), "only what the account's owner must fill in may be wrong"


def test_init_replaces_nothing_without_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.yaml").write_text("# mine\n")

    assert main(["init", "--yes", "--dir", str(tmp_path), "--connection", "site=web_form"]) == 1

    assert (tmp_path / "config.yaml").read_text() == "# mine\n"
    assert not (tmp_path / "mappings").exists()
    assert "--force" in capsys.readouterr().err
    assert main(["init", "--yes", "--force", "--dir", str(tmp_path), "--connection", "site=web_form"]) == 0


@pytest.mark.parametrize(
    ("pair", "words"), [("site=web_fom", "web_form"), ("site", "NAME=CONNECTOR"), ("Site One=web_form", "small letters")]
)
def test_init_explains_what_is_wrong_with_a_connection(tmp_path: Path, capsys: pytest.CaptureFixture[str], pair: str, words: str) -> None:
    assert main(["init", "--yes", "--dir", str(tmp_path), "--connection", pair]) != 0

    assert words in capsys.readouterr().err
    assert not (tmp_path / "config.yaml").exists()


def test_check_tells_every_problem_of_configuration_and_mappings_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_office(tmp_path)
    content = json.loads(config.read_text())
    content["connections"]["site"]["settings"]["honeypot"] = []
    content["connections"]["old"] = {"connector": "web_from"}
    config.write_text(json.dumps(content, indent=1))
    (tmp_path / "mappings" / "m2.yaml").write_text("kind: inbound\nname: two\nfrom: {connection: sit}\nfields:\n  emial: mail\n")
    (tmp_path / "mappings" / "m3.yaml").write_text("kind: inbound\nname: three\nfrom: {connection: sit}\nfields: {email: mail}\n")

    assert run(tmp_path, "check", "--offline") == 1

    said = capsys.readouterr().err
    assert "honeypots" in said and "Did you mean 'web_form'" in said
    assert "m2.yaml:5:3" in said and "Did you mean 'email'" in said
    assert "m3.yaml:3" in said and "Did you mean 'site'" in said


def test_a_configuration_that_cannot_be_used_does_not_hide_the_mappings_problems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_office(tmp_path, prot=1)
    (tmp_path / "mappings" / "m2.yaml").write_text("kind: inbound\nname: two\nfrom: {connection: site}\nfields:\n  emial: mail\n")

    assert main(["check", "--config", str(config)]) == 1

    said = capsys.readouterr().err
    assert "prot" in said and "emial" in said and "were not called" in said


def test_check_calls_the_connections_and_names_the_accounts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_office(tmp_path)

    assert run(tmp_path, "check", "--json") == 0

    told = {each["name"]: each for each in json.loads(capsys.readouterr().out)["connections"]}
    assert told["crm"]["works"] and told["crm"]["account"] == "memory:desk"


def test_check_keeps_the_vendors_own_count_of_the_days_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with office(tmp_path):
        pass
    remote = register(MemoryRemote("desk"))
    remote.calls = 1_000

    assert run(tmp_path, "check", "crm") == 0
    capsys.readouterr()
    assert run(tmp_path, "status", "--json") == 0

    (budget,) = [each["budget"] for each in json.loads(capsys.readouterr().out)["connections"] if each["name"] == "crm"]
    assert budget["vendor"]["used"] == 1_002 and budget["vendor"]["allowed"] == 1_000_000 and budget["left"] == 998_998


def test_a_connection_that_fails_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with office(tmp_path):
        pass
    register(MemoryRemote("desk", key="another"))

    assert run(tmp_path, "check", "crm") == 1

    assert "FAILED" in (said := " ".join(capsys.readouterr().out.split())) and "Copy the key" in said


def test_a_pause_is_lifted_when_the_connection_works_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with office(tmp_path) as desk:
        desk.sql(
            "INSERT INTO connection_state (workspace, connection, paused_code, paused_reason) VALUES ('main', 'crm', 'auth_failed', 'No.')"
        )

    assert run(tmp_path, "check", "crm") == 0

    assert "goes on now" in capsys.readouterr().out
    run(tmp_path, "connections", "list", "--json")
    assert {each["state"] for each in json.loads(capsys.readouterr().out)} == {"working"}


def test_a_pause_that_a_person_asked_for_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_office(tmp_path)
    assert run(tmp_path, "connections", "pause", "crm", "--reason", "Moving house.") == 0

    assert run(tmp_path, "check", "crm") == 0

    capsys.readouterr()
    run(tmp_path, "connections", "list", "--json")
    assert {each["name"]: each["state"] for each in json.loads(capsys.readouterr().out)} == {"site": "working", "crm": "paused"}
