"""What arrives at the webhook door: verified, parsed into submissions, or refused with a documented reason. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.contract import ChangeKind, ConnectorError, Event, InboundRequest, Invalid, Outcome, SignatureInvalid, record_key
from core.store.inbox_seal import Arrival, told_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a delivery: store the arrivals (if any), `look` at the source, answer as `outcome`, count `event`."""

    outcome: Outcome
    arrivals: tuple[Arrival, ...] = ()
    event: str | None = None
    rule: str | None = None
    message: str | None = None
    look: bool = False


def judge(connector: Any, request: InboundRequest) -> Verdict:
    """Verify and parse a delivery with its connector; never raises for what a sender may send."""
    return refusal(connector, request) or reading(connector, request)


def refusal(connector: Any, request: InboundRequest) -> Verdict | None:
    """Verify a delivery: None where it is its platform's."""
    try:
        connector.verify(request)
    except SignatureInvalid as error:
        return Verdict(Outcome.REFUSED, event="signature_refused", message=error.message)
    except ConnectorError as error:
        return Verdict(Outcome.UNAVAILABLE, event="endpoint_broken", message=error.message)
    return None


def reading(connector: Any, request: InboundRequest) -> Verdict:
    """Parse a delivery that is verified."""
    try:
        events = connector.parse(request)
    except Invalid as error:
        return Verdict(Outcome.INVALID, event="body_refused", rule=error.rule, message=error.message)
    except ConnectorError as error:
        return Verdict(Outcome.INVALID, event="body_refused", message=error.message)
    told = [event for event in events if not event.look]
    return Verdict(Outcome.STORED, _arrivals(told, request.body, request.received_at), look=len(told) < len(events))


def _arrivals(events: Sequence[Event], raw: bytes, received_at: datetime) -> tuple[Arrival, ...]:
    """One arrival per event; the raw body is kept with the first, so that it stands once."""
    return tuple([_arrival(event, raw if position == 0 else None, received_at) for position, event in enumerate(events)])


def _arrival(event: Event, raw: bytes | None, received_at: datetime) -> Arrival:
    change = event.change
    if change is not None:
        flag = event.flag if event.flag.value != "none" else change.flag
        told = None if change.kind is ChangeKind.UPSERTED else told_of(change, received_at)
        fields = dict(change.fields)
        return Arrival(event.id, change.object, change.id, "push", raw, fields, change.changed_at, flag.value, remote=told)
    if event.ref is None:
        return Arrival(event.id, "", "", "push", raw, flag=event.flag.value, reason_code="empty_event", reason="The event names no record.")
    return Arrival(event.id, event.ref.object, event.ref.id, "push", raw, flag=event.flag.value)


def arrival_id(object_name: str, native_id: str, version: str | None) -> str:
    """The inbox id of a record that was read rather than pushed; equal to that of its push."""
    return record_key(object_name, native_id, version)
