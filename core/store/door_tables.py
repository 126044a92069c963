"""The tables of what belongs to no record: counted events, deliveries with a wrong signature, the alerts about them, and what ends."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from core.store.table_base import Base, sealed


class Counter(Base, table=True):
    """Counted events that belong to no record: refused signatures, oversized bodies, unknown forms."""

    __tablename__ = "counter"
    workspace: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    label: str = Field(primary_key=True)
    value: int = 0


class Unverified(Base, table=True):
    """A delivery whose signature was wrong, kept for a while: a corrected secret may show that it was its platform's after all."""

    __tablename__ = "unverified"
    __table_args__ = (Index("ix_unverified_held", "workspace", "connection", "size"),)
    workspace: str = Field(primary_key=True)
    connection: str = Field(primary_key=True)
    digest: str = Field(primary_key=True)
    received_at: datetime
    size: int
    sealed_request: bytes | None = sealed()


class DoorAlert(Base, table=True):
    """That signatures are refused at a door as they are when a secret is wrong: since when, and how many since then."""

    __tablename__ = "door_alert"
    workspace: str = Field(primary_key=True)
    connection: str = Field(primary_key=True)
    code: str
    since: datetime
    last_at: datetime
    refused: int


class Watched(Base, table=True):
    """A subscription or an access that a connection lives on, as it was when it was last looked at, and the last refused renewal."""

    __tablename__ = "watched"
    workspace: str = Field(primary_key=True)
    connection: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    name: str
    expires_at: datetime | None = None
    healthy: bool
    note: str
    renews: bool
    hint: str
    looked_at: datetime
    renewed_at: datetime | None = None
    refused: str | None = None
