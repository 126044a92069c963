"""The Calendly connector: takes signed pushes about invitees, and reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import BaseModel

from connectors.calendly.invitees import INVITEE, read_push
from connectors.calendly.settings import CalendlySettings
from core.contract import (
    Connector,
    Event,
    FieldKind,
    FieldSpec,
    Health,
    InboundRequest,
    ObjectSpec,
    Outcome,
    Reply,
    json_object,
    record_key,
    usual_answer,
)
from core.contract.signatures import CALENDLY, verify

_TOLD = {
    "uri": FieldKind.ID,
    "outcome": FieldKind.CHOICE,
    "email": FieldKind.EMAIL,
    "name": FieldKind.TEXT,
    "first_name": FieldKind.TEXT,
    "last_name": FieldKind.TEXT,
    "timezone": FieldKind.TEXT,
    "text_reminder_number": FieldKind.PHONE,
    "meeting.uri": FieldKind.ID,
    "meeting.name": FieldKind.TEXT,
    "meeting.start_time": FieldKind.DATETIME,
    "meeting.end_time": FieldKind.DATETIME,
    "rescheduled_from": FieldKind.ID,
    "tracking.utm_source": FieldKind.TEXT,
    "tracking.utm_medium": FieldKind.TEXT,
    "tracking.utm_campaign": FieldKind.TEXT,
    "tracking.utm_term": FieldKind.TEXT,
    "tracking.utm_content": FieldKind.TEXT,
    "tracking.salesforce_uuid": FieldKind.ID,
    "cancellation.reason": FieldKind.LONG_TEXT,
}


class Calendly(Connector[CalendlySettings]):
    """The subscriptions that sign with one of the keys."""

    settings_type: ClassVar[type[BaseModel]] = CalendlySettings

    def check(self) -> Health:
        """Tell how the endpoint is guarded; Calendly is not asked anything."""
        return Health("Calendly, signed pushes")

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell what every invitee has; the questions of an event type are known only once they are answered."""
        specs = [FieldSpec(name, name, kind, creatable=False, updatable=False) for name, kind in _TOLD.items()]
        return [ObjectSpec(INVITEE, "Invitee", specs)]

    def verify(self, request: InboundRequest) -> None:
        """Check the signature and its time against every key; raises SignatureInvalid."""
        verify(CALENDLY, _taken_apart(request), [key.get_secret_value() for key in self.settings.signing_keys])

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Read the invitee that a push carries; other kinds of events are passed over."""
        change = read_push(json_object(request.body))
        return [] if change is None else [Event(record_key(INVITEE, change.id, change.version), change=change)]

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:  # noqa: ARG002 - the answer depends on the outcome alone
        """Acknowledge, or ask for another try.

        What is signed but unusable is acknowledged: it would come again unchanged, and Calendly switches a subscription
        off that fails for long.
        """
        return usual_answer(outcome)


def _taken_apart(request: InboundRequest) -> InboundRequest:
    """Put the time that Calendly writes into the signature's header under a name of its own, where the check looks for it.

    Whatever the sender put there itself is replaced. A header with several times has none.
    """
    entries = [entry.strip() for entry in request.headers.get(CALENDLY.header, "").split(",")]
    times = [entry.removeprefix("t=") for entry in entries if entry.startswith("t=")]
    time = times[0] if len(times) == 1 else ""
    return replace(request, headers={**request.headers, CALENDLY.header: ",".join(entries), str(CALENDLY.timestamp_header): time})
