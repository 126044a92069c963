"""Looks into Leadloom's books and into the CRMs, read-only, without asking Leadloom's own account of itself."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from demo.senders import Sent, Stranger

SEEDED_IN_SALESFORCE = 3
SEEDED_IN_HUBSPOT = 6


@dataclass(frozen=True, slots=True)
class Books:
    """What stands in the database: how every submission and every link ended."""

    acknowledged: Mapping[str, int]
    outcomes: Mapping[str, Counter[str]]
    reasons: Counter[str]
    examples: Mapping[str, str]
    links: Mapping[str, Counter[str]]
    waiting: int

    @property
    def total(self) -> Counter[str]:
        """The outcomes of all sources."""
        return sum(self.outcomes.values(), Counter())


def read_books(database: Path) -> Books:
    """Read one consistent picture of the database."""
    with closing(sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True, timeout=30)) as db:
        db.execute("BEGIN")
        # What the CRMs tell of their records is in the inbox as well; it is no submission.
        sources = "SELECT connection, acknowledged FROM intake_total WHERE connection NOT IN (SELECT connection FROM link)"
        acknowledged = dict(db.execute(sources))
        outcomes: dict[str, Counter[str]] = {connection: Counter() for connection in acknowledged}
        waiting = 0
        for connection, state, outcome, rows, repeats in db.execute(
            "SELECT connection, state, outcome, count(*), sum(duplicates) FROM inbox GROUP BY connection, state, outcome"
        ):
            outcomes.setdefault(connection, Counter())["duplicate"] += repeats
            outcomes[connection]["quarantined" if state == "quarantined" else outcome or "waiting"] += rows
            waiting += rows if state in ("ready", "to_read") else 0
        reasons, examples = Counter[str](), dict[str, str]()
        for code, reason, rows in db.execute(
            "SELECT reason_code, min(reason), count(*) FROM inbox WHERE state = 'quarantined' GROUP BY reason_code"
        ):
            reasons[code], examples[code] = rows, reason
        links: dict[str, Counter[str]] = {}
        for connection, state, code, rows in db.execute(
            "SELECT connection, state, reason_code, count(*) FROM link GROUP BY connection, state, reason_code"
        ):
            links.setdefault(connection, Counter())[state if state in ("level", "behind", "pending") else f"{state}: {code}"] += rows
            waiting += rows if state in ("behind", "pending") else 0
    return Books(acknowledged, outcomes, reasons, examples, links, waiting)


@dataclass(frozen=True, slots=True)
class Crm:
    """What one CRM holds after the demonstration, and what it took to get it there."""

    name: str
    connection: str
    records: int
    seeded: int
    doubles: int
    calls: int
    delays: Sequence[timedelta]

    @property
    def made(self) -> int:
        """The records that were made during the demonstration."""
        return self.records - self.seeded


def look_into_salesforce(salesforce: Stranger, sent: Sent) -> Crm:
    """Count the Leads. Their stamps are cut to seconds, so a Lead's time is that of the last write within its second."""
    leads = salesforce.turn("records", object="Lead")
    writes = [datetime.fromisoformat(entry["at"]) for entry in salesforce.journal() if entry["method"] in ("POST", "PATCH")]
    last = {at.replace(microsecond=0): at for at in sorted(writes)}
    made = {lead["Email"]: datetime.fromisoformat(lead["CreatedDate"]) for lead in leads if lead.get("Email")}
    at = {email: last.get(second, second + timedelta(seconds=1)) for email, second in made.items()}
    calls = salesforce.turn("calls")["total"]
    doubles = _doubles(lead.get("Leadloom_Id__c") for lead in leads)
    return Crm("Salesforce", "salesforce-eu", len(leads), SEEDED_IN_SALESFORCE, doubles, calls, _delays(sent, at))


def look_into_hubspot(hubspot: Stranger, sent: Sent) -> Crm:
    """Count the contacts; their stamps are exact to the millisecond."""
    contacts = [record.get("properties", record) for record in _rows(hubspot.turn("records"))]
    at = {contact["email"]: _moment(contact["createdate"]) for contact in contacts if contact.get("email")}
    doubles = _doubles(contact.get("leadloom_id") for contact in contacts)
    return Crm("HubSpot", "hubspot-eu", len(contacts), SEEDED_IN_HUBSPOT, doubles, hubspot.turn("calls")["total"], _delays(sent, at))


def share(delays: Sequence[timedelta], part: float) -> timedelta:
    """The delay that this part of all records stayed within."""
    ordered = sorted(delays)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else timedelta()


def _rows(found: Any) -> list[dict[str, Any]]:
    return list(found["records"]) if isinstance(found, dict) and "records" in found else list(found)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _doubles(ids: Iterable[str | None]) -> int:
    return sum(count - 1 for value, count in Counter(ids).items() if value and count > 1)


def _delays(sent: Sent, made: Mapping[str, datetime]) -> list[timedelta]:
    """From leaving the sender to standing in the CRM, for records that were made after they were submitted."""
    return [made[who] - at for who, at in sent.at.items() if who in made and made[who] >= at]
