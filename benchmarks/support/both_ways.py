"""Two CRMs that both live: an installation with two-way mappings, people who are in both, edits by the batch, polls on demand."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Any

from benchmarks.support.naive import Line, log_in
from benchmarks.support.processes import wait_for
from benchmarks.support.site import Site
from benchmarks.support.stand_ins import StandIns
from core.runtime.control import ControlLine
from core.store.commands.lanes import WakeLane

READ_LANES = {"salesforce": "read:salesforce:Lead", "hubspot": "read:hubspot:contacts"}
HUBSPOT_SECRET = "bench-hubspot-app-secret"
SALESFORCE_TOKEN = "benchoutboundmessages01"
"""They sign and address the stand-ins' webhooks, and open nothing else."""
_EVENTS = ("contact.creation", "contact.propertyChange", "contact.deletion", "contact.merge")
_NO_OVERLAP = {
    "salesforce": {"overlap_seconds": 1, "late_visible_seconds": 1},
    "hubspot": {"overlap_seconds": 1, "index_lag_seconds": 1},
}
_COPIED = ("golden_id", "remote_id")
_KINDS = (
    ("/oauth", "token"),
    ("/describe", "schema"),
    ("/properties/", "schema"),
    ("/search", "searches"),
    ("/batch/read", "reads"),
    ("/deleted", "sweeps"),
    ("/query", "pages"),
)
_SEEDED_AT_ONCE = 2_000
_SOBJECTS = "/services/data/v64.0/composite/sobjects"
_MAPPINGS: Mapping[str, Mapping[str, Any]] = {
    "salesforce": {
        "kind": "sync",
        "name": "salesforce leads",
        "golden": "Lead",
        "to": {"connection": "salesforce", "object": "Lead"},
        "external_id": "Leadloom_Id__c",
        "new_records": "take",
        "match": "Email",
        "fields": {
            "Email": "email",
            "FirstName": "first_name",
            "LastName": {"from": "last_name", "default": "[unknown]"},
            "Company": {"from": "company", "default": "[not given]"},
            "Phone": "phone",
            "Title": "job_title",
            "City": "city",
        },
    },
    "hubspot": {
        "kind": "sync",
        "name": "hubspot contacts",
        "golden": "Lead",
        "to": {"connection": "hubspot", "object": "contacts"},
        "external_id": "leadloom_id",
        "new_records": "take",
        "match": "email",
        "fields": {
            "email": "email",
            "firstname": "first_name",
            "lastname": "last_name",
            "company": "company",
            "phone": "phone",
            "jobtitle": "job_title",
            "city": "city",
        },
    },
}


@dataclass
class BothWays:
    """An installation between two CRMs that hold the same people; `ids` are theirs, by CRM and in the same order."""

    site: Site
    served: StandIns
    ids: dict[str, list[str]] = field(default_factory=lambda: {"salesforce": [], "hubspot": []})

    def __post_init__(self) -> None:
        """Open a line of another app to each CRM."""
        self._lines = {"salesforce": log_in(self.served), "hubspot": Line.to(self.served.hubspot, "pat-sandbox-token")}

    def seed(self, count: int) -> None:
        """Put so many more people into both CRMs, saying the same in both."""
        first = len(self.ids["hubspot"])
        people = [_person(number) for number in range(first, first + count)]
        for start in range(0, count, _SEEDED_AT_ONCE):
            rows = [_in_hubspot(one) for one in people[start : start + _SEEDED_AT_ONCE]]
            self.ids["hubspot"] += self.served.dial(self.served.hubspot, "seed", contacts=rows)["contacts"]
        for start in range(0, count, 200):
            records = [{"attributes": {"type": "Lead"}, **one} for one in people[start : start + 200]]
            answers = self._lines["salesforce"].send("POST", _SOBJECTS, {"records": records})
            self.ids["salesforce"] += [answer["id"] for answer in answers]

    def edit(self, crm: str, numbers: Sequence[int], value: str) -> None:
        """Somebody changes the title of these people in Salesforce, or their city in HubSpot."""
        ids = self.ids[crm]
        if crm == "salesforce":
            for start in range(0, len(numbers), 200):
                part = numbers[start : start + 200]
                records = [{"attributes": {"type": "Lead"}, "id": ids[number], "Title": value} for number in part]
                self._lines[crm].send("PATCH", _SOBJECTS, {"records": records})
            return
        for start in range(0, len(numbers), 100):
            inputs = [{"id": ids[number], "properties": {"city": value}} for number in numbers[start : start + 100]]
            self._lines[crm].send("POST", "/crm/v3/objects/contacts/batch/update", {"inputs": inputs})

    def says(self, crm: str, number: int) -> str | None:
        """What the other CRM's edits have made of a person: the city in Salesforce, the title in HubSpot."""
        if crm == "salesforce":
            (row,) = self.served.dial(self.served.salesforce, "records", object="Lead", where={"Id": self.ids[crm][number]})
            return str(row.get("City"))
        (record,) = self.served.dial(self.served.hubspot, "records", object="contacts", id=self.ids[crm][number])
        return str(record["properties"].get("jobtitle"))

    def read_and_write(self, number: int, value: str) -> None:
        """What the least script does when it is told of a change in HubSpot: read that record, write the other."""
        self._lines["hubspot"].send("GET", f"/crm/v3/objects/contacts/{self.ids['hubspot'][number]}?properties=city", None)
        self._lines["salesforce"].send(
            "PATCH", _SOBJECTS, {"records": [{"attributes": {"type": "Lead"}, "id": self.ids["salesforce"][number], "City": value}]}
        )

    def subscribe(self) -> None:
        """Let both CRMs push their changes to the server."""
        url = self.site.url()
        self.served.dial(self.served.hubspot, "subscribe", url=f"{url}/hooks/hubspot", client_secret=HUBSPOT_SECRET, types=_EVENTS)
        message = {"object": "Lead", "url": f"{url}/hooks/salesforce/{SALESFORCE_TOKEN}", "fields": ["Id"]}
        self.served.dial(self.served.salesforce, "configure", outbound_messages=[message])

    def unsubscribe(self) -> None:
        """Let both CRMs keep their changes to themselves, until they are polled."""
        self.served.dial(self.served.hubspot, "pause", paused=True)
        self.served.dial(self.served.salesforce, "configure", outbound_messages=[])

    def poll(self, *crms: str) -> None:
        """Read what changed now, in both CRMs or in those named, and wait until all that follows is done."""
        line = ControlLine(self.site.folder / "var")
        for crm in crms or READ_LANES:
            line.write(WakeLane("main", READ_LANES[crm], crm, datetime.now(UTC)))
        line.ask("wake", None)
        wait_for("what a poll brings", self.is_at_rest, 1_800, every=0.1)

    def calls(self, crm: str) -> Counter[str]:
        """The calls to a CRM since the journals were cleared, by what they were for; fetching tokens and describes left out."""
        counts: Counter[str] = Counter()
        for call, times in self.served.calls(self.served.salesforce if crm == "salesforce" else self.served.hubspot).items():
            counts[_kind_of(call)] += times
        for name in ("token", "schema"):
            counts.pop(name, None)
        return counts

    def reread(self, crm: str) -> int:
        """How many records of a CRM were read once more before they were written, in the whole life of the installation."""
        lane = f"deliver:{READ_LANES[crm].partition(':')[2]}"
        (found,) = self.site.query(f"SELECT sum(json_extract(counts, '$.reread')) FROM run WHERE lane = '{lane}'")
        return int(found[0] or 0)

    def is_at_rest(self) -> bool:
        """Whether nothing is read, decided or written, and nothing waits for it."""
        busy = self.site.query(
            """SELECT (SELECT count(*) FROM inbox WHERE state IN ('ready', 'to_read'))
                    + (SELECT count(*) FROM link WHERE next_at IS NOT NULL)
                    + (SELECT count(*) FROM lane WHERE lease_until IS NOT NULL OR (name LIKE 'read:%' AND next_at IS NOT NULL))"""
        )
        return int(busy[0][0]) == 0


def make_two_way_site(folder: Path, served: StandIns, poll_seconds: float | None = None) -> Site:
    """Write configuration and two-way mappings for both CRMs; `poll_seconds` None leaves the intervals to the connectors."""
    folder.mkdir(parents=True)
    site = Site(folder)
    login = {"login_url": served.salesforce, "consumer_key": "sandbox-key", "consumer_secret": "sandbox-secret", "token": SALESFORCE_TOKEN}
    hubspot = {"base_url": served.hubspot, "access_token": "pat-sandbox-token", "client_secrets": [HUBSPOT_SECRET]}
    connections = {
        "salesforce": {"connector": "salesforce", "settings": login},
        "hubspot": {"connector": "hubspot", "settings": hubspot},
    }
    site.config.write_text(json.dumps({"allow_clear_secrets": True, "data_dir": "var", "connections": connections}, indent=1))
    (folder / "mappings").mkdir()
    for name, mapping in _MAPPINGS.items():
        (folder / "mappings" / f"{name}.yaml").write_text(json.dumps(mapping))
    configure(site, poll_seconds=poll_seconds)
    return site


def configure(site: Site, *, poll_seconds: float | None, overlap: bool = True) -> None:
    """Set the intervals of the polls for the next start; without `overlap` polls do not look back at what was just edited."""
    content = json.loads(site.config.read_text())
    for crm, name in (("salesforce", "Lead"), ("hubspot", "contacts")):
        connection = content["connections"][crm]
        connection["poll"] = {} if poll_seconds is None else {name: poll_seconds}
        if not overlap:
            connection["settings"] |= _NO_OVERLAP[crm]
    site.config.write_text(json.dumps(content, indent=1))


def copy_links(site: Site, upto: int) -> None:
    """Copy rows of links, with other ids, until there are so many: the database of an installation that has synced more people."""
    with closing(sqlite3.connect(site.folder / "var" / "leadloom.db")) as database, database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(link)")]
        (there,) = database.execute("SELECT count(*) FROM link").fetchone()
        for copy in range(1, ceil(upto / there)):
            made = [f"id || '-{copy}'" if name == "id" else f"{name} || '-{copy}'" if name in _COPIED else name for name in columns]
            names, values = ", ".join(columns), ", ".join(made)
            limit = min(there, upto - copy * there)
            database.execute(f"INSERT INTO link ({names}) SELECT {values} FROM link WHERE id NOT LIKE '%-%' LIMIT {limit}")


def _kind_of(call: str) -> str:
    method, _, path = call.partition(" ")
    for part, kind in _KINDS:
        if part in path:
            return kind
    if path.endswith("/composite"):
        return "look-ups"
    return "writes" if method in ("POST", "PATCH", "DELETE") else "sweeps"


def _person(number: int) -> dict[str, str]:
    return {
        "Email": f"lead.{number:06d}@example.com",
        "FirstName": f"Robin-{number:06d}",
        "LastName": f"Sample-{number:06d}",
        "Company": f"Example Works {number:06d}",
        "Phone": f"+49302312{number % 10_000:05d}",
        "Title": "Buyer",
        "City": "Berlin",
    }


def _in_hubspot(one: Mapping[str, str]) -> dict[str, str]:
    names = {
        "Email": "email",
        "FirstName": "firstname",
        "LastName": "lastname",
        "Company": "company",
        "Phone": "phone",
        "Title": "jobtitle",
    }
    return {names.get(name, name.lower()): value for name, value in one.items()}
