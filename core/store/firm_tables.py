"""The tables of lead-to-account matching: the keys that firms are found by, and the account that each person was tied to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field

from core.store.table_base import Base


class FirmKeyRow(Base, table=True):
    """One key of a firm, as an account (`is_account`) or a person tells it. `digest` is eight bytes of its keyed hash."""

    __tablename__ = "firm_key"
    __table_args__ = (Index("ix_firm_key_golden", "workspace", "golden_id"), {"sqlite_with_rowid": False})
    workspace: str = Field(primary_key=True)
    is_account: bool = Field(primary_key=True)
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    golden_id: str = Field(primary_key=True)


class EmploymentRow(Base, table=True):
    """The account that was found for a person, by what, and what became of it: `tied`, `open` (a question), or `refused`.

    `decided_by` is set where a person said so; that is never overruled. `name`, `site` and `place` say how the two compare.
    """

    __tablename__ = "employment"
    __table_args__ = (Index("ix_employment_state", "workspace", "state"), Index("ix_employment_account", "workspace", "account_id"))
    workspace: str = Field(primary_key=True)
    lead_id: str = Field(primary_key=True)
    account_id: str | None = None
    rival_id: str | None = None
    confidence: float = 0.0
    name: str = ""
    site: str = ""
    place: str = ""
    state: str
    at: datetime
    decided_by: str | None = None
