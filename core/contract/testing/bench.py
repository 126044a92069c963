"""What a connector's author gives to the contract suite: a way to build the connector, and the truth behind its back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from pydantic import JsonValue

from core.contract.http import InboundRequest
from core.contract.manifest import Manifest
from core.contract.records import Match, Write, WriteValue
from core.contract.roles import Connector

RETRY_AFTER_SECONDS = 30
"""What the remote says under `FaultKind.RATE_LIMITED_WITH_WAIT`."""


class FaultKind(StrEnum):
    """How the remote misbehaves, in the vendor's own form where there is one (error bodies of a 401, 403, 429)."""

    RATE_LIMITED = "rate_limited"
    """429 without Retry-After."""
    RATE_LIMITED_WITH_WAIT = "rate_limited_with_wait"
    """429 with Retry-After: `RETRY_AFTER_SECONDS`."""
    SERVER_ERROR = "server_error"
    """500, nothing applied."""
    TIMEOUT = "timeout"
    """No answer within the caller's patience, nothing applied."""
    RESET = "reset"
    """The connection breaks before an answer, nothing applied."""
    RESET_AFTER = "reset_after"
    """The request is applied, its answer is lost."""
    HTML_BODY = "html_body"
    """200 with an HTML page of some proxy, nothing applied."""
    CUT_OFF_BODY = "cut_off_body"
    """The request is applied, its answer stops in the middle."""
    UNAUTHORIZED = "unauthorized"
    """401: the credentials are refused, also after a new token."""
    FORBIDDEN = "forbidden"
    """403: the credentials lack a permission."""
    SAME_PAGE = "same_page"
    """Every page of a read is the same one and points to itself as the next."""


class Faults(Protocol):
    """The fault dial. It spoils calls to the vendor's data endpoints, not the fetching of a token."""

    def set(self, kind: FaultKind) -> None:
        """Spoil every call from now on. The kinds that end in `AFTER` and `CUT_OFF_BODY` need only spoil calls that write."""
        ...

    def clear(self) -> None:
        """Let the remote behave again."""
        ...


class Remote(Protocol):
    """The outside account, seen and touched without the connector."""

    def seed(self, object_name: str, count: int) -> Sequence[str]:
        """Add so many valid, distinct records and return their native ids, as the connector will tell them."""
        ...

    def change(self, object_name: str, native_id: str) -> None:
        """Edit a record as somebody there would, so that a read tells it again."""
        ...

    def delete(self, object_name: str, native_id: str) -> None:
        """Delete a record as somebody there would. Called only when the manifest declares that reads tell deletions."""
        ...

    def records(self, object_name: str) -> Mapping[str, Mapping[str, JsonValue]]:
        """All live records by native id: the truth that receipts are held against."""
        ...


@dataclass(frozen=True, kw_only=True)
class ReadSample:
    """What to read. Required by role `reads`."""

    object: str
    several_pages: int = 450
    """So many seeded records make three pages or more."""


@dataclass(frozen=True, kw_only=True)
class WriteSample:
    """What to write. Required by role `writes`."""

    object: str
    fields: Callable[[int], Mapping[str, WriteValue]]
    """A valid new record, a different one for each number."""
    text_field: str
    """A free text field among those of `fields`; hostile values are tried in it."""
    bad: Mapping[str, WriteValue]
    """Fields to put over a valid record so that the vendor refuses this one record."""
    match: Callable[[int], Match] | None = None
    """The vendor's own upsert key for the n-th record. Required when the manifest says `upsert_by_match`."""


@dataclass(frozen=True, kw_only=True)
class GroupSample:
    """What to write all or none. Required by role `groups`."""

    writes: Callable[[int], Sequence[Write]]
    """New records of several objects, others for each number, each with a `Match` that makes repeating it harmless."""
    refers: str
    """The field by which the last of them points to the first, with a `Sibling`."""
    bad: Mapping[str, WriteValue]
    """Fields to put over the last one so that the vendor refuses it."""


@dataclass(frozen=True, kw_only=True)
class FindSample:
    """What to find. Required by role `finds`."""

    object: str
    field: str | None = None
    """A field whose value is different in each seeded record; None: records are found by `id` alone."""


@dataclass(frozen=True, kw_only=True)
class WebhookSample:
    """How the platform signs. Required by role `webhooks`; the signing here is the bench's own, never the connector's."""

    body: bytes
    sign: Callable[[bytes, str, datetime], InboundRequest]
    """Build the delivery of `(body, secret, moment of sending)`."""
    secret: str
    wrong_secret: str = "bm90LXRoZS1zZWNyZXQ="  # noqa: S105 - a secret that opens nothing
    """Another secret in the platform's form; the default is also valid base64."""
    header: str | None = None
    """The header that carries the signature, lower-case; None: the secret travels in the body or the URL."""
    tolerance_seconds: float | None = None
    """How old a delivery may be; None: the scheme signs no time."""
    covers_body: bool = True
    """Whether the signature protects the body; False for plain shared secrets."""


@dataclass(frozen=True, kw_only=True)
class SubscriptionSample:
    """The fate of subscriptions, behind the connector's back. Required by role `subscribes`; the bench begins with sound ones."""

    kill: Callable[[], None]
    """End at the vendor's what the connector's first subscription tells, as it happens there."""
    expect: int = 1
    """How many subscriptions `make()`'s connector tells."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One account on one (stand-in) remote. A fresh one is built for each test.

    Parts that the manifest does not call for stay None; a part that it calls for and that is missing fails the test.
    """

    manifest: Manifest
    make: Callable[[], Connector[Any]]
    """A fresh instance on the same account, every time."""
    advance: Callable[[float], None]
    """Move the clock of connector and remote by so many seconds."""
    secrets: Sequence[str] = ()
    """Whatever must never be seen in a message: tokens, keys, passwords."""
    make_unauthorized: Callable[[], Connector[Any]] | None = None
    """An instance whose credentials are wrong. Required when the manifest names hosts or dials."""
    faults: Faults | None = None
    """Required when the manifest names hosts or dials."""
    convert: Callable[[str], None] | None = None
    """Turn a record of `reading.object` into others as somebody there would. Required when the manifest says `converts_to`."""
    remote: Remote | None = None
    """Required by roles `reads`, `writes` and `finds`."""
    reading: ReadSample | None = None
    writing: WriteSample | None = None
    grouping: GroupSample | None = None
    finding: FindSample | None = None
    webhook: WebhookSample | None = None
    subscription: SubscriptionSample | None = None
