"""The plan that a decision gives: what to store, as plain values; the store carries it out whole or not at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from core.model.ids import GoldenId, InboxId, KeyId, LinkId
from core.model.merges import Joining
from core.model.records import ConsentEntry, Errand, Golden, GoldenValue, IdentityKey, LinkRole, LinkState, Observation, Scalar
from core.model.remote import Agreement, Place, RemoteChange
from core.model.vocabulary import Subject


@dataclass(frozen=True, slots=True)
class Submission:
    """One inbox row that waits for its decision."""

    inbox_id: InboxId
    connection: str
    object: str
    fields: Mapping[str, Any]
    received_at: datetime
    changed_at: datetime | None = None
    flag: str = "none"
    remote: RemoteChange | None = None


ENRICHED = "enriched"
"""The flag of a provider's answer about a record that we asked about: it belongs to that record, and to nobody else."""
SOURCE_DELETED, SEEN = "source_deleted", "seen"
"""Why a source's deletion waits for a person; and the flag that it has once a person has looked and says that it is done."""
ABOUT, SUBJECT, CONFIDENCE = "_about", "_subject", "confidence"
"""Such an answer holds, beside the provider's words: by which of our values we know the record, what it is, how sure it is."""


OVERRULED = "overruled"
"""The flag of a bought lead that a person took although the rules of its mapping do not accept it."""
NOT_ACCEPTED, DOUBLE, OVER_CAP = "not_accepted", "double_lead", "over_cap"
"""Why a bought lead is in quarantine: a rule rejects it, the person was bought before, the campaign has all its leads."""
REFUSED_LEADS = (NOT_ACCEPTED, DOUBLE, OVER_CAP)


TOLD_APART = "told_apart"
"""Why a submission was not taken as the link between two golden records: a person said that they are different."""


class Settled(StrEnum):
    """What became of a submission; the ledger adds them up.

    `CHANGED`: a CRM's change was taken in; `NO_NEWS`: it told nothing (our own write, somebody who is not ours, a record that
    is not followed any more); `AGAIN`: it is read again before anybody believes it.
    """

    NEW = "new"
    MERGED = "merged"
    TEST = "test"
    QUARANTINED = "quarantined"
    CHANGED = "changed"
    NO_NEWS = "no_news"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Settlement:
    """The end of one submission's decision, with the reason when it went to quarantine."""

    inbox_id: InboxId
    settled: Settled
    golden_id: GoldenId | None = None
    reason_code: str | None = None
    reason: str | None = None
    native_id: str = ""
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GoldenChange:
    """A golden record to insert (`expected_version` 0) or to update; `gone_into` when it was merged away."""

    id: GoldenId
    subject: Subject
    key_id: KeyId
    expected_version: int
    values: Mapping[str, GoldenValue]
    born_of: InboxId | None = None
    gone_into: GoldenId | None = None


@dataclass(frozen=True, slots=True)
class LinkChange:
    """A link to insert, or a new want (`wanted_version` counts up), or a new place in a merged group.

    `was_version` is the version of the want that the decision saw. `agreement` is set where what is sent and seen changed;
    its version is the one that the decision saw.
    """

    id: LinkId
    golden_id: GoldenId
    key_id: KeyId
    connection: str
    object: str
    role: LinkRole
    state: LinkState
    mapping: str
    mapping_version: str
    wanted: Mapping[str, Scalar]
    wanted_version: int
    is_new: bool
    was_version: int = 0
    reason_code: str | None = None
    reason: str | None = None
    remote_id: str | None = None
    errand: Errand | None = None
    agreement: Agreement | None = None


@dataclass(frozen=True, slots=True)
class AcceptedLead:
    """A bought lead that is paid for: by its folded campaign, and by the keyed hash of the vendor's own id where it has one."""

    inbox_id: InboxId
    connection: str
    campaign: str
    lead: bytes | None
    cost: float | None
    currency: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one decision wants stored, in one transaction; `unmoved` are records it read and did not change.

    `employers` are the keys of the companies to which people's records are tied, so that a company that comes later finds them.
    `joinings` tell the merges of stored records, in their order.
    """

    settlements: Sequence[Settlement] = ()
    goldens: Sequence[GoldenChange] = ()
    observations: Sequence[tuple[GoldenId, KeyId, Observation]] = ()
    consents: Sequence[tuple[GoldenId, Observation, ConsentEntry]] = ()
    keys: Sequence[tuple[IdentityKey, GoldenId]] = ()
    moved: Mapping[GoldenId, GoldenId] = field(default_factory=dict)
    links: Sequence[LinkChange] = ()
    unmoved: Mapping[GoldenId, int] = field(default_factory=dict)
    employers: Sequence[tuple[GoldenId, IdentityKey]] = ()
    accepted: Sequence[AcceptedLead] = ()
    joinings: Sequence[Joining] = ()


class Bought(Protocol):
    """What was accepted before of the leads that are bought."""

    def count(self, connection: str, campaign: str) -> int:
        """How many leads of a campaign were accepted so far."""
        ...

    def has_lead(self, connection: str, lead: bytes) -> bool:
        """Whether a lead with this id of the vendor was accepted."""
        ...

    def campaigns_of(self, goldens: Sequence[GoldenId]) -> Collection[tuple[str, str]]:
        """For which connections and campaigns these golden records were accepted."""
        ...


class Known(Protocol):
    """What a decision must know of the store; one consistent snapshot."""

    @property
    def bought(self) -> Bought:
        """The leads that were bought before."""
        ...

    def owners(self, keys: Sequence[IdentityKey]) -> Mapping[IdentityKey, GoldenId]:
        """Tell which golden record owns each key; keys without an owner are absent."""
        ...

    def goldens(self, ids: Sequence[GoldenId]) -> Mapping[GoldenId, Golden]:
        """Load golden records whole, with observations and links; those merged away or erased are absent."""
        ...

    def apart(self, ids: Collection[GoldenId]) -> Collection[tuple[GoldenId, GoldenId]]:
        """Tell which two of these golden records a person told apart; what was merged into one of them counts as that one."""
        ...

    def linked(self, places: Sequence[Place]) -> Mapping[Place, LinkId]:
        """Tell which link holds each of these remote records; those that none holds are absent."""
        ...

    def homes(self, links: Sequence[LinkId]) -> Mapping[LinkId, GoldenId]:
        """Tell whose these links are; ids that are none of ours are absent."""
        ...

    def agreements(self, links: Sequence[LinkId]) -> Mapping[LinkId, Agreement]:
        """Load what these links know of their records."""
        ...
