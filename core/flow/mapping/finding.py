"""What a comparison of a mapping with a real account found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.flow.mapping.model import Place


class Level(StrEnum):
    """How sure and how bad it is."""

    PROBLEM = "problem"
    """Certain to fail."""
    WARNING = "warning"
    """May fail, or is likely not meant."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing, in an admin's words: a stable code, its place in the file, the nearest valid name, and what to do."""

    level: Level
    code: str
    place: Place
    message: str
    nearest: str | None = None
    hint: str | None = None
