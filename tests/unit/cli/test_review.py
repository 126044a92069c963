"""The review queue from the command line, without a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.memory.remote import forget
from core.cli.main import main
from core.runtime.installation import Installation
from core.store.commands.intake import AcceptEvents
from core.store.commands.matching import QueueToMatch
from core.store.inbox_seal import Arrival, seal_arrival
from tests.support.office import INBOUND, REMOTE, SYNC, sql, write_office

Said = pytest.CaptureFixture[str]
FIELDS = {"email": "mail", "first_name": "first", "last_name": "last", "company": "company", "city": "city"}
ADA = {"mail": "ada.lovelace@example.com", "first": "Ada", "last": "Lovelace", "company": "Analytical Engines", "city": "Berlin"}
TYPO = ADA | {"mail": "ada.lovelase@example.com", "last": "Lovelase"}


@pytest.fixture
def folder(tmp_path: Path, capsys: Said) -> Iterator[Path]:
    """Two people that a typo keeps apart, matched."""
    write_office(tmp_path, {**INBOUND, "fields": FIELDS}, SYNC)
    installation = Installation.load(tmp_path / "config.yaml")
    for number, fields in enumerate((ADA, TYPO), 1):
        with installation.writing_store() as store:
            arrival = Arrival(f"event-{number}", "submission", "", "push", None, dict(fields))
            store.write(AcceptEvents((seal_arrival(store.vault, store.workspace, "site", arrival, installation.clock.now()),)))
        run(tmp_path, "run", "decide")
    due(tmp_path)
    run(tmp_path, "run", "match")
    capsys.readouterr()
    yield tmp_path
    forget(REMOTE)


def due(folder: Path) -> None:
    """Have what waits matched now, not in two seconds."""
    installation = Installation.load(folder / "config.yaml")
    with installation.writing_store() as store:
        store.write(QueueToMatch(store.workspace, tuple((each, 1) for each in living(folder)), installation.clock.now()))


def run(folder: Path, *words: str) -> int:
    return main(["--config", str(folder / "config.yaml"), *words])


def living(folder: Path) -> list[str]:
    found = sql(Installation.load(folder / "config.yaml").config.data_dir, "SELECT id FROM golden WHERE state = 'active' ORDER BY id")
    return [row[0] for row in found]


def listed(folder: Path, capsys: Said) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert run(folder, "review", "list", "--json") == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_pairs_are_listed_without_personal_data(folder: Path, capsys: Said) -> None:
    (pair,) = listed(folder, capsys)
    assert [pair["left_id"], pair["right_id"]] == living(folder)

    assert run(folder, "review") == 0

    said = capsys.readouterr().out
    assert pair["left_id"] in said
    assert "ovela" not in said


def test_a_pair_is_shown_side_by_side_with_the_reasons(folder: Path, capsys: Said) -> None:
    assert run(folder, "review", "show", *living(folder)) == 0

    said = capsys.readouterr().out
    assert "ada.lovelace@example.com" in said
    assert "ada.lovelase@example.com" in said
    assert "Why: " in said
    assert "stays and B goes into it" in said


def test_the_same_merges_and_names_who_said_it(folder: Path, capsys: Said) -> None:
    assert run(folder, "review", "same", *living(folder), "--actor", "kim") == 0

    assert "one record now" in capsys.readouterr().out
    assert len(living(folder)) == 1
    assert listed(folder, capsys) == []
    assert sql(folder / "var", "SELECT state, decided_by FROM review_pair") == [("same", "person:kim")]


def test_different_keeps_them_apart(folder: Path, capsys: Said) -> None:
    assert run(folder, "review", "different", *living(folder), "--json") == 0

    assert json.loads(capsys.readouterr().out)["answer"] == "different"
    assert len(living(folder)) == 2
    assert listed(folder, capsys) == []


def test_a_person_is_asked_pair_by_pair(folder: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["what", "skip"])
    monkeypatch.setattr("core.cli.review.is_interactive", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(answers))

    assert run(folder, "review") == 0
    said = capsys.readouterr()
    assert "Answer s, d, k or q." in said.err
    assert "No other pair waits" in said.out
    assert len(listed(folder, capsys)) == 1

    answers = iter(["d"])
    assert run(folder, "review") == 0
    assert "1 answered now, 1 in all." in capsys.readouterr().out


def test_training_wants_more_answers_and_says_how_many(folder: Path, capsys: Said) -> None:
    assert run(folder, "review", "train") == 1
    assert "0 of 100 answers" in capsys.readouterr().err

    assert run(folder, "review", "model") == 0
    assert "nothing is merged by a score alone" in capsys.readouterr().out
    assert run(folder, "review", "model", "on") == 1


def test_an_unknown_record_is_said_to_be_unknown(folder: Path, capsys: Said) -> None:
    assert run(folder, "review", "show", "nobody", living(folder)[0]) == 1
    assert "no golden record 'nobody'" in capsys.readouterr().err


def test_status_tells_what_waits(folder: Path, capsys: Said) -> None:
    assert run(folder, "status") == 0

    assert "To review: 1 pairs" in capsys.readouterr().out
