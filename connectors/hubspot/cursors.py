"""Where a read stands: the cursor's content, and its opaque text."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from core.contract import Cursor

_VERSION = 1


class Phase(StrEnum):
    """The parts of a read, in order; it rests in CHANGES."""

    LIST = "list"
    CHANGES = "changes"
    DELETIONS = "deletions"


class Position(BaseModel):
    """A position in the feed of one object; all moments are HubSpot's own, in epoch milliseconds.

    `since` is the moment up to which all changes have been told, `last_id` the last record told of the window that is
    being read, and `until` the moment at which that window becomes `since`. `after` is the token of the next page of a
    list. `swept` is the moment up to which deletions have been told, `sweeping` the one that the present sweep will reach.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    v: int = _VERSION
    phase: Phase = Phase.LIST
    since: int | None = None
    until: int | None = None
    last_id: int = 0
    after: str | None = None
    swept: int | None = None
    sweeping: int | None = None

    @classmethod
    def of(cls, cursor: Cursor | None) -> Self:
        """Read a cursor; one that is damaged or of another version starts a full read, which skips nothing."""
        if cursor is None:
            return cls()
        try:
            found = cls.model_validate_json(cursor)
        except ValidationError:
            return cls()
        return found if found.v == _VERSION and (found.phase is Phase.LIST or found.since is not None) else cls()

    def cursor(self) -> Cursor:
        """Write the position."""
        return Cursor(self.model_dump_json(exclude_none=True))

    def moved(self, **changes: object) -> Self:
        """The position with some parts changed."""
        return self.model_copy(update=changes)
