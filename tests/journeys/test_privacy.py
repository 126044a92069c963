"""A journey with everything logged that can be logged: no person and no secret stands in a log, a metric or the database's bytes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.journey import FORM_TOKEN, inbound_mapping, sync_mapping, write_installation
from tests.support.server import (
    META_FORM,
    META_PAGE,
    META_SECRET,
    Sandbox,
    Server,
    ask,
    meta_push,
    sandbox,
    serving,
    sign_meta,
    until,
)

PEOPLE = ("canary.mail", "canary-mail", "202555", "202 555", "202-555", "Canarella", "Kanarienvogel", "Canary Works", "canaryid")
SECRETS = (FORM_TOKEN, META_SECRET, "pat-sandbox-token", "sandbox-secret", "sandbox-meta-page-token", "canary-verify-token")
SIGNING = base64.b64encode(b"canary-signing-key-of-32-bytes!!").decode()
META_INBOUND = {
    "kind": "inbound",
    "name": "from meta",
    "from": {"connection": "meta"},
    "to": "Lead",
    "fields": {"email": "field_data.email", "full_name": "field_data.full_name"},
}


@pytest.fixture
def crms(tmp_path: Path) -> Iterator[Sandbox]:
    with sandbox(tmp_path) as running:
        yield running


def install(folder: Path, crms: Sandbox) -> Path:
    meta = {
        "page_id": META_PAGE,
        "page_access_token": "sandbox-meta-page-token",
        "app_secrets": [META_SECRET],
        "verify_token": "canary-verify-token",
        "base_url": crms.urls["meta"],
        "ad_names": False,
    }
    connections = {
        "meta": {"connector": "meta_lead_ads", "settings": meta},
        "signed": {"connector": "web_form", "settings": {"token": FORM_TOKEN, "secrets": [f"whsec_{SIGNING}"]}},
        "files": {"connector": "spreadsheet", "settings": {"folder": "drop", "complete": "now"}, "poll": {"row": 1}},
    }
    (folder / "drop").mkdir()
    mappings = [inbound_mapping("web"), META_INBOUND, {**inbound_mapping("files")}, sync_mapping("sf"), sync_mapping("hs")]
    urls = {"sf": crms.urls["salesforce"], "hs": crms.urls["hubspot"]}
    return write_installation(
        folder, urls, mappings, connections=connections, hs_timeout=20, logging={"level": "debug", "format": "console"}
    )


def canary(number: int, **fields: str) -> bytes:
    person = {
        "email": f"canary.mail{number}@example.com",
        "first_name": "Canarella",
        "last_name": f"Kanarienvogel {number}",
        "company": f"Canary Works {number}",
        "phone": f"+1 202 555 01{40 + number}",
    }
    return json.dumps(person | fields).encode()


def post(server: Server, body: bytes, path: str = f"/hooks/web/{FORM_TOKEN}", **headers: str) -> int:
    return ask(server.url + path, "POST", body, {"content-type": "application/json"} | headers).status


def trouble(server: Server, crms: Sandbox) -> None:
    """Send what goes well and what goes wrong in every way that writes words."""
    rule = {"object": "Lead", "field": "Title", "forbid_value": "canary-mail forbidden", "message": "No."}
    crms.control("salesforce", "configure", validation_rules=[rule])
    there = {"LastName": "Kanarienvogel", "Company": "x", "Email": "canary.mail1@example.com"}
    crms.control("salesforce", "create", object="Lead", fields=there)
    crms.control("salesforce", "fault", kind="reset_after", match="composite/sobjects")
    crms.control("hubspot", "fault", kind="status", status=500, body="canary.mail1@example.com", match="/batch/")
    answers = {"email": "canary.mail50@example.com", "full_name": "Canarella Kanarienvogel"}
    lead = crms.control("meta", "submit", form_id=META_FORM, field_data=answers, push=False)["id"]
    push = meta_push(lead)
    assert ask(f"{server.url}/hooks/meta", "POST", push, sign_meta(push)).status == 200
    for number in range(3):
        assert post(server, canary(number)) == 200
    assert post(server, canary(3, job_title="canary-mail forbidden"), **{"webhook-id": "canaryid-1"}) == 200
    assert post(server, canary(4, email="canary.mail at example.com")) == 200
    assert post(server, canary(5, job_title="canary-mail " * 20)) == 200
    assert post(server, b'{"email": "canary.mail6@example.com"') == 400
    assert post(server, canary(7), f"/hooks/signed/{FORM_TOKEN}") == 401
    assert post(server, canary(8), "/hooks/web/canary-mail-as-token?email=canary.mail8@example.com") == 404
    assert post(server, canary(9), "/hooks/canary-mail/x") == 404
    (server.config.parent / "drop" / "people.csv").write_bytes(b'email,last_name\ncanary.mail20@example.com,Kanarienvogel\n"canary.mail21')


def test_no_person_and_no_secret_leaves_its_place(tmp_path: Path, crms: Sandbox) -> None:
    with serving(install(tmp_path, crms)) as server:
        # given a journey in which much goes wrong, logged at its loudest
        trouble(server, crms)
        assert until(lambda: len(crms.hubspot_contacts()) >= 5 and server.waiting() == 0, 120), server.said()[-2_000:]

        # when everything that is shown to operators is gathered
        shown = {path: ask(server.url + path).body.decode() for path in ("/metrics", "/api/status", "/healthz")}
        served = server.said()
        plain = [str(row) for row in server.rows("SELECT reason, hint FROM link UNION ALL SELECT reason, reason_code FROM inbox")]
        files = {file.name: file.read_bytes() for file in server.data.iterdir() if file.name.startswith("leadloom.db")}
    shown["log"] = served + server.said()
    shown["reasons"] = "\n".join(plain)

    # then nobody's data and no secret stands there
    assert len(shown["log"].splitlines()) > 10
    found = {(where, word) for where, text in shown.items() for word in (*PEOPLE, *SECRETS, SIGNING) if word.casefold() in text.casefold()}
    assert found == set()
    # and the bytes of the database hold neither, in any of its files
    assert sum(map(len, files.values())) > 50_000
    raw = {(name, word) for name, content in files.items() for word in (*PEOPLE, *SECRETS, SIGNING) if word.encode() in content}
    assert raw == set()
    # and the reasons were worth looking through
    assert sum("refused" in reason or "not" in reason for reason in plain) >= 2


def test_one_delivery_repeated_by_many_senders_is_one_record_in_each_crm(tmp_path: Path, crms: Sandbox) -> None:
    with serving(install(tmp_path, crms)) as server:
        # given a delivery that 32 senders repeat, over a restart of the engine too
        body = canary(1)

        def send(_: int) -> int:
            return post(server, body, **{"webhook-id": "canaryid-2"})

        # when they send it
        with ThreadPoolExecutor(32) as senders:
            first = set(senders.map(send, range(96)))
            until(lambda: server.engine_pid() is not None, 20)
            server.kill_engine()
            second = set(senders.map(send, range(96)))

        # then all are acknowledged, and there is one submission and one record in each CRM
        assert first == second == {200}
        assert until(lambda: len(crms.hubspot_contacts()) >= 1 and len(crms.salesforce_leads()) >= 1 and server.waiting() == 0, 90)
        assert server.rows("SELECT count(*), sum(duplicates) FROM inbox WHERE connection = 'web'") == [(1, 191)]
        assert (len(crms.salesforce_leads()), len(crms.hubspot_contacts())) == (1, 1)


def test_a_crm_that_hangs_delays_the_other_by_nothing(tmp_path: Path, crms: Sandbox) -> None:
    with serving(install(tmp_path, crms)) as server:
        # given a Salesforce that takes every call and answers none for a long time
        assert post(server, canary(1)) == 200
        assert until(lambda: len(crms.salesforce_leads()) == 1 and len(crms.hubspot_contacts()) == 1, 60)
        crms.control("salesforce", "fault", kind="timeout", seconds=60, times=-1, match="/services/data")

        # when leads come
        for number in range(10, 20):
            assert post(server, canary(number, phone="", last_name=f"Other {number}", company=f"Other {number}")) == 200

        # then HubSpot has them long before Salesforce's first call has timed out
        assert until(lambda: len(crms.hubspot_contacts()) == 11, 15)
        assert len(crms.salesforce_leads()) == 1
