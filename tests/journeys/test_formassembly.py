"""A FormAssembly application becomes account, contact, opportunity and task in Salesforce in one go, or nothing of it does.

The mappings are those of the how-to page, word for word but for the names of the connections.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from core.cli.main import main
from core.flow.mapping.finding import Level
from core.runtime.config.document import read_document
from core.runtime.mapping_check import compare, vendors
from core.runtime.mappings import MappingFile, read_mapping
from core.runtime.remote_schemas import describe
from tests.support.journey import World, world

PAGE = Path("docs/how-to/formassembly-to-salesforce.md")
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
NAMES = {"application-form": "web", "salesforce": "sf"}
OBJECTS = ("Account", "Contact", "Opportunity", "Task")
DAY = 86_400.0


def mappings() -> list[Any]:
    """The two mappings of the page, for the connections of the journey."""
    found = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    documents = [read_document(text.encode(), "page").value for text in found]
    for document in documents:
        side = document["from"] if document["kind"] == "inbound" else document["to"]
        side["connection"] = NAMES[side["connection"]]
    return documents


@contextmanager
def applications(folder: Path) -> Iterator[World]:
    """An org whose admin has made our field on all four objects."""
    with world(folder, json.loads(json.dumps(mappings()))) as at:
        for name in ("Opportunity", "Task"):
            at.control("sf", "add_field", object=name, name="Leadloom_Id__c", type="string", length=64, external_id=True, unique=True)
        yield at


def apply(at: World, **fields: str) -> None:
    """Somebody sends the form."""
    names = {"tfa_1": "Ada", "tfa_2": "Byron", "tfa_3": "ada@example.com", "tfa_4": "Engines Ltd", "tfa_5": "+1 202 555 0123"}
    at.post(urlencode(names | {"tfa_6": "tfa_7", "tfa_9": "2026-12-31"} | fields).encode(), FORM)


def rows(at: World, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = at.control("sf", "records", object=name)
    return found


def counts(at: World) -> dict[str, int]:
    return {name: len(rows(at, name)) for name in OBJECTS}


def said(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> str:
    """What a command prints."""
    capsys.readouterr()
    main([*words, "--config", str(folder / "config.yaml")])
    return capsys.readouterr().out


def test_an_application_makes_four_records_that_point_to_each_other_in_one_call(tmp_path: Path) -> None:
    with applications(tmp_path) as at:
        # given an application
        apply(at)

        # when it is delivered
        at.run_for(60)

        # then all of it is there, tied together
        assert at.links("sf") == {"level": 1}
        ((account,), (contact,), (deal,), (task,)) = (rows(at, name) for name in OBJECTS)
        assert (account["Name"], contact["AccountId"], deal["AccountId"]) == ("Engines Ltd", account["Id"], account["Id"])
        assert (deal["Name"], deal["CloseDate"], task["Subject"]) == ("Engines Ltd: Looms", "2026-12-31", "Call about Looms")
        assert (task["WhoId"], task["WhatId"]) == (contact["Id"], deal["Id"])
        # and they were written by one call, after three that looked for what there is
        assert len(at.asked("sf", "/composite")) == 4


def test_a_second_application_from_the_same_company_finds_it_and_the_same_one_again_writes_nothing(tmp_path: Path) -> None:
    with applications(tmp_path) as at:
        # given a company whose telephone number somebody in the CRM has corrected
        apply(at)
        at.run_for(60)
        (account,) = rows(at, "Account")
        at.control("sf", "update", object="Account", id=account["Id"], fields={"Phone": "+1 202 555 0199"})

        # when a colleague applies, and the first one sends the form again
        apply(at, tfa_1="Grace", tfa_2="Hopper", tfa_3="grace@example.com")
        apply(at, tfa_10="once more")
        at.run_for(60)

        # then the company is there once, as it was
        assert counts(at) == {"Account": 1, "Contact": 2, "Opportunity": 2, "Task": 2}
        assert rows(at, "Account")[0]["Phone"] == "+1 202 555 0199"
        assert {row["AccountId"] for row in rows(at, "Contact")} == {account["Id"]}
        assert at.links("sf") == {"level": 2}


def test_one_refused_record_leaves_nothing_behind_says_why_and_is_delivered_once_after_the_fix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with applications(tmp_path) as at:
        # given an org that refuses the opportunity
        rule = {"object": "Opportunity", "field": "Name", "forbid_value": "Engines Ltd: Looms", "message": "No looms this year."}
        at.control("sf", "configure", validation_rules=[rule])
        apply(at)

        # when the lanes have done all they can
        at.run_for(DAY)

        # then nothing of the application is in the org
        assert counts(at) == dict.fromkeys(OBJECTS, 0)
        ((code, reason, hint),) = at.parked("sf")
        assert code == "invalid" and hint
        assert reason.startswith("Nothing was written, because 'request' (Opportunity) was refused") and "No looms this year." in reason
        # and the desk says so, in the list and beside the value
        listed = " ".join(said(capsys, tmp_path, "quarantine", "list").split())
        assert "'request' (Opportunity)" in listed
        told = json.loads(said(capsys, tmp_path, "explain", "ada@example.com", "x_product", "--json"))
        assert "'request' (Opportunity)" in json.dumps(told, ensure_ascii=False) and "request.Name" in json.dumps(told)

        # when somebody takes the rule away and replays
        at.control("sf", "configure", validation_rules=[])
        assert at.replay() == 1
        at.run_for(60)

        # then the whole is there, once
        assert counts(at) == dict.fromkeys(OBJECTS, 1)
        assert at.links("sf") == {"level": 1}


@pytest.mark.parametrize("loss", [{"kind": "reset_after"}, {"kind": "timeout_after", "seconds": 1.0}, {"kind": "truncated_after"}], ids=str)
@pytest.mark.parametrize("times", [1, 4, 9])
def test_lost_answers_make_nothing_twice(tmp_path: Path, loss: dict[str, Any], times: int) -> None:
    with applications(tmp_path) as at:
        # given an org that does what it is asked for and is not heard, look-ups and writes alike
        at.fault("sf", match=r"^POST .*/composite$", times=times, **loss)
        apply(at)

        # when the lanes have done all they can
        at.run_for(DAY, until=lambda: at.links("sf") in ({"level": 1}, {"parked": 1}))

        # then everything is there once, and we know it
        assert loss["kind"] in [entry.fault for entry in at.asked("sf")]
        assert counts(at) == dict.fromkeys(OBJECTS, 1)
        assert at.links("sf") == {"level": 1}


def test_a_process_that_dies_before_it_hears_of_its_write_makes_nothing_twice(tmp_path: Path) -> None:
    class Killed(BaseException):
        """What a kill looks like from inside: nothing after it runs."""

    with applications(tmp_path) as at:
        # given a process that dies as soon as the org has answered the write
        apply(at)
        at.step("decide")
        connector = at.connections.open("sf").connector
        writing = connector.write_group

        def write_and_die(group: Any) -> Any:
            writing(group)
            raise Killed

        connector.write_group = write_and_die
        with pytest.raises(Killed):
            at.step("deliver:sf:Contact")
        connector.write_group = writing
        assert counts(at) == dict.fromkeys(OBJECTS, 1)

        # when somebody goes on after the lease has run out
        at.run_for(DAY, until=lambda: at.links("sf") == {"level": 1})

        # then it is still there once
        assert counts(at) == dict.fromkeys(OBJECTS, 1)


def test_the_mapping_check_compares_all_four_objects_with_the_org(tmp_path: Path) -> None:
    def findings(at: World) -> list[tuple[str, str]]:
        manifest = at.connections.open("sf").manifest
        file = read_mapping(tmp_path / "m1.yaml", (tmp_path / "mappings" / "m1.yaml").read_bytes(), {"sf": manifest})
        assert isinstance(file, MappingFile), file
        noted = compare([file], {"sf": describe(at.connections, "sf").objects}, vendors(at.installation))
        return [(each.path, each.code) for each in noted if each.level is Level.PROBLEM]

    # given an org without our field on opportunities and tasks, the check names both places
    with world(tmp_path, json.loads(json.dumps(mappings()))) as at:
        assert findings(at) == [("group.request.external_id", "external_id_missing"), ("group.call.external_id", "external_id_missing")]

    # with the fields it has nothing to say
    with applications(tmp_path) as at:
        assert findings(at) == []
