"""Observations and the golden records that are folded from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.model.ids import GoldenId, InboxId, KeyId, LinkId, ObservationId
from core.model.vocabulary import Subject

Scalar = str | int | float | bool | None
"""A golden value; None is an explicit empty (someone with the right to erase said so)."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value with its origin: the path it was read from, the raw text, the steps that made it."""

    value: Scalar
    path: str = ""
    raw: str | None = None
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IdentityKey:
    """A claim that whoever carries this key is the same person; `kind` names the rule that made it."""

    kind: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """What a person said about being contacted, when, and where they said it."""

    purpose: str
    granted: bool
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Observation:
    """What one observer said about one subject at one time."""

    id: ObservationId
    subject: Subject
    observer: str
    authority: int
    at: datetime
    values: Mapping[str, Value]
    keys: tuple[IdentityKey, ...]
    mapping: str
    mapping_version: str
    inbox_id: InboxId | None = None
    consents: tuple[ConsentEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class GoldenValue:
    """The winning value of a golden field and who said it when."""

    value: Scalar
    observation: ObservationId
    observer: str
    at: datetime


class LinkRole(StrEnum):
    """What a remote record is to the golden record; only a primary creates."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    PREDECESSOR = "predecessor"


class LinkState(StrEnum):
    """Where a link stands; `behind` and `pending` always have a next action."""

    BEHIND = "behind"
    PENDING = "pending"
    LEVEL = "level"
    PARKED = "parked"
    NOT_WANTED = "not_wanted"


@dataclass(frozen=True, slots=True)
class LinkWant:
    """What the mapping wants a remote record to be, as the decision knows the link."""

    id: LinkId
    golden_id: GoldenId
    connection: str
    object: str
    role: LinkRole
    state: LinkState
    mapping: str
    mapping_version: str
    wanted: Mapping[str, Scalar]
    wanted_version: int
    key_id: KeyId
    remote_id: str | None = None
    reason_code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Golden:
    """One person or company: the cached fold over its observations, and its links."""

    id: GoldenId
    subject: Subject
    version: int
    key_id: KeyId
    values: Mapping[str, GoldenValue] = field(default_factory=dict)
    observations: Sequence[Observation] = ()
    links: Sequence[LinkWant] = ()
