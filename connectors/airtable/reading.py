"""Polls a table by the time of the last modification, from before the last poll began; every page's cursor is a place to go on from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from connectors.airtable.api import PAGE_RECORDS, Api, Table
from connectors.airtable.deletions import Deletions
from core.contract import (
    Change,
    ConfigInvalid,
    ContractBroken,
    Cursor,
    Invalid,
    JsonObject,
    NativeId,
    ObjectName,
    Page,
    Reject,
    Unavailable,
    Version,
)


class Position(BaseModel):
    """Where reading stands: `since` bounds the records of this poll, which began at `began`; `offset` is its next page.

    `payload` is where the deletions go on that `webhook` notes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: AwareDatetime | None = None
    began: AwareDatetime | None = None
    offset: str | None = None
    webhook: str | None = None
    payload: int | None = None

    @classmethod
    def decode(cls, cursor: Cursor | None) -> Position:
        """Read a cursor of ours; raises ConfigInvalid for any other."""
        try:
            return cls() if cursor is None else cls.model_validate_json(cursor)
        except ValidationError as error:
            message = "The stored cursor is not one of Airtable."
            raise ConfigInvalid(message, hint="Read this connection again from the beginning.") from error

    def cursor(self) -> Cursor:
        """Write the position down."""
        return Cursor(self.model_dump_json(exclude_none=True))


@dataclass(frozen=True, slots=True)
class TableReader:
    """Reads one table. `overlap` is read again with every poll; without `deletions` none is told."""

    api: Api
    table: Table
    object: ObjectName
    overlap: timedelta
    deletions: Deletions | None = None

    def pages(self, since: Cursor | None, now: datetime) -> Iterator[Page]:
        """Yield the records modified since the poll before; an offset that Airtable forgot begins this poll's records again."""
        position = Position.decode(since)
        if position.began is None:
            position = self._begun(position, now)
        began = position.began or now
        known: set[str | None] = {None}
        may_restart = True
        while True:
            found = self.api.records(self.table, _moment(position.since), position.offset)
            if found is None:
                if not may_restart:
                    raise Unavailable("Airtable forgets the pages of a listing faster than they are read.")
                position, known, may_restart = position.model_copy(update={"offset": None}), {None}, False
                continue
            if found.offset is not None and found.offset in known | {position.offset}:
                raise ContractBroken("Airtable's next page is one that was read already.")
            known.add(found.offset)
            made = [self._made(record) for record in found.records]
            changes, rejects = [each for each in made if isinstance(each, Change)], [each for each in made if isinstance(each, Reject)]
            if found.offset is None:
                yield from self._ended(position, changes, rejects, began)
                return
            position = position.model_copy(update={"offset": found.offset})
            yield Page(changes, position.cursor(), rejects)

    def _begun(self, position: Position, now: datetime) -> Position:
        """Begin a poll. A webhook that is new here is followed from now on: what was deleted before was never told."""
        watching = self.deletions
        if watching is None:
            return Position(since=position.since, began=now)
        known = position.payload if position.webhook == watching.webhook else None
        return Position(since=position.since, began=now, webhook=watching.webhook, payload=watching.begin() if known is None else known)

    def _ended(self, position: Position, changes: list[Change], rejects: list[Reject], began: datetime) -> Iterator[Page]:
        """The last records, then what was deleted: asked for last, so that nobody deleted meanwhile is told as living."""
        end = Position(since=began - self.overlap, webhook=position.webhook, payload=position.payload)
        gone: list[Change] = []
        if self.deletions is not None and position.webhook == self.deletions.webhook and position.payload is not None:
            gone, after = self.deletions.since(position.payload)
            end = end.model_copy(update={"payload": after})
        if not gone:
            yield Page(changes, end.cursor(), rejects)
            return
        yield Page(changes, position.cursor(), rejects)
        for at in range(0, len(gone), PAGE_RECORDS):
            resume = end if at + PAGE_RECORDS >= len(gone) else position
            yield Page(gone[at : at + PAGE_RECORDS], resume.cursor())

    def _made(self, record: JsonObject) -> Change | Reject:
        """Make a record; fields that Airtable leaves out are empty."""
        native_id, values = record.get("id"), record.get("fields")
        raw = json.dumps(record, sort_keys=True).encode()
        digest = hashlib.sha256(raw).hexdigest()[:32]
        if not isinstance(native_id, str) or not native_id or not isinstance(values, dict):
            error = Invalid("The record has no id or no fields.", field="id")
            return Reject(self.object, NativeId(f"sha256-{digest}"), error, raw, Version(digest))
        fields = {**{name: None for name, _ in self.table.fields}, **values, "_created": record.get("createdTime")}
        return Change(self.object, NativeId(native_id), fields, version=Version(digest))


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
