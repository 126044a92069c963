"""Two CRMs that both live, beside the web form: polls, signed webhooks over real HTTP, and edits as people make them there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from core.contract import InboundRequest
from core.runtime.doors import Doors
from core.runtime.schedule import polled_lanes
from core.runtime.service import Service
from sandbox.wire import Answer, Push, Request
from tests.support.journey import OBJECTS, World, inbound_mapping, person, sync_mapping, world
from tests.support.sandbox import serving

HUBSPOT_SECRET = "hubspot-app-secret-7fd1"
SALESFORCE_TOKEN = "outboundmessages7c31d9"
EVENTS = tuple(f"contact.{kind}" for kind in ("creation", "propertyChange", "deletion", "restore", "merge", "privacyDeletion"))
ROUND_SECONDS = 60.0
NAMES = {
    "sf": {"email": "Email", "first_name": "FirstName", "last_name": "LastName", "company": "Company", "job_title": "Title"},
    "hs": {"email": "email", "first_name": "firstname", "last_name": "lastname", "company": "company", "job_title": "jobtitle"},
}


class Door:
    """Leadloom's webhook endpoints on a socket: each delivery goes through the doors to the disk, then it is answered."""

    name = "door"

    def __init__(self, at: World) -> None:
        service = SimpleNamespace(
            installation=at.installation, store=at.store, connections=at.connections, writer=at.writer, wake=lambda: None
        )
        self._doors = Doors(cast(Service, service))
        self._writer = at.writer
        self.url = ""
        self.statuses: list[int] = []

    def handle(self, request: Request, now: datetime) -> Answer:
        """Take one delivery in."""
        _, _, connection, *token = request.path.split("/")
        door = self._doors.find(connection, token[0] if token else "")
        if door is None:
            return Answer(404)
        inbound = InboundRequest(request.method, f"{self.url}{request.path}", request.headers, request.body, now)
        (admission,) = self._doors.admit_all([(door, inbound)])
        if admission.to_store is not None:
            self._writer.write(admission.to_store)
        self.statuses.append(admission.reply.status)
        return Answer(admission.reply.status, admission.reply.body, dict(admission.reply.headers))

    def pushes(self, now: datetime) -> Sequence[Push]:
        """A door pushes nothing."""
        return ()

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Never called."""

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """A door has no dials."""
        raise ValueError(f"no dial {verb}")


@dataclass
class Both:
    """An installation between two living CRMs."""

    at: World
    door: Door

    @cached_property
    def lanes(self) -> list[str]:
        """What the timers would have read."""
        return sorted(map(str, polled_lanes(self.at.installation, self.at.connections, self.at.store)))

    def poll(self, *crms: str) -> None:
        """Let what is scheduled to be read be read now."""
        for lane in self.lanes:
            if not crms or lane.split(":")[1] in crms:
                self.at.step(lane)

    def push(self) -> int:
        """Let the CRMs send the webhooks that are due."""
        return sum(crm.pump() for crm in self.at.crms.values())

    def go(self, rounds: int = 1, *, polls: bool = True) -> None:
        """A minute of life a round: webhooks, polls, and all that follows."""
        for _ in range(rounds):
            self.push()
            if polls:
                self.poll()
            self.at.run_for(ROUND_SECONDS)

    def quiet(self) -> None:
        """After the last edit: two rounds, then two more without a single write to either CRM."""
        self.go(2)
        before = self.writes()
        self.go(2)
        assert self.writes() == before, "they go on writing"

    def writes(self) -> dict[str, int]:
        """How many calls have written so far, by CRM."""
        return {crm: sum(1 for entry in self.at.asked(crm) if is_write(entry.method, entry.path)) for crm in ("sf", "hs")}

    def edit(self, crm: str, number: int, **fields: Any) -> None:
        """Somebody edits the n-th person there, in our words."""
        self.set(crm, self.record_id(crm, number), {NAMES[crm][name]: value for name, value in fields.items()})

    def set(self, crm: str, record_id: str, fields: Mapping[str, Any]) -> None:
        """Somebody edits a record there, in the CRM's words."""
        if crm == "sf":
            self.at.control("sf", "update", object="Lead", id=record_id, fields=fields)
        else:
            self.at.control("hs", "update", id=record_id, properties=fields)

    def create(self, crm: str, **fields: Any) -> str:
        """Somebody makes a record there, in our words."""
        told = {NAMES[crm][name]: value for name, value in fields.items()}
        if crm == "sf":
            return str(self.at.control("sf", "create", object="Lead", fields={"Company": "[not given]", **told})["id"])
        return str(self.at.control("hs", "create", properties=told)["id"])

    def delete(self, crm: str, record_id: str) -> None:
        """Somebody deletes a record there."""
        if crm == "sf":
            self.at.control("sf", "delete", object="Lead", id=record_id)
        else:
            self.at.control("hs", "archive", id=record_id)

    def record_id(self, crm: str, number: int) -> str:
        """The id of the n-th person's only record there."""
        sql = "SELECT remote_id FROM link WHERE connection = :c AND object = :o AND role = 'primary' AND remote_id IS NOT NULL"
        held = {row[0] for row in self.at.rows(sql, c=crm, o=OBJECTS[crm])}
        name, address = NAMES[crm]["email"], person(number)["email"]
        (found,) = [key for key, record in self.by_id(crm).items() if record.get(name) == address and key in held]
        return found

    def by_id(self, crm: str) -> dict[str, dict[str, Any]]:
        """The live records of a CRM by their ids."""
        key = "Id" if crm == "sf" else "hs_object_id"
        return {str(record[key]): record for record in self.at.records(crm)}

    def said(self, crm: str, number: int, *names: str) -> list[Any]:
        """What the n-th person's record says there."""
        record = self.by_id(crm)[self.record_id(crm, number)]
        return [record.get(NAMES[crm][name]) or None for name in names]

    def people(self) -> int:
        """How many people there are of ours."""
        return int(self.at.rows("SELECT count(*) FROM golden WHERE state = 'active'")[0][0])

    def states(self, crm: str, object_name: str | None = None) -> list[tuple[str, str, str | None]]:
        """Role, state and reason code of the links into a CRM."""
        sql = "SELECT role, state, reason_code FROM link WHERE connection = :c AND object = :o ORDER BY role, state"
        return [tuple(row) for row in self.at.rows(sql, c=crm, o=object_name or OBJECTS[crm])]


def is_write(method: str, path: str) -> bool:
    """Whether a call changes records."""
    if "/search" in path or "/batch/read" in path or "/oauth" in path or "/query" in path or path.endswith("/composite"):
        return False
    return method in ("POST", "PUT", "PATCH", "DELETE") and "retrieve" not in path


@contextmanager
def both(
    folder: Path,
    *,
    people: int = 1,
    push: bool = True,
    mappings: Sequence[Mapping[str, Any]] = (),
    connection_settings: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Iterator[Both]:
    """Both CRMs with two-way mappings (`changes` go into both), and so many people who have come by the form and are quiet."""
    hubspot = {"client_secrets": [HUBSPOT_SECRET], "timeout_seconds": 5, "deletions_every_seconds": 0}
    settings = {"hs": hubspot, **(connection_settings or {})}
    chosen = [inbound_mapping("web"), sync_mapping("sf", **changes), sync_mapping("hs", **changes), *mappings]
    with world(folder, chosen, connection_settings=settings) as at:
        door = Door(at)
        with serving(door, at.clock) as served:
            door.url = served.url
            if push:
                at.control("hs", "subscribe", url=f"{served.url}/hooks/hs", client_secret=HUBSPOT_SECRET, types=EVENTS)
            found = Both(at, door)
            if people:
                at.submit(*(person(number, job_title="Director") for number in range(people)))
                found.go(2)
            yield found
