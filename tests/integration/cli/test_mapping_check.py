"""`mapping check` and `mapping new` beside a Salesforce and a HubSpot over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from core.cli import mapping_check, mapping_new
from core.cli.main import main
from tests.support.crms import Crms, Said, crms, run_mapping
from tests.support.journey import inbound_mapping, sync_mapping
from tests.support.office import write_office
from tests.support.server import serving

SALESFORCE = """\
kind: sync
name: leads
golden: Lead
to: {connection: sf, object: Lead}
external_id: Leadloom_Id__c
fields:
  Email: email
  LastName: {from: last_name, default: "?"}
  Company: {from: company, default: "?"}
"""


def group(app: typer.Typer) -> None:
    mapping_check.add_to(app)
    mapping_new.add_to(app)


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Crms]:
    with crms(tmp_path, [inbound_mapping("web"), sync_mapping("sf"), sync_mapping("hs")]) as running:
        yield running


def check(accounts: Crms, *words: str) -> Said:
    return accounts.run(group, "check", *words)


def report(accounts: Crms, *words: str) -> Any:
    return json.loads(check(accounts, "--json", *words).out)


def codes(told: Any) -> list[tuple[str, str]]:
    return [(finding["code"], finding["level"]) for finding in told["findings"]]


def test_sound_mappings_are_sound_beside_both_accounts(accounts: Crms) -> None:
    said = check(accounts)

    assert said.code == 0, said.err
    assert "3 files: sound." in said.out
    assert said.out.count("the account now") == 3


def test_problems_of_all_files_are_told_at_once_with_their_places(accounts: Crms) -> None:
    # given one file that is not sound by itself, and one whose lines do not fit the account
    accounts.write("m1.yaml", SALESFORCE + "  Emial: phone\n  IsConverted: x_flag\n  NumberOfEmployees: website\n")
    accounts.write("m2.yaml", "kind: sync\nname: hs\nto: {connection: hs, object: contacts}\nmatch: email\nfields:\n  email: emial\n")

    # when
    said = check(accounts)

    # then
    assert said.code == 1
    assert "m1.yaml:10:3: fields.Emial: Lead of Salesforce has no field 'Emial'" in said.err
    assert "Did you mean 'Email'?" in said.err
    assert "m1.yaml:11:3: fields.IsConverted: 'IsConverted' is read-only in Salesforce" in said.err
    assert "m1.yaml:12:3" in said.err
    assert "m2.yaml:6:3" in said.err and "'emial'" in said.err
    assert "3 files: 4 problems, 0 warnings." in said.out


def test_the_steps_for_the_external_id_are_the_vendors(accounts: Crms) -> None:
    accounts.control("sf", "remove_field", object="Lead", name="Leadloom_Id__c")
    (accounts.folder / "mappings" / "m2.yaml").write_text(json.dumps(sync_mapping("hs", external_id="our_key")), "utf-8")

    said = check(accounts)

    assert "Setup > Object Manager > Lead > Fields & Relationships > New" in said.err
    assert "Require unique values for this property" in said.err and "'our_key'" in said.err


def test_closed_choices_of_the_account_are_compared(accounts: Crms) -> None:
    accounts.control("sf", "add_field", object="Lead", name="Tier__c", type="picklist", picklist=["Gold", "Silver"], restricted=True)
    accounts.write("m1.yaml", SALESFORCE + "  Tier__c: {const: Golde}\n")

    (finding,) = report(accounts)["findings"]

    assert (finding["code"], finding["nearest"], finding["line"]) == ("no_such_choice", "Gold", 10)


def test_only_the_files_that_are_named_are_checked(accounts: Crms) -> None:
    accounts.write("m1.yaml", SALESFORCE + "  Emial: phone\n")

    assert check(accounts, "m2.yaml").code == 0
    assert check(accounts, str(accounts.folder / "mappings" / "m1.yaml")).code == 1
    missing = check(accounts, "m3.yaml")
    assert missing.code == 1 and "There is no such file" in missing.err


def test_offline_compares_with_what_the_last_check_kept_and_calls_nobody(accounts: Crms) -> None:
    # given nothing is kept yet
    first = check(accounts, "--offline")
    assert first.code == 0 and "Nothing is kept of it yet" in first.out
    check(accounts)
    accounts.write("m1.yaml", SALESFORCE + "  Emial: phone\n")
    asked = sum(len(served.journal.entries()) for served in accounts.served.values())

    # when
    told = report(accounts, "--offline")

    # then
    assert codes(told) == [("missing_field", "problem")]
    assert {each["source"] for each in told["connections"]} == {"saved"}
    assert all(each["taken_at"] for each in told["connections"])
    assert sum(len(served.journal.entries()) for served in accounts.served.values()) == asked


def test_what_changed_at_the_account_is_told_with_the_lines_that_it_touches(accounts: Crms) -> None:
    # given a field that a mapping uses
    accounts.control("sf", "add_field", object="Lead", name="Size__c", type="string", length=40)
    path = accounts.write("m1.yaml", SALESFORCE + "  Size__c: x_size\n")
    assert report(accounts)["drift"] == []

    # when it goes and another comes
    accounts.control("sf", "remove_field", object="Lead", name="Size__c")
    accounts.control("sf", "add_field", object="Lead", name="Extent__c", type="string", length=40)
    told = report(accounts)

    # then both are told, once
    changes = {change["field"]: change for change in told["drift"]}
    assert changes["Size__c"]["what"] == "field_gone"
    assert changes["Size__c"]["lines"] == [f"{path}:10: Size__c"]
    assert (changes["Extent__c"]["what"], changes["Extent__c"]["lines"]) == ("field_new", [])
    assert codes(told) == [("missing_field", "problem")]
    assert report(accounts)["drift"] == []


def test_an_account_that_does_not_answer_is_its_own_problem_only(accounts: Crms) -> None:
    # given both were asked before, and HubSpot's token is refused now
    check(accounts)
    accounts.control("hs", "token", token="pat-sandbox-token", revoke=True)
    accounts.write("m1.yaml", SALESFORCE + "  Emial: phone\n")

    # when
    said = check(accounts)
    told = report(accounts)

    # then Salesforce is compared now, HubSpot with what was kept
    assert said.code == 1 and "Connection 'hs' could not be asked" in said.err
    assert codes(told) == [("missing_field", "problem")]
    states = {each["name"]: (each["source"], bool(each["message"])) for each in told["connections"]}
    assert states == {"web": ("live", False), "sf": ("live", False), "hs": ("saved", True)}


def test_a_connection_that_is_switched_off_is_not_asked(tmp_path: Path) -> None:
    with crms(tmp_path, [sync_mapping("hs")], connections={"hs": {"enabled": False}}) as accounts:
        said = check(accounts)

        assert said.code == 0
        assert "switched off" in said.out
        assert not accounts.served["hs"].journal.entries()[1:], "only the test's own call"


def test_a_configuration_that_is_not_sound_does_not_hide_the_mappings(accounts: Crms) -> None:
    accounts.write("m1.yaml", SALESFORCE.replace("golden: Lead", "golden: Laed"))
    config = json.loads(accounts.config.read_text())
    accounts.config.write_text(json.dumps({**config, "prot": 1}))

    said = check(accounts)

    assert said.code == 1
    assert "prot" in said.err and "m1.yaml:3:1" in said.err


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["sf", "Lead"], "sync"),
        (["sf", "Contact"], "sync"),
        (["sf", "Account"], "sync"),
        (["hs"], "sync"),
        (["hs", "companies"], "sync"),
        (["sf", "Lead", "--kind", "inbound"], "inbound"),
        (["web"], "inbound"),
    ],
)
def test_a_new_mapping_passes_the_check(tmp_path: Path, words: list[str], kind: str) -> None:
    with crms(tmp_path) as accounts:
        out = tmp_path / "drafts" / "new.yaml"

        said = accounts.run(group, "new", *words, "--out", str(out))

        assert said.code == 0 and said.err == "", said.err
        assert f"kind: {kind}" in out.read_text()
        checked = check(accounts, str(out))
        assert checked.code == 0, checked.err
        assert checked.err == ""


def test_a_draft_lies_beside_the_mappings_without_being_in_force_and_is_never_replaced(accounts: Crms) -> None:
    first = accounts.run(group, "new", "sf", "Lead")
    path = accounts.folder / "mappings" / "sf-lead.yaml.draft"
    path.write_text("# mine\n")

    again = accounts.run(group, "new", "sf", "Lead")

    assert first.code == 0 and "not in force" in first.out
    assert again.code == 1 and "exists already" in again.err
    assert path.read_text() == "# mine\n"
    assert "3 files: sound." in check(accounts).out


def test_a_second_file_for_one_object_is_not_put_into_force(accounts: Crms) -> None:
    out = accounts.folder / "mappings" / "other.yaml"

    said = accounts.run(group, "new", "sf", "Lead", "--out", str(out))

    assert said.code == 1 and "m1.yaml writes 'Lead' of 'sf' already" in said.err
    assert not out.exists()


def test_a_wrong_connection_or_object_is_told_with_the_nearest(accounts: Crms) -> None:
    assert "Did you mean 'contacts'?" in accounts.run(group, "new", "hs", "contact").err
    assert "hs" in accounts.run(group, "new", "hss").err


def test_an_account_that_does_not_answer_leaves_no_file(accounts: Crms) -> None:
    config = json.loads(accounts.config.read_text())
    config["connections"]["hs"]["settings"]["access_token"] = "wrong"
    accounts.config.write_text(json.dumps(config))

    said = accounts.run(group, "new", "hs")

    assert said.code == 1 and "could not be asked" in said.err
    assert not list((accounts.folder / "mappings").glob("*.draft"))


def test_the_check_of_everything_compares_with_what_was_kept(accounts: Crms, capsys: pytest.CaptureFixture[str]) -> None:
    # given the accounts are known, and a mapping that is sound by itself
    check(accounts)
    accounts.write("m1.yaml", SALESFORCE + "  Emial: phone\n")

    # when
    code = main(["check", "--offline", "--config", str(accounts.config)])

    # then
    assert code == 1
    assert "m1.yaml:10:3: fields.Emial" in capsys.readouterr().err


def test_the_check_works_beside_a_running_server(tmp_path: Path) -> None:
    with serving(write_office(tmp_path, server={"port": 0})) as server:
        live = run_mapping(server.config, group, "check", "--json")
        kept = run_mapping(server.config, group, "check", "--offline", "--json")

    assert live.code == 0, live.err
    assert {each["source"] for each in json.loads(live.out)["connections"]} == {"live"}
    assert {each["source"] for each in json.loads(kept.out)["connections"]} == {"saved"}
