"""Finds what a path in a query stands for: a field of the row itself or of its parents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.org import Call, Org
from sandbox.salesforce.refusals import refuse
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.soql_tree import Path
from sandbox.salesforce.table import Row

_ADDRESS_PARTS = ("city", "country", "postalCode", "state", "street")


@dataclass(frozen=True, slots=True)
class Reading:
    """A field together with the way to its value from a row of the queried object."""

    field: Field
    get: Callable[[Row], Any]


def find_reading(org: Org, call: Call, kind: SObject, path: Path) -> Reading:
    """What `path` reads; raises INVALID_FIELD "No such column" for unknown and for hidden fields alike."""
    if len(path) > 1:
        link = find_relationship(kind, path[0], call)
        parent = find_reading(org, call, org.table(link.reference_to[0]).kind, path[1:])
        return Reading(parent.field, _through(org, link, parent.get))
    field = kind.find(path[0], sees_hidden=call.sees_hidden)
    if field is None:
        raise refuse("INVALID_FIELD", f"No such column '{path[0]}' on entity '{kind.name}'.")
    return Reading(field, value_getter(field))


def find_relationship(kind: SObject, name: str, call: Call) -> Field:
    """The reference field behind a relationship name; raises INVALID_FIELD."""
    link = kind.relationship(name, sees_hidden=call.sees_hidden)
    if link is None:
        raise refuse("INVALID_FIELD", f"Didn't understand relationship '{name}' in field path.")
    return link


def column_name(org: Org, call: Call, kind: SObject, path: Path) -> str:
    """`path` in the spelling of the describes: `owner.email` gives `Owner.Email`."""
    if len(path) == 1:
        return find_reading(org, call, kind, path).field.name
    link = find_relationship(kind, path[0], call)
    return f"{link.relationship}.{column_name(org, call, org.table(link.reference_to[0]).kind, path[1:])}"


def value_getter(field: Field) -> Callable[[Row], Any]:
    """Reads a field from a row; a compound address is put together from its parts."""
    if field.type != "address":
        name = field.name
        return lambda row: row.get(name)
    prefix = field.name.removesuffix("Address")

    def address(row: Row) -> dict[str, Any] | None:
        parts = {part: row.get(prefix + part[0].upper() + part[1:]) for part in _ADDRESS_PARTS}
        return parts if any(parts.values()) else None

    return address


def _through(org: Org, link: Field, get: Callable[[Row], Any]) -> Callable[[Row], Any]:
    def value(row: Row) -> Any:
        parent_id = row.get(link.name)
        table = org.table_of(parent_id) if parent_id else None
        parent = table.get(parent_id) if table is not None and parent_id else None
        return get(parent) if parent is not None else None

    return value
