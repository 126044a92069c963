"""Golden records that become one: why, what each of them brought, and what people said of such pairs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.model.ids import GoldenId, InboxId, ObservationId
from core.model.records import IdentityKey, LinkWant


class Verdict(StrEnum):
    """What a person said of two golden records; no machine overrules it."""

    SAME = "same"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Cause:
    """Who merges: `by` is `key:KIND`, `crm:CONNECTION`, `model` or `person:NAME`; `why` says it in words."""

    by: str
    why: str
    inbox_id: InboxId | None = None


PERSON = "person:"
"""How `Cause.by` begins where a person decided."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one of two golden records was just before they were merged.

    `ids` are those under which the store knew it: its own, and those merged into it by the same decision. `keys` are the
    ones that the decision gave it; the store adds those that it had before, with the ids of its `consents` and `inbox` rows.
    """

    ids: tuple[GoldenId, ...]
    observations: tuple[ObservationId, ...]
    links: tuple[LinkWant, ...]
    keys: tuple[IdentityKey, ...] = ()
    consents: tuple[str, ...] = ()
    inbox: tuple[InboxId, ...] = ()


@dataclass(frozen=True, slots=True)
class Joining:
    """One merge, told in full: enough to take it back exactly."""

    loser: GoldenId
    survivor: GoldenId
    cause: Cause
    lost: Side
    kept: Side


@dataclass(frozen=True, slots=True)
class MergeEvent:
    """A merge as the store remembers it; `undone_at` is set when it was taken back."""

    id: str
    at: datetime
    loser: GoldenId
    survivor: GoldenId
    by: str
    why: str
    inbox_id: InboxId | None
    lost: Side
    kept: Side
    undone_at: datetime | None = None
    undone_by: str | None = None
