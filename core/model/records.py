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


class Policy(StrEnum):
    """How what a CRM's record says about a field counts beside what others say; the mapping's line decides.

    `OURS` only fills a blank, `THEIRS` goes before everything else; the others stand level with the best submission.
    `MOST_COMPLETE`, the longest, and `MOST_FREQUENT`, which the most of them said, may be a submission's policy, too: then
    all submissions of the highest authority are weighed. `FILLS` is what an enrichment provider said: it only fills a blank,
    and a person's word holds although it came later. `HELD` is a person's word, or a run taken back: it holds until somebody
    says something later. `WITHDRAWN` says that what the record said before does not count any more.
    """

    OURS = "ours"
    FILLS = "fills"
    THEIRS = "theirs"
    NEWEST = "newest"
    PREFER_FILLED = "prefer_filled"
    MAX = "max"
    MIN = "min"
    UNION = "union"
    MOST_COMPLETE = "most_complete"
    MOST_FREQUENT = "most_frequent"
    STAGES = "stages"
    HELD = "held"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Standing:
    """The policy under which a value was taken in; `stages` in their order, for `Policy.STAGES`."""

    policy: Policy
    stages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """One value with its origin: the path it was read from, the raw text, the steps that made it.

    `standing` is set for what a CRM's record, an enrichment provider or a person said, and None for submissions.
    """

    value: Scalar
    path: str = ""
    raw: str | None = None
    steps: tuple[str, ...] = ()
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class IdentityKey:
    """A claim that whoever carries this key is the same person; `kind` names the rule that made it."""

    kind: str
    digest: bytes


EMPLOYED = "employed"
"""The kind of the key that leads from a person to the account that was matched; no two people share one."""
NOBODY = ""
"""Whose that key is when somebody said that none of the accounts is right."""


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """What a person said about being contacted, when, and where they said it."""

    purpose: str
    granted: bool
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Observation:
    """What one observer said about one subject at one time.

    With `link` the observer is a CRM's record: of each field only its latest word counts.
    """

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
    link: LinkId | None = None


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


class Errand(StrEnum):
    """What is to be done with a remote record, other than to bring it level; `CONFIRMED`: a person has looked at it.

    `MERGE`: into the record of the golden record's primary link there.
    """

    DELETE = "delete"
    CONFIRMED = "delete_confirmed"
    MERGE = "merge"


class Closed(StrEnum):
    """Why a link is not written any more whatever its mapping wants."""

    DELETED = "deleted_there"
    DELETED_BY_US = "deleted_by_us"
    ARCHIVED = "archived"
    CONVERTED = "converted"
    CONVERTED_INTO = "converted_into"
    MERGED_THERE = "merged_there"
    DOUBLE = "double_there"


class OnMerge(StrEnum):
    """What becomes of two records of one CRM whose golden records are merged: the other one is left, merged there, or told of."""

    RELINK = "relink"
    MERGE = "merge"
    FLAG = "flag"


MERGED_HERE = (RELINKED, FLAGGED, TO_MERGE) = ("merged", "merge_flagged", "to_merge")
"""Why a link is not written any more although its record lives: here it is one with another that is (the mapping's `on_merge`)."""
CLOSED = frozenset(each.value for each in Closed)
UNREADABLE_THERE = "unreadable_there"
"""Why a link is parked whose record was told of and could not be read; it goes on when the record is seen again."""


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
    errand: Errand | None = None

    @property
    def is_merged_here(self) -> bool:
        """Whether it gave way to another link when golden records were merged, and its record is there still."""
        return self.reason_code in MERGED_HERE or self.errand is Errand.MERGE

    @property
    def is_closed(self) -> bool:
        """Whether it is left alone for good, or on its way to be."""
        return self.errand is not None or (self.state is LinkState.NOT_WANTED and self.reason_code in CLOSED)


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
