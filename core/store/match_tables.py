"""The tables of matching: profiles and the keys they are found by, what waits to be matched, crowded keys, and pairs to review."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from core.store.table_base import Base, json, sealed


class MatchProfileRow(Base, table=True):
    """What one golden record is compared by, at the version that was matched; `postings` lists its keys, to take them back."""

    __tablename__ = "match_profile"
    __table_args__ = (UniqueConstraint("workspace", "golden_id"), {"sqlite_with_rowid": False})
    workspace: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    golden_id: str
    version: int
    key_id: str
    postings: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealed_profile: bytes | None = sealed()


class MatchKeyRow(Base, table=True):
    """One posting: the record of this number has this key. `digest` is the key's kind in one byte and seven of its keyed hash."""

    __tablename__ = "match_key"
    __table_args__ = ({"sqlite_with_rowid": False},)
    workspace: str = Field(primary_key=True)
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    number: int = Field(primary_key=True)


class MatchCrowdRow(Base, table=True):
    """A key that many records have: how many got no posting any more, and how many pairs it has proposed since `since`."""

    __tablename__ = "match_crowd"
    __table_args__ = ({"sqlite_with_rowid": False},)
    workspace: str = Field(primary_key=True)
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    beyond: int = 0
    since: datetime
    recent: int = 0


class MatchDueRow(Base, table=True):
    """A golden record that changed and waits to be matched, not before `next_at`; `held` says that a flood holds it back."""

    __tablename__ = "match_due"
    __table_args__ = (Index("ix_match_due_next", "workspace", "next_at"), {"sqlite_with_rowid": False})
    workspace: str = Field(primary_key=True)
    golden_id: str = Field(primary_key=True)
    version: int
    next_at: datetime
    held: bool = False


class ReviewPairRow(Base, table=True):
    """Two golden records that may be one, the lesser id first: the score with its parts, and what became of it."""

    __tablename__ = "review_pair"
    __table_args__ = (
        Index("ix_review_pair_state", "workspace", "state", "score"),
        Index("ix_review_pair_right", "workspace", "right_id"),
    )
    workspace: str = Field(primary_key=True)
    left_id: str = Field(primary_key=True)
    right_id: str = Field(primary_key=True)
    score: float
    probability: float
    parts: list[Any] | None = json()
    state: str
    created_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None


class MatchModelRow(Base, table=True):
    """A logistic model trained on answers: when, on how many, how precise on answers it had not seen, and whether it is in force."""

    __tablename__ = "match_model"
    workspace: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    trained_at: datetime
    answers: int
    held_out: int
    precision: float
    is_confirmed: bool
    in_force: bool
    content: str


class MatchWeightsRow(Base, table=True):
    """Weights that were fitted to the store's own records, in the place of the shipped ones."""

    __tablename__ = "match_weights"
    workspace: str = Field(primary_key=True)
    trained_at: datetime
    records: int
    content: str
