"""Finds the record that a call means, by id or by a unique property."""

from __future__ import annotations

from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Record, Table
from sandbox.hubspot.refusals import Refusal, missing, validation


def find(table: Table, value: str, id_property: str | None) -> Record | None:
    """The live record with this id, or this value of a unique property; an e-mail also finds by additional addresses."""
    if id_property in (None, "hs_object_id"):
        return table.live(value)
    holder = table.holder(str(id_property), value)
    return None if holder is None else table.live(holder)


def require(table: Table, value: str, id_property: str | None) -> Record:
    """Like `find`, but a record that is not there is a 404."""
    found = find(table, value, id_property)
    if found is None:
        raise missing()
    return found


def check_id_property(table: Table, id_property: str | None) -> None:
    """Raise 400 unless records can be looked up by this property."""
    if id_property not in (None, "hs_object_id") and id_property not in table.unique:
        raise validation(f"Property {id_property} is not a unique property of {table.kind.name}; it cannot be used as idProperty")


def refuse_hot(portal: Portal, kind: str) -> None:
    """Raise 423 while the dial says that writes to this type collide."""
    left = portal.dials.hot_objects.get(kind, 0)
    if left == 0:
        return
    portal.dials.hot_objects[kind] = left - 1 if left > 0 else left
    raise Refusal(423, "LOCKED", f"{kind} are locked while another large change is under way. Try again after 2 seconds or more.")
