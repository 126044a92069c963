"""What a read remembers for the next one: files done, files that may still be growing, and the place within the open file."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from core.contract import ContractBroken, Cursor
from core.contract.tables.table import Place


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Progress(_Part):
    """The place within a file that is not read to its end. `encoding` spares looking through the whole file again."""

    name: str
    fingerprint: str
    sheet: str = ""
    offset: int = 0
    row: int = 0
    encoding: str | None = None

    @property
    def place(self) -> Place:
        """Where the next row starts."""
        return Place(self.offset, self.row)


class State(_Part):
    """The cursor's content. `done` and `waiting` map file names to fingerprint and stamp."""

    done: dict[str, str] = {}
    failed: dict[str, str] = {}
    waiting: dict[str, str] = {}
    open: Progress | None = None

    @classmethod
    def decode(cls, cursor: Cursor | None) -> Self:
        """Read a cursor of ours; raises ContractBroken for any other."""
        if cursor is None:
            return cls()
        try:
            return cls.model_validate_json(cursor)
        except ValidationError as error:
            raise ContractBroken("The cursor was not made by the spreadsheet connector.") from error

    def encode(self) -> Cursor:
        """Write the cursor."""
        return Cursor(self.model_dump_json(exclude_defaults=True))

    def only(self, names: set[str]) -> Self:
        """Forget files that are not in the folder any more."""
        kept = {part: {name: mark for name, mark in getattr(self, part).items() if name in names} for part in ("done", "failed", "waiting")}
        return self.model_copy(update={**kept, "open": self.open if self.open and self.open.name in names else None})

    def at(self, progress: Progress) -> Self:
        """Be in the middle of a file."""
        return self.model_copy(update={"open": progress, "waiting": _without(self.waiting, progress.name)})

    def finished(self, name: str, fingerprint: str, *, failed: bool) -> Self:
        """Be done with a file."""
        books = {"done": _without(self.done, name), "failed": _without(self.failed, name)}
        books["failed" if failed else "done"][name] = fingerprint
        return self.model_copy(update={**books, "open": None, "waiting": _without(self.waiting, name)})

    def waits_for(self, name: str, stamp: str) -> Self:
        """Remember how a file looked, to see next time whether it still grows."""
        return self.model_copy(update={"waiting": {**self.waiting, name: stamp}})


def _without(book: dict[str, str], name: str) -> dict[str, str]:
    return {each: mark for each, mark in book.items() if each != name}
