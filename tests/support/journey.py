"""The whole path in one process, on one clock that the test moves: real database, real HTTP to stand-ins, lanes stepped by hand.

For everything where hours pass or where an exact moment counts. Real processes are in `tests/support/server.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from core.contract import InboundRequest, Outcome
from core.flow.delivery.policy import RetryPolicy
from core.flow.intake.door import judge
from core.runtime.connections import Connections
from core.runtime.http.options import Timeouts
from core.runtime.installation import Installation
from core.runtime.lanes.dispatcher import due_times
from core.runtime.lanes.match_bounds import MatchBounds
from core.runtime.lanes.names import parse_lane
from core.runtime.lanes.worker import LaneSettings, LaneWorker, StepReport
from core.runtime.live_rules import LiveRules
from core.store.commands.admin import ReplayInbox, ReplayLinks
from core.store.commands.intake import AcceptEvents
from core.store.commands.lanes import SetPause
from core.store.inbox_seal import seal_arrival
from core.store.store import Store
from core.store.writer import GroupWriter
from sandbox.clock import DialClock
from sandbox.hubspot import HubSpotStandIn
from sandbox.journal import Entry
from sandbox.salesforce import SalesforceStandIn
from sandbox.shell import Served
from tests.support.sandbox import frozen_clock, serving

FORM_TOKEN = "form-token-9c41d7e2"
ANSWER_SECONDS = 0.4
"""How long the connectors of a journey wait for an answer; the fault dials that time out hold it longer."""
EXTERNAL_IDS = {"sf": "Leadloom_Id__c", "hs": "leadloom_id"}
FIELDS: Mapping[str, Mapping[str, Any]] = {
    "sf": {
        "Email": "email",
        "FirstName": "first_name",
        "LastName": {"from": "last_name", "default": "[unknown]"},
        "Company": {"from": "company", "default": "[not given]"},
        "Title": "job_title",
    },
    "hs": {"email": "email", "firstname": "first_name", "lastname": "last_name", "company": "company", "jobtitle": "job_title"},
}
OBJECTS = {"sf": "Lead", "hs": "contacts"}
INBOUND = {name: name for name in ("email", "first_name", "last_name", "company", "job_title", "phone")}


def sync_mapping(connection: str, **changes: Any) -> dict[str, Any]:
    """A sync mapping for one of the two CRMs; a change to None takes a line out."""
    mapping = {
        "kind": "sync",
        "name": f"{connection} people",
        "golden": "Lead",
        "to": {"connection": connection, "object": OBJECTS[connection]},
        "external_id": EXTERNAL_IDS[connection],
        "fields": FIELDS[connection],
    }
    return {key: value for key, value in (mapping | changes).items() if value is not None}


def inbound_mapping(connection: str) -> dict[str, Any]:
    """An inbound mapping whose source already speaks our words."""
    return {"kind": "inbound", "name": f"from {connection}", "from": {"connection": connection}, "to": "Lead", "fields": INBOUND}


@dataclass
class World:
    """An installation with its lanes, and the CRMs that it delivers to."""

    clock: DialClock
    installation: Installation
    writer: GroupWriter
    store: Store
    connections: Connections
    worker: LaneWorker
    crms: Mapping[str, Served]
    slept: list[float] = field(default_factory=list)
    steps: list[tuple[datetime, str, StepReport]] = field(default_factory=list)

    def submit(self, *people: Mapping[str, Any]) -> None:
        """Have people fill in the web form: the door's own way into the inbox, short of the socket."""
        for person in people:
            self.post(json.dumps(person).encode(), "application/json")

    def post(self, body: bytes, content_type: str) -> None:
        """Have the form's own service post a submission in its own way."""
        connector, now = self.connections.open("web").connector, self.clock.now()
        url = f"https://leads.example.com/hooks/web/{FORM_TOKEN}"
        verdict = judge(connector, InboundRequest("POST", url, {"content-type": content_type}, body, now))
        assert verdict.outcome is Outcome.STORED, verdict.message
        entries = [seal_arrival(self.store.vault, self.store.workspace, "web", arrival, now) for arrival in verdict.arrivals]
        self.store.write(AcceptEvents(tuple(entries)))

    def step(self, lane: str) -> StepReport:
        """One step of one lane, due or not."""
        report = self.worker.step(parse_lane(lane))
        self.steps.append((self.clock.now(), lane, report))
        return report

    def run_for(self, seconds: float, *, until: Callable[[], bool] = lambda: False, most_steps: int = 2_000) -> None:
        """Let time pass: step what falls due, in order of time, and jump over the time between."""
        end = self.clock.now() + timedelta(seconds=seconds)
        for _ in range(most_steps):
            due = due_times(self.store, self.installation.enabled())
            ready = [lane for lane, at in due.items() if at <= self.clock.now()]
            if not ready:
                upcoming = min(due.values(), default=end)
                if until():
                    return
                self.clock.set(min(upcoming, end))
                if upcoming >= end:
                    return
            for lane in ready:
                self.step(str(lane))
        raise AssertionError(f"the lanes did not come to rest in {most_steps} rounds; due: {due}")

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """Ask the database."""
        with self.store.snapshot() as snapshot:
            return list(snapshot.connection.execute(text(sql), values).all())

    def links(self, connection: str) -> dict[str, int]:
        """How many links of a connection there are, by state."""
        found = self.rows("SELECT state, count(*) FROM link WHERE connection = :c GROUP BY state", c=connection)
        return {str(row[0]): int(row[1]) for row in found}

    def parked(self, connection: str) -> list[tuple[str, str, str | None]]:
        """Code, reason and hint of the links that wait for a person."""
        sql = "SELECT reason_code, reason, hint FROM link WHERE connection = :c AND state = 'parked'"
        return [tuple(row) for row in self.rows(sql, c=connection)]

    def paused(self) -> dict[str, tuple[str, str | None]]:
        """The paused connections with code and hint."""
        rows = self.rows("SELECT connection, paused_code, paused_hint FROM connection_state WHERE paused_code IS NOT NULL")
        return {name: (code, hint) for name, code, hint in rows}

    def resume(self, connection: str) -> None:
        """Let a paused connection go on, as `leadloom` does when somebody has acted."""
        self.store.write(SetPause(self.store.workspace, connection, self.clock.now(), None))

    def replay(self) -> int:
        """Take everything out of quarantine."""
        now = self.clock.now()
        links = self.store.write(ReplayLinks(self.store.workspace, None, "test", now))
        return links + self.store.write(ReplayInbox(self.store.workspace, None, "test", now, "decide"))

    def fault(self, crm: str, **arguments: Any) -> None:
        """Spoil a CRM's answers from now on."""
        self.crms[crm].faults.add(arguments)

    def mend(self, crm: str) -> None:
        """Let a CRM behave again."""
        self.crms[crm].faults.clear()

    def control(self, crm: str, verb: str, **arguments: Any) -> Any:
        """Turn a dial of a CRM."""
        return self.crms[crm].stand_in.control(verb, arguments, self.clock.now())

    def records(self, crm: str) -> list[dict[str, Any]]:
        """The live records of a CRM as plain fields."""
        if crm == "sf":
            found: list[dict[str, Any]] = self.control("sf", "records", object="Lead")
            return found
        return [record["properties"] for record in self.control("hs", "records", object="contacts") if not record["archived"]]

    def emails(self, crm: str) -> list[str]:
        """The addresses in a CRM, sorted, doubles included."""
        name = "Email" if crm == "sf" else "email"
        return sorted(str(record.get(name)) for record in self.records(crm))

    def asked(self, crm: str, words: str = "") -> list[Entry]:
        """The requests that a CRM has got so far whose `METHOD path` holds the words."""
        return [entry for entry in self.crms[crm].journal.entries() if words in f"{entry.method} {entry.path}"]


@contextmanager
def world(folder: Path, mappings: Sequence[Mapping[str, Any]] | None = None, **settings: Any) -> Iterator[World]:
    """Build an installation in `folder` with the web form, Salesforce and HubSpot; `settings` are further sections of its config."""
    clock = frozen_clock()
    with ExitStack() as stack:
        crms = {"sf": stack.enter_context(serving(SalesforceStandIn(), clock)), "hs": stack.enter_context(serving(HubSpotStandIn(), clock))}
        crms["hs"].stand_in.control("seed", {"leadloom_property": True}, clock.now())
        # The invented people are alike enough to be proposed as doubles; pairs that wait for the next hour would be looked at all day.
        settings.setdefault("identity", {"proposals_per_key": 10_000})
        path = write_installation(folder, {name: served.url for name, served in crms.items()}, mappings, **settings)
        installation = Installation(Installation.load(path).config, clock)
        writer = installation.open_writer()
        store = installation.store(writer)
        slept: list[float] = []
        connections = Connections(
            installation.config,
            installation.registry,
            store,
            clock,
            seconds=lambda: clock.now().timestamp(),
            sleep=slept.append,
            jitter=lambda: 0.5,
            timeouts=Timeouts(connect=2.0, read=ANSWER_SECONDS),
        )
        rules = LiveRules(installation.config.mappings_dir, connections, store, clock)
        delivery = installation.config.delivery
        retry = RetryPolicy(delivery.first_retry_seconds, delivery.max_retry_seconds, delivery.jitter, delivery.park_after_attempts)
        match = MatchBounds(per_key_and_hour=installation.config.identity.proposals_per_key)
        settled = LaneSettings(retry=retry, match=match)
        worker = LaneWorker(store=store, connections=connections, rules=rules, now=clock.now, settings=settled)
        try:
            yield World(clock, installation, writer, store, connections, worker, crms, slept)
        finally:
            connections.close()
            store.close()
            writer.close()


def write_installation(folder: Path, crms: Mapping[str, str], mappings: Sequence[Mapping[str, Any]] | None = None, **settings: Any) -> Path:
    """Write config.yaml and the mapping files (JSON is YAML too) and give the path of the first."""
    chosen = [inbound_mapping("web"), sync_mapping("sf"), sync_mapping("hs")] if mappings is None else mappings
    (folder / "mappings").mkdir(exist_ok=True)
    for number, mapping in enumerate(chosen):
        (folder / "mappings" / f"m{number}.yaml").write_text(json.dumps(mapping), "utf-8")
    connections: dict[str, Any] = {
        "web": {"connector": "web_form", "settings": {"token": FORM_TOKEN}},
        "sf": {
            "connector": "salesforce",
            "settings": {"login_url": crms["sf"], "consumer_key": "sandbox-key", "consumer_secret": "sandbox-secret"},
        },
        "hs": {
            "connector": "hubspot",
            "settings": {
                "base_url": crms["hs"],
                "access_token": "pat-sandbox-token",
                "timeout_seconds": settings.pop("hs_timeout", ANSWER_SECONDS),
            },
        },
    }
    for name, changes in settings.pop("connections", {}).items():
        connections[name] = {**connections.get(name, {}), **changes}
    for name, more in settings.pop("connection_settings", {}).items():
        connections[name]["settings"] |= more
    path = folder / "config.yaml"
    path.write_text(json.dumps({"allow_clear_secrets": True, "connections": connections, **settings}), "utf-8")
    return path


def person(number: int, **fields: Any) -> dict[str, Any]:
    """The n-th invented person."""
    return {
        "email": f"person{number}@example.com",
        "first_name": "Zoë",
        "last_name": f"Writer {number}",
        "company": f"Example {number} Ltd",
        **fields,
    }
