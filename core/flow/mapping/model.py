"""What a mapping file says once it has been read and found sound: frozen values, compiled and applied elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.flow.mapping.expressions import Expression
from core.flow.mapping.transforms import Arguments, Transform
from core.model.records import OnMerge, Scalar
from core.model.vocabulary import KindSpec, Subject

Place = tuple[str | int, ...]
"""Where in the document: the keys from the top."""


class Direction(StrEnum):
    """Which way a line of a sync mapping carries values."""

    BOTH = "both"
    TO = "to"
    FROM = "from"


class Authority(StrEnum):
    """Who wins when both sides of a two-way line have moved."""

    OURS = "ours"
    THEIRS = "theirs"
    NEWEST = "newest"
    PREFER_FILLED = "prefer_filled"
    MAX = "max"
    MIN = "min"
    UNION = "union"
    MOST_COMPLETE = "most_complete"
    MOST_FREQUENT = "most_frequent"
    STAGES = "stages"


class OnDelete(StrEnum):
    """What follows from a record's deletion in the CRM."""

    IGNORE = "ignore"
    UNLINK = "unlink"
    ARCHIVE = "archive"
    PROPAGATE = "propagate"


class Unlisted(StrEnum):
    """What becomes of a value that a table does not list."""

    KEEP = "keep"
    DROP = "drop"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Step:
    """One transform with its arguments; `text` is how the file writes it."""

    transform: Transform
    arguments: Arguments
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """From what comes (case-folded) to what is wanted; `written` keeps the keys as the file writes them."""

    entries: Mapping[str, Scalar]
    written: Mapping[str, str]
    unlisted: Unlisted = Unlisted.KEEP
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Paths:
    """The first of these that is not empty."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Computed:
    """What an expression gives."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Constant:
    """Always this."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class Joined:
    """These, put together with the separator."""

    paths: tuple[str, ...]
    separator: str


Source = Paths | Computed | Constant | Joined


@dataclass(frozen=True, slots=True)
class Chain:
    """What a value goes through on its way."""

    steps: tuple[Step, ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Back:
    """How a remote value becomes ours where a line says so itself: a chain or an expression per golden field."""

    fields: Mapping[str, Chain | Expression]


@dataclass(frozen=True, slots=True)
class Line:
    """How one target field gets its value. `number` is its line in the file (0 when unknown), `text` how it is written."""

    target: str
    source: Source
    chain: Chain = Chain()
    kind: KindSpec | None = None
    default: Scalar = None
    required: bool = False
    when: Expression | None = None
    empty_clears: bool = False
    direction: Direction = Direction.BOTH
    authority: Authority | None = None
    stages: tuple[str, ...] = ()
    enforce: bool = False
    refers: str | None = None
    record_of: str | None = None
    back: Back | None = None
    number: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """Which field says whether a purpose is consented to; `yes` lists folded words that mean yes beside the usual ones."""

    purpose: str
    path: str
    yes: tuple[str, ...] = ()


class Doubles(StrEnum):
    """Whom a bought lead must not be again: somebody accepted in its campaign, from its connection, or known at all."""

    CAMPAIGN = "campaign"
    CONNECTION = "connection"
    ANYBODY = "anybody"


@dataclass(frozen=True, slots=True)
class RejectRule:
    """A bought lead for which `when` holds is sent back; `reason` is what the vendor is told."""

    when: Expression
    reason: str


@dataclass(frozen=True, slots=True)
class PerCampaign:
    """A number that holds for every campaign (`each`), or for those that are named, by their folded names."""

    each: float | None = None
    named: Mapping[str, float] = field(default_factory=dict)

    def of(self, campaign: str) -> float | None:
        """The number of a campaign, given by its folded name; None when there is none."""
        return self.named.get(campaign, self.each)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Which leads of a source that is paid by the lead are accepted, how many of a campaign, and what one costs.

    `lead_id` and `campaign` are paths in the vendor's record: the first that is not empty counts.
    """

    lead_id: tuple[str, ...] = ()
    campaign: tuple[str, ...] = ()
    reject: tuple[RejectRule, ...] = ()
    doubles: Doubles = Doubles.CAMPAIGN
    cap: PerCampaign = PerCampaign()
    cost: PerCampaign = PerCampaign()
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A record and what must come of it; for a sync mapping `remote` may stand in place of `given`, and ours is expected.

    In `expect` None stands for a field that must stay without a value; fields that it does not list are not looked at.
    """

    name: str
    number: int
    given: Mapping[str, Any] | None = None
    remote: Mapping[str, Any] | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    expect: Mapping[str, Scalar] = field(default_factory=dict)
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class RegionBy:
    """The country of phone numbers by a value of the record: its path, and the countries by folded value."""

    path: str
    countries: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class InboundMapping:
    """A source's words to an observation. Compared by identity."""

    name: str
    version: str
    connection: str
    object: str | None
    subject: Subject
    authority: int
    region: str | None
    when: tuple[Expression, ...]
    fields: tuple[Line, ...]
    consents: tuple[ConsentRule, ...]
    examples: tuple[Example, ...] = ()
    description: str = ""
    accept: Acceptance | None = None
    region_by: RegionBy | None = None


@dataclass(frozen=True, slots=True)
class RemoteFacts:
    """What the connector declares of the mapping's object: seconds in which a read after our write may show the old record,

    whether versions can be compared, and into which objects a record may be converted.
    """

    settle: float = 0.0
    versions: bool = False
    converts_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class SyncMapping:
    """A golden record and a CRM object, in both directions. Compared by identity."""

    name: str
    version: str
    subject: Subject
    connection: str
    object: str
    external_id: str | None
    match: tuple[str, ...]
    fill: bool
    adopt_ours: bool
    authority: Authority
    take_new: bool
    on_delete: OnDelete
    on_merge: OnMerge
    recreate: bool
    hold: bool
    when: tuple[Expression, ...]
    purpose: str | None
    consent_required: bool
    fields: tuple[Line, ...]
    examples: tuple[Example, ...] = ()
    description: str = ""
    remote: RemoteFacts = RemoteFacts()

    @property
    def is_two_way(self) -> bool:
        """Whether some line reads what the CRM's record says."""
        return any(line.direction is not Direction.TO for line in self.fields)


AnyMapping = InboundMapping | SyncMapping


def golden_fields(line: Line) -> Sequence[str]:
    """The golden fields that a line of a sync mapping reads; those of an expression by their first name."""
    match line.source:
        case Paths(paths) | Joined(paths, _):
            return paths
        case Computed(expression):
            return tuple(dict.fromkeys(str(path[0]) for path in expression.paths))
        case Constant():
            return ()
