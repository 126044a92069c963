"""What a CRM's record and we know of each other: changes that come from there, and what was agreed per field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.model.ids import LinkId
from core.model.records import Scalar


class ChangeSort(StrEnum):
    """What happened to a CRM's record; `ABSENT`: it was told of, and cannot be read.

    `HELD` comes from a person, not from there: the record's fields shall have these values, until somebody says otherwise.
    """

    UPSERTED = "upserted"
    DELETED = "deleted"
    MERGED = "merged"
    CONVERTED = "converted"
    ABSENT = "absent"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record is: connection, object, and the vendor's id."""

    connection: str
    object: str
    id: str


@dataclass(frozen=True, slots=True)
class RemoteChange:
    """A CRM's record as it was read at `read_at`, or what became of it.

    `successor` took its place after a merge or a conversion; `also` are other records that a conversion made.
    """

    place: Place
    sort: ChangeSort
    read_at: datetime
    version: str | None = None
    successor: Place | None = None
    also: tuple[Place, ...] = ()


class Frozen(StrEnum):
    """Why a field is left alone on both sides until a person decides."""

    BOUNCES = "bounces"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a link knows of its record, in the vendor's form: per field what we sent last and what we saw last.

    A name that is missing is unknown, None is empty. `diverged`: fields that differ by rule. `sent_fields` are those of the
    last write, at `sent_at`; `bounces` counts, per field and as seconds since 1970, how often they came back changed.
    `version` counts the changes of all this.
    """

    link_id: LinkId
    remote_id: str | None = None
    remote_version: str | None = None
    sent: Mapping[str, Scalar] = field(default_factory=dict)
    seen: Mapping[str, Any] = field(default_factory=dict)
    diverged: tuple[str, ...] = ()
    frozen: Mapping[str, Frozen] = field(default_factory=dict)
    bounces: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    sent_at: datetime | None = None
    sent_fields: tuple[str, ...] = ()
    seen_at: datetime | None = None
    version: int = 0
