"""Sealing and opening inbox rows: each has a key of its own, because nobody knows yet whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from core.contract.records import Change
from core.store.codec import pack, unpack
from core.store.commands.intake import InboxEntry
from core.store.vault import Chance, SubjectKey, Vault

_RAW = "inbox.raw"
_CHANGE = "inbox.change"


class Arrival(NamedTuple):
    """One submission before it is sealed. `record` is the vendor's record, None when only its id came."""

    event_id: str
    object: str
    native_id: str
    way: str
    raw: bytes | None = None
    record: Mapping[str, Any] | None = None
    changed_at: datetime | None = None
    flag: str = "none"
    reason_code: str | None = None
    reason: str | None = None
    remote: Mapping[str, Any] | None = None


class Opened(NamedTuple):
    """What an inbox row holds: the vendor's record, the time it carries, and how it was read where it is a CRM's."""

    fields: dict[str, Any]
    changed_at: datetime | None = None
    remote: Mapping[str, Any] | None = None


def told_of(change: Change, read_at: datetime) -> dict[str, Any]:
    """Say how a CRM's record was read and what became of it, beside its fields; `queries.decision` reads it."""
    told: dict[str, Any] = {"id": change.id, "sort": change.kind.value, "version": change.version, "read_at": read_at.isoformat()}
    if change.successor is not None:
        told["successor"] = [change.successor.object, change.successor.id]
    if change.also:
        told["also"] = [[each.object, each.id] for each in change.also]
    return told


def key_name(workspace: str, connection: str, event_id: str) -> str:
    """Name the key of an inbox row after what makes the row unique, so that its bytes open in their own row only."""
    return f"inbox:{workspace}:{connection}:{event_id}"


def seal_arrival(
    vault: Vault, workspace: str, connection: str, arrival: Arrival, received_at: datetime, chance: Chance | None = None
) -> InboxEntry:
    """Make the row: ready for its decision, to be read by id, or quarantined at the door with its reason.

    The event id is stored as a keyed hash and the native id only where it is needed, to read the record or to find the link
    that holds it: a spreadsheet's key column may well be an e-mail address.
    """
    event_id = vault.digest("event", arrival.event_id).hex()
    raw, record, reason_code = arrival.raw, arrival.record, arrival.reason_code
    contents = [] if raw is None else [(_RAW, raw)]
    if record is not None:
        contents.append((_CHANGE, _packed(record, arrival.changed_at, arrival.remote)))
    wrapped, sealed = vault.seal_apart(key_name(workspace, connection, event_id), contents, chance)
    state = "quarantined" if reason_code else ("ready" if record is not None else "to_read")
    return InboxEntry(
        workspace,
        connection,
        event_id,
        _storable(arrival.object),
        _storable(arrival.native_id) if state == "to_read" or arrival.remote is not None else "",
        received_at,
        arrival.way,
        arrival.flag,
        state,
        wrapped,
        None if raw is None else sealed[0],
        None if record is None else sealed[-1],
        reason_code,
        arrival.reason,
        None if reason_code else received_at,
        "quarantined" if reason_code else None,
        received_at if reason_code else None,
    )


def _storable(text: str) -> str:
    """Write out what databases do not take in text: half surrogates and NUL."""
    if text.isascii() and text.isprintable():
        return text
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


def seal_record(
    vault: Vault, key: SubjectKey, record: Mapping[str, Any], changed_at: datetime | None, remote: Mapping[str, Any] | None = None
) -> bytes:
    """Seal the vendor's record with the time it carries, and how it was read where it is a CRM's."""
    return vault.seal(key, _CHANGE, _packed(record, changed_at, remote))


def _packed(record: Mapping[str, Any], changed_at: datetime | None, remote: Mapping[str, Any] | None) -> bytes:
    content = {"fields": record, "changed_at": changed_at}  # written as `isoformat` writes it
    return pack(content if remote is None else {**content, "remote": remote})


def inbox_key(vault: Vault, workspace: str, row: Any) -> SubjectKey:
    """Open the key of an inbox row."""
    return vault.open_key(key_name(workspace, row.connection, row.event_id), row.wrapped_key)


def open_record(vault: Vault, workspace: str, row: Any) -> Opened:
    """Open a row's record; a row that has none gives an empty one."""
    if row.sealed_change is None:
        return Opened({})
    content = unpack(vault.open(inbox_key(vault, workspace, row), _CHANGE, row.sealed_change))
    changed_at = datetime.fromisoformat(content["changed_at"]) if content["changed_at"] else None
    return Opened(content["fields"], changed_at, content.get("remote"))


def open_raw(vault: Vault, workspace: str, row: Any) -> bytes | None:
    """Open the raw body as it arrived."""
    return None if row.sealed_raw is None else vault.open(inbox_key(vault, workspace, row), _RAW, row.sealed_raw)
