"""Tells which record took the place of one that was merged away or converted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.salesforce.api import chunks_that_fit, in_list, select, text_literal
from connectors.salesforce.org import Org
from connectors.salesforce.query import MOST_QUERIES, Record, ask_privately
from connectors.salesforce.rows import Operation, Verb
from core.contract import ConnectorError

_SUCCESSORS = ("MasterRecordId", "ConvertedContactId")


def find_successors(org: Org, operation: Operation, identities: Sequence[str]) -> Mapping[str, str]:
    """Native ids of successors by the identity under which a record was written; empty where none is known.

    A convenience on the way to an error: never raises.
    """
    if operation.key is None:
        return {}
    try:
        columns = [name for name in _SUCCESSORS if org.described(operation.object).has(name)]
        rows = _rows(org, operation, columns, identities) if columns else []
    except ConnectorError:
        return {}
    found = {_form(operation, str(row[operation.key])): successor for row in rows if (successor := _successor(row, columns))}
    return {one: found[form] for one in identities if (form := _form(operation, one)) in found}


def _rows(org: Org, operation: Operation, columns: Sequence[str], identities: Sequence[str]) -> list[Record]:
    key = str(operation.key)
    literals = [text_literal(one) for one in identities]
    wanted = list(dict.fromkeys(["Id", key, *columns]))
    queries = [select(wanted, operation.object, in_list(key, literals[cut])) for cut in chunks_that_fit(literals)]
    if operation.verb is not Verb.UPSERT:
        return [row for soql in queries for row in org.rows_with_deleted(soql)]
    # External ids may be people's data; a converted record is not in the recycle bin, so an ordinary query finds it.
    parts = [queries[start : start + MOST_QUERIES] for start in range(0, len(queries), MOST_QUERIES)]
    return [row for part in parts for rows in ask_privately(org.http, org.paths, part) for row in rows]


def _successor(row: Record, columns: Sequence[str]) -> str | None:
    return next((str(row[name]) for name in columns if row.get(name)), None)


def _form(operation: Operation, identity: str) -> str:
    """Ids come in 15 and in 18 characters; external ids are compared without regard to case."""
    return identity[:15] if operation.key == "Id" else identity.casefold()
