"""Turn contacts and conversations as Intercom tells them into changes: times in UTC, lists only where they are whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from core.contract import Change, ChangeKind, Invalid, JsonObject, JsonValue, NativeId, ObjectName, Ref

CONTACT, CONVERSATION = ObjectName("contact"), ObjectName("conversation")
_ID = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)
_LAST_SECOND = 253_402_300_799
_UNSUBSCRIBED = "contact.unsubscribed"
_MOMENTS = frozenset({"created_at", "updated_at", "signed_up_at", "last_seen_at", "last_contacted_at", "last_replied_at"})
_WRITTEN = ("body", "subject", "attachments")


def native_id_of(node: JsonObject) -> NativeId:
    """The id of a record; raises Invalid when it has none."""
    value = node.get("id")
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**30 else value
    if not isinstance(text, str) or not _ID.fullmatch(text):
        raise Invalid("The notification names no record.", field="data.item.id")
    return NativeId(text)


def contact_in(item: JsonObject) -> JsonObject | None:
    """The person that a notification is about: its item, or the `contact` of an item such as a tag; None: about nobody."""
    if item.get("type") in ("contact", "user", "lead"):
        return item
    inner = item.get("contact")
    return inner if isinstance(inner, dict) and inner.get("id") is not None else None


def read_contact(node: JsonObject, topic: str) -> Change:
    """Turn a contact into a change; raises Invalid when it has no id.

    Lists that Intercom cut off (`has_more`) are left out, since they would look as if the rest had been taken away. Whoever
    unsubscribed is told so, even where only the topic says it; the contrary is never concluded.
    """
    fields: JsonObject = {}
    for name, value in node.items():
        if name in _MOMENTS:
            moment = moment_of(value)
            fields[name] = moment.isoformat() if moment else None
        elif not _is_cut_off(value):
            fields[name] = _ids_of(value)
    if topic == _UNSUBSCRIBED:
        fields["unsubscribed_from_emails"] = True
    native_id = native_id_of(node)
    return Change(CONTACT, native_id, {**fields, "id": native_id}, changed_at=moment_of(node.get("updated_at")))


def read_merge(node: JsonObject, at: datetime | None) -> Change | None:
    """Tell which contact was taken in by this one (Intercom, 'contact.merged payload'); None when it is not said."""
    loser = node.get("merged_from")
    if not isinstance(loser, dict):
        return None
    survivor = Ref(CONTACT, native_id_of(node))
    return Change(CONTACT, native_id_of(loser), kind=ChangeKind.MERGED, changed_at=at, successor=survivor)


def read_deletion(object_name: ObjectName, node: JsonObject, at: datetime | None) -> Change:
    """A record that is gone; Intercom tells little more than its id."""
    return Change(object_name, native_id_of(node), kind=ChangeKind.DELETED, changed_at=at)


def read_conversation(node: JsonObject, *, keep_messages: bool) -> Change:
    """Turn a conversation into a change; raises Invalid when it has no id.

    `person` is whoever began it; `contact_id` the first contact in it. What was written is left out unless it is wanted.
    """
    native_id = native_id_of(node)
    source = _object(node.get("source"))
    person = _object(source.get("author")) or _object(node.get("user"))
    changed = moment_of(node.get("updated_at"))
    told = {name: value for name, value in source.items() if name != "author" and (keep_messages or name not in _WRITTEN)}
    begun = moment_of(node.get("created_at"))
    fields: JsonObject = {
        "id": native_id,
        "created_at": begun.isoformat() if begun else None,
        "updated_at": changed.isoformat() if changed else None,
        "state": _plain(node.get("state")),
        "contact_id": _first_contact(node) or _plain(person.get("id")),
        "person": {name: _plain(person.get(name)) for name in ("id", "type", "name", "email")},
        "source": told,
    }
    return Change(CONVERSATION, native_id, fields, changed_at=changed)


def moment_of(value: JsonValue) -> datetime | None:
    """Seconds since 1970, or ISO 8601 as newer notifications have it, in UTC; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC) if 0 < value <= _LAST_SECOND else None
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _is_cut_off(value: JsonValue) -> bool:
    return isinstance(value, dict) and value.get("has_more") is True


def _ids_of(value: JsonValue) -> JsonValue:
    """A list of records becomes their ids; everything else stays."""
    rows = value.get("data") if isinstance(value, dict) and value.get("type") == "list" else None
    ids: list[JsonValue] = [_object(row).get("id") for row in rows] if isinstance(rows, list) else [None]
    return value if None in ids else ids


def _first_contact(node: JsonObject) -> JsonValue:
    rows: JsonValue = _object(node.get("contacts")).get("contacts")
    first: Sequence[JsonValue] = rows[:1] if isinstance(rows, list) else ()
    return _plain(_object(first[0]).get("id")) if first else None


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _plain(value: JsonValue) -> JsonValue:
    return value if isinstance(value, str) else None
