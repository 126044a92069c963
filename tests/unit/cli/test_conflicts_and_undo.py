"""Deciding what is left different and taking runs back from the command line, without a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.memory.remote import forget, remote
from core.cli import undo as undo_command
from core.cli.main import main
from core.runtime.installation import Installation
from core.store.commands.intake import AcceptEvents
from core.store.inbox_seal import Arrival, seal_arrival
from tests.support.office import INBOUND, REMOTE, SYNC, sql, write_office

Said = pytest.CaptureFixture[str]
KIM = {"mail": "kim@example.com", "first": "Kim", "last": "Osei", "company": "Tern"}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """One person, delivered; what the CRM says never counts."""
    write_office(tmp_path, INBOUND, {**SYNC, "authority": "ours"})
    submit(tmp_path, 1, **KIM)
    yield tmp_path
    forget(REMOTE)


def submit(folder: Path, number: int, **fields: Any) -> None:
    """Take a submission in, decide and deliver it."""
    installation = Installation.load(folder / "config.yaml")
    with installation.writing_store() as store:
        arrival = Arrival(f"event-{number}", "submission", "", "push", None, fields)
        store.write(AcceptEvents((seal_arrival(store.vault, store.workspace, "site", arrival, installation.clock.now()),)))
    settle(folder)


def settle(folder: Path) -> None:
    for lane in ("read:crm:lead", "decide", "deliver:crm:lead"):
        run(folder, "run", lane)


def edit(folder: Path, **fields: Any) -> str:
    """Somebody edits the one record there, and it is read."""
    crm = remote(REMOTE)
    (record_id,) = crm.records("lead")
    crm.edit("lead", record_id, fields, now=Installation.load(folder / "config.yaml").clock.now())
    settle(folder)
    return record_id


def company() -> Any:
    ((_, fields),) = remote(REMOTE).records("lead").items()
    return fields["company"]


def run(folder: Path, *words: str) -> int:
    return main([*words, "--config", str(folder / "config.yaml")])


def data(folder: Path, said: Said, *words: str) -> Any:
    said.readouterr()
    run(folder, *words, "--json")
    return json.loads(said.readouterr().out)


def test_what_is_left_different_is_shown_and_counted(folder: Path, capsys: Said) -> None:
    assert run(folder, "conflicts") == 0
    assert "Nothing is left different." in capsys.readouterr().out

    record_id = edit(folder, company="Slate")

    capsys.readouterr()
    assert run(folder, "conflicts", "list") == 0
    said = capsys.readouterr().out
    assert all(words in said for words in ("diverged", record_id, "crm:", "ours 'Tern'", "theirs 'Slate'"))
    (found,) = data(folder, capsys, "conflicts", "list", "--kind", "diverged", "--object", "lead")
    assert data(folder, capsys, "conflicts", "--kind", "diverged") == [found] and data(folder, capsys, "conflicts", "--kind", "held") == []
    assert run(folder, "conflicts", "--kind", "held", "list") == 2
    capsys.readouterr()
    assert (found["field"], found["ours"], found["theirs"]) == ("company", "Tern", "Slate")

    run(folder, "status")
    assert "Fields left different: crm 1 diverged" in capsys.readouterr().out
    crm = next(each for each in data(folder, capsys, "status")["connections"] if each["name"] == "crm")
    assert crm["fields"] == {"diverged": 1, "frozen": 0, "held": 0}


def test_a_decision_says_what_follows_and_is_noted_with_who_took_it(folder: Path, capsys: Said) -> None:
    edit(folder, company="Slate")
    (found,) = data(folder, capsys, "conflicts", "list")

    assert run(folder, "conflicts", "resolve", found["link"], "company", "--ours", "--actor", "ines") == 0
    said = capsys.readouterr().out
    assert "company 'Slate' becomes 'Tern'" in said and "our company becomes 'Tern'" in said
    settle(folder)

    assert company() == "Tern"
    assert sql(folder / "var", "SELECT actor, action, target, detail FROM audit") == [
        ("ines", "conflicts.resolve", found["link"], "field: company, by: ours")
    ]


def test_a_decision_for_theirs_has_nothing_to_write_there(folder: Path, capsys: Said) -> None:
    edit(folder, company="Slate")
    (found,) = data(folder, capsys, "conflicts", "list")

    told = data(folder, capsys, "conflicts", "resolve", found["link"], "company", "--theirs")

    assert (told["value"], told["golden"], told["follows"]) == ("Slate", {"company": "Slate"}, [])
    settle(folder)
    assert company() == "Slate" and data(folder, capsys, "conflicts", "list") == []


@pytest.mark.parametrize("words", [(), ("--ours", "--value", "x")])
def test_whose_value_stands_must_be_said_exactly_once(folder: Path, words: tuple[str, ...]) -> None:
    assert run(folder, "conflicts", "resolve", "link:x", "company", *words) == 2


def test_what_is_not_listed_is_refused_with_what_to_do(folder: Path, capsys: Said) -> None:
    assert run(folder, "conflicts", "resolve", "link:x", "company", "--ours") == 1
    assert "`leadloom conflicts` shows what is" in capsys.readouterr().err

    assert run(folder, "conflicts", "release", "link:x", "company") == 1


def test_a_frozen_field_is_released(folder: Path, capsys: Said) -> None:
    edit(folder, company="Slate")
    sql(folder / "var", """UPDATE link SET diverged_fields = 'null', frozen_fields = '{"company": "bounces"}'""")
    (found,) = data(folder, capsys, "conflicts", "list", "--kind", "frozen")

    assert run(folder, "conflicts", "release", found["link"], "company") == 0
    assert "is followed again" in capsys.readouterr().out
    settle(folder)

    assert [each["kind"] for each in data(folder, capsys, "conflicts", "list")] == ["diverged"]


@pytest.fixture
def updated(folder: Path, capsys: Said) -> str:
    """The id of the run that moved the company from Tern to Slate."""
    submit(folder, 2, **KIM | {"company": "Slate"})
    newest, first = data(folder, capsys, "runs", "--lane", "deliver:crm:lead")
    assert (newest["counts"]["updated"], first["counts"]["created"]) == (1, 1)
    return str(newest["id"])


def test_runs_are_listed_with_the_ids_that_people_and_status_show(folder: Path, capsys: Said, updated: str) -> None:
    capsys.readouterr()
    assert run(folder, "runs") == 0
    assert updated in capsys.readouterr().out
    assert updated in {each["id"] for each in data(folder, capsys, "status")["runs"]}
    (person,) = data(folder, capsys, "leads", "show", "kim@example.com")
    assert person["links"][0]["attempts"][-1]["run"] == updated


def test_a_run_is_undone_after_its_plan_was_shown(folder: Path, capsys: Said, updated: str) -> None:
    capsys.readouterr()
    assert run(folder, "undo", updated) == 1
    told = capsys.readouterr()
    assert "Goes back" in told.out and "Slate" in told.out and "Tern" in told.out and "--yes" in told.err
    settle(folder)
    assert company() == "Slate"

    assert run(folder, "undo", updated, "--yes") == 0
    settle(folder)
    assert company() == "Tern"
    assert run(folder, "undo", updated, "--yes") == 1
    assert "Our value has changed since." in capsys.readouterr().out


def test_somebody_at_a_terminal_is_asked(folder: Path, capsys: Said, updated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([False, True])
    monkeypatch.setattr(undo_command, "is_interactive", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda question: next(answers))

    assert run(folder, "undo", updated) == 1
    assert run(folder, "undo", updated) == 0

    settle(folder)
    assert company() == "Tern"


def test_as_json_the_plan_is_printed_and_carried_out_with_yes_alone(folder: Path, capsys: Said, updated: str) -> None:
    plan = data(folder, capsys, "undo", updated)
    assert (plan["done"], plan["records"], plan["stays"]) == (False, 1, [])
    assert [(each["field"], each["now"], each["back_to"]) for each in plan["restores"]] == [("company", "Slate", "Tern")]

    assert data(folder, capsys, "undo", updated, "--yes")["done"] is True
    settle(folder)
    assert company() == "Tern"


def test_a_run_of_many_records_is_not_undone_by_yes_alone(
    folder: Path, capsys: Said, updated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.flow.delivery.work.SafetyStop.holds_back", lambda *_: True)

    assert run(folder, "undo", updated, "--yes") == 1
    assert "--all-of-them" in capsys.readouterr().err
    assert run(folder, "undo", updated, "--yes", "--all-of-them") == 0


def test_a_run_that_wrote_nothing_says_what_it_is(folder: Path, capsys: Said) -> None:
    (decided, *_) = data(folder, capsys, "runs", "--lane", "decide")

    assert run(folder, "undo", decided["id"]) == 1
    assert "wrote to no CRM" in capsys.readouterr().err
