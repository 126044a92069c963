"""A file from somebody's disk: looked at, asked about, and taken in once, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import main
from tests.support.office import SYNC, sql, write_office
from tests.support.spreadsheet_bench import workbook

Said = pytest.CaptureFixture[str]
HEAD = "E-Mail;Vorname;Nachname;Firma;Lieblingsfarbe\n"
ROWS = "kim@example.com;Kim;Osei;Looms;red\ninés@;Inés;Mora;Mills;blue\nada@exa\u200bmple.com;Ada;Byron;Engines;green\n"
AGAIN = "Kim@Example.com;Kim;Osei;Weavers;red\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One connection that reads files and no mapping for it yet; files lie outside its folder."""
    files = {"connector": "spreadsheet", "settings": {"folder": "drop"}}
    crm = {"connector": "memory", "settings": {"remote": "desk"}}
    write_office(tmp_path, SYNC, connections={"fairs": files, "crm": crm})
    (tmp_path / "desk").mkdir()
    return tmp_path


def lay(folder: Path, content: str, name: str = "fair, spring [1].csv", encoding: str = "cp1252") -> Path:
    path = folder / "desk" / name
    path.write_bytes(content.replace("\u200b", "").encode(encoding) if encoding == "cp1252" else content.encode(encoding))
    return path


def run(folder: Path, *words: str) -> int:
    return main([*words, "--config", str(folder / "config.yaml")])


def data(folder: Path, said: Said, *words: str) -> Any:
    said.readouterr()
    assert run(folder, *words, "--json") == 0
    return json.loads(said.readouterr().out)


def inbox(folder: Path) -> list[Any]:
    return sql(folder / "var", "SELECT outcome, reason_code FROM inbox ORDER BY id")


def test_a_dry_run_shows_how_the_file_is_read_and_what_would_happen_and_writes_nothing(folder: Path, capsys: Said) -> None:
    path = lay(folder, HEAD + ROWS + AGAIN + "short;row\n")

    assert run(folder, "import", str(path), "--dry-run") == 0

    said = capsys.readouterr().out
    assert "cp1252, separated by ';'" in said and "Lieblingsfarbe" in said and "(not used)" in said
    assert "2 people who are new" in said and "1 more rows about people" in said
    assert "1 rows that the mapping refuses" in said and "1 rows that cannot be read" in said and "row 6" in said
    assert inbox(folder) == [] and not (folder / "mappings" / "fairs-row.yaml").exists()


def test_rows_are_imported_by_a_mapping_made_of_the_columns(folder: Path, capsys: Said) -> None:
    path = lay(folder, HEAD + ROWS, encoding="utf-16")

    assert run(folder, "import", str(path), "--yes") == 0

    said = capsys.readouterr().out
    assert "fairs-row.yaml" in said and "3 rows imported" in said and "quarantine list --connection fairs" in said
    assert inbox(folder) == [("new", None), ("quarantined", "invalid_value"), ("new", None)]
    (ada,) = data(folder, capsys, "leads", "show", "ada@example.com")
    assert {value["field"]: value["value"] for value in ada["values"]}["first_name"] == "Ada"


def test_the_same_file_again_changes_nothing_and_a_longer_one_adds_what_is_new(folder: Path, capsys: Said) -> None:
    path = lay(folder, HEAD + ROWS)
    run(folder, "import", str(path), "--yes")
    before = sql(folder / "var", "SELECT * FROM inbox")

    assert data(folder, capsys, "import", str(path), "--yes")["done"] | {"wrote": None} == {
        "stored": 0,
        "known": 3,
        "outcomes": {},
        "wrote": None,
        "is_served": False,
        "reason": None,
    }
    assert sql(folder / "var", "SELECT * FROM inbox") == before

    longer = lay(folder, HEAD + ROWS + AGAIN, name="fair 2.csv")
    plan = data(folder, capsys, "import", str(longer), "--dry-run")["outlook"]
    assert (plan["imported"], plan["known"], plan["new_people"]) == (3, 1, 0)
    assert data(folder, capsys, "import", str(longer), "--yes")["done"]["outcomes"] == {"merged": 1}
    assert run(folder, "ledger") == 0


def test_a_file_that_was_imported_is_nothing_new_in_the_folder_either(folder: Path, capsys: Said) -> None:
    run(folder, "import", str(lay(folder, HEAD + ROWS)), "--yes")
    (folder / "drop").mkdir()
    (folder / "drop" / "fair.csv").write_bytes((HEAD + ROWS).replace("\u200b", "").encode("cp1252"))
    (folder / "drop" / "fair.csv.done").touch()

    assert run(folder, "run", "read:fairs:row") == 0
    assert len(inbox(folder)) == 3


def test_a_mapping_in_force_is_used_and_left_alone(folder: Path, capsys: Said) -> None:
    mapping = {"kind": "inbound", "name": "mine", "from": {"connection": "fairs"}, "to": "Lead", "fields": {"email": "Kontakt"}}
    (folder / "mappings" / "mine.yaml").write_text(json.dumps(mapping), "utf-8")
    path = workbook(folder / "desk" / "list.xlsx", [["Kontakt", "Note"], ["kim@example.com", 1], ["ada@example.com", 2]])

    done = data(folder, capsys, "import", str(path), "--yes")

    assert done["plan"]["mapping"] == "mine" and done["plan"]["draft"] is None
    assert [(each["name"], each["becomes"]) for each in done["plan"]["columns"]] == [("Kontakt", "email"), ("Note", None)]
    assert done["done"]["outcomes"] == {"new": 2}
    assert [each.name for each in sorted((folder / "mappings").iterdir())] == ["m0.yaml", "mine.yaml"]


def test_where_mappings_wait_for_apply_the_draft_is_written_and_nothing_imported(folder: Path, capsys: Said) -> None:
    config = json.loads((folder / "config.yaml").read_text("utf-8"))
    (folder / "config.yaml").write_text(json.dumps({**config, "mappings": {"activate": "on_apply"}}), "utf-8")
    path = lay(folder, HEAD + ROWS)

    assert run(folder, "import", str(path), "--yes") != 0
    assert "leadloom apply" in capsys.readouterr().err and inbox(folder) == []

    assert run(folder, "apply", "--yes") == 0 and run(folder, "import", str(path), "--yes") == 0
    assert len(inbox(folder)) == 3


def test_nothing_is_imported_unasked(folder: Path, capsys: Said) -> None:
    assert run(folder, "import", str(lay(folder, HEAD + ROWS))) == 1
    assert "--yes" in capsys.readouterr().err and inbox(folder) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [("", "no row with column names"), ("kim@example.com,Kim\n", "looks like a record")],
)
def test_a_file_without_column_names_is_refused_with_the_reason(folder: Path, capsys: Said, content: str, words: str) -> None:
    assert run(folder, "import", str(lay(folder, content)), "--yes") != 0
    assert words in capsys.readouterr().err and inbox(folder) == []


def test_a_file_that_is_not_there_is_told(folder: Path, capsys: Said) -> None:
    assert run(folder, "import", str(folder / "nothing.csv")) != 0
    assert "There is no file" in capsys.readouterr().err


def test_a_neighbour_whose_name_is_alike_is_never_read_instead(folder: Path, capsys: Said) -> None:
    path = lay(folder, HEAD + ROWS, name="fair,1.csv")
    lay(folder, HEAD + AGAIN, name="fair;1.csv")

    assert run(folder, "import", str(path), "--yes") != 0
    assert "fair;1.csv" in capsys.readouterr().err and inbox(folder) == []


def test_without_a_connection_that_reads_files_the_lines_to_add_are_told(folder: Path, capsys: Said) -> None:
    write_office(folder)

    assert run(folder, "import", str(lay(folder, HEAD + ROWS))) != 0
    assert "connector: spreadsheet" in capsys.readouterr().err


def test_one_of_several_connections_has_to_be_named(folder: Path, capsys: Said) -> None:
    config = json.loads((folder / "config.yaml").read_text("utf-8"))
    config["connections"]["lists"] = config["connections"]["fairs"]
    (folder / "config.yaml").write_text(json.dumps(config), "utf-8")
    path = lay(folder, HEAD + ROWS)

    assert run(folder, "import", str(path), "--yes") != 0
    assert "fairs, lists" in capsys.readouterr().err
    assert data(folder, capsys, "import", str(path), "--connection", "lists", "--yes")["done"]["stored"] == 3
