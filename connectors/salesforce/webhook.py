"""Outbound Messages: SOAP notifications that tell which records changed. Only their ids count; the records are read anew.

Salesforce signs nothing. A message is believed when the endpoint's URL holds its unguessable token and, where the
connection names it, the message the right organization.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from connectors.salesforce.api import is_record_id
from connectors.salesforce.settings import Settings
from connectors.salesforce.xml_text import Node, read_xml
from core.contract import Event, InboundRequest, Invalid, NativeId, ObjectName, Outcome, Ref, Reply, SignatureInvalid
from core.contract.path_token import verify_path_token

MOST_IN_ONE = 100
"""Notifications in one message (SOAP guide, "Understanding Notifications")."""

_STATUS = {Outcome.STORED: 200, Outcome.INVALID: 200, Outcome.REFUSED: 401, Outcome.UNAVAILABLE: 503}
"""A message that cannot be read is acknowledged and kept: Salesforce would send the same again for a day."""

_ANSWER = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>{ack}</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>"
)


def verify_message(request: InboundRequest, settings: Settings) -> None:
    """Check the token in the URL's path, then the organization in the body; raises SignatureInvalid."""
    if settings.token is None:
        raise SignatureInvalid("This connection takes no outbound messages: its setting `token` is not set.")
    verify_path_token(request, settings.token.get_secret_value())
    if settings.organization_id is None:
        return
    try:
        organization = _notifications(request.body).text_of("OrganizationId")
    except Invalid:
        raise SignatureInvalid("The message names no organization.") from None
    if not _is_same_id(organization, settings.organization_id):
        raise SignatureInvalid("The message comes from another Salesforce organization.")


def parse_message(request: InboundRequest) -> Sequence[Event]:
    """Give one event per notification, known by Salesforce's own id of it; raises Invalid for anything else than such a message."""
    notes = list(_notifications(request.body).all("Notification"))
    if not 0 < len(notes) <= MOST_IN_ONE:
        raise Invalid(f"An outbound message has 1 to {MOST_IN_ONE} notifications.", rule="notifications")
    events = [_event(note) for note in notes]
    return list({event.id: event for event in events}.values())


def answer_message(outcome: Outcome) -> Reply:
    """Acknowledge what is stored; Salesforce repeats everything else for 24 hours."""
    status = _STATUS[outcome]
    body = _ANSWER.format(ack="true" if status == 200 else "false")
    return Reply(status, body.encode(), {"content-type": "text/xml; charset=utf-8"})


def _notifications(body: bytes) -> Node:
    root = read_xml(body)
    found = root.find("Body", "notifications") if root.name == "Envelope" else None
    if found is None:
        raise Invalid("This is not an outbound message.", rule="no_notifications")
    return found


def _event(note: Node) -> Event:
    record = note.find("sObject")
    notification_id = note.text_of("Id")
    record_id = record.text_of("Id") if record is not None else ""
    if record is None or not record.type or not is_record_id(notification_id) or not is_record_id(record_id):
        raise Invalid("A notification names no record: the outbound message must send the field Id.", rule="no_record_id")
    return Event(notification_id, ref=Ref(ObjectName(record.type), NativeId(record_id)))


def _is_same_id(one: str, other: str) -> bool:
    """Ids come in 15 and in 18 characters."""
    return is_record_id(one) and hmac.compare_digest(one[:15].encode("utf-8", "replace"), other[:15].encode())
