"""Answers a SOQL query from the tables: which rows, in which order, with which columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sandbox.salesforce.org import Call, Org
from sandbox.salesforce.refusals import refuse
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.soql_fields import Reading, find_reading, find_relationship
from sandbox.salesforce.soql_match import Test, compile_condition, literal
from sandbox.salesforce.soql_tree import Comparison, Condition, Junction, Order, Path, Query
from sandbox.salesforce.table import Row, Table

Renderer = Callable[[Row], dict[str, Any]]


def find_rows(org: Org, call: Call, query: Query, *, deleted_too: bool) -> list[Row]:
    """The rows that a query selects, in its order; raises Refusal with INVALID_TYPE or INVALID_FIELD."""
    table = queried_table(org, query.object)
    for path in query.columns:
        find_reading(org, call, table.kind, path)
    test = compile_condition(org, call, table.kind, query.where) if query.where is not None else None
    ids = None if deleted_too or org.dials.lag > 0 else _candidates(table, query.where)
    pool = table.rows.values() if ids is None else table.pick(sorted(set(ids)))
    found = list(_passing(org, call, table, (pool, test), deleted_too=deleted_too))
    for order in reversed(query.order):
        _sort(found, order, find_reading(org, call, table.kind, order.path))
    return found[query.offset : None if query.limit is None else query.offset + query.limit]


def queried_table(org: Org, name: str) -> Table:
    """The table behind FROM; raises 400 INVALID_TYPE."""
    table = org.tables.get(name.lower())
    if table is None:
        raise refuse("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return table


def renderer(org: Org, call: Call, query: Query) -> Renderer:
    """A function that writes one row as a record of a query answer, parents nested by their relationship name."""
    return _renderer(org, call, queried_table(org, query.object).kind, query.columns)


def _passing(org: Org, call: Call, table: Table, source: tuple[Iterable[Row], Test | None], *, deleted_too: bool) -> Iterator[Row]:
    pool, test = source
    lags = org.dials.lag > 0
    for row in pool:
        version = org.seen(table, row, call.now) if lags else row
        if version is None or (version["IsDeleted"] and not deleted_too):
            continue
        if test is None or test(version):
            yield version


def _candidates(table: Table, where: Condition | None) -> list[str] | None:
    """Ids among which all matches must be, when an equality on an indexed field says so; None: look at all rows."""
    if isinstance(where, Junction) and where.operator == "AND":
        return next((ids for ids in (_candidates(table, part) for part in where.parts) if ids is not None), None)
    if not isinstance(where, Comparison) or where.operator not in ("=", "IN") or len(where.path) != 1:
        return None
    field = table.kind.find(where.path[0])
    if field is None or any(value.kind != "string" for value in where.values):
        return None
    if field.type == "id":
        return [str(literal(field, value)) for value in where.values]
    if not table.is_indexed(field.name):
        return None
    return [row_id for value in where.values for row_id in table.find(field.name, str(literal(field, value)))]


def _sort(rows: list[Row], order: Order, reading: Reading) -> None:
    if not reading.field.filterable:
        raise refuse("INVALID_FIELD", f"field '{reading.field.name}' can not be sorted in a query call")

    def key(row: Row) -> Any:
        value = reading.get(row)
        return value.lower() if isinstance(value, str) else value

    empty = [row for row in rows if key(row) is None]
    filled = sorted((row for row in rows if key(row) is not None), key=key, reverse=order.descending)
    rows[:] = filled + empty if order.nulls_last else empty + filled


def _renderer(org: Org, call: Call, kind: SObject, columns: Iterable[Path]) -> Renderer:
    own: dict[str, Reading] = {}
    below: dict[str, list[Path]] = {}
    for path in columns:
        if len(path) == 1:
            reading = find_reading(org, call, kind, path)
            own[reading.field.name] = reading
        else:
            below.setdefault(path[0].lower(), []).append(path)
    parents = [_parent_renderer(org, call, kind, paths) for paths in below.values()]
    name, url = kind.name, f"{call.root}/sobjects/{kind.name}/"
    plan = [(field, reading.get) for field, reading in own.items()]

    def render(row: Row) -> dict[str, Any]:
        record: dict[str, Any] = {"attributes": {"type": name, "url": url + row["Id"]}}
        for field, get in plan:
            record[field] = get(row)
        for relationship, parent in parents:
            record[relationship] = parent(row)
        return record

    return render


def _parent_renderer(org: Org, call: Call, kind: SObject, paths: list[Path]) -> tuple[str, Callable[[Row], dict[str, Any] | None]]:
    link = find_relationship(kind, paths[0][0], call)
    rest = [path[1:] for path in paths]
    renderers: dict[str, Renderer] = {}

    def render(row: Row) -> dict[str, Any] | None:
        table = org.table_of(row.get(link.name) or "")
        parent = table.get(row[link.name]) if table is not None else None
        if table is None or parent is None:
            return None
        if table.kind.name not in renderers:
            renderers[table.kind.name] = _renderer(org, call, table.kind, rest)
        return renderers[table.kind.name](parent)

    return str(link.relationship), render
