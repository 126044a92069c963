"""What crosses the border between a connector and the engine: frozen values in the vendor's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from pydantic import JsonValue

from core.contract.errors import ConnectorError, RecordError

ObjectName = NewType("ObjectName", str)
"""The vendor's name of a kind of record: `Lead`, `contacts`, `leadgen`."""
NativeId = NewType("NativeId", str)
"""The vendor's id of one record, opaque, always text."""
Cursor = NewType("Cursor", str)
"""Where to go on reading; made and understood by the connector alone."""
Ticket = NewType("Ticket", str)
"""A job that the remote accepted for later; survives a restart."""
Version = NewType("Version", str)
"""A record's version; comparable as text when the manifest says `versions: comparable`."""


class ChangeKind(StrEnum):
    """What happened to the record."""

    UPSERTED = "upserted"
    DELETED = "deleted"
    MERGED = "merged"
    CONVERTED = "converted"


class Flag(StrEnum):
    """What sets a record apart from an ordinary one."""

    NONE = "none"
    TEST = "test"
    SPAM = "spam"


@dataclass(frozen=True, slots=True)
class Change:
    """One record as it is now, in the vendor's words.

    In `fields` an absent name is unknown and `None` is empty. `successor` names the record that took this one's place
    after a merge or a conversion; `also` the other records that a conversion made or joined, such as an account.
    """

    object: ObjectName
    id: NativeId
    fields: Mapping[str, JsonValue] = field(default_factory=dict)
    kind: ChangeKind = ChangeKind.UPSERTED
    version: Version | None = None
    changed_at: datetime | None = None
    changed_by: str | None = None
    successor: Ref | None = None
    flag: Flag = Flag.NONE
    also: Sequence[Ref] = ()


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that could not be read from its source; it goes to quarantine with its reason."""

    object: ObjectName
    id: NativeId
    error: RecordError
    raw: bytes = b""
    version: Version | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some changes and the cursor from which exactly the rest follows; both are stored in one transaction.

    `begins`: a cursor was given that is damaged, or too old to tell what is gone since; with this page everything is told
    from the beginning. `waits`: the vendor is still at work on the rest (a job); reading ends here, and goes on from `resume`
    when it is asked again.
    """

    changes: Sequence[Change]
    resume: Cursor
    rejects: Sequence[Reject] = ()
    begins: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A way to recognise an existing record: all of these fields have these values."""

    fields: frozenset[tuple[str, str]]

    @classmethod
    def on(cls, name: str, value: str) -> Match:
        """Match one field by equality."""
        return cls(frozenset({(name, value)}))

    def single(self) -> tuple[str, str]:
        """The one pair of a single-field match; raises ValueError for any other."""
        (pair,) = self.fields
        return pair


@dataclass(frozen=True, slots=True)
class Clear:
    """Empty the field there. Each connector turns it into the vendor's own way (null, "", #N/A)."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to another record of the same system."""

    object: ObjectName
    id: NativeId


@dataclass(frozen=True, slots=True)
class Blob:
    """A file value."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Sibling:
    """A reference to the record of an earlier write of the same group, by that write's `key`."""

    key: str


WriteValue = JsonValue | Clear | Ref | Blob | Sibling


class WriteKind(StrEnum):
    """What a write asks for."""

    UPSERT = "upsert"
    DELETE = "delete"
    RESTORE = "restore"
    ASSOCIATE = "associate"
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class Write:
    """One wanted change of one record.

    `key` stays the same over retries of the same intent. `target` is the native id (update), a `Match` on a unique or
    external-id field (the vendor's own upsert: update or create), or None (create; the engine has searched before).

    A `Ref` as a value of an UPSERT makes the record point to that one: the connector sets the reference field of that name,
    or, where the vendor keeps relations apart, makes the association that the name stands for. Its receipt covers both.
    A `Sibling` stands for the same within a group, where the other record may have no id yet.
    """

    key: str
    object: ObjectName
    fields: Mapping[str, WriteValue]
    kind: WriteKind = WriteKind.UPSERT
    target: NativeId | Match | None = None
    expect: Version | None = None
    options: Mapping[str, JsonValue] = field(default_factory=dict)


class Effect(StrEnum):
    """What a write did."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Applied:
    """The remote has applied the write. `fields` is the record as read back where the answer carries it;

    `refused_fields` maps fields that were left out to the reason, while the rest of the record was written.
    """

    id: NativeId
    effect: Effect
    version: Version | None = None
    fields: Mapping[str, JsonValue] | None = None
    refused_fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """The remote refused this record. A `TryLater` inside means: this row alone is worth another try."""

    error: ConnectorError


@dataclass(frozen=True, slots=True)
class Pending:
    """The remote works on it; `collect` the ticket later. Not done until then."""

    ticket: Ticket


Receipt = Applied | Refused | Pending


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a webhook delivery tells. The same delivery always gives the same `id`.

    A push that carries the record has `change`; one that carries only its id has `ref` and is read through `Finds`
    with `Match.on("id", ref.id)`. One that says only that something changed has `look`: the connection's objects are read now,
    from where the last read ended.
    """

    id: str
    change: Change | None = None
    ref: Ref | None = None
    flag: Flag = Flag.NONE
    look: bool = False


class FieldKind(StrEnum):
    """The kinds of value that two systems can compare."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    NUMBER = "number"
    MONEY = "money"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    CHOICES = "choices"
    REFERENCE = "reference"
    ID = "id"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of an object as the account has it now."""

    name: str
    label: str
    kind: FieldKind
    required: bool = False
    readable: bool = True
    creatable: bool = True
    updatable: bool = True
    searchable: bool = True
    unique: bool = False
    external_id: bool = False
    max_length: int | None = None
    choices: Sequence[str] | None = None
    choices_closed: bool = False
    refers_to: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ObjectSpec:
    """One object of the account; `record_type` where the vendor varies fields by type."""

    name: ObjectName
    label: str
    fields: Sequence[FieldSpec]
    record_type: str | None = None

    def field(self, name: str) -> FieldSpec | None:
        """Look a field up by its API name."""
        return next((spec for spec in self.fields if spec.name == name), None)


@dataclass(frozen=True, slots=True)
class Health:
    """The answer of `check()`: which account these credentials open, and what an admin should know."""

    account: str
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class DayUsage:
    """The vendor's count of an account's API calls of the day, by whomever they were made, and how many it allows."""

    used: int
    allowed: int


@dataclass(frozen=True, slots=True)
class Subscription:
    """Something at the vendor's that ends and without which nothing is pushed or read: a webhook, a watch, a granted token.

    `expires_at` None: no end is known. Not `healthy`: nothing comes through it any more; `note` then says why. `renews`:
    whether `Subscribes.renew` can prolong it or put it back; where it cannot, `hint` says what a person has to do in time.
    """

    id: str
    name: str
    expires_at: datetime | None = None
    healthy: bool = True
    note: str = ""
    renews: bool = True
    hint: str = ""


def record_key(object_name: str, native_id: str, version: str | None = None) -> str:
    """Build the id under which the inbox knows one state of one record, equal for a push and a poll of the same."""
    return ":".join([object_name, native_id, *([version] if version else [])])
