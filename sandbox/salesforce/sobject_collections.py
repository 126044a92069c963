"""sObject Collections: up to 200 rows in one call, each with a result of its own, in the order of the request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from sandbox.salesforce import records
from sandbox.salesforce.exchange import Exchange
from sandbox.salesforce.ids import normal_id
from sandbox.salesforce.org import Call, Org
from sandbox.salesforce.refusals import Problem, Refusal, refuse
from sandbox.salesforce.schema import Field
from sandbox.salesforce.table import Table
from sandbox.wire import Answer, json_answer

MOST_ROWS = 200
_ROLLED_BACK = Problem(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK", "Record rolled back because not all records were valid and the request asked for all or none"
)

RowResult = dict[str, Any]
OneRow = Callable[[], RowResult]


def create_rows(x: Exchange) -> Answer:
    """POST composite/sobjects; objects may be mixed."""
    rows, all_or_none = _rows(x)
    return json_answer(apply_rows(x.org, [_creation(x, row) for row in rows], all_or_none=all_or_none))


def update_rows(x: Exchange) -> Answer:
    """PATCH composite/sobjects; every row carries its id."""
    rows, all_or_none = _rows(x)
    return json_answer(apply_rows(x.org, [_change(x, row) for row in rows], all_or_none=all_or_none))


def delete_rows(x: Exchange) -> Answer:
    """DELETE composite/sobjects?ids=a,b&allOrNone=false."""
    ids = [one for one in x.param("ids").split(",") if one]
    _refuse_too_many(ids)
    steps = [_deletion(x.org, x.call, row_id) for row_id in ids]
    return json_answer(apply_rows(x.org, steps, all_or_none=x.param("allOrNone", "false").lower() == "true"))


def upsert_rows(x: Exchange) -> Answer:
    """PATCH composite/sobjects/<object>/<field>; only rows of this one object, found by this external id.

    Source: REST guide, "Upsert Records Using sObject Collections".
    """
    rows, all_or_none = _rows(x)
    table = x.org.table(x.args[0])
    field = records.external_key(table.kind, x.args[1], "any")[0]
    return json_answer(apply_rows(x.org, upsert_steps(x.org, x.call, (table, field), rows), all_or_none=all_or_none))


def upsert_steps(org: Org, call: Call, target: tuple[Table, Field], rows: Sequence[dict[str, Any]]) -> list[OneRow]:
    """One step per row; rows that share a key with another row of the same request all fail."""
    table, field = target
    keys = [_key_of(row, field) for row in rows]
    seen = Counter(field.key(key) for key in keys if key is not None)
    return [
        _refused(Refusal(Problem("DUPLICATE_VALUE", f"Duplicate external id specified: {key}", [field.name])), created=False)
        if key is not None and seen[field.key(key)] > 1
        else _upsert(org, call, table, (field, key, row))
        for row, key in zip(rows, keys, strict=True)
    ]


def apply_rows(org: Org, steps: Sequence[OneRow], *, all_or_none: bool) -> list[RowResult]:
    """Carry out the steps in order; with `all_or_none` one refused row takes all others back."""
    with org.savepoint() as undo:
        results = [step() for step in steps]
        if all_or_none and any(not result["success"] for result in results):
            undo.append(True)
            results = [_rolled_back(result) if result["success"] else result for result in results]
    return results


def guarded(write: Callable[[], RowResult], row_id: str | None = None, **extra: Any) -> RowResult:
    """The result of one write; a Refusal becomes the row's errors."""
    try:
        return write()
    except Refusal as refusal:
        named = {"id": row_id} if row_id else {}
        return {**named, "success": False, "errors": refusal.row_errors(), **extra}


def _rows(x: Exchange) -> tuple[list[dict[str, Any]], bool]:
    body = x.body()
    rows = body.get("records")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise refuse("JSON_PARSER_ERROR", "The request needs a list of records")
    _refuse_too_many(rows)
    return rows, body.get("allOrNone") is True


def _refuse_too_many(rows: Sequence[object]) -> None:
    if len(rows) > MOST_ROWS:
        message = f"The number of items ({len(rows)}) in the collection is over the limit of {MOST_ROWS}"
        raise refuse("EXCEEDED_MAX_SIZE_REQUEST", message)


def _creation(x: Exchange, row: dict[str, Any]) -> OneRow:
    def write() -> RowResult:
        table, values = _typed(x.org, row)
        return _done(records.insert(x.org, x.call, table, values))

    return lambda: guarded(write)


def _change(x: Exchange, row: dict[str, Any]) -> OneRow:
    row_id = next((str(value) for name, value in row.items() if name.lower() == "id"), "")

    def write() -> RowResult:
        table, values = _typed(x.org, {name: value for name, value in row.items() if name.lower() != "id"})
        if not row_id:
            raise refuse("MISSING_ARGUMENT", "Id not specified in an update call", fields=["Id"])
        _refuse_malformed(row_id)
        records.update(x.org, x.call, table, row_id, values)
        return _done(normal_id(row_id) or row_id)

    return lambda: guarded(write, row_id)


def _deletion(org: Org, call: Call, row_id: str) -> OneRow:
    def write() -> RowResult:
        _refuse_malformed(row_id)
        table = org.table_of(row_id)
        if table is None:
            raise refuse("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        records.delete(org, call, table, row_id)
        return _done(normal_id(row_id) or row_id)

    return lambda: guarded(write, row_id)


def _upsert(org: Org, call: Call, table: Table, found: tuple[Field, str | None, dict[str, Any]]) -> OneRow:
    field, key, row = found

    def write() -> RowResult:
        _refuse_foreign(table, row)
        if key is None:
            raise refuse("MISSING_ARGUMENT", f"{field.name} not specified", fields=[field.name])
        values = {name: value for name, value in row.items() if name not in ("attributes", field.name)}
        row_id, created = records.upsert(org, call, table, (field, key), values)
        return {**_done(row_id), "created": created}

    return lambda: guarded(write, created=False)


def _refuse_foreign(table: Table, row: dict[str, Any]) -> None:
    kind = _type_of(row)
    if kind is not None and str(kind).lower() != table.kind.name.lower():
        raise refuse("INVALID_TYPE_ON_FIELD_IN_RECORD", f"Record type {kind} differs from the type {table.kind.name} of the request")
    if "id" in row or "Id" in row:
        raise refuse("INVALID_FIELD", "The Id field should not be specified in the sobject data.", fields=["Id"])


def _refuse_malformed(row_id: str) -> None:
    if normal_id(row_id) is None:
        raise refuse("MALFORMED_ID", f"malformed id {row_id}", fields=["Id"])


def _key_of(row: dict[str, Any], field: Field) -> str | None:
    value = row.get(field.name)
    if value is None:
        value = next((one for name, one in row.items() if name.lower() == field.name.lower()), None)
    return str(value) if value not in (None, "") else None


def _typed(org: Org, row: dict[str, Any]) -> tuple[Table, dict[str, Any]]:
    kind = _type_of(row)
    if not isinstance(kind, str) or kind.lower() not in org.tables:
        raise refuse("INVALID_TYPE", f"sObject type '{kind}' is not supported.")
    return org.table(kind), {name: value for name, value in row.items() if name != "attributes"}


def _type_of(row: dict[str, Any]) -> Any:
    attributes = row.get("attributes")
    return attributes.get("type") if isinstance(attributes, dict) else None


def _done(row_id: str) -> RowResult:
    return {"id": row_id, "success": True, "errors": []}


def _refused(refusal: Refusal, **extra: Any) -> OneRow:
    return lambda: {"success": False, "errors": refusal.row_errors(), **extra}


def _rolled_back(result: RowResult) -> RowResult:
    kept = {"created": False} if "created" in result else {}
    return {"success": False, "errors": Refusal(_ROLLED_BACK).row_errors(), **kept}
