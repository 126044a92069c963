"""The folder: half-written files wait, read files are remembered or moved, and what is no table is left alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.spreadsheet.settings import SpreadsheetSettings
from core.contract import ConfigInvalid, ContractBroken, Cursor, ObjectName
from core.contract.tables.row_maker import ROW
from tests.support.spreadsheet_bench import changes_of, connector_on, read_folder, workbook

TEXT = "Email,Name\nada@example.com,Ada\n"


def put(path: Path, text: str = TEXT, moment: int = 1_000) -> Path:
    """Write a file with a fixed time."""
    path.write_text(text, "utf-8")
    os.utime(path, (moment, moment))
    return path


def test_a_file_is_read_once_it_looked_the_same_twice(tmp_path: Path) -> None:
    put(tmp_path / "leads.csv", TEXT[:-5], 1_000)
    first, _, cursor = read_folder(tmp_path, complete="stable")
    put(tmp_path / "leads.csv", TEXT, 1_001)
    second, _, cursor = read_folder(tmp_path, cursor, complete="stable")
    third, _, cursor = read_folder(tmp_path, cursor, complete="stable")
    fourth, _, _ = read_folder(tmp_path, cursor, complete="stable")
    assert [len(changes) for changes in (first, second, third, fourth)] == [0, 0, 1, 0]


@pytest.mark.parametrize("companion", ["leads.csv.done", "leads.done"])
def test_a_companion_says_that_a_file_is_whole(tmp_path: Path, companion: str) -> None:
    put(tmp_path / "leads.csv")
    for complete in ("stable", "done"):
        assert read_folder(tmp_path, complete=complete)[0] == []
    (tmp_path / companion).touch()
    for complete in ("stable", "done"):
        assert len(read_folder(tmp_path, complete=complete)[0]) == 1


def test_lock_files_and_unfinished_uploads_are_left_alone(tmp_path: Path) -> None:
    for name in ("~$leads.xlsx", "leads.csv.part", "leads.csv.tmp", ".leads.csv"):
        put(tmp_path / name)
    (tmp_path / "outside").mkdir()
    (tmp_path / "link.csv").symlink_to(put(tmp_path / "outside" / "secret.csv"))
    (tmp_path / "folder.csv").mkdir()
    changes, rejects, _ = read_folder(tmp_path, pattern="*")
    assert (changes, rejects) == ([], [])


def test_files_are_read_in_the_order_of_their_names_and_capitals_do_not_matter(tmp_path: Path) -> None:
    for name in ("c.csv", "a.CSV", "b.csv"):
        put(tmp_path / name, f"Email\n{name}@example.com\n")
    changes, _, _ = read_folder(tmp_path)
    assert [change.fields["Email"] for change in changes] == ["a.CSV@example.com", "b.csv@example.com", "c.csv@example.com"]


def test_a_file_that_changed_is_read_again_and_equal_rows_stay_equal(tmp_path: Path) -> None:
    put(tmp_path / "leads.csv")
    before, _, cursor = read_folder(tmp_path)
    put(tmp_path / "leads.csv", TEXT + "bo@example.com,Bo\n", 2_000)
    after, _, _ = read_folder(tmp_path, cursor)
    assert (after[0].id, after[0].version) == (before[0].id, before[0].version)
    assert len(after) == 2


def test_a_file_that_changed_in_the_middle_of_a_read_is_begun_again(tmp_path: Path) -> None:
    put(tmp_path / "leads.csv", "Email\n" + "".join(f"p{n}@example.com\n" for n in range(1_200)))
    page = next(iter(connector_on(tmp_path).read(ROW, None)))
    put(tmp_path / "leads.csv", "Email\nnew@example.com\n" + "".join(f"p{n}@example.com\n" for n in range(1_200)), 2_000)
    assert len(read_folder(tmp_path, page.resume)[0]) == 1_201


def test_read_files_move_to_the_archive_after_their_last_page_was_taken(tmp_path: Path) -> None:
    put(tmp_path / "leads.csv")
    (tmp_path / "leads.csv.done").touch()
    (tmp_path / "bad.xlsx").write_bytes(b"no workbook")
    pages = connector_on(tmp_path, keep="move").read(ROW, None)
    taken = [next(pages), next(pages)]
    assert (tmp_path / "leads.csv").exists(), "The page may still be lost: the file must stay."
    taken += list(pages)
    assert len(changes_of(taken)) == 1
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")) == ["archive/leads.csv", "error/bad.xlsx"]


def test_a_file_that_was_read_but_not_moved_is_moved_next_time(tmp_path: Path) -> None:
    put(tmp_path / "leads.csv")
    _, _, cursor = read_folder(tmp_path, keep="leave")
    changes, _, _ = read_folder(tmp_path, cursor, keep="move")
    assert changes == [] and (tmp_path / "archive" / "leads.csv").exists()


def test_nothing_in_the_archive_is_overwritten(tmp_path: Path) -> None:
    for moment in (1_000, 2_000):
        put(tmp_path / "leads.csv", TEXT, moment)
        read_folder(tmp_path, keep="move")
    assert sorted(path.name for path in (tmp_path / "archive").iterdir()) == ["leads-2.csv", "leads.csv"]


def test_a_missing_folder_stops_the_connection(tmp_path: Path) -> None:
    connector = connector_on(tmp_path / "nowhere")
    for call in (connector.check, lambda: list(connector.read(ROW, None))):
        with pytest.raises(ConfigInvalid) as caught:
            call()
        assert caught.value.setting == "folder"


def test_the_check_tells_how_files_would_be_read(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_bytes("Email;Städte\n".encode("cp1252"))
    workbook(tmp_path / "more.xlsx", [["Email"], ["a@example.com"]])
    health = connector_on(tmp_path).check()
    assert health.account == str(tmp_path)
    assert list(health.notes)[1:] == ["leads.csv: cp1252, separated by ';'", "more.xlsx: workbook"]


def test_the_columns_of_all_files_are_described(tmp_path: Path) -> None:
    put(tmp_path / "a.csv", "E-Mail,Name\nx,y\n")
    (tmp_path / "archive").mkdir()
    put(tmp_path / "archive" / "b.csv", "Name,City\nx,y\n")
    (tmp_path / "broken.xlsx").write_bytes(b"")
    (spec,) = connector_on(tmp_path, aliases={"email": "e-mail"}).describe()
    assert [field.name for field in spec.fields] == ["email", "Name", "City"]


def test_a_foreign_cursor_or_object_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractBroken):
        list(connector_on(tmp_path).read(ROW, Cursor("page 7")))
    with pytest.raises(ConfigInvalid):
        list(connector_on(tmp_path).read(ObjectName("contacts"), None))


@pytest.mark.parametrize("wrong", [{"encoding": "klingon"}, {"header_row": 0}, {"delimiter": ";;"}, {"keep": "delete"}, {"colour": "red"}])
def test_wrong_settings_are_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SpreadsheetSettings.model_validate({"folder": tmp_path, **wrong})
