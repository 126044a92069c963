"""What an org's own automation says about a write: locks, validation rules, duplicate rules, assignment rules."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.dials import RowLock
from sandbox.salesforce.org import Call, Org
from sandbox.salesforce.refusals import Problem, Refusal, refuse
from sandbox.salesforce.table import Row, Table

_MATCHED = ("Lead", "Contact")


def refuse_locked(org: Org, row: Row) -> None:
    """Raise UNABLE_TO_LOCK_ROW when a dialled lock holds the row or one of its parents."""
    for lock in org.dials.locks:
        if lock.times == 0:
            continue
        held = _held(lock, row)
        if held is not None:
            lock.times -= 1 if lock.times > 0 else 0
            message = f"unable to obtain exclusive access to this record or 1 records: {held}"
            raise refuse("UNABLE_TO_LOCK_ROW", message, fields=[])


def refuse_invalid(org: Org, table: Table, row: Row) -> None:
    """Raise FIELD_CUSTOM_VALIDATION_EXCEPTION when a validation rule forbids a value."""
    for rule in org.dials.validation_rules:
        if rule.object == table.kind.name and row.get(rule.field) == rule.forbid_value:
            raise refuse("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, fields=[rule.field])


def refuse_duplicate(org: Org, call: Call, table: Table, row: Row) -> None:
    """Raise DUPLICATES_DETECTED when the duplicate rule finds a match, unless it only alerts and the caller insists.

    Leads and contacts are matched across both objects. Source: REST guide, "Duplicate Rule Header".
    """
    rule = org.dials.duplicate_rule
    if rule.mode == "off" or table.kind.name not in _MATCHED or (rule.mode == "alert" and call.allow_save):
        return
    matches = [(other, match) for other in _MATCHED for match in _matches(org.table(other), rule.on, row)]
    if matches:
        message = "Use one of these records?" if rule.mode == "alert" else "You can't save this record. It duplicates an existing one."
        result = _duplicate_result(org, call, table, matches)
        raise Refusal(Problem("DUPLICATES_DETECTED", message, None, {rule.key: result}))


def assigned_owner(org: Org, call: Call, table: Table) -> str | None:
    """The owner whom the assignment rule of leads decides on; None when there is no rule or the caller switched it off."""
    return org.dials.assignment_owner if call.auto_assign and table.kind.name == "Lead" else None


def index_matched_fields(org: Org) -> None:
    """Make the look-ups of the duplicate rule quick."""
    for name in org.dials.duplicate_rule.on:
        for table in (org.table(other) for other in _MATCHED):
            if table.kind.find(name, sees_hidden=True) and not table.is_indexed(name):
                table.index(name)


def _held(lock: RowLock, row: Row) -> str | None:
    if lock.ids is None:
        return str(row.get("Id") or "the new record")
    return next((one for one in lock.ids if one in row.values()), None)


def _matches(table: Table, names: list[str], row: Row) -> list[Row]:
    found: set[str] | None = None
    for name in names:
        value = row.get(name)
        if not isinstance(value, str) or table.kind.find(name, sees_hidden=True) is None:
            return []
        ids = set(table.find(name, value))
        found = ids if found is None else found & ids
        if not found:
            return []
    others = sorted((found or set()) - {row.get("Id")})
    return [match for match in table.pick(others) if not match.get("IsConverted")]


def _duplicate_result(org: Org, call: Call, table: Table, matches: list[tuple[str, Row]]) -> dict[str, Any]:
    rule = org.dials.duplicate_rule
    found = [_match_result(org, call, other, [match for name, match in matches if name == other]) for other in _MATCHED]
    return {
        "allowSave": rule.mode == "alert",
        "duplicateRule": f"Sandbox_{table.kind.name}_Duplicate_Rule",
        "duplicateRuleEntityType": table.kind.name,
        "errorMessage": "Use one of these records?",
        "matchResults": [result for result in found if result["size"]],
    }


def _match_result(org: Org, call: Call, other: str, rows: list[Row]) -> dict[str, Any]:
    return {
        "entityType": other,
        "errors": [],
        "matchEngine": "FuzzyMatchEngine",
        "matchRecords": [_match_record(org, call, other, row) for row in rows],
        "rule": f"Sandbox_{other}_Matching_Rule",
        "size": len(rows),
        "success": True,
    }


def _match_record(org: Org, call: Call, other: str, row: Row) -> dict[str, Any]:
    record: dict[str, Any] = {"attributes": {"type": other, "url": f"{call.root}/sobjects/{other}/{row['Id']}"}, "Id": row["Id"]}
    if call.include_details:
        kind = org.table(other).kind
        record |= {one.name: row[one.name] for one in kind.fields.values() if row.get(one.name) is not None and not one.hidden}
    return {"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0, "record": record}
