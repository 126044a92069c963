"""Mappings rehearsed on stored records, put in force, and taken back, from the command line without a server."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import main
from tests.support.office import INBOUND, SYNC, office, sql, write_office

Said = pytest.CaptureFixture[str]
PEOPLE = 5
RENAMED: Mapping[str, Any] = {**INBOUND, "fields": {**INBOUND["fields"], "last_name": "last | replace: Osei, Mensah"}}
MORE_SENT: Mapping[str, Any] = {**SYNC, "fields": {**SYNC["fields"], "source": {"const": "web"}}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Some leads that are delivered and one in quarantine, where files are drafts until they are applied."""
    with office(tmp_path) as desk:
        for _ in range(PEOPLE):
            desk.submit({"news": "yes"})
        desk.submit({"mail": ""})
        desk.settle()
    settle_on(tmp_path, activate="on_apply")
    return tmp_path


def settle_on(folder: Path, **settings: Any) -> None:
    path = folder / "config.yaml"
    config = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**config, "mappings": {**config.get("mappings", {}), **settings}}), "utf-8")


def write(folder: Path, number: int, mapping: Mapping[str, Any], name: str = "mappings") -> Path:
    (folder / name).mkdir(exist_ok=True)
    path = folder / name / f"m{number}.yaml"
    path.write_text(json.dumps(mapping), "utf-8")
    return path


def read(folder: Path, number: int) -> Any:
    return json.loads((folder / "mappings" / f"m{number}.yaml").read_text("utf-8"))


def run(folder: Path, *words: str) -> int:
    return main([*words, "--config", str(folder / "config.yaml")])


def data(folder: Path, said: Said, *words: str) -> Any:
    said.readouterr()
    run(folder, *words, "--json")
    return json.loads(said.readouterr().out)


def contents(folder: Path) -> str:
    """Everything that the database says, whatever its files look like."""
    rows = [
        sql(folder / "var", f"SELECT * FROM {name}") for (name,) in sql(folder / "var", "SELECT name FROM sqlite_master WHERE type='table'")
    ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def fields(plan: Any, part: str, mapping: str) -> dict[str, tuple[int, int, int]]:
    (tally,) = [each for each in plan[part] if each["mapping"] == mapping]
    return {name: (each["new"], each["changed"], each["emptied"]) for name, each in tally["fields"].items()}


def test_a_plan_says_which_values_change_with_samples_and_what_each_crm_gets(folder: Path, capsys: Said) -> None:
    write(folder, 0, RENAMED)

    plan = data(folder, capsys, "plan")

    assert plan["edited"] == {"form": "changed"}
    assert (plan["looked_at"], plan["changed"], plan["share"]) == (PEOPLE + 1, PEOPLE, round(PEOPLE / (PEOPLE + 1), 4))
    assert fields(plan, "inbound", "form") == {"last_name": (0, PEOPLE, 0)}
    assert plan["inbound"][0]["fields"]["last_name"]["samples"][0] == {"record": "inbox:5", "before": "Osei 5", "after": "Mensah 5"}
    assert fields(plan, "sync", "crm") == {"last_name": (0, PEOPLE, 0)}
    (effect,) = plan["effects"]
    assert (effect["connection"], effect["object"], effect["creates"], effect["updates"], effect["no_longer_wanted"]) == (
        "crm",
        "lead",
        0,
        PEOPLE,
        0,
    )
    assert effect["api_calls"] == 1
    assert effect["at_once"] == 0  # what was read stays as it was read


def test_a_plan_writes_nothing_at_all(folder: Path) -> None:
    write(folder, 0, RENAMED)
    before = contents(folder), sql(folder / "var", "PRAGMA data_version"), (folder / "var" / "leadloom.db").read_bytes()

    assert run(folder, "plan") == 0

    assert (contents(folder), sql(folder / "var", "PRAGMA data_version"), (folder / "var" / "leadloom.db").read_bytes()) == before
    assert read(folder, 0) == RENAMED


def test_a_plan_tells_who_is_refused_and_who_is_accepted_from_now_on(folder: Path, capsys: Said) -> None:
    strict = {**INBOUND["fields"], "email": "mail", "company": {"from": "company", "required": True}}
    write(folder, 0, {**INBOUND, "fields": strict})
    refused = data(folder, capsys, "plan")
    lax = {**INBOUND["fields"], "email": "mail", "company": {"const": "Somewhere"}}
    write(folder, 0, {**INBOUND, "fields": lax})

    accepted = data(folder, capsys, "plan")

    (verdict,) = refused["newly_refused"]
    assert (verdict["mapping"], verdict["reason_code"], verdict["count"]) == ("form", "required_missing", PEOPLE)
    assert "company" in verdict["reasons"][0]
    assert refused["effects"] == []
    (verdict,) = accepted["newly_accepted"]
    assert (verdict["reason_code"], verdict["count"], verdict["records"]) == ("required_missing", 1, ["inbox:6"])
    assert [(each["creates"], each["updates"]) for each in accepted["effects"]] == [(1, PEOPLE)]


def test_a_plan_counts_answers_about_consent_that_change(folder: Path, capsys: Said) -> None:
    write(folder, 0, {**INBOUND, "consent": {}})
    write(folder, 1, {**SYNC, "consent": {"purpose": "marketing", "require": True}})

    plan = data(folder, capsys, "plan")

    assert plan["consents"] == {"marketing": {"granted": 0, "withdrawn": 0, "unsaid": PEOPLE}}
    assert [(each["object"], each["no_longer_wanted"], each["at_once"]) for each in plan["effects"]] == [("lead", PEOPLE, 0)]


def test_a_plan_over_fewer_records_says_so(folder: Path, capsys: Said) -> None:
    write(folder, 0, RENAMED)

    assert run(folder, "plan", "--records", "2") == 0

    said = capsys.readouterr().out
    assert "Looked at 2 of 6 stored submissions" in said and "Nothing was written." in said


def test_a_plan_of_another_folder_leaves_the_files_alone_and_is_applied_from_there(folder: Path, capsys: Said) -> None:
    write(folder, 1, MORE_SENT, "draft")
    draft = str(folder / "draft")
    plan = data(folder, capsys, "plan", "--from", draft)
    assert plan["edited"] == {"crm": "changed"}
    assert [(each["updates"], each["at_once"]) for each in plan["effects"]] == [(PEOPLE, PEOPLE)]
    assert read(folder, 1) == SYNC

    done = data(folder, capsys, "apply", "--from", draft, "--yes")

    assert (done["done"], done["release"], done["written"]["files"]) == (True, 2, ["m1.yaml"])
    assert done["replan"]["counts"]["links_changed"] == PEOPLE
    assert (read(folder, 0), read(folder, 1)) == (INBOUND, MORE_SENT)
    assert data(folder, capsys, "plan")["edited"] == {}


def test_a_draft_that_another_folder_replaces_is_kept_beside(folder: Path, capsys: Said) -> None:
    draft = {**SYNC, "description": "half done"}
    write(folder, 1, draft)
    write(folder, 1, MORE_SENT, "better")

    done = data(folder, capsys, "apply", "--from", str(folder / "better"), "--yes")

    (kept,) = done["written"]["drafts"]
    assert kept.startswith("m1.yaml.draft-")
    assert json.loads((folder / "mappings" / kept).read_text("utf-8")) == draft
    assert read(folder, 1) == MORE_SENT


def test_a_folder_that_is_not_there_is_told(folder: Path, capsys: Said) -> None:
    assert run(folder, "plan", "--from", str(folder / "nowhere")) == 1

    assert "There is no such folder" in capsys.readouterr().err


def test_a_plan_of_equal_files_says_how_to_look_before_they_run(folder: Path, capsys: Said) -> None:
    settle_on(folder, activate="on_save")

    assert run(folder, "plan") == 0

    said = capsys.readouterr().out
    assert "--from" in said and "on_apply" in said and "None of them would change" in said


def test_all_problems_of_all_files_are_told_and_nothing_is_applied(folder: Path, capsys: Said) -> None:
    write(folder, 0, {**INBOUND, "fields": {"emial": "mail"}})
    write(folder, 1, {**SYNC, "to": {"connection": "crn", "object": "lead"}})

    assert run(folder, "apply", "--yes") == 1

    said = capsys.readouterr().err
    assert "m0.yaml:1:" in said and "'email'" in said and "m1.yaml:1:" in said and "'crm'" in said
    assert [each["number"] for each in data(folder, capsys, "releases")] == [1]


def test_a_file_that_is_saved_but_was_not_at_work_yet_can_be_looked_at(folder: Path, capsys: Said) -> None:
    settle_on(folder, activate="on_save")
    write(folder, 1, MORE_SENT)

    plan = data(folder, capsys, "plan")

    assert plan["edited"] == {"crm": "changed"}
    assert fields(plan, "sync", "crm") == {"source": (PEOPLE, 0, 0)}
    run(folder, "status")
    assert "1 mapping is edited since something last ran ('crm' changed)" in capsys.readouterr().out


def test_an_erased_person_does_not_hinder_the_plan_of_the_others(folder: Path, capsys: Said) -> None:
    write(folder, 1, MORE_SENT)
    sql(folder / "var", "UPDATE subject_key SET wrapped = NULL WHERE id = (SELECT min(key_id) FROM golden)")

    plan = data(folder, capsys, "plan")

    assert [each["updates"] for each in plan["effects"]] == [PEOPLE - 1]


@pytest.mark.parametrize(("answer", "code", "number"), [("n\n", 1, 1), ("y\n", 0, 2)])
def test_somebody_at_a_terminal_is_asked(
    folder: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, number: int
) -> None:
    write(folder, 0, RENAMED)
    monkeypatch.setattr("core.cli.plan.is_interactive", lambda: True)
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))

    assert run(folder, "apply") == code

    assert "Go on?" in capsys.readouterr().out
    assert data(folder, capsys, "releases")[0]["number"] == number


def test_a_change_of_many_records_is_not_made_unless_somebody_says_yes(folder: Path, capsys: Said) -> None:
    write(folder, 0, RENAMED)

    assert run(folder, "apply") == 1

    said = capsys.readouterr().err
    assert "5 of 6 records" in said and "--yes" in said and "Nothing was done" in said
    assert [each["number"] for each in data(folder, capsys, "releases")] == [1]
    settle_on(folder, ask_above_share=1)
    assert run(folder, "apply") == 0
    newest = data(folder, capsys, "releases")[0]
    assert (newest["number"], newest["how"], newest["changed"], newest["is_running"]) == (2, "applied", {"form": "changed"}, True)


def test_the_status_tells_what_is_edited_and_not_applied(folder: Path, capsys: Said) -> None:
    write(folder, 0, RENAMED)
    write(folder, 1, MORE_SENT)

    assert run(folder, "status") == 0

    assert "2 mappings are edited and not applied ('crm' changed, 'form' changed): run `leadloom plan`" in capsys.readouterr().out


def test_the_status_tells_what_goes_on_while_a_file_is_broken(folder: Path, capsys: Said) -> None:
    settle_on(folder, activate="on_save")
    (folder / "mappings" / "m0.yaml").write_text("kind: inbound\nname: form\nfileds: {}\n", "utf-8")

    mappings = data(folder, capsys, "status")["mappings"]

    assert any("m0.yaml:3:1" in problem for problem in mappings["problems"])
    (kept,) = mappings["kept"]
    assert (kept["name"], kept["file"], kept["since"][:10]) == ("form", "m0.yaml", mappings["release"]["at"][:10])
    assert (mappings["inbound"], mappings["edited"]) == (1, {})
    run(folder, "status")
    assert f"m0.yaml is not sound, so version {kept['version']} of 'form', in force since" in capsys.readouterr().out


def test_a_rollback_restores_the_files_of_the_release_before(folder: Path, capsys: Said) -> None:
    write(folder, 0, RENAMED)
    write(folder, 1, MORE_SENT)
    run(folder, "apply", "--yes")

    assert run(folder, "rollback", "--yes") == 0

    said = capsys.readouterr().out
    assert "Back to release 1" in said and "Release 3 is in force" in said and "draft" not in said
    assert (read(folder, 0), read(folder, 1)) == (INBOUND, SYNC)
    assert [(each["number"], each["how"]) for each in data(folder, capsys, "releases")] == [
        (3, "rolled_back"),
        (2, "applied"),
        (1, "saved"),
    ]


def test_a_rollback_of_one_mapping_leaves_the_others_and_takes_a_version_or_a_release(folder: Path, capsys: Said) -> None:
    write(folder, 0, RENAMED)
    write(folder, 1, MORE_SENT)
    run(folder, "apply", "--yes")
    applied = data(folder, capsys, "releases")[0]["mappings"]

    assert run(folder, "rollback", "form", "--yes") == 0
    assert (read(folder, 0), read(folder, 1)) == (INBOUND, MORE_SENT)
    assert run(folder, "rollback", "form", "--to", applied["form"][:6], "--yes") == 0
    assert read(folder, 0) == RENAMED
    assert run(folder, "rollback", "form", "--to", "1", "--yes") == 0
    assert (read(folder, 0), read(folder, 1)) == (INBOUND, MORE_SENT)


def test_a_rollback_brings_back_a_mapping_that_was_taken_away_and_removes_one_that_was_added(folder: Path, capsys: Said) -> None:
    (folder / "mappings" / "m1.yaml").unlink()
    write(folder, 7, {**INBOUND, "name": "other", "from": {"connection": "site", "object": "survey"}})
    assert run(folder, "apply", "--yes") == 0

    assert run(folder, "rollback", "--yes") == 0

    assert sorted(path.name for path in (folder / "mappings").iterdir()) == ["m0.yaml", "m1.yaml"]
    assert run(folder, "rollback", "--yes") == 0
    assert sorted(path.name for path in (folder / "mappings").iterdir()) == ["m0.yaml", "m7.yaml"]


def test_a_text_that_never_ran_is_kept_beside_when_a_rollback_replaces_it(folder: Path, capsys: Said) -> None:
    write(folder, 0, RENAMED)
    run(folder, "apply", "--yes")
    draft = {**RENAMED, "description": "half done"}
    write(folder, 0, draft)

    assert run(folder, "rollback", "--yes") == 0

    (kept,) = (folder / "mappings").glob("m0.yaml.draft-*")
    assert json.loads(kept.read_text("utf-8")) == draft
    assert kept.name in capsys.readouterr().out
    assert read(folder, 0) == INBOUND


def test_a_rollback_restores_the_tables_beside_the_mapping(folder: Path) -> None:
    table = folder / "mappings" / "cities.csv"
    table.write_text("from,to\nNYC,New York\n", "utf-8")
    write(folder, 0, {**INBOUND, "fields": {**INBOUND["fields"], "city": {"from": "town", "map": "cities.csv"}}})
    run(folder, "apply", "--yes")
    table.write_text("from,to\nNYC,Nowhere\n", "utf-8")
    run(folder, "apply", "--yes")

    assert run(folder, "rollback", "form", "--yes") == 0

    assert table.read_text("utf-8") == "from,to\nNYC,New York\n"


def test_a_rollback_that_changes_many_records_asks_first(folder: Path, capsys: Said) -> None:
    write(folder, 1, MORE_SENT)
    run(folder, "apply", "--yes")

    assert run(folder, "rollback") == 1

    assert "--yes" in capsys.readouterr().err
    assert read(folder, 1) == MORE_SENT


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["rollback"], 1, "Release 1 is the first"),
        (["rollback", "form"], 1, "ran in one version only"),
        (["rollback", "from"], 2, "Did you mean 'form'"),
        (["rollback", "--to", "9"], 1, "no release '9'"),
        (["rollback", "--to", "abc"], 1, "belongs to one mapping"),
        (["rollback", "form", "--to", "zzz"], 1, "no version of it"),
    ],
)
def test_a_rollback_to_nowhere_says_what_there_is(folder: Path, capsys: Said, words: list[str], code: int, told: str) -> None:
    assert run(folder, *words) == code

    assert told in capsys.readouterr().err


def test_before_anything_ran_the_releases_and_the_rollback_say_so(tmp_path: Path, capsys: Said) -> None:
    write_office(tmp_path)

    assert run(tmp_path, "releases") == 0
    assert "No mapping has gone into force yet" in capsys.readouterr().out
    assert run(tmp_path, "rollback") == 1
    assert "No mapping ever ran" in capsys.readouterr().err


def test_what_was_delivered_and_read_knows_the_version_that_made_it(folder: Path) -> None:
    versions = dict(sql(folder / "var", "SELECT name, version FROM mapping_version"))

    assert set(sql(folder / "var", "SELECT mapping, mapping_version FROM observation")) == {("form", versions["form"])}
    assert set(sql(folder / "var", "SELECT mapping, mapping_version, sent_mapping_version FROM link")) == {
        ("crm", versions["crm"], versions["crm"])
    }
