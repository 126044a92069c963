"""The Intercom connector: takes notifications of contacts and conversations, and reads nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.intercom.records import CONTACT, CONVERSATION
from connectors.intercom.settings import IntercomSettings
from connectors.intercom.webhook import parse_events, verify_request
from core.contract import (
    Connector,
    Event,
    FieldKind,
    FieldSpec,
    Health,
    InboundRequest,
    ObjectName,
    ObjectSpec,
    Outcome,
    Reply,
    usual_answer,
)

_ONE_RETRY = "Intercom sends a notification again once, after a minute: what is missed in a longer outage has to be exported there."
_CONTACT = {
    "id": FieldKind.ID,
    "external_id": FieldKind.ID,
    "role": FieldKind.TEXT,
    "email": FieldKind.EMAIL,
    "phone": FieldKind.PHONE,
    "name": FieldKind.TEXT,
    **dict.fromkeys(("created_at", "updated_at", "signed_up_at", "last_seen_at"), FieldKind.DATETIME),
    "unsubscribed_from_emails": FieldKind.BOOLEAN,
    "referrer": FieldKind.URL,
    **dict.fromkeys((f"utm_{name}" for name in ("source", "medium", "campaign", "term", "content")), FieldKind.TEXT),
}
_CONVERSATION = {
    **{"id": FieldKind.ID, "created_at": FieldKind.DATETIME, "updated_at": FieldKind.DATETIME, "state": FieldKind.TEXT},
    **{"contact_id": FieldKind.ID, "person.id": FieldKind.ID, "person.type": FieldKind.TEXT, "person.name": FieldKind.TEXT},
    **{"person.email": FieldKind.EMAIL, "source.type": FieldKind.TEXT, "source.url": FieldKind.URL},
}


class Intercom(Connector[IntercomSettings]):
    """The workspaces that installed one app."""

    settings_type: ClassVar[type[BaseModel]] = IntercomSettings

    def check(self) -> Health:
        """Tell what is taken; Intercom is not asked anything."""
        where = ", ".join(self.settings.workspaces) or "every workspace that installed the app"
        return Health(f"Intercom, signed notifications of {where}", (_ONE_RETRY,))

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the fields that every contact and conversation may have; a workspace's own are under `custom_attributes`."""
        return [_spec(CONTACT, "Contact", _CONTACT), _spec(CONVERSATION, "Conversation", _CONVERSATION)]

    def verify(self, request: InboundRequest) -> None:
        """Check the signature; raises SignatureInvalid."""
        verify_request(request, self.settings)

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Read what a notification tells of a contact or a conversation."""
        return parse_events(request, self.settings)

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:  # noqa: ARG002 - the answer depends on the outcome alone
        """Acknowledge, or ask for another try (Intercom, 'Handling webhook notifications': once, a minute later).

        Never 410, at which Intercom ends the subscription, nor 429, at which it slows down all others.
        """
        return usual_answer(outcome)


def _spec(name: ObjectName, label: str, kinds: Mapping[str, FieldKind]) -> ObjectSpec:
    specs = [FieldSpec(key, key, kind, creatable=False, updatable=False, unique=key == "id") for key, kind in kinds.items()]
    return ObjectSpec(name, label, specs)
