"""The base class for a connector's life cycle, and one small protocol per role.

A connector is blocking Python. It never retries, sleeps, reads the clock or the environment, touches the database or
knows Leadloom's model; it translates one vendor's protocol.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Generic, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, JsonValue

from core.contract.http import Context, Http, InboundRequest, Outcome, Reply, Token
from core.contract.records import (
    Change,
    Cursor,
    DayUsage,
    Event,
    Health,
    Match,
    NativeId,
    ObjectName,
    ObjectSpec,
    Page,
    Receipt,
    Subscription,
    Ticket,
    Write,
)

SettingsT = TypeVar("SettingsT", bound=BaseModel)


class Connector(ABC, Generic[SettingsT]):
    """One connection to one account of one outside system."""

    settings_type: ClassVar[type[BaseModel]]
    """The pydantic model of the connection's `settings:` block; secrets are SecretStr."""

    def __init__(self, settings: SettingsT, context: Context) -> None:
        """Keep settings and context; no I/O."""
        self.settings = settings
        self.context = context

    @abstractmethod
    def check(self) -> Health:
        """Prove cheaply and without side effect that the connection works, and name the account."""

    @abstractmethod
    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the account's objects and fields, custom ones too."""

    def close(self) -> None:
        """Let go of what is held; calling it twice is fine."""


@runtime_checkable
class Authenticates(Protocol):
    """Plays role `authenticates`."""

    def token(self, previous: Token | None, http: Http) -> Token:
        """Fetch a new token over the unauthenticated `http`; the runtime stores it and lets one caller fetch at a time."""
        ...


@runtime_checkable
class Reads(Protocol):
    """Plays role `reads`: a full read is a change feed from the beginning."""

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield pages of changes after `since` (None: everything), until there is no more now.

        Resuming from any page's cursor yields exactly the rest. A record may come twice, never be skipped.
        """
        ...


@runtime_checkable
class Writes(Protocol):
    """Plays role `writes`."""

    def write(self, batch: Sequence[Write]) -> Sequence[Receipt]:
        """Carry out the writes, all of one object, and answer one receipt per write, in order.

        An exception means that the whole call failed. The batch is never larger than the manifest's `writes.batch`.
        """
        ...


@runtime_checkable
class WritesGroups(Protocol):
    """Plays role `groups`: records of several objects that belong together are written all or none."""

    def write_group(self, group: Sequence[Write]) -> Sequence[Receipt]:
        """Carry out upserts that may point to each other by `Sibling`, and answer one receipt per write, in order.

        Either all receipts are `Applied`, or all are `Refused` and nothing was written: the one that is to blame with its
        reason, the others with `Undone`. An exception means that the whole call failed. The group is never larger than the
        manifest's `atomic_groups`.
        """
        ...


@runtime_checkable
class Collects(Protocol):
    """Plays role `collects`: for vendors with jobs."""

    def collect(self, tickets: Sequence[Ticket]) -> Sequence[Receipt]:
        """Ask for the outcome of earlier writes; one receipt per ticket, in order, `Pending` again when not done."""
        ...


@runtime_checkable
class Finds(Protocol):
    """Plays role `finds`: look up records by field values, or by native id with `Match.on("id", value)`."""

    def find(self, object_name: ObjectName, matches: Sequence[Match]) -> Mapping[Match, Sequence[Change]]:
        """Find all live records per match; a match without a hit maps to an empty sequence."""
        ...


@runtime_checkable
class ReceivesWebhooks(Protocol):
    """Plays role `webhooks`. All three are pure: no I/O, no clock but `request.received_at`."""

    def verify(self, request: InboundRequest) -> None:
        """Check the raw bytes against every configured secret; raises SignatureInvalid."""
        ...

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Split a verified delivery into events; the same delivery gives the same ids. Raises Invalid."""
        ...

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:
        """Say what the vendor expects to hear: handshakes, acknowledgements, form redirects."""
        ...


@runtime_checkable
class Merges(Protocol):
    """Plays role `merges`."""

    def merge(self, object_name: ObjectName, survivor: NativeId, losers: Sequence[NativeId]) -> Receipt:
        """Merge records there; the receipt names the surviving id."""
        ...


@runtime_checkable
class Enriches(Protocol):
    """Plays role `enriches`."""

    def enrich(self, subject: Change) -> Mapping[str, JsonValue]:
        """Tell what the provider knows about the subject; an empty mapping when it knows nothing."""
        ...


@runtime_checkable
class Subscribes(Protocol):
    """Plays role `subscribes`: watches what ends at the vendor's, and renews it before it does."""

    def subscriptions(self) -> Sequence[Subscription]:
        """Tell all that the connection lives on and that can end, with ids that stay; none where nothing is set up.

        Looking changes nothing. What should be there and is not is told too, as not healthy.
        """
        ...

    def renew(self, subscription: Subscription) -> Subscription:
        """Prolong what was told by `subscriptions`, or put it back, and tell how it stands now; repeating it is harmless.

        Raises the error that says why it was refused. Called only for what `renews`.
        """
        ...


@runtime_checkable
class EnrichesMany(Enriches, Protocol):
    """An `Enriches` that takes several subjects in one call; played when the manifest says `enrich_batch`."""

    def enrich_many(self, subjects: Sequence[Change]) -> Sequence[Mapping[str, JsonValue]]:
        """Tell what the provider knows about each subject, in their order; an empty mapping where it knows nothing.

        An exception means that the whole call failed; after one about a record each subject is asked about alone. There are
        never more subjects than the manifest's `enrich_batch`.
        """
        ...


@runtime_checkable
class Counts(Protocol):
    """Plays role `counts`: asks the vendor how many calls of the day are used up, where answers' headers may not tell it."""

    def usage(self) -> DayUsage | None:
        """Ask with one call; None where these credentials are not told."""
        ...
