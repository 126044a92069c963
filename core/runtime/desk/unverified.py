"""Releasing what was held because of a wrong signature: judged anew with the secrets that are configured now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.contract import Clock, ConnectorError, InboundRequest, Outcome
from core.flow.intake.door import judge
from core.runtime.doors import unusable
from core.runtime.refusals import open_held
from core.store.commands.intake import InboxEntry
from core.store.commands.unverified import ReleaseUnverified
from core.store.inbox_seal import seal_arrival
from core.store.queries.unverified import held_digests, held_rows
from core.store.store import Store

AT_ONCE = 50
"""Deliveries that one transaction takes in at most."""


@dataclass(frozen=True, slots=True)
class Released:
    """How many deliveries were released, how many submissions they held, how many were discarded, and how many are held still."""

    deliveries: int
    submissions: int
    discarded: int
    left: int


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose deliveries are judged, with what, and who asks for it."""

    store: Store
    clock: Clock
    actor: str
    connection: str
    connector: Any


def release(desk: Desk, *, discard_rest: bool = False) -> Released:
    """Take in what passes now, as if it had just been verified at its door, and leave or discard what does not.

    A delivery that came again meanwhile is counted as its repetition, because its event id is the same. One that is
    verified but cannot be read goes into quarantine. Raises ConnectorError where the connection is out of order.
    """
    store = desk.store
    with store.snapshot() as snapshot:
        digests = held_digests(snapshot, desk.connection)
    deliveries = submissions = 0
    left: list[str] = []
    for start in range(0, len(digests), AT_ONCE):
        with store.snapshot() as snapshot:
            rows = held_rows(snapshot, desk.connection, digests[start : start + AT_ONCE])
        passed: list[str] = []
        entries: list[InboxEntry] = []
        for row in rows:
            found = _entries(desk, open_held(store.vault, store.workspace, desk.connection, row.digest, row.sealed_request))
            if found is None:
                left.append(row.digest)
            else:
                passed.append(row.digest)
                entries += found
        if passed:
            deliveries += _write(desk, tuple(passed), tuple(entries))
            submissions += len(entries)
    discarded = 0
    if discard_rest:
        for start in range(0, len(left), AT_ONCE):
            discarded += _write(desk, tuple(left[start : start + AT_ONCE]), ())
    return Released(deliveries, submissions, discarded, len(left) - discarded)


def _write(desk: Desk, digests: tuple[str, ...], entries: tuple[InboxEntry, ...]) -> int:
    store = desk.store
    return store.write(ReleaseUnverified(store.workspace, desk.connection, digests, entries, desk.actor, desk.clock.now()))


def _entries(desk: Desk, request: InboundRequest) -> list[InboxEntry] | None:
    """The submissions of a delivery; None where its signature is still wrong."""
    verdict = judge(desk.connector, request)
    if verdict.outcome is Outcome.REFUSED:
        return None
    if verdict.outcome is Outcome.UNAVAILABLE:
        raise ConnectorError(verdict.message or "The connection is out of order.")
    arrivals = (unusable(request, verdict.message),) if verdict.outcome is Outcome.INVALID else verdict.arrivals
    store = desk.store
    return [seal_arrival(store.vault, store.workspace, desk.connection, each, request.received_at) for each in arrivals]
