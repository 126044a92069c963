"""The webhook: Intercom's signature, and what a notification is about. All pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from connectors.intercom.records import (
    CONTACT,
    CONVERSATION,
    contact_in,
    moment_of,
    read_contact,
    read_conversation,
    read_deletion,
    read_merge,
)
from connectors.intercom.settings import IntercomSettings
from core.contract import Change, Event, InboundRequest, Invalid, JsonObject, json_object, record_key
from core.contract.signatures import INTERCOM, verify

_LONGEST = 200


def verify_request(request: InboundRequest, settings: IntercomSettings) -> None:
    """Check the signature against every secret; raises SignatureInvalid. HEAD, which says nothing, is not signed."""
    if request.method.upper() != "HEAD":
        verify(INTERCOM, request, [secret.get_secret_value() for secret in settings.client_secrets])


def parse_events(request: InboundRequest, settings: IntercomSettings) -> Sequence[Event]:
    """Read the contact or conversation of a notification.

    A notification that comes again has the same id, and so have its events. Pings, other topics and other workspaces are
    passed over.

    Raises:
        Invalid: the body is no JSON object, has no topic or no id of its own, or is about a record and names none.
    """
    if request.method.upper() == "HEAD":
        return ()
    document = json_object(request.body, "notification")
    topic, native_id = document.get("topic"), document.get("id")
    if not isinstance(topic, str):
        raise Invalid("The notification has no topic.", field="topic")
    family = topic.partition(".")[0]
    if family not in (CONTACT, CONVERSATION) or (settings.workspaces and document.get("app_id") not in settings.workspaces):
        return ()
    if not isinstance(native_id, str) or not (native_id.isascii() and native_id.isprintable() and 0 < len(native_id) <= _LONGEST):
        raise Invalid("The notification has no id.", field="id")
    content = document.get("data")
    item = content.get("item") if isinstance(content, dict) else None
    if not isinstance(item, dict):
        raise Invalid("The notification holds no item.", field="data.item")
    at = moment_of(document.get("created_at"))
    changes = _contact(topic, item, at) if family == CONTACT else _conversation(topic, item, at, settings.keep_messages)
    return [Event(record_key(change.object, change.id, native_id), change=change) for change in changes]


def _contact(topic: str, item: JsonObject, at: datetime | None) -> Sequence[Change]:
    if topic == "contact.deleted":
        return [read_deletion(CONTACT, item, at)]
    node = contact_in(item)
    if node is None:
        return ()
    merge = read_merge(node, at) if topic == "contact.merged" else None
    survivor = read_contact({name: value for name, value in node.items() if name != "merged_from"}, topic)
    return [merge, survivor] if merge is not None and merge.id != survivor.id else [survivor]


def _conversation(topic: str, item: JsonObject, at: datetime | None, keep_messages: bool) -> Sequence[Change]:
    if topic == "conversation.deleted":
        return [read_deletion(CONVERSATION, item, at)]
    return [read_conversation(item, keep_messages=keep_messages)] if item.get("type") == "conversation" else ()
