"""An import job: rows taken in at once, written when the job is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(slots=True)
class Import:
    """One import; `rows` maps each row's property names to its values, in the file's order."""

    id: str
    name: str
    object_type: str
    rows: list[Mapping[str, str]]
    started_at: datetime
    done_at: datetime
    request: Mapping[str, Any]
    state: str = "STARTED"
    errors: list[dict[str, Any]] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
