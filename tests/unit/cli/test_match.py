"""`leadloom match` as an admin uses it: two records explained, and matching measured on a labelled file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.cli.main import main
from tests.support.office import office

_BOB = '{"first name": "Bob", "surname": "Miller", "phone": "+44 20 7946 0123"}'
_ROBERT = '{"Vorname": "Robert", "Nachname": "Miller", "Telefon": "+44 20 7946 0123"}'
_ROWS = """Record;Vorname;Nachname;E-Mail;Firma;Geburtsdatum;True ID
r1;Katja;Birkenfeld;katja.birkenfeld@example.com;Kupferwerk GmbH;1980-02-03;p1
r2;Katja;Birkenfeld;KATJA.BIRKENFELD@example.com;;1980-02-03;p1
r3;Owen;Thistlewood;owen@example.org;Slate Ltd;1971-07-09;p2
r4;Owen;Thistelwood;;Slate;1971-07-09;p2
r5;Mia;Fairweather;info@example.org;Slate Ltd;1990-11-30;p3
"""


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.csv"
    path.write_text(_ROWS, encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["match", *words])
    told = capsys.readouterr()
    return code, told.out + told.err


def test_two_records_are_explained_by_parts_that_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "explain", _BOB, _ROBERT, "--json")
    content = json.loads(told)
    assert code == 0
    assert content["verdict"] == "one_person"
    assert content["bits"] == pytest.approx(sum(part["bits"] for part in content["parts"]))
    assert {"short form of the first name", "same last name", "same phone"} <= {part["words"] for part in content["parts"]}


def test_the_verdict_is_said_in_words_and_no_value_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "explain", '{"surname": "Miller", "city": "Leeds"}', '{"surname": "Okonkwo", "city": "Leeds"}')
    assert code == 0
    assert "Two people" in told
    assert "other last name" in told
    assert "Okonkwo" not in told


def test_a_record_may_stand_in_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "bob.json"
    path.write_text(_BOB, encoding="utf-8")
    assert run(capsys, "explain", str(path), _ROBERT)[0] == 0


def test_a_record_that_is_no_json_is_refused_with_what_is_meant(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "explain", "{first", _ROBERT)
    assert code == 2
    assert "no JSON" in told


def test_a_labelled_file_is_measured_with_its_columns_recognised(capsys: pytest.CaptureFixture[str], rows: Path) -> None:
    code, told = run(capsys, "evaluate", str(rows), "--json")
    content = json.loads(told)
    assert code == 0
    assert (content["rows"], content["people"]) == (5, 3)
    assert content["columns"]["birth_date"] == "Geburtsdatum"
    assert (content["pairs"]["precision"], content["pairs"]["recall"]) == (1.0, 1.0)
    assert content["keys"]["recall"] == 0.5
    assert content["b_cubed"] == 1.0


def test_the_weights_are_shown_as_shipped_and_as_learnt_from_a_file(capsys: pytest.CaptureFixture[str], rows: Path) -> None:
    code, told = run(capsys, "weights")
    assert code == 0
    assert "same phone" in told
    shipped, learnt = (json.loads(run(capsys, "weights", *words, "--json")[1]) for words in ((), (str(rows),)))
    assert [each["words"] for each in shipped] == [each["words"] for each in learnt]
    assert shipped[0]["bits"] < learnt[0]["bits"], "in five records agreement by chance is rarer than in a hundred thousand"


def test_the_true_pairs_may_stand_in_a_file_of_their_own(capsys: pytest.CaptureFixture[str], rows: Path, tmp_path: Path) -> None:
    rows.write_text(_ROWS.replace("Record;", "id;").replace(";True ID", ";note"), encoding="utf-8")
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("a,b,same\nr1,r2,yes\nr3,r4,yes\nr1,r5,no\n", encoding="utf-8")
    code, told = run(capsys, "evaluate", str(rows), "--pairs", str(pairs), "--json")
    assert code == 0
    assert json.loads(told)["people"] == 3


def test_the_curve_is_drawn_as_a_picture(capsys: pytest.CaptureFixture[str], rows: Path, tmp_path: Path) -> None:
    plot = tmp_path / "curve.svg"
    code, told = run(capsys, "evaluate", str(rows), "--plot", str(plot))
    assert code == 0
    assert f"Wrote {plot}" in told
    picture = plot.read_text(encoding="utf-8")
    assert picture.startswith("<svg")
    assert picture.count("<polyline") == 3


def test_a_file_that_does_not_tell_who_is_who_is_refused_with_what_to_do(capsys: pytest.CaptureFixture[str], rows: Path) -> None:
    rows.write_text(_ROWS.replace(";True ID", ";remark"), encoding="utf-8")
    code, told = run(capsys, "evaluate", str(rows))
    assert code == 2
    assert "--entity" in told


def test_a_pair_that_names_an_unknown_record_is_refused(capsys: pytest.CaptureFixture[str], rows: Path, tmp_path: Path) -> None:
    rows.write_text(_ROWS.replace("Record;", "id;"), encoding="utf-8")
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("a,b\nr1,r9\n", encoding="utf-8")
    code, told = run(capsys, "evaluate", str(rows), "--pairs", str(pairs))
    assert code == 2
    assert "r9" in told


def test_people_who_are_known_are_compared_by_their_addresses(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with office(tmp_path) as desk:
        desk.submit({"mail": "kim.osei@example.com", "name": "Kim Osei"})
        desk.submit({"mail": "k.osei@example.org", "name": "Kim Osei"})
        desk.settle()
    config = str(tmp_path / "config.yaml")
    code, told = run(capsys, "explain", "kim.osei@example.com", "k.osei@example.org", "--config", config)
    assert code == 0
    assert "same first name" in told
    code, told = run(capsys, "explain", "kim.osei@example.com", "nobody@example.org", "--config", config)
    assert code == 1
    assert "nobody@example.org" in told


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        pytest.param(
            "rec_id given_name surname street_number address_1 address_2 suburb postcode state date_of_birth soc_sec_id",
            {"first_name": "given_name", "last_name": "surname", "house": "street_number", "city": "suburb", "birth_date": "date_of_birth"},
            id="a register's",
        ),
        pytest.param(
            "fname_c1 fname_c2 lname_c1 lname_c2 by bm bd ent_id",
            {"first_name": "fname_c1", "last_name": "lname_c1", "birth_year": "by", "birth_day": "bd", "entity": "ent_id"},
            id="names and birth dates in parts",
        ),
        pytest.param(
            "First Name|Last Name|Company|Mobile Phone|Zip Code|cluster_id".replace(" ", "_").replace("|", " "),
            {"first_name": "First_Name", "mobile": "Mobile_Phone", "postal_code": "Zip_Code", "entity": "cluster_id"},
            id="a CRM's",
        ),
    ],
)
def test_heads_of_labelled_files_are_recognised(heads: str, expected: dict[str, str]) -> None:
    from core.runtime.labelled_file import recognise

    assert recognise(heads.split()).items() >= expected.items()
