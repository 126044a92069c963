"""Trying a mapping from the command line: the list, its examples, what they exercise, its text, and previews of records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import main
from tests.support.office import INBOUND, office, write_office

Said = pytest.CaptureFixture[str]
FORM = """\
kind: inbound
name: form
from: {connection: site}
fields:
  email: {from: [mail, address], required: true}
  first_name: first | trim
  last_name: last
  country: {from: land, map: {Tyskland: DE}}
  message: {from: note, do: [collapse, {truncate: 12}], default: none given}
  x_size: {from: size, when: size > 10}
consent: {marketing: news}
examples:
  - name: a post with everything
    given: {mail: Kim@Example.com, first: " Kim", last: Osei, land: tyskland, note: "Please   call me soon", size: 12}
    expect: {email: kim@example.com, country: DE, message: Please call, x_size: "12"}
  - name: the other address
    given: {address: ines@example.com}
    expect: {email: ines@example.com, message: none given}
  - name: no address
    given: {first: Kim}
    refused: it is required
"""
CRM = """\
kind: sync
name: crm
to: {connection: crm, object: lead}
external_id: external_id
consent: {purpose: marketing}
when: email
fields:
  email: email
  last_name: {from: last_name, default: unknown}
  origin: {from: country, map: {DE: domestic, AT: abroad}}
examples:
  - given: {email: kim@example.com, last_name: Osei, country: DE}
    expect: {email: kim@example.com, origin: domestic}
  - given: {last_name: Osei}
    refused: only records that have email
  - given: {email: ines@example.com}
    expect: {last_name: unknown}
  - remote: {email: KIM@example.com, last_name: Osei, origin: abroad}
    expect: {email: kim@example.com, country: AT}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_office(tmp_path, INBOUND)
    (tmp_path / "mappings" / "m0.yaml").unlink()
    (tmp_path / "mappings" / "form.yaml").write_text(FORM, "utf-8")
    (tmp_path / "mappings" / "crm.yaml").write_text(CRM, "utf-8")
    return tmp_path


def run(folder: Path, *words: str) -> int:
    return main(["mapping", *words, "--config", str(folder / "config.yaml")])


def data(folder: Path, said: Said, *words: str) -> Any:
    said.readouterr()
    run(folder, *words, "--json")
    return json.loads(said.readouterr().out)


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / "mappings" / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def record(folder: Path, content: Any) -> str:
    path = folder / "sample.json"
    path.write_text(json.dumps(content), "utf-8")
    return str(path)


@pytest.fixture
def at_work(tmp_path: Path) -> Path:
    """A folder whose mappings ran on two submissions."""
    with office(tmp_path) as desk:
        desk.submit({"mail": "kim@example.com", "company": "Slate GmbH", "news": "yes"})
        desk.submit({"mail": "no address"})
        desk.settle()
    return tmp_path


def test_the_list_tells_what_is_in_force_and_since_when(at_work: Path, capsys: Said) -> None:
    assert run(at_work, "list") == 0

    said = capsys.readouterr().out
    assert "site (all objects) → Lead" in said and "Lead → crm lead" in said
    listed = data(at_work, capsys, "list")
    assert [(each["name"], each["kind"], each["running"] == each["version"]) for each in listed] == [
        ("form", "inbound", True),
        ("crm", "sync", True),
    ]
    assert all(each["since"] for each in listed)


def test_the_list_tells_of_edits_of_files_that_never_ran_and_of_broken_ones(at_work: Path, capsys: Said) -> None:
    (at_work / "mappings" / "m0.yaml").write_text(json.dumps({**INBOUND, "description": "new"}), "utf-8")
    (at_work / "mappings" / "m1.yaml").write_text("kind: sink\nname: crm\n", "utf-8")
    (at_work / "mappings" / "extra.yaml").write_text(json.dumps({**INBOUND, "name": "extra"}), "utf-8")

    assert run(at_work, "list") == 1

    said = capsys.readouterr()
    rows = {line.split()[0]: line for line in said.out.splitlines() if ".yaml" in line}
    assert "edited" in rows["m0.yaml"]
    assert "goes on" in rows["m1.yaml"] and "m1.yaml:1:" in said.err
    assert "not in force" in rows["extra.yaml"]


def test_examples_that_hold_are_counted(folder: Path, capsys: Said) -> None:
    assert run(folder, "test") == 0

    assert "7 examples in 2 files: all as expected." in capsys.readouterr().out


def test_a_failing_example_shows_expected_and_found_and_where_that_came_from(folder: Path, capsys: Said) -> None:
    change(folder, "form.yaml", "message: Please call,", "message: Please ring,")

    assert run(folder, "test", "form") == 1

    said = capsys.readouterr().out
    assert "form: 1 of 3 examples failed" in said
    assert "form.yaml:13: a post with everything" in said
    assert "expected  'Please ring'" in said
    assert "found     'Please call'" in said
    assert "line 9: note 'Please   call me soon' → collapse: 'Please call me soon'" in said


def test_a_value_that_is_not_there_is_explained_too(folder: Path, capsys: Said) -> None:
    change(folder, "form.yaml", "email: ines@example.com,", "email: ines@example.com, last_name: Park, city: Bonn, x_size: '1',")

    run(folder, "test", "form")

    said = capsys.readouterr().out
    assert "found     no value\n      because   line 7: nothing at last" in said
    assert "because   no line gives it a value" in said
    assert "because   line 10: its `when` does not hold" in said


def test_an_example_that_should_be_refused_but_is_not_fails(folder: Path, capsys: Said) -> None:
    change(folder, "form.yaml", ", required: true", "")

    assert run(folder, "test") == 1
    assert "but the reason is: Nothing says who this is" in capsys.readouterr().out
    (trial,) = (each for each in data(folder, capsys, "test") if each["failed"])
    assert [each["passed"] for each in trial["examples"]] == [True, True, False]


def test_a_failing_way_back_is_explained(folder: Path, capsys: Said) -> None:
    change(folder, "crm.yaml", "country: AT", "country: CH")

    assert run(folder, "test", "crm.yaml") == 1

    assert "line 10: origin 'abroad' → map, backwards: 'AT' → as country (unchanged)" in capsys.readouterr().out


def test_a_broken_file_fails_the_test_while_the_others_are_tried(folder: Path, capsys: Said) -> None:
    change(folder, "crm.yaml", "email: email", "email: emial")

    assert run(folder, "test") == 1

    said = capsys.readouterr()
    assert "crm.yaml:8:" in said.err and "Did you mean 'email'" in said.err
    assert "3 examples in 1 file: all as expected." in said.out


def test_without_examples_the_way_to_some_is_told(tmp_path: Path, capsys: Said) -> None:
    write_office(tmp_path)

    assert run(tmp_path, "test") == 0

    assert "Write some under `examples:`" in capsys.readouterr().out


def test_what_no_example_exercises_is_listed(folder: Path, capsys: Said) -> None:
    assert run(folder, "cover") == 0
    assert "form: 100 %" in capsys.readouterr().out
    change(folder, "form.yaml", "given: {address: ines@example.com}", "given: {mail: ines@example.com, note: Hello}")
    change(folder, "form.yaml", "given: {first: Kim}", "given: {first: Kim, note: Hello}")
    change(folder, "crm.yaml", ", origin: abroad}", "}")

    run(folder, "cover")

    said = capsys.readouterr().out
    assert "form.yaml:5: email: no example takes its value from 'address'" in said
    assert "form.yaml:9: message: no example shows its default" in said
    assert "crm.yaml:10: origin: no example reads it back" in said
    form = next(each for each in data(folder, capsys, "cover") if each["name"] == "form")
    assert (form["covered"], form["ways"], len(form["missed"])) == (7, 9, 2)


def test_a_mapping_is_shown_as_it_is_written(folder: Path, capsys: Said) -> None:
    assert run(folder, "show", "form") == 0
    assert capsys.readouterr().out == FORM

    assert run(folder, "show", str(folder / "mappings" / "crm.yaml")) == 0
    assert capsys.readouterr().out == CRM


@pytest.mark.parametrize(("name", "functions"), [("form", ["def read("]), ("crm", ["def write(", "def read_back("])])
def test_a_mapping_is_shown_as_it_is_compiled(folder: Path, capsys: Said, name: str, functions: list[str]) -> None:
    assert run(folder, "show", name, "--compiled") == 0

    said = capsys.readouterr().out
    assert all(function in said for function in functions)
    compile(said, "shown", "exec")


def test_a_broken_file_is_shown_with_its_problems(folder: Path, capsys: Said) -> None:
    change(folder, "crm.yaml", "email: email", "email: emial")

    assert run(folder, "show", "crm.yaml") == 1

    said = capsys.readouterr()
    assert "email: emial" in said.out and "crm.yaml:8:" in said.err


def test_a_version_that_ran_once_is_shown_by_the_beginning_of_its_id(at_work: Path, capsys: Said) -> None:
    version = data(at_work, capsys, "list")[0]["version"]
    (at_work / "mappings" / "m0.yaml").write_text(json.dumps({**INBOUND, "description": "new"}), "utf-8")

    for word in ("form", "m0.yaml", "m0"):
        assert run(at_work, "show", word, "--version", version[:5]) == 0
        assert json.loads(capsys.readouterr().out) == INBOUND
    assert run(at_work, "show", "form", "--version", version, "--compiled") == 0
    assert version in capsys.readouterr().out
    assert run(at_work, "show", "form", "--version", "zz") == 2
    assert version in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["lits"], "Did you mean 'list'"),
        (["tset"], "Did you mean 'test'"),
        (["show", "from"], "Did you mean 'form'"),
        (["test", "crn"], "Did you mean 'crm'"),
        (["preview", "forn", "--record", "inbox:1"], "Did you mean 'form'"),
        (["cover", "zzz"], "There is: crm, crm.yaml, form, form.yaml."),
        (["preview", "form"], "--record"),
        (["preview", "form", "--record", "inbox:1", "--back"], "only a sync mapping is read back"),
        (["preview", "crm", "--record", "lead:1", "--through"], "is a sync mapping already"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_one(folder: Path, capsys: Said, words: list[str], advice: str) -> None:
    assert run(folder, *words) == 2

    assert advice in capsys.readouterr().err


def test_a_preview_tells_before_and_after_and_each_step_between(folder: Path, capsys: Said) -> None:
    sample = record(
        folder, {"address": " Kim@Example.com ", "first": "Kim", "land": "Tyskland", "note": "Please   call me soon", "size": 3}
    )

    assert run(folder, "preview", "form", "--file", sample) == 0

    rows = {line.split()[0]: " ".join(line.split()) for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert rows["email"] == "email ' Kim@Example.com ' 'kim@example.com' 5 address → as email: 'kim@example.com'"
    assert rows["first_name"].endswith("first → trim (unchanged) → as person_name (unchanged)")
    assert rows["country"].endswith("land → map: 'DE' → as country (unchanged)")
    assert rows["message"].endswith("note → collapse: 'Please call me soon' → truncate: 12: 'Please call'")
    assert rows["last_name"] == "last_name 7 nothing at last"
    assert rows["x_size"].endswith("its `when` does not hold")


def test_a_preview_tells_the_default_and_both_parts_of_a_name(folder: Path, capsys: Said) -> None:
    change(folder, "form.yaml", "  first_name: first | trim\n  last_name: last\n", "  full_name: who\n  last_name: last\n")

    found = data(folder, capsys, "preview", "form", "--file", record(folder, {"mail": "kim@example.com", "who": "Kim Osei"}))

    (preview,) = found
    accounts = {account["target"]: account for account in preview["accounts"]}
    assert accounts["message"]["stages"] == [{"what": "default", "value": "none given", "problem": None}]
    assert (accounts["last_name"]["value"], accounts["last_name"]["path"], accounts["last_name"]["line"]) == ("Osei", "who", 6)


def test_a_preview_tells_what_is_refused_and_why(folder: Path, capsys: Said) -> None:
    samples = record(folder, [{"mail": "nobody"}, {"mail": "kim@example.com"}, {"first": "Kim"}])

    assert run(folder, "preview", "form", "--file", samples) == 1

    said = capsys.readouterr().out
    assert "sample.json, record 2 to a Lead" in said
    assert "REFUSED (invalid_value): " in said and "as email: is not an e-mail address" in said
    assert "REFUSED (required_missing): " in said and "nothing at mail or address, which is required" in said


def test_a_preview_goes_on_through_the_sync_mappings(folder: Path, capsys: Said) -> None:
    sample = record(folder, [{"mail": "kim@example.com", "land": "Tyskland", "news": "yes"}, {"mail": "ines@example.com", "news": "no"}])

    granted, withdrawn = data(folder, capsys, "preview", "form", "--file", sample, "--through")

    (sent,) = granted["through"]
    assert granted["consents"] == {"marketing": True}
    assert {account["target"]: account["value"] for account in sent["accounts"]} == {
        "email": "kim@example.com",
        "last_name": "unknown",
        "origin": "domestic",
    }
    assert sent["refused"] is None
    assert withdrawn["through"][0]["refused_code"] == "no_consent"


def test_stored_records_are_previewed_whatever_became_of_them(at_work: Path, capsys: Said) -> None:
    assert run(at_work, "preview", "form", "--record", "inbox:1", "--through") == 0
    said = capsys.readouterr().out
    assert "inbox:1 to a Lead" in said and "to crm lead by 'crm'" in said and "Consent to marketing: granted" in said

    assert run(at_work, "preview", "form", "--record", "inbox:2") == 1
    assert "REFUSED (invalid_value)" in capsys.readouterr().out


def test_a_draft_elsewhere_is_previewed_with_a_note_where_it_reads_something_else(at_work: Path, capsys: Said) -> None:
    draft = at_work / "draft.yaml"
    draft.write_text(json.dumps({**INBOUND, "from": {"connection": "site", "object": "order"}}), "utf-8")

    assert run(at_work, "preview", str(draft), "--record", "inbox:1") == 0

    assert "It came from 'submission' of connection 'site', which this mapping does not read." in capsys.readouterr().out


def test_a_lead_is_previewed_towards_the_crm_and_back(at_work: Path, capsys: Said) -> None:
    for words in (["--record", "kim@example.com"], ["--record", "kim@example.com", "--back"]):
        (preview,) = data(at_work, capsys, "preview", "crm", *words)
        assert {each["target"]: each["value"] for each in preview["accounts"]}["company"] == "Slate GmbH"
        assert preview["refused"] is None


def test_a_record_of_the_crm_is_read_backwards(folder: Path, capsys: Said) -> None:
    sample = record(folder, {"email": "to be asked", "origin": "abroad", "last_name": "unknown"})

    assert run(folder, "preview", "crm", "--back", "--file", sample) == 1

    said = capsys.readouterr().out
    assert "back to a Lead by 'crm'" in said and "REFUSED" in said
    assert "origin → map, backwards: 'AT'" in said
    assert "last_name holds our default, which says nothing" in said


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["form", "--record", "inbox:99"], "There is no submission 'inbox:99'"),
        (["form", "--record", "kim@example.com"], "An inbound mapping reads inbox:NUMBER"),
        (["crm", "--record", "lead:nobody"], "Nobody is known as 'lead:nobody'"),
        (["crm", "--record", "inbox:2"], "Nobody is known as 'inbox:2'"),
        (["form", "--file", "absent.json"], "absent.json cannot be read"),
    ],
)
def test_a_record_that_is_not_there_is_told(at_work: Path, capsys: Said, words: list[str], answer: str) -> None:
    assert run(at_work, "preview", *words) == 1

    assert answer in capsys.readouterr().err


@pytest.mark.parametrize("content", ["{", "[]", "[1]", '"kim"'])
def test_a_file_that_holds_no_record_is_told(folder: Path, capsys: Said, content: str) -> None:
    (folder / "sample.json").write_text(content, "utf-8")

    assert run(folder, "preview", "form", "--file", str(folder / "sample.json")) == 1

    assert "sample.json" in capsys.readouterr().err
