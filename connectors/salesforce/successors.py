"""Tells which record took the place of one that was merged away or converted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from connectors.salesforce.api import chunks_that_fit, in_list, select, text_literal
from connectors.salesforce.changes import master_of
from connectors.salesforce.org import Org
from connectors.salesforce.query import MOST_QUERIES, Record, ask_privately
from connectors.salesforce.rows import Operation, Verb
from connectors.salesforce.schema import Described
from core.contract import ConnectorError, NativeId, ObjectName, Ref

LONGEST_CHAIN = 5
"""Merges of merged records that are followed; what is beyond names the last one found."""

_SUCCESSORS = ("MasterRecordId", "ConvertedContactId")
_CONTACT = ObjectName("Contact")


def find_successors(org: Org, operation: Operation, identities: Sequence[str]) -> Mapping[str, Ref]:
    """Successors by the identity under which a record was written; empty where none is known.

    A convenience on the way to an error: never raises.
    """
    if operation.key is None:
        return {}
    try:
        columns = [name for name in _SUCCESSORS if org.described(operation.object).has(name)]
        rows = _rows(org, operation, columns, identities) if columns else []
        masters = {master for row in rows if (master := master_of(row)) is not None}
        survivors = last_survivors(org, org.described(operation.object), masters)
    except ConnectorError:
        return {}
    found = {_form(operation, str(row[operation.key])): successor for row in rows if (successor := _successor(operation, row, survivors))}
    return {one: found[form] for one in identities if (form := _form(operation, one)) in found}


def last_survivors(org: Org, described: Described, masters: Collection[str]) -> dict[str, str]:
    """For records that others were merged into: which record is left in the end, where they were merged away themselves.

    One call for all, and one more per link of the longest chain; masters that are left are not named.
    """
    name = described.spec.name
    parents: dict[str, str] = {}
    asked = sorted(masters) if described.has("MasterRecordId") and described.has("IsDeleted") else []
    for _ in range(LONGEST_CHAIN):
        if not asked:
            break
        literals = [text_literal(one) for one in asked]
        queries = [select(["Id", "IsDeleted", "MasterRecordId"], name, in_list("Id", literals[cut])) for cut in chunks_that_fit(literals)]
        found = [row for soql in queries for row in org.rows_with_deleted(soql)]
        parents |= {str(row["Id"]): master for row in found if (master := master_of(row)) is not None}
        asked = sorted({parent for parent in parents.values() if parent not in parents} - set(asked) - set(masters))
    return {one: end for one in masters if (end := _end_of(parents, one)) != one}


def _end_of(parents: Mapping[str, str], start: str) -> str:
    at = start
    for _ in range(LONGEST_CHAIN):
        at = parents.get(at, at)
    return at


def _rows(org: Org, operation: Operation, columns: Sequence[str], identities: Sequence[str]) -> list[Record]:
    key = str(operation.key)
    literals = [text_literal(one) for one in identities]
    wanted = list(dict.fromkeys(["Id", key, "IsDeleted", *columns]))
    queries = [select(wanted, operation.object, in_list(key, literals[cut])) for cut in chunks_that_fit(literals)]
    if operation.verb is not Verb.UPSERT:
        return [row for soql in queries for row in org.rows_with_deleted(soql)]
    # External ids may be people's data; a converted record is not in the recycle bin, so an ordinary query finds it.
    parts = [queries[start : start + MOST_QUERIES] for start in range(0, len(queries), MOST_QUERIES)]
    return [row for part in parts for rows in ask_privately(org.http, org.paths, part) for row in rows]


def _successor(operation: Operation, row: Record, survivors: Mapping[str, str]) -> Ref | None:
    master = master_of(row)
    if master is not None:
        return Ref(ObjectName(operation.object), NativeId(survivors.get(master, master)))
    contact = row.get("ConvertedContactId")
    return Ref(_CONTACT, NativeId(str(contact))) if contact else None


def _form(operation: Operation, identity: str) -> str:
    """Ids come in 15 and in 18 characters; external ids are compared without regard to case."""
    return identity[:15] if operation.key == "Id" else identity.casefold()
