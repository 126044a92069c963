"""Where a read stands: the cursor's content, and its opaque text."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.contract import ContractBroken, Cursor

_VERSION = 1
_MOST_TOLD = 300
"""Records that a cursor remembers at most, so that it stays small."""


class Phase(StrEnum):
    """The parts of a read, in order; it rests in CHANGES."""

    LIST = "list"
    CHANGES = "changes"
    DELETIONS = "deletions"


class Position(BaseModel):
    """A position in the feed of one object; all moments are HubSpot's own, in epoch milliseconds.

    `since` is the moment up to which all changes have been told, `last_id` the last record told of the window that is
    being read, and `until` the moment at which that window becomes `since`. `after` is the token of the next page of a
    list. `swept` is the moment up to which deletions have been told (None: none yet), `sweeping` the one that the present
    sweep will reach, `bin_pages` the pages that the latest sweep has taken so far. `told` are the newest records told with
    their modified stamps, so that the overlap of two windows is not read twice.
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
    bin_pages: int = 0
    told: dict[str, int] = Field(default_factory=dict)

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

    def remembering(self, stamps: Mapping[str, int], *, since: int) -> Self:
        """The position that knows these records as told; those before `since` cannot come again and are forgotten."""
        known = {one: stamp for one, stamp in {**self.told, **stamps}.items() if stamp >= since}
        newest = sorted(known.items(), key=lambda entry: entry[1])[-_MOST_TOLD:]
        return self.moved(told=dict(newest))


class LoopGuard:
    """Notices a list whose paging tokens come round again, however long the loop, in constant memory (Brent's search)."""

    def __init__(self) -> None:
        """Begin before the first token."""
        self._mark: str | None = None
        self._steps = 0
        self._until = 1

    def passed(self, token: str) -> None:
        """Take the next token; raises ContractBroken for one that was here before, at the latest after three rounds."""
        if token == self._mark:
            raise ContractBroken("HubSpot repeats a paging token; the list would never end.")
        self._steps += 1
        if self._steps == self._until:
            self._mark, self._steps, self._until = token, 0, self._until * 2
