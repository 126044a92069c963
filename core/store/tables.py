"""The tables. `workspace` leads every table and every unique key; columns named `sealed_*` hold encrypted bytes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from core.store import firm_tables as firm_tables
from core.store import match_tables as match_tables
from core.store.bought_table import AcceptedLeadRow as AcceptedLeadRow
from core.store.door_tables import Counter as Counter
from core.store.door_tables import DoorAlert as DoorAlert
from core.store.door_tables import Unverified as Unverified
from core.store.door_tables import Watched as Watched
from core.store.enrichment_table import Enrichment as Enrichment
from core.store.merge_tables import MergeEventRow as MergeEventRow
from core.store.merge_tables import VerdictRow as VerdictRow
from core.store.table_base import Base as Base
from core.store.table_base import json, sealed

_PRIMARY = text("role = 'primary'")
_ONE_PRIMARY: Any = {"unique": True, "sqlite_where": _PRIMARY}  # PostgreSQL's own words stand in the migrations: here they cost 2 MiB
_WAITING = text("next_at IS NOT NULL")


class SubjectKey(Base, table=True):
    """The wrapped key of one subject; destroying it makes everything sealed with it unreadable."""

    __tablename__ = "subject_key"
    workspace: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    wrapped: bytes | None = sealed()
    destroyed_at: datetime | None = None


class Inbox(Base, table=True):
    """One acknowledged submission: on disk before its sender was answered."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("workspace", "connection", "event_id"),
        Index("ix_inbox_due", "state", "workspace", "connection", "next_at", "id"),
        Index("ix_inbox_golden", "workspace", "golden_id"),
        Index("ix_inbox_source", "workspace", "connection", "object", "received_at"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, primary_key=True)
    workspace: str
    connection: str
    event_id: str
    object: str
    native_id: str = ""
    received_at: datetime
    way: str
    flag: str = "none"
    state: str
    outcome: str | None = None
    reason_code: str | None = None
    reason: str | None = None
    duplicates: int = 0
    attempts: int = 0
    next_at: datetime | None = None
    settled_at: datetime | None = None
    golden_id: str | None = None
    wrapped_key: bytes | None = sealed()
    sealed_raw: bytes | None = sealed()
    sealed_change: bytes | None = sealed()


class IntakeTotal(Base, table=True):
    """How many submissions were acknowledged, counted beside the inbox and in the same transactions: the ledger's other side."""

    __tablename__ = "intake_total"
    workspace: str = Field(primary_key=True)
    connection: str = Field(primary_key=True)
    acknowledged: int = 0


class GoldenRow(Base, table=True):
    """A golden record: the cached fold over its observations."""

    __tablename__ = "golden"
    workspace: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    subject: str
    version: int = 1
    state: str = "active"
    merged_into: str | None = None
    key_id: str
    born_of: int | None = None
    created_at: datetime
    updated_at: datetime
    sealed_values: bytes | None = sealed()


class IdentityKeyRow(Base, table=True):
    """A deterministic key and the one golden record that owns it; the primary key settles races."""

    __tablename__ = "identity_key"
    __table_args__ = (Index("ix_identity_key_golden", "workspace", "golden_id"),)
    workspace: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    golden_id: str


class ObservationRow(Base, table=True):
    """What one observer said about one subject at one time; never changed, only regrouped."""

    __tablename__ = "observation"
    __table_args__ = (Index("ix_observation_golden", "workspace", "golden_id"),)
    workspace: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    golden_id: str
    born_golden_id: str
    subject: str
    observer: str
    authority: int
    at: datetime
    inbox_id: int | None = None
    mapping: str
    mapping_version: str
    key_id: str
    sealed_body: bytes | None = sealed()
    link_id: str | None = None


class ConsentRow(Base, table=True):
    """One entry of the consent ledger."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_golden", "workspace", "golden_id"),)
    workspace: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    golden_id: str
    observation_id: str
    purpose: str
    granted: bool
    at: datetime
    source: str


class LinkRow(Base, table=True):
    """The tie between a golden record and one remote record: what is wanted, sent and seen there."""

    __tablename__ = "link"
    __table_args__ = (
        UniqueConstraint("workspace", "connection", "object", "remote_id"),
        Index("ix_link_due", "connection", "object", "state", "next_at"),
        Index("ix_link_next", "workspace", "connection", "object", "next_at", sqlite_where=_WAITING),
        Index("ix_link_golden", "workspace", "golden_id"),
        Index("uq_link_primary", "workspace", "golden_id", "connection", "object", **_ONE_PRIMARY),
    )
    workspace: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    golden_id: str
    connection: str
    object: str
    role: str
    remote_id: str | None = None
    remote_version: str | None = None
    state: str
    reason_code: str | None = None
    reason: str | None = None
    hint: str | None = None
    mapping: str
    mapping_version: str
    wanted_version: int = 1
    settled_version: int = 0
    sent_mapping_version: str | None = None
    attempts: int = 0
    next_at: datetime | None = None
    ticket: str | None = None
    ticket_version: int | None = None
    intent_key: str | None = None
    intent_at: datetime | None = None
    key_id: str
    sealed_wanted: bytes | None = sealed()
    sealed_sent: bytes | None = sealed()
    sealed_seen: bytes | None = sealed()
    refused_fields: dict[str, Any] | None = json()
    diverged_fields: list[str] | None = json()
    created_at: datetime
    updated_at: datetime
    level_at: datetime | None = None
    frozen_fields: dict[str, str] | None = json()
    bounces: dict[str, list[int]] | None = json()
    sent_at: datetime | None = None
    sent_fields: list[str] | None = json()
    seen_at: datetime | None = None
    known_version: int = 0
    errand: str | None = None
    listed_at: datetime | None = None


class AttemptRow(Base, table=True):
    """One write that was tried on a link, with before and after, so that a run can be undone."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_link", "workspace", "link_id"), Index("ix_attempt_run", "workspace", "run_id"))
    workspace: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    link_id: str
    run_id: str
    at: datetime
    effect: str
    error_code: str | None = None
    key_id: str
    sealed_before: bytes | None = sealed()
    sealed_after: bytes | None = sealed()
    mapping_version: str | None = None


class RunRow(Base, table=True):
    """One pass of a lane that did something."""

    __tablename__ = "run"
    __table_args__ = (Index("ix_run_lane", "workspace", "lane", "started_at"),)
    workspace: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    lane: str
    started_at: datetime
    ended_at: datetime
    counts: dict[str, Any] | None = json()


class LaneRow(Base, table=True):
    """The ordered work of one connection and direction: when it is due, who holds it, and why it waits."""

    __tablename__ = "lane"
    workspace: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    connection: str = ""
    next_at: datetime | None = None
    lease_until: datetime | None = None
    token: int = 0
    attempts: int = 0
    error_code: str | None = None
    error: str | None = None
    hint: str | None = None


class CursorRow(Base, table=True):
    """Where reading goes on; written together with the page that led there."""

    __tablename__ = "cursor"
    workspace: str = Field(primary_key=True)
    connection: str = Field(primary_key=True)
    object: str = Field(primary_key=True)
    value: str
    updated_at: datetime


class FullRead(Base, table=True):
    """The latest reading of an object from the beginning: when it began and ended, and whether writing waits for it (`holds`)."""

    __tablename__ = "full_read"
    workspace: str = Field(primary_key=True)
    connection: str = Field(primary_key=True)
    object: str = Field(primary_key=True)
    started_at: datetime
    ended_at: datetime | None = None
    records: int = 0
    missed: int = 0
    holds: bool = False


class ConnectionRow(Base, table=True):
    """What outlives a restart of a connection: its token, and whether it is paused and why."""

    __tablename__ = "connection_state"
    workspace: str = Field(primary_key=True)
    connection: str = Field(primary_key=True)
    paused_code: str | None = None
    paused_reason: str | None = None
    paused_hint: str | None = None
    paused_at: datetime | None = None
    sealed_token: bytes | None = sealed()


class CallCount(Base, table=True):
    """API calls made, per connection and UTC day."""

    __tablename__ = "call_count"
    workspace: str = Field(primary_key=True)
    connection: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    operation: str = Field(primary_key=True)
    calls: int = 0


class AccountCalls(Base, table=True):
    """Calls set aside for a remote account against one of its limits, by the end of the slice of time in which they may be made."""

    __tablename__ = "account_calls"
    workspace: str = Field(primary_key=True)
    account: str = Field(primary_key=True)
    limit_name: str = Field(primary_key=True)
    ends_at: datetime = Field(primary_key=True)
    calls: int = 0


class AccountUsage(Base, table=True):
    """What the vendor said last about the calls of an account's day."""

    __tablename__ = "account_usage"
    workspace: str = Field(primary_key=True)
    account: str = Field(primary_key=True)
    used: int
    allowed: int
    at: datetime


class ScheduleSlot(Base, table=True):
    """A schedule slot already served; unique, so that two schedulers cost an ignored conflict."""

    __tablename__ = "schedule_slot"
    workspace: str = Field(primary_key=True)
    schedule: str = Field(primary_key=True)
    slot: str = Field(primary_key=True)


class MappingVersion(Base, table=True):
    """The text of every mapping that ever ran, and when it last went into force."""

    __tablename__ = "mapping_version"
    workspace: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    text: str
    in_force_at: datetime


class MappingRelease(Base, table=True):
    """Which versions of which mappings went into force together, and how (`saved`, `applied`, `rolled_back`)."""

    __tablename__ = "mapping_release"
    workspace: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    at: datetime
    how: str
    members: Any = json()


class RemoteSchema(Base, table=True):
    """What an account's objects looked like when they were last described: fields with their facts, by object."""

    __tablename__ = "remote_schema"
    workspace: str = Field(primary_key=True)
    connection: str = Field(primary_key=True)
    object: str = Field(primary_key=True)
    taken_at: datetime
    content: Any = json()


class EmployerKey(Base, table=True):
    """A key of the company to which a person's records are tied; a company that comes later finds its people by it."""

    __tablename__ = "employer_key"
    workspace: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    golden_id: str = Field(primary_key=True)


class ReferenceList(Base, table=True):
    """The records of an object that values point to (owners): ids and what people know them by."""

    __tablename__ = "reference_list"
    workspace: str = Field(primary_key=True)
    connection: str = Field(primary_key=True)
    object: str = Field(primary_key=True)
    taken_at: datetime
    sealed_content: bytes | None = sealed()


class Tombstone(Base, table=True):
    """The identity of an erased person, as a keyed hash: replay and re-polling never bring them back."""

    __tablename__ = "tombstone"
    workspace: str = Field(primary_key=True)
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    erased_at: datetime


class AuditRow(Base, table=True):
    """What people did through the command line or the API, oldest first."""

    __tablename__ = "audit"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: int | None = Field(default=None, primary_key=True)
    workspace: str
    at: datetime
    actor: str
    action: str
    target: str
    detail: str | None = None
