"""The tables of merges and of what people said of pairs: enough to take every merge back, and never to repeat one that was refused."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from core.store.table_base import Base, sealed


class MergeEventRow(Base, table=True):
    """One merge: who into whom, why, and sealed with the loser's key what each of the two was."""

    __tablename__ = "merge_event"
    __table_args__ = (Index("ix_merge_event_survivor", "workspace", "survivor"), Index("ix_merge_event_loser", "workspace", "loser"))
    workspace: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    at: datetime
    survivor: str
    loser: str
    rule: str
    why: str
    inbox_id: int | None = None
    undone_at: datetime | None = None
    undone_by: str | None = None
    key_id: str
    sealed_parts: bytes | None = sealed()


class VerdictRow(Base, table=True):
    """What a person said of two golden records, the lesser id on the left.

    `left_now` and `right_now` are the records of which those are part today; every merge and unmerge keeps them right.
    """

    __tablename__ = "verdict"
    __table_args__ = (Index("ix_verdict_left", "workspace", "left_now"), Index("ix_verdict_right", "workspace", "right_now"))
    workspace: str = Field(primary_key=True)
    left_id: str = Field(primary_key=True)
    right_id: str = Field(primary_key=True)
    left_now: str
    right_now: str
    verdict: str
    by: str
    at: datetime
