"""A small installation for the desk: a web form and a CRM in memory, one clock, and the commands run in this process.

Without sockets. The whole path against stand-ins is in `tests/support/journey.py`, real processes in `tests/support/server.py`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.memory.remote import forget
from core.runtime.connections import Connections
from core.runtime.installation import Installation
from core.runtime.lanes.names import parse_lane
from core.runtime.lanes.worker import LaneWorker, StepReport
from core.store.commands.intake import AcceptEvents
from core.store.inbox_seal import Arrival, seal_arrival
from core.store.store import Store
from sandbox.clock import DialClock
from tests.support.sandbox import frozen_clock

TOKEN = "desk-token-0f3a9b71c2"
REMOTE = "desk"
INBOUND: Mapping[str, Any] = {
    "kind": "inbound",
    "name": "form",
    "from": {"connection": "site"},
    "to": "Lead",
    "fields": {
        "email": {"from": "mail", "required": True},
        "first_name": "first",
        "last_name": "last",
        "company": "company",
    },
    "consent": {"marketing": "news"},
}
SYNC: Mapping[str, Any] = {
    "kind": "sync",
    "name": "crm",
    "golden": "Lead",
    "to": {"connection": "crm", "object": "lead"},
    "external_id": "external_id",
    "fields": {"email": "email", "first_name": "first_name", "last_name": "last_name", "company": "company"},
}


def write_office(folder: Path, *mappings: Mapping[str, Any], **settings: Any) -> Path:
    """Write config.yaml and the mappings (JSON is YAML too); give the path of the first. Its remote starts empty."""
    forget(REMOTE)
    (folder / "mappings").mkdir(exist_ok=True)
    for number, mapping in enumerate(mappings or (INBOUND, SYNC)):
        (folder / "mappings" / f"m{number}.yaml").write_text(json.dumps(mapping), "utf-8")
    connections = {
        "site": {"connector": "web_form", "settings": {"token": TOKEN}},
        "crm": {"connector": "memory", "settings": {"remote": REMOTE}},
    }
    path = folder / "config.yaml"
    path.write_text(json.dumps({"allow_clear_secrets": True, "connections": connections, **settings}), "utf-8")
    return path


@dataclass
class Office:
    """An opened installation."""

    config: Path
    clock: DialClock
    installation: Installation
    store: Store
    connections: Connections
    worker: LaneWorker
    _events: int = 0

    def submit(self, fields: Mapping[str, Any] | None = None, *, event: str | None = None, flag: str = "none", **more: Any) -> None:
        """Acknowledge one submission of the form, a minute after the one before; the same `event` is a duplicate delivery."""
        self.clock.advance(60)
        self._events += 1
        record = {"mail": f"kim{self._events}@example.com", "first": "Kim", "last": f"Osei {self._events}", **(fields or {}), **more}
        arrival = Arrival(event or f"event-{self._events}", "submission", "", "push", json.dumps(record).encode(), record, flag=flag)
        entry = seal_arrival(self.store.vault, self.store.workspace, "site", arrival, self.clock.now())
        self.store.write(AcceptEvents((entry,)))

    def step(self, lane: str) -> StepReport:
        """One step of a lane."""
        return self.worker.step(parse_lane(lane))

    def settle(self) -> None:
        """Decide and deliver what is due."""
        self.step("decide")
        self.step("deliver:crm:lead")

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """Ask the database behind the store's back, or spoil it."""
        return sql(self.installation.config.data_dir, statement, *values)


def sql(data_dir: Path, statement: str, *values: Any) -> list[Any]:
    """Run one statement on the database file of a data folder."""
    with closing(sqlite3.connect(data_dir / "leadloom.db", timeout=30)) as database, database:
        return database.execute(statement, values).fetchall()


@contextmanager
def office(folder: Path, *mappings: Mapping[str, Any]) -> Iterator[Office]:
    """Open an installation in `folder`; its remote starts empty."""
    forget(REMOTE)
    clock = frozen_clock()
    path = write_office(folder, *mappings)
    installation = Installation(Installation.load(path).config, clock)
    with installation.writing_store() as store:
        connections = installation.connections(store)
        try:
            yield Office(path, clock, installation, store, connections, installation.worker(store, connections))
        finally:
            connections.close()
            forget(REMOTE)
