"""Kill -9 at a random moment under webhook load: what was answered 2xx is on disk, is delivered without help, and never twice.

Kill -9 cannot show a missing fsync, because the system keeps what was written; that is for the tests of the writer.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.runtime.installation import Installation
from core.store.inbox_seal import open_raw
from core.store.vault import Vault
from tests.support.journey import FORM_TOKEN, inbound_mapping, sync_mapping, write_installation
from tests.support.server import LEADLOOM, META_FORM, META_PAGE, META_SECRET, Load, Sandbox, Server, meta_push, sandbox, sign_meta, until

TRIALS = int(os.environ.get("LEADLOOM_TRIALS", "1"))
ROUNDS = 20 * TRIALS
PATIENCE_SECONDS = 45 * TRIALS
"""So long some rounds wait for the engine to be at work; on a slow machine the later rounds hit it wherever it is."""
VICTIMS = ("server", "engine", "both")
META_LEADS = 6 * ROUNDS
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
        running.control("hubspot", "configure", burst_limit=100_000)
        running.control("meta", "configure", quota_floor=100_000)
        yield running


def install(folder: Path, crms: Sandbox, **settings: object) -> Path:
    meta = {
        "connector": "meta_lead_ads",
        "settings": {
            "page_id": META_PAGE,
            "page_access_token": "sandbox-meta-page-token",
            "app_secrets": [META_SECRET],
            "verify_token": "sandbox-meta-verify-token",
            "base_url": crms.urls["meta"],
            "ad_names": False,
            # A form without leads: what the polls would find by themselves could hide a push that was lost.
            "forms": [crms.control("meta", "form", name="quiet", questions=["email"])["id"]],
        },
    }
    mappings = [inbound_mapping("web"), META_INBOUND, sync_mapping("sf"), sync_mapping("hs")]
    urls = {"sf": crms.urls["salesforce"], "hs": crms.urls["hubspot"]}
    return write_installation(folder, urls, mappings, connections={"meta": meta}, hs_timeout=20, **settings)


class Senders:
    """What the clients send: most post a form, some push the id of a Meta lead that has to be fetched."""

    def __init__(self, meta_leads: list[str]) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._meta = list(meta_leads)

    def __call__(self, client: int) -> tuple[str, str, bytes, Mapping[str, str]]:
        with self._lock:
            self._number += 1
            number = self._number
            lead = self._meta.pop() if client == 0 and self._meta else None
        if lead is not None:
            body = meta_push(lead)
            return f"leadgen/{lead}", "/hooks/meta", body, sign_meta(body)
        email = f"kill{number}@example.com"
        body = json.dumps({"email": email, "first_name": "Zoë", "last_name": f"Writer {number}", "company": f"Example {number}"}).encode()
        return email, f"/hooks/web/{FORM_TOKEN}", body, {"content-type": "application/json", "webhook-id": email}


class Trial:
    """One trial: rounds of load and killing on one data folder, and the books at the end."""

    def __init__(self, folder: Path, crms: Sandbox, seed: int, command: tuple[str, ...] = LEADLOOM) -> None:
        self.crms = crms
        self.chance = random.Random(seed)
        self.server = Server(install(folder, crms), folder / "server.log", command)
        self.meta = self._make_meta_leads()
        self.load = Load(lambda: self.server.url, Senders(list(self.meta)))
        self.kills: Counter[str] = Counter()
        self.missing: set[str] = set()
        self._vault: Vault | None = None
        self._stored: set[str] = set()
        self._seen = 0
        self._patient_until = time.monotonic() + PATIENCE_SECONDS

    def _make_meta_leads(self) -> dict[str, str]:
        leads = [
            {"form_id": META_FORM, "field_data": {"email": f"meta{n}@example.com", "full_name": f"Mara Meta{n}"}, "push": False}
            for n in range(META_LEADS)
        ]
        made = [self.crms.control("meta", "submit", **lead)["id"] for lead in leads]
        return {str(lead): f"meta{n}@example.com" for n, lead in enumerate(made)}

    def round(self, number: int) -> None:
        """Start, load, kill at a random moment, and look whether everything acknowledged is on disk."""
        victim = VICTIMS[number % len(VICTIMS)]
        if not self.server.is_running():
            self.server.start()
        self.load.start()
        settled = self.settled()
        reached = len(self.load.acknowledged) + self.chance.randint(1, 120)
        assert self.load.wait_for(reached, 30), f"the server takes nothing in:\n{self.server.said()[-3000:]}"
        if (number % 3 == 1 or number % 6 == 5) and time.monotonic() < self._patient_until:
            # in half of the rounds the engine shall be at work when it is hit, however slow this machine starts it
            self.load.pause()
            until(lambda: self.settled() > settled, 30)
            self.load.go_on()
        threading.Event().wait(self.chance.random() * 0.8)
        self._kill(victim)
        self.load.stop()
        self.missing |= set(self.load.acknowledged) - self.stored()

    def _kill(self, victim: str) -> None:
        died = victim != "server" and self.server.kill_engine()
        self.kills[f"{victim}{'' if died or victim == 'server' else ' (no engine yet)'}"] += 1
        if victim == "engine":
            threading.Event().wait(self.chance.random() * 0.5)
        else:
            self.server.kill()

    def settled(self) -> int:
        """How much deciding and delivering has come to an end."""
        sql = "SELECT (SELECT count(*) FROM inbox WHERE state = 'done') + (SELECT count(*) FROM link WHERE state = 'level')"
        return int(self.server.rows(sql)[0][0])

    def stored(self) -> set[str]:
        """The names of the submissions in the inbox, from the raw bodies as they were sent."""
        sql = "SELECT id, connection, event_id, wrapped_key, sealed_raw FROM inbox WHERE id > ? AND sealed_raw IS NOT NULL"
        self._vault = self._vault or Installation.load(self.server.config).vault()
        for row_id, connection, event_id, wrapped_key, sealed_raw in self.server.rows(sql, self._seen):
            row = SimpleNamespace(connection=connection, event_id=event_id, wrapped_key=wrapped_key, sealed_raw=sealed_raw)
            body = json.loads(open_raw(self._vault, "main", row) or b"{}")
            changes = [change["value"] for entry in body.get("entry", []) for change in entry["changes"]]
            self._stored |= {f"leadgen/{value['leadgen_id']}" for value in changes} or {body["email"]}
            self._seen = max(self._seen, row_id)
        return self._stored

    def expected(self) -> set[str]:
        """The addresses of everybody whose submission was acknowledged."""
        return {self.meta[name.removeprefix("leadgen/")] if name.startswith("leadgen/") else name for name in self.load.acknowledged}


@pytest.mark.timeout(600 * TRIALS)
def test_what_was_acknowledged_survives_kill_9_and_is_delivered_once(tmp_path: Path, crms: Sandbox) -> None:
    seed = int(os.environ.get("LEADLOOM_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
    print(f"seed {seed} (LEADLOOM_SEED={seed} repeats the choices)")
    trial = Trial(tmp_path, crms, seed)
    began = time.monotonic()

    # given round after round of load, each ended by a kill
    for number in range(ROUNDS):
        trial.round(number)
    assert not trial.missing, f"{len(trial.missing)} acknowledged submissions are not in the inbox"

    # when the server runs once more and nobody does anything
    trial.server.kill()
    trial.server.start()
    until(lambda: trial.server.waiting() == 0, 120 + ROUNDS, every=0.2)
    still = trial.server.waiting()
    rows = trial.server.rows
    states = Counter(state for (state,) in rows("SELECT connection || ' ' || state FROM link"))
    inbox = Counter(f"{state} {reason or ''}".strip() for state, reason in rows("SELECT state, reason_code FROM inbox"))
    trial.server.stop()

    # then everybody is in both CRMs, once, and the books balance
    salesforce = Counter(str(lead["Email"]) for lead in crms.salesforce_leads())
    hubspot = Counter(str(contact["email"]) for contact in crms.hubspot_contacts())
    expected = trial.expected()
    print(
        f"kill -9: {ROUNDS} rounds in {time.monotonic() - began:.0f} s, {dict(trial.kills)}; {trial.load.sent} answered, "
        f"{len(trial.load.acknowledged)} acknowledged; inbox {dict(inbox)}; links {dict(states)}; "
        f"in Salesforce {sum(salesforce.values())}, in HubSpot {sum(hubspot.values())}; missing 0, twice 0"
    )
    assert still == 0, f"{still} submissions or links still wait: {dict(inbox)} {dict(states)}\n{trial.server.said()[-3000:]}"
    assert [email for email, count in salesforce.items() if count > 1] == []
    assert [email for email, count in hubspot.items() if count > 1] == []
    assert expected - set(salesforce) == set()
    assert expected - set(hubspot) == set()
    assert set(states) == {"sf level", "hs level"}
    assert_books_balance(trial.server)


def assert_books_balance(server: Server) -> None:
    """Both ledgers, counted here and not with the code under test."""
    ((acknowledged,),) = server.rows("SELECT sum(acknowledged) FROM intake_total")
    ((accounted,),) = server.rows("SELECT sum(1 + duplicates) FROM inbox")
    assert acknowledged == accounted
    ((goldens,),) = server.rows("SELECT count(*) FROM golden WHERE state = 'active'")
    for connection in ("sf", "hs"):
        ((links,),) = server.rows("SELECT count(*) FROM link WHERE connection = ? AND role = 'primary' AND state = 'level'", connection)
        assert links == goldens
    # What a poll reads back of our own writes says nothing new and leaves no observation; every submission must leave one.
    unheard = "SELECT id FROM inbox WHERE state = 'done' AND way = 'push' AND id NOT IN (SELECT inbox_id FROM observation)"
    assert server.rows(unheard) == []


def test_the_trial_finds_an_acknowledgement_that_comes_before_the_commit(tmp_path: Path, crms: Sandbox) -> None:
    # given a server that is broken on purpose: it answers before it has committed
    trial = Trial(tmp_path, crms, 7, ("-m", "tests.support.early_answers"))

    # when it is killed a few times under load
    for number in range(0, 9, 3):
        trial.round(number)

    # then the trial shows that something is missing
    print(f"mutant (answers before the commit): {len(trial.missing)} of {len(trial.load.acknowledged)} acknowledged are missing")
    assert trial.missing
