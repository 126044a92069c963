"""Doubles of the store and of a file from the command line: planned, reviewed, carried out, without a server."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.memory.remote import forget
from core.cli.main import main
from core.runtime.installation import Installation
from core.store.commands.intake import AcceptEvents
from core.store.inbox_seal import Arrival, seal_arrival
from tests.support.office import INBOUND, REMOTE, SYNC, sql, write_office

pytest.importorskip("duckdb", reason="the bulk set is not installed: make setup-bulk")
Said = pytest.CaptureFixture[str]

DOUBLES = (
    {"mail": "katherine.osei@example.com", "first": "Katherine", "last": "Osei-Tutu", "company": "Brightwater Instruments"},
    {"mail": "kosei@example.org", "first": "Kathrine", "last": "Osei-Tutu", "company": "Brightwater Instruments Ltd"},
)
NAMESAKES = (
    {"mail": "bartholomew.quill@example.com", "first": "Bartholomew", "last": "Quillfeather", "company": "Northgate Lanterns"},
    {"mail": "bquill@example.org", "first": "Bartholemew", "last": "Quillfeather", "company": "Northgate Lanterns Ltd"},
)
OTHERS = (
    {"mail": "ana@example.com", "first": "Ana", "last": "Lindqvist", "company": "Delta Mills"},
    {"mail": "tomas@example.com", "first": "Tomas", "last": "Berger", "company": "Harbour Foods"},
)


@pytest.fixture
def folder(tmp_path: Path, capsys: Said) -> Iterator[Path]:
    """Two pairs that no key connects, of which one was told apart, and others; delivered."""
    write_office(tmp_path, INBOUND, SYNC)
    submit(tmp_path, *DOUBLES, *NAMESAKES, *OTHERS)
    assert len(living(tmp_path)) == 6
    assert run(tmp_path, "merge", NAMESAKES[0]["mail"], NAMESAKES[1]["mail"], "--different") == 0
    capsys.readouterr()
    yield tmp_path
    forget(REMOTE)


def submit(folder: Path, *leads: dict[str, str]) -> None:
    """Take leads in, decide and deliver them."""
    installation = Installation.load(folder / "config.yaml")
    with installation.writing_store() as store:
        for fields in leads:
            arrival = Arrival(f"event-{fields['mail']}", "submission", "", "push", None, fields)
            store.write(AcceptEvents((seal_arrival(store.vault, store.workspace, "site", arrival, installation.clock.now()),)))
    for lane in ("read:crm:lead", "decide", "deliver:crm:lead"):
        run(folder, "run", lane)


def run(folder: Path, *words: str) -> int:
    return main(["--config", str(folder / "config.yaml"), *words])


def living(folder: Path) -> list[str]:
    data_dir = Installation.load(folder / "config.yaml").config.data_dir
    return [row[0] for row in sql(data_dir, "SELECT id FROM golden WHERE state = 'active' ORDER BY id")]


def planned(folder: Path) -> tuple[Path, dict[str, Any]]:
    path = folder / "doubles.json"
    assert run(folder, "dedupe", "--out", str(path)) == 0
    return path, json.loads(path.read_text("utf-8"))


def test_doubles_that_no_key_connects_are_planned_shown_merged_and_stay_one(folder: Path, capsys: Said) -> None:
    path, plan = planned(folder)
    said = capsys.readouterr().out
    assert "Kathrine" in said and "Katherine" in said and "sure" in said and "1 merges" in said and "crm" in said
    assert [len(each["members"]) for each in plan["groups"]] == [2]
    assert "example.com" not in path.read_text("utf-8")

    assert run(folder, "dedupe-apply", str(path)) == 1
    assert "--yes" in capsys.readouterr().err and len(living(folder)) == 6
    assert run(folder, "dedupe-apply", str(path), "--yes") == 0
    assert "1 merged" in capsys.readouterr().out
    once = living(folder)
    assert len(once) == 5

    assert run(folder, "dedupe-apply", str(path), "--yes", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"merged": 0, "known": 1, "refused": []}
    assert living(folder) == once
    run(folder, "merges", plan["groups"][0]["members"][0], "--json")
    assert json.loads(capsys.readouterr().out)[0]["by"].startswith("person:")


@pytest.mark.parametrize("how", [(), ("--connected",)])
def test_who_was_told_apart_is_in_no_group_not_even_through_a_third(folder: Path, capsys: Said, how: tuple[str, ...]) -> None:
    submit(folder, {**NAMESAKES[0], "mail": "quillfeather.b@example.net", "company": "Northgate Lanterns Trading"})
    capsys.readouterr()
    assert run(folder, "dedupe", "--json", "--threshold", "0.05", *how) == 0
    groups = json.loads(capsys.readouterr().out)["plan"]["groups"]
    mails = [[mail_of(folder, member) for member in each["members"]] for each in groups]
    assert [each for each in mails if "quillfeather.b@example.net" in each]
    assert not [each for each in mails if {NAMESAKES[0]["mail"], NAMESAKES[1]["mail"]} <= set(each)]


def mail_of(folder: Path, golden_id: str) -> Any:
    from core.runtime.desk.questions import find_people

    with Installation.load(folder / "config.yaml").reading_store() as store:
        (found,) = find_people(store, golden_id)
    return next(each.value for each in found.values if each.field == "email")


def test_who_is_told_apart_or_gone_after_the_plan_is_refused_and_told(folder: Path, capsys: Said) -> None:
    path, plan = planned(folder)
    assert run(folder, "merge", DOUBLES[0]["mail"], DOUBLES[1]["mail"], "--different") == 0
    gone = {"members": ["01J00000000000000000000000", living(folder)[0]], "certainty": 1.0, "least": 1.0}
    path.write_text(json.dumps({**plan, "groups": [gone, *plan["groups"]]}), "utf-8")
    capsys.readouterr()
    assert run(folder, "dedupe-apply", str(path), "--yes") == 1
    said = capsys.readouterr().out
    assert "2 refused" in said and "no golden record" in said and "different" in said
    assert len(living(folder)) == 6


def test_the_rows_of_a_file_get_the_number_of_their_group_and_all_else_stays(folder: Path, tmp_path: Path, capsys: Said) -> None:
    file, copy = tmp_path / "people.csv", tmp_path / "copy.csv"
    rows = [
        ("Vorname", "Nachname", "E-Mail", "Firma", "Notiz"),
        *((*(each[k] for k in ("first", "last", "mail", "company")), "x, y") for each in (*DOUBLES, *OTHERS)),
    ]
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, delimiter=";").writerows(rows)
    assert run(folder, "dedupe", str(file), "--out", str(copy)) == 0
    assert "Katherine" in capsys.readouterr().out
    with copy.open(encoding="utf-8", newline="") as read:
        copied = list(csv.reader(read))
    assert [tuple(row[:-1]) for row in copied] == rows
    assert [row[-1] for row in copied] == ["group", "1", "1", "", ""]


@pytest.mark.parametrize(
    ("content", "words", "code", "told"),
    [
        ("{}", ("dedupe-apply", "FILE", "--yes"), 1, "is not a plan"),
        ("a,b\n1,2\n", ("dedupe", "FILE"), 1, "is recognised"),
        ("email\na@example.com\n", ("dedupe", "FILE", "--out", "FILE"), 2, "the file itself"),
        ("email\na@example.com\n", ("dedupe", "--out", "FILE"), 2, ".json"),
    ],
)
def test_what_cannot_be_done_is_worded(
    folder: Path, tmp_path: Path, capsys: Said, content: str, words: tuple[str, ...], code: int, told: str
) -> None:
    file = tmp_path / "given.csv"
    file.write_text(content, "utf-8")
    assert run(folder, *(str(file) if word == "FILE" else word for word in words)) == code
    assert told in " ".join(capsys.readouterr().err.split())
