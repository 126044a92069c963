"""The reference connector: the smallest complete translation between the contract and a remote's own protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr

from connectors.memory import webhook
from connectors.memory.api import call, record_error
from connectors.memory.groups import write_whole
from connectors.memory.jobs import hand_over, receipt_of
from connectors.memory.remote import MemoryRemote, RemoteRefusal, Row, Table, remote
from connectors.memory.schema import object_spec
from core.contract import (
    Applied,
    Change,
    ChangeKind,
    Clear,
    Connector,
    ConnectorError,
    ContractBroken,
    Cursor,
    DayUsage,
    Effect,
    Event,
    Health,
    InboundRequest,
    Invalid,
    Match,
    NativeId,
    ObjectName,
    ObjectSpec,
    Outcome,
    Page,
    Receipt,
    Ref,
    Refused,
    Reply,
    Ticket,
    Version,
    Write,
    WriteKind,
    WriteValue,
)
from core.contract.signatures import verify

PAGE = 100
BULK_FROM = 500
CALLS_A_DAY = 1_000_000
US = "leadloom"
"""Whom the remote names as the author of what this connector writes."""
REPLIES = {Outcome.STORED: 202, Outcome.REFUSED: 401, Outcome.INVALID: 400, Outcome.UNAVAILABLE: 503}
T = TypeVar("T")


class MemorySettings(BaseModel):
    """Which remote to use, and the credentials it asks for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    remote: str = "default"
    key: SecretStr = SecretStr("")
    webhook_secrets: list[SecretStr] = Field(default_factory=list)


class MemoryConnector(Connector[MemorySettings]):
    """Plays reads, writes, groups, collects, finds, merges, webhooks and counts against a `MemoryRemote`."""

    settings_type: ClassVar[type[BaseModel]] = MemorySettings

    def check(self) -> Health:
        """Call the remote once."""
        return self._call(lambda: Health(account=f"memory:{self._remote.name}"))

    def usage(self) -> DayUsage:
        """Ask for the remote's own count; its day never ends."""
        return self._call(lambda: DayUsage(self._remote.calls, CALLS_A_DAY))

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the remote's schema."""
        return self._call(lambda: [object_spec(name, table.schema) for name, table in self._remote.tables.items()])

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield changes by sequence number; a record that changes during the read moves to the end and comes again."""
        at = int(since) if since else 0
        begins = bool(since) and at < self._remote.forgotten_before
        at = 0 if begins else at
        while True:
            rows, more = self._call(lambda at=at: self._remote.page(object_name, at, PAGE))  # type: ignore[misc]
            if rows and rows[-1].sequence <= at:
                raise ContractBroken("The remote gave the same page twice.")
            at = rows[-1].sequence if rows else at
            yield Page([self._change(object_name, row) for row in rows], Cursor(str(at)), begins=begins)
            begins = False
            if not more:
                return

    def write(self, batch: Sequence[Write]) -> Sequence[Receipt]:
        """Carry out the writes in one call, or hand them to a job when there are many."""
        if not batch:
            return []
        if len(batch) >= BULK_FROM:
            return self._call(lambda: hand_over(self._remote, batch, self._now()), writing=True)
        return self._call(lambda: [self._apply(write) for write in batch], writing=True)

    def write_group(self, group: Sequence[Write]) -> Sequence[Receipt]:
        """Carry out the writes in one call, all of them or none."""
        return self._call(lambda: write_whole(self._remote, group, self._apply), writing=True)

    def collect(self, tickets: Sequence[Ticket]) -> Sequence[Receipt]:
        """Ask the remote's jobs."""
        return self._call(lambda: [receipt_of(self._remote, ticket, self._now(), self._apply) for ticket in tickets])

    def find(self, object_name: ObjectName, matches: Sequence[Match]) -> Mapping[Match, Sequence[Change]]:
        """Search the remote's index, which lags behind; by id it is asked without the index."""

        def search(match: Match) -> list[Change]:
            return [self._change(object_name, row) for row in self._remote.search(object_name, dict(match.fields), now=self._now())]

        return self._call(lambda: {match: search(match) for match in matches})

    def merge(self, object_name: ObjectName, survivor: NativeId, losers: Sequence[NativeId]) -> Receipt:
        """Merge there; the survivor fills its blanks from the losers."""

        def merge() -> Receipt:
            return self._answer(self._remote.merge(object_name, survivor, losers, now=self._now(), by=US), Effect.UPDATED)

        return self._call(lambda: _receipt(merge), writing=True)

    def verify(self, request: InboundRequest) -> None:
        """Check the signature against every configured secret."""
        verify(webhook.SCHEME, request, [secret.get_secret_value() for secret in self.settings.webhook_secrets])

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Take the delivery apart."""
        return webhook.parse(request)

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:  # noqa: ARG002 - the answer depends on the outcome alone
        """Answer with the bare status."""
        return Reply(REPLIES[outcome])

    @property
    def _remote(self) -> MemoryRemote:
        return remote(self.settings.remote)

    def _now(self) -> datetime:
        return self.context.clock.now()

    def _call(self, act: Callable[[], T], *, writing: bool = False) -> T:
        try:
            return call(self._remote, self.settings.key.get_secret_value(), act, writing=writing)
        except RemoteRefusal as refusal:
            raise record_error(refusal) from refusal

    def _apply(self, write: Write) -> Receipt:
        return _receipt(lambda: _APPLY[write.kind](self, write))

    def _upsert(self, write: Write) -> Receipt:
        table = self._remote.table(write.object)
        fields = {name: _plain(table, name, value) for name, value in write.fields.items() if name in table.names}
        unknown = {name: "unknown field" for name in write.fields if name not in table.names}
        if isinstance(write.target, Match):
            name, value = write.target.single()
            if name not in table.unique_fields:
                raise Invalid(f"'{name}' is not a unique field.", field=name, rule="not_unique")
            fields[name] = value
        native_id = self._addressee(write)
        if native_id is None:
            return self._answer(self._remote.create(write.object, fields, now=self._now(), by=US), Effect.CREATED, unknown)
        row = self._remote.live(write.object, native_id)
        if write.expect is not None and write.expect != row.version:
            raise RemoteRefusal("conflict", record=row.version)
        moved = self._remote.edit(write.object, native_id, fields, now=self._now(), by=US)
        return self._answer(row, Effect.UPDATED if moved else Effect.UNCHANGED, unknown)

    def _addressee(self, write: Write) -> str | None:
        if isinstance(write.target, Match):
            return self._remote.table(write.object).unique.get(write.target.single())
        return write.target

    def _delete(self, write: Write) -> Receipt:
        return self._answer(self._remote.delete(write.object, _target_id(write), now=self._now(), by=US), Effect.DELETED)

    def _restore(self, write: Write) -> Receipt:
        return self._answer(self._remote.restore(write.object, _target_id(write), now=self._now(), by=US), Effect.UPDATED)

    def _unsupported(self, write: Write) -> Receipt:
        raise ContractBroken(f"Write kind '{write.kind}' is not declared.")

    def _answer(self, row: Row, effect: Effect, refused: Mapping[str, str] | None = None) -> Applied:
        return Applied(NativeId(row.id), effect, Version(row.version), dict(row.fields), refused or {})

    def _change(self, object_name: ObjectName, row: Row) -> Change:
        survivor = self._remote.last_survivor(object_name, row)
        made = [Ref(ObjectName(name), NativeId(native_id)) for name, native_id in row.converted]
        successor = Ref(object_name, NativeId(survivor)) if survivor else None if row.deleted else next(iter(made), None)
        return Change(
            object_name,
            NativeId(row.id),
            {} if row.deleted else {"id": row.id, **row.fields},
            _kind(row),
            Version(row.version),
            row.changed_at,
            row.changed_by,
            successor,
            also=() if row.deleted else tuple(made[1:]),
        )


def _kind(row: Row) -> ChangeKind:
    if row.deleted:
        return ChangeKind.MERGED if row.successor else ChangeKind.DELETED
    return ChangeKind.CONVERTED if row.converted else ChangeKind.UPSERTED


_APPLY: dict[WriteKind, Callable[[MemoryConnector, Write], Receipt]] = {
    WriteKind.UPSERT: MemoryConnector._upsert,
    WriteKind.DELETE: MemoryConnector._delete,
    WriteKind.RESTORE: MemoryConnector._restore,
    WriteKind.ASSOCIATE: MemoryConnector._unsupported,
    WriteKind.MERGE: MemoryConnector._unsupported,
}


def _receipt(act: Callable[[], Receipt]) -> Receipt:
    """Turn the refusal of one record into its receipt, so that the others go on."""
    try:
        return act()
    except RemoteRefusal as refusal:
        error: ConnectorError = record_error(refusal)
        return Refused(error)
    except Invalid as error:
        return Refused(error)


def _target_id(write: Write) -> str:
    if not isinstance(write.target, str):
        raise Invalid("This write needs the record's id.", rule="no_id")
    return write.target


def _plain(table: Table, name: str, value: WriteValue) -> JsonValue:
    if isinstance(value, Clear):
        return None
    if isinstance(value, Ref):
        if value.object not in table.references.get(name, ()):
            raise Invalid(f"'{name}' cannot point to a record of {value.object}.", field=name, rule="unknown_reference")
        return value.id
    if not isinstance(value, str | int | float | bool | list | dict | None):
        raise Invalid("The remote in memory takes no files.", rule="no_files")
    return value
