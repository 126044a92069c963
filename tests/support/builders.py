"""Builders with sensible defaults for what the core works with: mappings, submissions, observations, links."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from core.flow.mapping.document import DocumentReader
from core.flow.mapping.model import InboundMapping, SyncMapping
from core.flow.pipeline import Rules
from core.model.ids import GoldenId, InboxId, KeyId, LinkId, ObservationId
from core.model.plan import Submission
from core.model.records import ConsentEntry, IdentityKey, LinkRole, LinkState, LinkWant, Observation, Scalar, Value
from core.model.vocabulary import Subject

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def inbound_mapping(**changes: Any) -> InboundMapping:
    """A mapping of the connection `form`; `changes` replace parts of its document."""
    document: dict[str, Any] = {
        "kind": "inbound",
        "name": "form",
        "from": {"connection": "form"},
        "to": "Lead",
        "fields": {
            "email": "email",
            "phone": "phone",
            "first_name": "first_name",
            "last_name": "last_name",
            "company": "company",
            "job_title": {"from": "title", "empty": "clear"},
            "city": "city",
            "message": "note",
        },
    }
    found = read_mapping(document | changes)
    assert isinstance(found, InboundMapping)
    return found


def sync_mapping(**changes: Any) -> SyncMapping:
    """A mapping to the object `lead` of the connection `crm`, by external id; `changes` replace parts of its document."""
    document: dict[str, Any] = {
        "kind": "sync",
        "name": "crm-leads",
        "golden": "Lead",
        "to": {"connection": "crm", "object": "lead"},
        "external_id": "external_id",
        "fields": {
            "email": "email",
            "phone": "phone",
            "first_name": "first_name",
            "last_name": "last_name",
            "company": "company",
            "title": {"from": "job_title", "empty": "clear"},
            "city": "city",
            "note": "message",
        },
    }
    found = read_mapping({name: value for name, value in (document | changes).items() if value is not None})
    assert isinstance(found, SyncMapping)
    return found


def read_mapping(document: Mapping[str, Any]) -> InboundMapping | SyncMapping:
    """Read a mapping document that must be sound."""
    reader = DocumentReader(dict(document), "v1")
    found = reader.read()
    assert found is not None, reader.problems
    return found


def by_match(**changes: Any) -> SyncMapping:
    """A mapping that finds existing records by e-mail and has no external id."""
    return sync_mapping(**({"external_id": None, "match": "email"} | changes))


def rules(*sync: SyncMapping, inbound: Sequence[InboundMapping] | None = None) -> Rules:
    """The mappings in force; one inbound mapping unless told otherwise."""
    return Rules(tuple(inbound) if inbound is not None else (inbound_mapping(),), sync or (sync_mapping(),))


def person(number: int = 1, **changes: Any) -> dict[str, Any]:
    """What a form sends of an invented person."""
    return {
        "email": f"ada{number}@example.com",
        "first_name": "Ada",
        "last_name": f"Byron{number}",
        "company": f"Engines {number}",
    } | changes


def submission(number: int = 1, fields: Mapping[str, Any] | None = None, **changes: Any) -> Submission:
    """An inbox row that waits for its decision."""
    given: dict[str, Any] = {
        "inbox_id": InboxId(number),
        "connection": "form",
        "object": "entry",
        "fields": dict(person(number) if fields is None else fields),
        "received_at": NOON + timedelta(seconds=number),
    }
    return Submission(**(given | changes))


def observation(number: int = 1, values: Mapping[str, Scalar] | None = None, **changes: Any) -> Observation:
    """What one observer said."""
    given: dict[str, Any] = {
        "id": ObservationId(f"o{number:03d}"),
        "subject": Subject.LEAD,
        "observer": "form",
        "authority": 0,
        "at": NOON + timedelta(seconds=number),
        "values": {name: Value(value) for name, value in (values or {}).items()},
        "keys": (),
        "mapping": "form",
        "mapping_version": "v1",
    }
    return Observation(**(given | changes))


def consent(purpose: str, granted: bool, *, hours: int = 0) -> ConsentEntry:
    """What a person said, so many hours after noon."""
    return ConsentEntry(purpose, granted, NOON + timedelta(hours=hours), "form")


def link_want(number: int = 1, **changes: Any) -> LinkWant:
    """A link as a decision sees it."""
    given: dict[str, Any] = {
        "id": LinkId(f"l{number:03d}"),
        "golden_id": GoldenId("g1"),
        "connection": "crm",
        "object": "lead",
        "role": LinkRole.PRIMARY,
        "state": LinkState.LEVEL,
        "mapping": "crm-leads",
        "mapping_version": "v1",
        "wanted": {"email": "ada1@example.com"},
        "wanted_version": 3,
        "key_id": KeyId("k1"),
    }
    return LinkWant(**(given | changes))


def plain_digest(kind: str, value: str) -> bytes:
    """A hash without a key."""
    return hashlib.sha256(f"{kind}|{value}".encode("utf-8", "surrogatepass")).digest()[:16]


def key(kind: str, value: str) -> IdentityKey:
    """An identity key as the pure core makes it with `plain_digest`."""
    return IdentityKey(kind, plain_digest(kind, value))


class Numbers:
    """Ids that count up."""

    def __init__(self, prefix: str = "id") -> None:
        """Start at one."""
        self._prefix = prefix
        self._count = 0

    def __call__(self) -> str:
        """The next id; later ones sort later."""
        self._count += 1
        return f"{self._prefix}{self._count:08d}"
