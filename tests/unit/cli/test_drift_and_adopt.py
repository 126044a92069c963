"""`leadloom drift` and `leadloom adopt` against a Salesforce and a HubSpot over real HTTP."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from core.cli import adopt, drift, run, status
from core.runtime.installation import Installation
from tests.support.crms import Crms, crms
from tests.support.journey import inbound_mapping, person, sync_mapping

PEOPLE = 3


def two_way(**changes: Any) -> dict[str, Any]:
    return sync_mapping("hs", match="email", **changes)


def say(told: Crms, *words: str, ok: bool = True) -> Any:
    app = typer.Typer()
    for command in (drift, adopt, run, status):
        command.register(app)
    result = CliRunner().invoke(app, list(words), obj=told.config)
    assert (result.exit_code == 0) is ok, result.output + repr(result.exception)
    return json.loads(result.stdout) if ok and "--json" in words else result.output


def push(told: Crms, count: int) -> None:
    """So many people fill in the form."""
    from core.contract import InboundRequest
    from core.flow.intake.door import judge
    from core.store.commands.intake import AcceptEvents
    from core.store.inbox_seal import seal_arrival

    installation = Installation.load(told.config)
    now = installation.clock.now()
    with installation.writing_store() as store:
        connector = installation.connections(store).open("web").connector
        for number in range(count):
            body = json.dumps(person(number)).encode()
            url = "https://leads.example.com/hooks/web/form-token-9c41d7e2"
            verdict = judge(connector, InboundRequest("POST", url, {"content-type": "application/json"}, body, now))
            store.write(AcceptEvents(tuple(seal_arrival(store.vault, store.workspace, "web", each, now) for each in verdict.arrivals)))


def theirs(number: int, **fields: Any) -> dict[str, Any]:
    mine = person(number)
    return {"email": mine["email"], "firstname": mine["first_name"], "lastname": mine["last_name"], "company": mine["company"]} | fields


def test_an_account_full_of_contacts_is_adopted_and_then_compared(tmp_path: Path) -> None:
    with crms(tmp_path, [inbound_mapping("web"), two_way()]) as told:
        told.control("hs", "seed", contacts=[theirs(0), theirs(1), {"email": "stranger@example.org"}])
        push(told, PEOPLE)
        say(told, "run", "decide")

        (foretold,) = say(told, "adopt", "hs", "--dry-run", "--json")
        assert (foretold["records"], foretold["match"], foretold["create"], foretold["strangers"]) == (3, 2, 1, 1)
        assert foretold["calls_used"] > 0

        assert "--yes" in say(told, "adopt", "hs", ok=False)
        (done,) = say(told, "adopt", "hs", "--yes", "--json")
        assert done["is_through"]
        say(told, "run", "deliver:hs:contacts")
        records = [each["properties"] for each in told.control("hs", "records", object="contacts") if not each["archived"]]
        assert sorted(each["email"] for each in records) == sorted(
            ["stranger@example.org", *(f"person{number}@example.com" for number in range(PEOPLE))]
        )
        found = say(told, "drift", "hs", "contacts", "--json")
        assert not found["applied"]
        (contacts,) = found["objects"]
        assert (contacts["read"], contacts["strangers"], contacts["missing"], contacts["doubles"]) == (4, 1, 0, 0)
        assert contacts["calls"] > 0
        assert "records read" in say(told, "drift")


def test_what_was_changed_behind_our_back_is_taken_in_on_request(tmp_path: Path) -> None:
    with crms(tmp_path, [inbound_mapping("web"), two_way()]) as told:
        push(told, PEOPLE)
        for lane in ("decide", "deliver:hs:contacts", "read:hs:contacts", "decide"):
            say(told, "run", lane)
        record = next(each for each in told.control("hs", "records", object="contacts"))
        with closing(sqlite3.connect(told.folder / "var" / "leadloom.db")) as database, database:
            database.execute("UPDATE link SET sent_at = NULL")  # as if that write were long ago
        told.control("hs", "update", id=record["id"], properties={"jobtitle": "Engineer"})

        assert "ask" in say(told, "drift", "hs", "--apply", ok=False)
        applied = say(told, "drift", "hs", "--apply", "--yes", "--json")
        assert applied["applied"]
        assert [(each["field"], each["theirs"], each["why"]) for row in applied["objects"][0]["rows"] for each in row["fields"]] == [
            ("jobtitle", "Engineer", "theirs_not_taken_in")
        ]
        assert not say(told, "drift", "hs", "--json")["plan"]


def test_names_that_are_not_there_are_answered_with_what_is(tmp_path: Path) -> None:
    with crms(tmp_path, [inbound_mapping("web"), two_way()]) as told:
        assert "There is no connection 'hub'" in say(told, "drift", "hub", ok=False)
        assert "There is no two-way mapping of 'hs'" in say(told, "adopt", "hs", "companies", ok=False)
        assert "No two-way mapping is in force for 'sf'" in say(told, "adopt", "sf", ok=False)
        assert "go with --apply" in say(told, "drift", "--enforce", ok=False)
