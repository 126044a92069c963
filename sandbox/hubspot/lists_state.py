"""Lists (segments) of records and who is on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class RecordList:
    """One list; `members` maps a record's id to the moment it joined."""

    id: str
    name: str
    object_type_id: str
    processing_type: str
    created_at: datetime
    members: dict[str, datetime] = field(default_factory=dict)
    deleted_at: datetime | None = None
