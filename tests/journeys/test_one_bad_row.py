"""One record of a full batch is refused: the others are delivered, it is parked with the vendor's reason, and replay mends it."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.support.journey import World, inbound_mapping, person, sync_mapping, world

BATCH = 200
BAD = 137
DAY = 86_400.0
TOO_LONG = "Chief " * 30

LIFECYCLE = {"from": "job_title", "default": "lead"}


def forbid(at: World) -> None:
    rule = {"object": "Lead", "field": "Title", "forbid_value": "Nobody", "message": "We do not take those."}
    at.control("sf", "configure", validation_rules=[rule])


def allow(at: World) -> None:
    at.control("sf", "configure", validation_rules=[])


def nothing(at: World) -> None:
    """Nothing has to be prepared, or can be mended at the CRM."""


CASES: dict[str, dict[str, Any]] = {
    "sf validation rule": {"crm": "sf", "title": "Nobody", "before": forbid, "after": allow, "rule": "We do not take those."},
    "sf too long": {"crm": "sf", "title": TOO_LONG, "before": nothing, "after": None, "rule": "STRING_TOO_LONG"},
    "hs invalid option": {"crm": "hs", "title": "nonsense", "before": nothing, "after": None, "rule": "INVALID_OPTION"},
}


def mappings(crm: str) -> list[dict[str, Any]]:
    fields = {"email": "email", "lastname": "last_name", "lifecyclestage": LIFECYCLE}
    return [inbound_mapping("web"), sync_mapping(crm, **({"fields": fields} if crm == "hs" else {}))]


@pytest.mark.parametrize("name", CASES)
def test_one_row_of_a_full_batch_is_refused_and_the_others_are_delivered(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    crm = case["crm"]
    with world(tmp_path, mappings(crm)) as at:
        # given two hundred people of whom one has a value that the CRM refuses
        case["before"](at)
        at.submit(*(person(n, **({"job_title": case["title"]} if n == BAD else {})) for n in range(BATCH)))

        # when the lanes have done all they can
        at.run_for(DAY)

        # then 199 are there, one is parked, and the reason is the vendor's
        assert at.links(crm) == {"level": BATCH - 1, "parked": 1}
        assert len(at.emails(crm)) == len(set(at.emails(crm))) == BATCH - 1
        ((code, reason, hint),) = at.parked(crm)
        assert code == "invalid"
        assert case["rule"] in reason
        assert hint
        # and neither the value nor the person stands in the reason
        assert case["title"] not in reason and person(BAD)["email"] not in reason
        # and the refusal was not tried again and again
        writes = [entry for entry in at.asked(crm) if "composite/sobjects" in entry.path or "/batch/" in entry.path]
        assert len(writes) <= 2 + 2 * 8


def test_a_row_that_salesforce_refused_is_delivered_by_replay_once_the_rule_is_gone(tmp_path: Path) -> None:
    with world(tmp_path, mappings("sf")) as at:
        # given a parked record
        forbid(at)
        at.submit(*(person(n, **({"job_title": "Nobody"} if n == 1 else {})) for n in range(3)))
        at.run_for(60)
        assert at.links("sf") == {"level": 2, "parked": 1}

        # when somebody takes the rule away and replays
        allow(at)
        assert at.replay() == 1
        at.run_for(60)

        # then everybody is there, once
        assert at.links("sf") == {"level": 3}
        assert at.emails("sf") == [person(n)["email"] for n in range(3)]


def test_a_row_that_hubspot_refused_is_delivered_by_replay_once_the_option_exists(tmp_path: Path) -> None:
    fields = {"email": "email", "lastname": "last_name", "tier": {"from": "job_title", "default": "gold"}}
    with world(tmp_path, [inbound_mapping("web"), sync_mapping("hs", fields=fields)]) as at:
        # given a property with one option, and a record with another
        at.control("hs", "property", object="contacts", **_tier("gold"))
        at.submit(*(person(n, **({"job_title": "silver"} if n == 1 else {})) for n in range(3)))
        at.run_for(60)
        assert at.links("hs") == {"level": 2, "parked": 1}

        # when somebody adds the option and replays
        _change_options(at, _tier("gold", "silver"))
        assert at.replay() == 1
        at.run_for(60)

        # then everybody is there, once
        assert at.links("hs") == {"level": 3}
        assert at.emails("hs") == [person(n)["email"] for n in range(3)]


def _tier(*names: str) -> dict[str, Any]:
    options = [{"label": name, "value": name, "displayOrder": place, "hidden": False} for place, name in enumerate(names)]
    kind = {"type": "enumeration", "fieldType": "select", "groupName": "contactinformation"}
    return {"name": "tier", "label": "Tier", **kind, "options": options}


def _change_options(at: World, definition: dict[str, Any]) -> None:
    """As an admin does in the account's settings."""
    url = f"{at.crms['hs'].url}/crm/v3/properties/contacts/tier"
    headers = {"content-type": "application/json", "authorization": "Bearer pat-sandbox-token"}
    request = urllib.request.Request(url, json.dumps({"options": definition["options"]}).encode(), headers, method="PATCH")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200
