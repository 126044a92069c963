"""Bought leads from the form to the vendor's report: accepted, doubles, rejected with reason, and taken by a person all the same."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import main
from tests.support.office import INBOUND, SYNC, Office, office

Said = pytest.CaptureFixture[str]
ACCEPT = {
    "lead_id": "lead",
    "campaign": "campaign",
    "reject": [{"when": "!company", "reason": "No company"}],
    "cap": 2,
    "cost": 45.5,
    "currency": "EUR",
}


def run(folder: Path, *words: str) -> int:
    return main([*words, "--config", str(folder / "config.yaml")])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six leads of one campaign of which two were ordered."""
    with office(tmp_path, {**INBOUND, "accept": ACCEPT}, SYNC) as desk:
        send(desk, "=V1", "kim@example.com", company="Acme")
        send(desk, "V2", "ines@example.com")
        send(desk, "V3", "KIM@example.com", company="Acme")
        send(desk, "=V1", "olga@example.com", company="Acme")
        send(desk, "V5", "not an address", company="Acme")
        send(desk, "V6", "piet@example.com", company="Acme")
        send(desk, "V7", "rosa@example.com", company="Acme")
        desk.settle()
    return tmp_path


def send(desk: Office, lead: str, mail: str, **more: Any) -> None:
    desk.submit({"lead": lead, "mail": mail, "campaign": "Cloud Guide", "company": "", **more})


def report(folder: Path, said: Said, *words: str) -> Any:
    said.readouterr()
    assert run(folder, "returns", "site", *words, "--json") == 0
    return json.loads(said.readouterr().out)


def test_every_lead_is_told_with_decision_reason_and_cost(folder: Path, capsys: Said) -> None:
    found = report(folder, capsys)

    assert [(each["lead_id"], each["decision"], each["reason"]) for each in found["leads"]] == [
        ("=V1", "accepted", ""),
        ("V2", "rejected", "No company"),
        ("V3", "duplicate", "This person was accepted in this campaign before."),
        ("=V1", "duplicate", "A lead with this id was accepted before."),
        ("V5", "rejected", "A value cannot be used, such as an address without @."),
        ("V6", "accepted", ""),
        ("V7", "rejected", "All 2 leads of the campaign were accepted before."),
    ]
    (tally,) = found["campaigns"]
    assert (tally["campaign"], tally["accepted"], tally["duplicate"], tally["rejected"]) == ("Cloud Guide", 2, 2, 3)
    assert tally["cost"] == {"EUR": "91.0"}


def test_the_report_names_nobody(folder: Path, capsys: Said) -> None:
    found = report(folder, capsys)

    assert "@example.com" not in json.dumps(found) and "Kim" not in json.dumps(found)
    assert found["leads"][0]["email_sha256"] == hashlib.sha256(b"kim@example.com").hexdigest()


def test_the_vendors_file_holds_no_formula(folder: Path, tmp_path: Path) -> None:
    assert run(folder, "returns", "site", "--csv", str(tmp_path / "r.csv")) == 0

    with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["lead_id"] for row in rows[:2]] == ["'=V1", "V2"]


def test_the_report_is_of_one_campaign_and_since_a_day(folder: Path, capsys: Said) -> None:
    assert len(report(folder, capsys, "--campaign", "cloud  guide")["leads"]) == 7
    assert report(folder, capsys, "--campaign", "other")["leads"] == []
    assert report(folder, capsys, "--since", "2999-01-01")["leads"] == []


def test_what_is_not_accepted_is_in_the_books_and_in_no_crm(folder: Path, capsys: Said) -> None:
    assert run(folder, "ledger", "--json") == 0

    books = json.loads(capsys.readouterr().out)
    assert books["intake"][0]["quarantined_by_reason"] == {"double_lead": 2, "invalid_value": 1, "not_accepted": 1, "over_cap": 1}
    assert books["delivery"][0]["links"] == 2


def test_a_replay_counts_nothing_twice_and_a_person_may_take_one_all_the_same(folder: Path, capsys: Said) -> None:
    run(folder, "quarantine", "replay", "--connection", "site")
    run(folder, "run", "decide")
    assert report(folder, capsys)["campaigns"][0]["accepted"] == 2

    assert run(folder, "quarantine", "accept", "inbox:2", "inbox:7") == 0
    run(folder, "run", "decide")

    found = report(folder, capsys)
    assert [each["decision"] for each in found["leads"]].count("accepted") == 4
    assert run(folder, "quarantine", "accept", "inbox:5") == 1


def test_a_connection_without_rules_has_no_report(folder: Path, capsys: Said) -> None:
    assert run(folder, "returns", "crm") == 1

    assert "`accept` block" in capsys.readouterr().err
