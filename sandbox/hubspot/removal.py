"""Ways for a record to go: into the recycle bin, back out of it, or away for good."""

from __future__ import annotations

from datetime import datetime

from sandbox.hubspot import events
from sandbox.hubspot.definitions import ObjectType
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import RECYCLE_BIN, Actor, Record
from sandbox.hubspot.refusals import missing, taken, validation


def archive(portal: Portal, kind: ObjectType, record: Record, *, actor: Actor, now: datetime) -> None:
    """Move a record to the recycle bin."""
    portal.tables[kind.name].archive(record, now)
    events.deleted(portal, kind, record.id, actor=actor, now=now)


def restore(portal: Portal, kind: ObjectType, record_id: str, *, actor: Actor, now: datetime) -> Record:
    """Take a record out of the recycle bin, within 90 days and unless somebody took its address meanwhile; its stamps move."""
    table = portal.tables[kind.name]
    record = table.records.get(record_id)
    if record is None or record.archived_at is None or now - record.archived_at > RECYCLE_BIN:
        raise missing()
    for address in record.emails() if "email" in table.unique else []:
        holder = table.holder("email", address)
        if holder is not None:
            raise taken(kind.noun, holder)
    record.archived_at = None
    table.change(record, {}, actor=actor, now=now, delay=portal.index_delay())
    events.restored(portal, kind, record.id, actor=actor, now=now)
    return record


def erase(portal: Portal, kind: ObjectType, subject: str, id_property: str | None, *, actor: Actor, now: datetime) -> None:
    """Delete a contact for privacy: no recycle bin, its addresses can never be used again. Archived ones go too."""
    table = portal.tables[kind.name]
    if kind.name != "contacts" or id_property not in (None, "email"):
        raise validation("A privacy deletion takes a contact's id, or idProperty email with its address")
    if id_property == "email":
        portal.blocked_emails.add(subject.lower())
        subject = table.holder("email", subject) or ""
    record = table.records.get(subject)
    if record is None:
        if id_property is None:
            raise missing()
        return
    portal.blocked_emails.update(record.emails())
    table.forget(record)
    portal.links.forget((kind.name, record.id))
    events.erased(portal, kind, record.id, actor=actor, now=now)
