"""A form submission that the account has taken in but not yet turned into a contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Submission:
    """The fields of one submission, applied at `due`."""

    form: str
    fields: Mapping[str, str]
    due: datetime
