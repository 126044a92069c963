"""The table of what enrichment providers were asked, misses too: what was asked once is not paid for twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field

from core.store.table_base import Base, sealed


class Enrichment(Base, table=True):
    """One value that a provider was asked about, by its keyed hash; `sealed_answer` only where it tells about a company."""

    __tablename__ = "enrichment"
    workspace: str = Field(primary_key=True)
    connection: str = Field(primary_key=True)
    asked: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    outcome: str
    asked_at: datetime
    keep_until: datetime
    cost: float = 0.0
    sealed_answer: bytes | None = sealed()
