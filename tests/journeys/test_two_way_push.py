"""Pushed changes, over real sockets: HubSpot's signed webhooks and Salesforce's outbound messages, with a real server too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.support.journey import person
from tests.support.server import ROOT, Sandbox, Server, sandbox, serving, until
from tests.support.two_way import EVENTS, HUBSPOT_SECRET, SALESFORCE_TOKEN, Both, both

PAGE = ROOT / "docs" / "how-to" / "two-way-salesforce-hubspot.md"
WAIT = 30.0


@pytest.fixture
def pushed(tmp_path: Path) -> Iterator[Both]:
    """Both CRMs, where Salesforce tells by outbound messages, too."""
    with both(tmp_path, connection_settings={"sf": {"token": SALESFORCE_TOKEN}}) as crms:
        message = {"object": "Lead", "url": f"{crms.door.url}/hooks/sf/{SALESFORCE_TOKEN}", "fields": ["Id"]}
        crms.at.control("sf", "configure", outbound_messages=[message], outbound_disorder=True)
        crms.quiet()
        yield crms


def test_an_edit_in_salesforce_is_in_hubspot_by_its_outbound_message_alone(pushed: Both) -> None:
    before = pushed.writes()

    pushed.edit("sf", 0, job_title="Managing Director")
    pushed.go(polls=False)

    assert pushed.said("hs", 0, "job_title") == ["Managing Director"]
    pushed.quiet()
    assert pushed.writes() == {"sf": before["sf"], "hs": before["hs"] + 1}


def test_our_own_writes_told_by_outbound_messages_are_no_news(pushed: Both) -> None:
    before = pushed.writes()

    pushed.at.submit(person(0, job_title="Owner"))
    pushed.go(3, polls=False)

    assert pushed.writes() == {crm: count + 1 for crm, count in before.items()}
    assert pushed.at.rows("SELECT count(*) FROM observation WHERE link_id IS NOT NULL") == [(0,)]


def installed(folder: Path, crms: Sandbox) -> Path:
    """What the how-to page tells to write, with the sandbox's addresses and secrets; HubSpot is heard by its webhooks alone."""
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    config, *mappings = [YAML(typ="safe").load(block) for block in blocks]
    salesforce, hubspot = config["connections"]["salesforce"], config["connections"]["hubspot"]
    salesforce["settings"] |= {"login_url": crms.urls["salesforce"], "consumer_key": "sandbox-key", "consumer_secret": "sandbox-secret"}
    salesforce["settings"]["token"] = SALESFORCE_TOKEN
    hubspot["settings"] |= {"base_url": crms.urls["hubspot"], "access_token": "pat-sandbox-token", "client_secrets": [HUBSPOT_SECRET]}
    salesforce["poll"], hubspot["poll"] = {"Lead": 1}, {"contacts": 3600}
    (folder / "mappings").mkdir()
    for number, mapping in enumerate(mappings):
        (folder / "mappings" / f"m{number}.yaml").write_text(json.dumps(mapping), "utf-8")
    (folder / "config.yaml").write_text(json.dumps({"allow_clear_secrets": True, **config}), "utf-8")
    return folder / "config.yaml"


def test_a_running_server_set_up_by_the_page_carries_edits_both_ways_within_seconds(tmp_path: Path) -> None:
    with sandbox(tmp_path) as crms, serving(installed(tmp_path, crms)) as server:
        # given a running server, HubSpot's webhooks, and a lead that sales enters in Salesforce
        subscription = {"url": f"{server.url}/hooks/hubspot", "client_secret": HUBSPOT_SECRET, "types": EVENTS}
        crms.control("hubspot", "subscribe", **subscription)
        fields = {"Email": "zoe@example.com", "FirstName": "Zoë", "LastName": "Writer", "Company": "Example Ltd"}
        lead = crms.control("salesforce", "create", object="Lead", fields=fields)["id"]

        # then it becomes a contact in HubSpot by the poll
        assert until(lambda: [each["email"] for each in crms.hubspot_contacts()] == ["zoe@example.com"], WAIT), server.said()
        contact = crms.hubspot_contacts()[0]["hs_object_id"]

        # and an edit in HubSpot is in Salesforce by the webhook, one in Salesforce in HubSpot by the poll
        crms.control("hubspot", "update", id=contact, properties={"jobtitle": "Director"})
        assert until(lambda: crms.salesforce_leads()[0].get("Title") == "Director", 2 * WAIT), server.said()
        crms.control("salesforce", "update", object="Lead", id=lead, fields={"Company": "Example Group"})
        assert until(lambda: crms.hubspot_contacts()[0].get("company") == "Example Group", WAIT), server.said()
        assert is_quiet(crms, server)


def is_quiet(crms: Sandbox, server: Server) -> bool:
    """Whether all is done, and each CRM holds the one person once."""
    return until(lambda: server.waiting() == 0, WAIT) and (len(crms.salesforce_leads()), len(crms.hubspot_contacts())) == (1, 1)
