"""The resources of single rows: create, read, update, delete, and the same by external id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.salesforce import records
from sandbox.salesforce.exchange import Exchange
from sandbox.salesforce.ids import normal_id
from sandbox.salesforce.refusals import Refusal, not_found, refuse
from sandbox.salesforce.schema import Field
from sandbox.salesforce.soql_fields import value_getter
from sandbox.salesforce.table import Row, Table
from sandbox.wire import Answer, json_answer

UPSERT_TELLS_CREATED = 46.0
"""The API version from which an upsert that updates answers 200 with a body; before, 204 without one."""


def create(x: Exchange) -> Answer:
    """POST sobjects/<object>."""
    table = x.org.table(x.args[0])
    row_id = records.insert(x.org, x.call, table, _without_attributes(x.body()))
    location = {"location": f"{x.call.root}/sobjects/{table.kind.name}/{row_id}"}
    return json_answer({"id": row_id, "success": True, "errors": []}, 201, location)


def read(x: Exchange) -> Answer:
    """GET sobjects/<object>/<id>, optionally with `fields`; a deleted row is not found."""
    table = x.org.table(x.args[0])
    row = table.get(_row_id(x.args[1]))
    if row is None or row["IsDeleted"]:
        raise not_found()
    return json_answer(_shown(x, table, row))


def update(x: Exchange) -> Answer:
    """PATCH sobjects/<object>/<id>."""
    table = x.org.table(x.args[0])
    records.update(x.org, x.call, table, _known_id(table, x.args[1]), _without_attributes(x.body()))
    return Answer(204)


def delete(x: Exchange) -> Answer:
    """DELETE sobjects/<object>/<id>."""
    table = x.org.table(x.args[0])
    records.delete(x.org, x.call, table, _known_id(table, x.args[1]))
    return Answer(204)


def upsert_by_external_id(x: Exchange) -> Answer:
    """PATCH sobjects/<object>/<field>/<value>; several matches answer 300 with their URLs and write nothing."""
    table, key = _key(x)
    values = _without_attributes(x.body())
    if any(name.lower() == key[0].name.lower() for name in values):
        raise refuse("INVALID_FIELD", f"The {key[0].name} field should not be specified in the sobject data.", fields=[key[0].name])
    try:
        row_id, created = records.upsert(x.org, x.call, table, key, values)
    except Refusal as refusal:
        if refusal.status == 300:
            return _many(x, table, refusal.problems[0].extra["ids"])
        raise
    if x.call.version < UPSERT_TELLS_CREATED:
        told = {"id": row_id, "success": True, "errors": []}
        return json_answer(told, 201) if created else Answer(204)
    return json_answer({"id": row_id, "success": True, "errors": [], "created": created}, 201 if created else 200)


def read_by_external_id(x: Exchange) -> Answer:
    """GET sobjects/<object>/<field>/<value>."""
    table, key = _key(x)
    ids = table.find(key[0].name, key[1])
    if len(ids) > 1:
        return _many(x, table, ids)
    if not ids:
        raise not_found()
    return json_answer(_shown(x, table, table.rows[ids[0]]))


def delete_by_external_id(x: Exchange) -> Answer:
    """DELETE sobjects/<object>/<field>/<value>."""
    table, key = _key(x)
    ids = table.find(key[0].name, key[1])
    if len(ids) > 1:
        return _many(x, table, ids)
    if not ids:
        raise not_found()
    records.delete(x.org, x.call, table, ids[0])
    return Answer(204)


def _key(x: Exchange) -> tuple[Table, tuple[Field, str]]:
    table = x.org.table(x.args[0])
    return table, records.external_key(table.kind, x.args[1], x.args[2])


def _many(x: Exchange, table: Table, ids: Iterable[str]) -> Answer:
    return json_answer([f"{x.call.root}/sobjects/{table.kind.name}/{row_id}" for row_id in ids], 300)


def _row_id(text: str) -> str:
    found = normal_id(text)
    if found is None:
        raise not_found(f"Provided external ID field does not exist or is not accessible: {text}")
    return found


def _known_id(table: Table, text: str) -> str:
    row_id = _row_id(text)
    if table.get(row_id) is None:
        raise not_found()
    return row_id


def _shown(x: Exchange, table: Table, row: Row) -> dict[str, Any]:
    names = [name.strip() for name in x.param("fields", "").split(",") if name.strip()]
    fields = [_asked(x, table, name) for name in names] or [one for one in table.kind.fields.values() if not one.hidden]
    record: dict[str, Any] = {"attributes": {"type": table.kind.name, "url": f"{x.call.root}/sobjects/{table.kind.name}/{row['Id']}"}}
    return record | {one.name: value_getter(one)(row) for one in fields}


def _asked(x: Exchange, table: Table, name: str) -> Field:
    field = table.kind.find(name, sees_hidden=x.call.sees_hidden)
    if field is None:
        raise refuse("INVALID_FIELD", f"No such column '{name}' on sobject of type {table.kind.name}")
    return field


def _without_attributes(body: dict[str, Any]) -> dict[str, Any]:
    body.pop("attributes", None)
    return body
