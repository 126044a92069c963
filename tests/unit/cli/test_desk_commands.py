"""Looking and acting from the command line, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import main
from tests.support.office import office, sql

Said = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lead that is delivered, one that waits, one in quarantine."""
    with office(tmp_path) as desk:
        desk.submit({"mail": "kim@example.com", "news": "yes"})
        desk.submit({"mail": "not an address"})
        desk.settle()
        desk.submit({"mail": "ines@example.com"})
    return tmp_path


def run(folder: Path, *words: str) -> int:
    return main([*words, "--config", str(folder / "config.yaml")])


def data(folder: Path, said: Said, *words: str) -> Any:
    said.readouterr()
    run(folder, *words, "--json")
    return json.loads(said.readouterr().out)


def test_the_ledger_prints_both_books(folder: Path, capsys: Said) -> None:
    assert run(folder, "ledger") == 0

    said = capsys.readouterr().out
    assert "Intake" in said and "Delivery" in said and "The books balance." in said


def test_a_ledger_that_does_not_balance_ends_with_1_and_names_the_fault(folder: Path, capsys: Said) -> None:
    sql(folder / "var", "DELETE FROM observation")

    assert run(folder, "ledger") == 1

    said = capsys.readouterr()
    assert "do NOT balance" in said.out and "inbox:1" in said.err
    assert data(folder, capsys, "ledger")["balanced"] is False


def test_a_person_is_shown_with_origins_and_links(folder: Path, capsys: Said) -> None:
    assert run(folder, "leads", "show", "KIM@example.com") == 0

    said = capsys.readouterr().out
    assert all(words in said for words in ("kim@example.com", "site", "granted", "crm lead", "level", "created"))


def test_nobody_is_shown_as_such(folder: Path, capsys: Said) -> None:
    assert run(folder, "leads", "show", "nobody@example.com") == 1

    assert "quarantine list" in capsys.readouterr().err
    assert data(folder, capsys, "leads", "show", "nobody@example.com") == []


def test_the_status_shows_what_waits(folder: Path, capsys: Said) -> None:
    assert run(folder, "status") == 0

    said = capsys.readouterr().out
    assert "not running" in said and "1 quarantined" in said
    assert data(folder, capsys, "status")["inbox"]["ready"] == 1


def test_a_lane_runs_in_this_process_when_no_server_does(folder: Path, capsys: Said) -> None:
    assert run(folder, "run", "decide") == 0
    assert "decide: 1 new" in capsys.readouterr().out

    assert data(folder, capsys, "run", "deliver:crm:lead")["counts"]["created"] == 1

    assert run(folder, "run", "decide") == 0
    assert "nothing is due" in capsys.readouterr().out


def test_a_lane_of_a_paused_connection_is_not_run(folder: Path, capsys: Said) -> None:
    run(folder, "connections", "pause", "crm", "--reason", "Moving house.")

    assert run(folder, "run", "deliver:crm:lead") == 1

    said = capsys.readouterr().err
    assert "Moving house." in said and "connections resume crm" in said


def test_the_quarantine_is_listed_shown_and_replayed_by_hand(folder: Path, capsys: Said) -> None:
    (item,) = data(folder, capsys, "quarantine", "list")
    assert (item["id"], item["reason_code"]) == ("inbox:2", "invalid_value")
    shown = data(folder, capsys, "quarantine", "show", "inbox:2")
    assert shown["fields"]["mail"] == "not an address" and "not an address" in shown["raw"]

    assert run(folder, "quarantine", "edit", "inbox:2", "--set", "mail=right@example.com", "--replay") == 0
    assert run(folder, "run", "decide") == 0

    assert data(folder, capsys, "quarantine", "list") == []
    assert run(folder, "leads", "show", "right@example.com") == 0


def test_values_other_than_text_are_set_as_json(folder: Path, capsys: Said) -> None:
    assert run(folder, "quarantine", "edit", "inbox:2", "--set", "size:=[1,2]", "--set", "note=a=b") == 0

    fields = data(folder, capsys, "quarantine", "show", "inbox:2")["fields"]
    assert (fields["size"], fields["note"]) == ([1, 2], "a=b")
    assert run(folder, "quarantine", "edit", "inbox:2", "--set", "size:=[1,") == 2
    assert run(folder, "quarantine", "edit", "inbox:2", "--set", "size") == 2


@pytest.mark.parametrize("words", [(), ("inbox:2", "--all"), ("everything",)])
def test_what_to_replay_must_be_said_exactly_once(folder: Path, words: tuple[str, ...]) -> None:
    assert run(folder, "quarantine", "replay", *words) == 2


def test_everything_with_a_reason_is_replayed(folder: Path, capsys: Said) -> None:
    assert run(folder, "quarantine", "replay", "--reason", "invalid_value") == 0

    assert "1 of 1" in capsys.readouterr().out
    assert run(folder, "quarantine", "replay", "inbox:2") == 1


def test_a_parked_link_is_shown_with_its_fields(folder: Path, capsys: Said) -> None:
    sql(folder / "var", "UPDATE link SET state = 'parked', reason_code = 'invalid', reason = 'Too long.', next_at = NULL")
    (link, _) = sorted(data(folder, capsys, "quarantine", "list"), key=lambda item: not item["id"].startswith("link:"))

    assert run(folder, "quarantine", "show", link["id"]) == 0
    assert "Too long." in capsys.readouterr().out

    assert run(folder, "quarantine", "edit", link["id"], "--set", "a=b") == 2
    assert run(folder, "quarantine", "replay", link["id"]) == 0
    assert run(folder, "quarantine", "show", link["id"]) == 1
