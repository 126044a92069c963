"""Lines whose values are records of the CRM, such as owners: looked up by what people know them by, in a list that was read there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.flow.mapping.model import Line, SyncMapping, Table, Unlisted


@dataclass(frozen=True, slots=True)
class Referred:
    """A record that values point to; `is_active` is false for one that nothing new should point to."""

    key: str
    is_active: bool = True


Lists = Mapping[tuple[str, str], Mapping[str, Referred]]
"""By connection and object: the records by their id."""


def references(mapping: SyncMapping) -> frozenset[str]:
    """Name the objects that the mapping's lines refer to."""
    return frozenset(line.refers for line in mapping.fields if line.refers)


def with_lists(mapping: SyncMapping, lists: Lists) -> SyncMapping:
    """Give the mapping with the lists in place of its references; the same object where it has none.

    Whoever is not in the list has no record there: nothing is sent, and an id that is not in it says nothing about ours.
    """
    if not references(mapping):
        return mapping
    return replace(mapping, fields=tuple(_looked_up(mapping.connection, line, lists) for line in mapping.fields))


def _looked_up(connection: str, line: Line, lists: Lists) -> Line:
    if line.refers is None:
        return line
    listed = sorted(lists.get((connection, line.refers), {}).items(), key=lambda item: (item[1].is_active, item[0]))
    entries = {record.key.casefold(): native_id for native_id, record in listed if record.key}
    written = {record.key.casefold(): record.key for _, record in listed if record.key}
    return replace(line, chain=replace(line.chain, table=Table(dict(entries), written, Unlisted.DROP)))
