"""Where a value came from, from the command line: over merges, with who lost and why, and what each CRM got."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import main
from tests.support.office import INBOUND, SYNC, office

Said = pytest.CaptureFixture[str]
FORM = """\
kind: inbound
name: form
from: {connection: site}
fields:
  email: mail
  full_name: name
  company: {from: [company, firma], do: trim}
  x_note: note
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One person of three submissions, two of which were two people before the third."""
    with office(tmp_path) as desk:
        (tmp_path / "mappings" / "m0.yaml").write_text(FORM, "utf-8")
        desk.submit({"mail": "kim.osei@example.com", "name": "Kim Osei", "company": "Tern"})
        desk.submit({"mail": "k.osei@example.org", "name": "Kim Osei", "firma": " Slate GmbH "})
        desk.settle()
        desk.submit({"mail": "kim.osei@example.com", "name": "Kim Osei", "company": "Slate GmbH", "note": "private"})
        desk.settle()
    return tmp_path


def run(folder: Path, *words: str) -> int:
    return main(["explain", *words, "--config", str(folder / "config.yaml")])


def told(folder: Path, said: Said, *words: str) -> Any:
    said.readouterr()
    run(folder, *words, "--json")
    (origin,) = json.loads(said.readouterr().out)
    return origin


def test_the_winner_is_told_with_line_path_raw_value_and_submission(folder: Path, capsys: Said) -> None:
    winner = told(folder, capsys, "kim.osei@example.com", "company")["said"][0]

    assert (winner["value"], winner["observer"], winner["submission"], winner["lost"]) == ("Slate GmbH", "site", "inbox:3", None)
    assert (winner["line"], winner["path"], winner["raw"], winner["steps"]) == (7, "company", "Slate GmbH", ["trim"])
    assert winner["mapping"] == "form" and winner["mapping_version"]


def test_the_losers_of_all_merged_records_are_told_with_the_reason(folder: Path, capsys: Said) -> None:
    origin = told(folder, capsys, "k.osei@example.org", "company")

    _, second, third = origin["said"]
    assert [(each["value"], each["path"], each["submission"], each["lost"]) for each in (second, third)] == [
        ("Slate GmbH", "firma", "inbox:2", "older"),
        ("Tern", "company", "inbox:1", "older"),
    ]
    assert [bool(each["merged_from"]) for each in (second, third)].count(True) == 1


def test_a_part_of_a_name_is_traced_to_the_line_of_the_whole(folder: Path, capsys: Said) -> None:
    winner = told(folder, capsys, "inbox:3", "last_name")["said"][0]

    assert (winner["value"], winner["line"], winner["path"], winner["steps"]) == ("Osei", 6, "name", ["split"])


def test_what_each_crm_wanted_got_and_showed_is_told_with_the_version_that_made_it(folder: Path, capsys: Said) -> None:
    carried = told(folder, capsys, "inbox:1", "company")["carried"]

    assert {(each["connection"], each["object"], each["field"]) for each in carried} == {("crm", "lead", "company")}
    (level,) = (each for each in carried if each["state"] == "level")
    assert level["wanted"] == level["sent"] == level["seen"] == "Slate GmbH"
    assert level["wanted_by"] == level["sent_by"] and level["mapping"] == "crm"


def test_the_story_is_written_for_people(folder: Path, capsys: Said) -> None:
    assert run(folder, "kim.osei@example.com", "company") == 0

    said = capsys.readouterr().out
    assert "company is 'Slate GmbH'" in said
    assert "site (authority 0)" in said and "read from  company = 'Slate GmbH'" in said
    assert "before the merge" in said and "it is older" in said
    assert "In the CRMs" in said and "crm lead" in said


def test_a_value_that_is_not_sent_anywhere_has_no_crm(folder: Path, capsys: Said) -> None:
    origin = told(folder, capsys, "kim.osei@example.com", "x_note")

    assert origin["said"][0]["value"] == "private"
    assert origin["carried"] == []


def test_the_line_of_a_version_that_is_edited_since_is_that_of_the_version(folder: Path, capsys: Said) -> None:
    (folder / "mappings" / "m0.yaml").write_text("# edited\n# since\n" + FORM, "utf-8")

    assert told(folder, capsys, "inbox:3", "company")["said"][0]["line"] == 7


def test_a_higher_authority_is_named_as_the_reason(tmp_path: Path, capsys: Said) -> None:
    with office(tmp_path, {**INBOUND, "authority": 60}, SYNC) as desk:
        desk.submit({"mail": "kim@example.com", "company": "Tern"})
        desk.settle()
        (tmp_path / "mappings" / "m0.yaml").write_text(json.dumps({**INBOUND, "authority": 20}), "utf-8")
        desk.submit({"mail": "kim@example.com", "company": "Slate"})
        desk.settle()

    assert run(tmp_path, "kim@example.com", "company") == 0
    assert "its authority 20 is lower than 60" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "answer"),
    [
        (["kim.osei@example.com", "compny"], 2, "Did you mean 'company'"),
        (["nobody@example.com", "company"], 1, "leadloom quarantine list"),
        (["kim.osei@example.com", "city"], 1, "nobody ever said anything about 'city'"),
        (["kim.osei@example.com", "x_colour"], 1, "nobody ever said anything about 'x_colour'"),
    ],
)
def test_what_is_not_known_is_told(folder: Path, capsys: Said, words: list[str], code: int, answer: str) -> None:
    assert run(folder, *words) == code

    assert answer in capsys.readouterr().err
