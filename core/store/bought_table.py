"""The table of bought leads that were accepted: what caps are counted by, and what is paid for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field

from core.store.table_base import Base


class AcceptedLeadRow(Base, table=True):
    """One accepted lead, by its submission; `lead` is the keyed hash of the vendor's own id, `campaign` its folded name."""

    __tablename__ = "accepted_lead"
    __table_args__ = (
        Index("ix_accepted_lead_campaign", "workspace", "connection", "campaign"),
        Index("ix_accepted_lead_lead", "workspace", "connection", "lead"),
    )
    workspace: str = Field(primary_key=True)
    inbox_id: int = Field(primary_key=True)
    connection: str
    campaign: str
    lead: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    cost: float | None = None
    currency: str
    at: datetime
