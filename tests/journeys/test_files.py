"""Spreadsheets on their whole way: what cannot be read names file, row and cell; a file that still grows waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.store.commands.leases import BreakLeases
from tests.support.journey import World, inbound_mapping, sync_mapping, world
from tests.support.spreadsheet_bench import workbook

READ = "read:files:row"
FILES = {"kind": "inbound", "name": "files", "from": {"connection": "files"}, "to": "Lead"}
FIELDS: dict[str, Any] = {"email": {"from": ["email", "E-Mail"], "required": True}, "last_name": {"from": ["name", "Name"]}}


@pytest.fixture
def at(tmp_path: Path) -> Iterator[World]:
    (tmp_path / "drop").mkdir()
    mappings = [{**FILES, "fields": FIELDS}, inbound_mapping("web"), sync_mapping("sf")]
    files = {"connector": "spreadsheet", "settings": {"folder": "drop"}}
    with world(tmp_path, mappings, connections={"files": files}) as running:
        yield running


def drop(at: World, name: str, content: bytes) -> Path:
    path = at.installation.config.folder / "drop" / name
    path.write_bytes(content)
    return path


def read_twice(at: World) -> None:
    """A file is read when it looked the same twice."""
    for _ in range(2):
        at.step(READ)
        at.run_for(30)


def quarantined(at: World) -> list[tuple[str, str]]:
    return [tuple(row) for row in at.rows("SELECT reason_code, reason FROM inbox WHERE state = 'quarantined' ORDER BY id")]


def test_a_cell_that_cannot_be_read_is_named_with_its_file_and_row(at: World) -> None:
    # given a workbook with an error value in a cell, between good rows
    path = at.installation.config.folder / "drop" / "fair.xlsx"
    workbook(path, [["email", "name"], ["a@example.com", "Archer"], ["b@example.com", "=1/0"], ["c@example.com", "Carver"]])
    _with_error_value(path, "B3")

    # when it is read
    read_twice(at)

    # then the good rows are delivered, and the reason names file, row and cell
    assert at.emails("sf") == ["a@example.com", "c@example.com"]
    ((code, reason),) = quarantined(at)
    assert code == "unreadable"
    assert "fair.xlsx" in reason and "row 3" in reason and "column 'name'" in reason


def test_a_row_that_breaks_off_is_named_and_the_rows_before_it_are_delivered(at: World) -> None:
    # given a file that ends inside a quoted cell
    drop(at, "cut.csv", b'email,name\na@example.com,Archer\nb@example.com,"Bell')

    # when it is read
    read_twice(at)

    # then the whole row is there and the reason names file and row
    assert at.emails("sf") == ["a@example.com"]
    ((code, reason),) = quarantined(at)
    assert code == "unreadable"
    assert "cut.csv" in reason and "row 3" in reason


def test_a_file_that_is_no_spreadsheet_is_named(at: World) -> None:
    # given a workbook that is none, beside a good file
    drop(at, "broken.xlsx", b"PK\x03\x04 this is no workbook")
    drop(at, "good.csv", b"email,name\na@example.com,Archer\n")

    # when the folder is read
    read_twice(at)

    # then the good one is delivered and the bad one is named, once
    assert at.emails("sf") == ["a@example.com"]
    ((code, reason),) = quarantined(at)
    assert code == "unreadable" and "broken.xlsx" in reason
    read_twice(at)
    assert len(quarantined(at)) == 1


def test_a_file_that_is_still_being_written_waits(at: World) -> None:
    # given a file of which only the beginning is there
    path = drop(at, "growing.csv", b"email,name\na@example.com,Archer\nb@exam")
    at.step(READ)
    at.run_for(30)
    assert at.rows("SELECT count(*) FROM inbox") == [(0,)]

    # when the rest arrives before the next look
    path.write_bytes(b"email,name\na@example.com,Archer\nb@example.com,Bell\nc@example.com,Carver\n")
    at.step(READ)
    at.run_for(30)
    assert at.rows("SELECT count(*) FROM inbox") == [(0,)]

    # then it is read whole once it rests, and never twice
    read_twice(at)
    assert at.emails("sf") == ["a@example.com", "b@example.com", "c@example.com"]
    read_twice(at)
    assert at.rows("SELECT count(*), sum(duplicates) FROM inbox") == [(3, 0)]
    assert quarantined(at) == []


def test_a_read_that_is_killed_in_the_middle_goes_on_without_waiting_for_the_next_slot(at: World) -> None:
    class Killed(BaseException):
        """What a kill looks like from inside: nothing after it runs."""

    # given a read that is killed behind its first page
    rows = "".join(f"r{n}@example.com,Reader {n}\n" for n in range(700))
    drop(at, "long.csv", b"email,name\n" + rows.encode())
    at.step(READ)
    connector = at.connections.open("files").connector
    reading = connector.read

    def read_and_die(object_name: Any, since: Any) -> Iterator[Any]:
        yield next(iter(reading(object_name, since)))
        raise Killed

    connector.read = read_and_die
    with pytest.raises(Killed):
        at.step(READ)
    connector.read = reading

    # when the server starts again, and nobody wakes the lane
    at.store.write(BreakLeases(at.store.workspace))
    at.run_for(120)

    # then the rest has been read, and nothing twice
    assert at.rows("SELECT count(*), sum(duplicates) FROM inbox") == [(700, 0)]
    assert at.links("sf") == {"level": 700}


def test_a_row_whose_value_is_refused_by_the_mapping_waits_with_the_reason_and_can_be_replayed(at: World) -> None:
    # given a row without an address, and one with something that is none
    drop(at, "people.csv", b"email,name\na@example.com,Archer\n,Bell\nno address,Carver\n")

    # when it is read
    read_twice(at)

    # then the good one is delivered, the others say what is wrong, and not with the value
    assert at.emails("sf") == ["a@example.com"]
    assert [code for code, _ in quarantined(at)] == ["required_missing", "invalid_value"]
    assert not [reason for _, reason in quarantined(at) if "no address" in reason]
    # and a replay without a change leaves them there
    assert at.replay() == 2
    at.run_for(30)
    assert len(quarantined(at)) == 2


def _with_error_value(path: Path, cell: str) -> None:
    """Have the workbook hold the error that Excel has computed."""
    from openpyxl import load_workbook

    book = load_workbook(path)
    sheet = book.active
    assert sheet is not None
    sheet[cell].value = "#DIV/0!"
    sheet[cell].data_type = "e"
    book.save(path)
