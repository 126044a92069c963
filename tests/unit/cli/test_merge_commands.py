"""Merging two records and taking it back from the command line, without a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.memory.remote import forget, remote
from core.cli.main import main
from core.runtime.installation import Installation
from core.store.commands.intake import AcceptEvents
from core.store.inbox_seal import Arrival, seal_arrival
from tests.support.office import INBOUND, REMOTE, SYNC, sql, write_office

Said = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, capsys: Said) -> Iterator[Path]:
    """Two people, delivered."""
    write_office(tmp_path, INBOUND, SYNC)
    for number, mail in enumerate(("kim@example.com", "k.osei@example.org"), 1):
        submit(tmp_path, number, mail=mail, first="Kim", last=f"Osei{number}")
    capsys.readouterr()
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


def run(folder: Path, *words: str) -> int:
    return main(["--config", str(folder / "config.yaml"), *words])


def living(folder: Path) -> list[str]:
    return [
        row[0] for row in sql(Installation.load(folder / "config.yaml").config.data_dir, "SELECT id FROM golden WHERE state = 'active'")
    ]


def test_a_merge_is_shown_first_and_made_with_yes_alone(folder: Path, capsys: Said) -> None:
    assert run(folder, "merge", "kim@example.com", "k.osei@example.org") == 1
    said = capsys.readouterr()
    assert "What is true then" in said.out and "In the CRMs" in said.out and "--yes" in said.err
    assert len(living(folder)) == 2

    assert run(folder, "merge", "kim@example.com", "k.osei@example.org", "--yes") == 0
    assert "leadloom unmerge" in capsys.readouterr().out
    assert len(living(folder)) == 1


def test_a_merge_is_taken_back_and_remembered_as_different(folder: Path, capsys: Said) -> None:
    run(folder, "merge", "kim@example.com", "k.osei@example.org", "--yes")
    settle(folder)
    (survivor,) = living(folder)
    capsys.readouterr()

    assert run(folder, "unmerge", survivor) == 1
    said = capsys.readouterr()
    assert "person:" in said.out and "observations" in said.out and "--yes" in said.err
    assert run(folder, "unmerge", survivor, "--yes", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["done"] and told["event"]["keys"] == ["email"] and told["unsure"] == []

    settle(folder)
    assert len(living(folder)) == 2
    assert run(folder, "ledger") == 0
    assert {fields["email"] for _, fields in remote(REMOTE).records("lead").items()} == {"kim@example.com", "k.osei@example.org"}
    capsys.readouterr()
    run(folder, "merges", survivor, "--json")
    (event,) = json.loads(capsys.readouterr().out)
    assert event["undone_by"].startswith("person:")


def test_records_told_apart_are_said_to_be_so_when_they_are_merged_after_all(folder: Path, capsys: Said) -> None:
    assert run(folder, "merge", "kim@example.com", "k.osei@example.org", "--different") == 0
    assert "stay apart" in capsys.readouterr().out

    assert run(folder, "merge", "kim@example.com", "k.osei@example.org") == 1
    assert "A person said that the two are different" in capsys.readouterr().out
    run(folder, "explain", "kim@example.com", "email")
    assert "Told apart from" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("merge", "kim@example.com", "nobody@example.com"), "Nobody is known"),
        (("merge", "kim@example.com", "kim@example.com", "--yes"), "one record already"),
        (("unmerge", "nobody", "--yes"), "No merge of"),
    ],
)
def test_what_cannot_be_done_is_worded(folder: Path, capsys: Said, words: tuple[str, ...], told: str) -> None:
    assert run(folder, *words) == 1
    assert told in capsys.readouterr().err
