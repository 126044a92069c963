"""Writing one row: judge it as Salesforce would, then store it with its stamps. Nothing is stored of a refused row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.salesforce import rules
from sandbox.salesforce.ids import normal_id
from sandbox.salesforce.moments import stamp
from sandbox.salesforce.org import Call, Org
from sandbox.salesforce.refusals import Problem, Refusal, refuse
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.table import Row, Table
from sandbox.salesforce.values import stored_value


def insert(org: Org, call: Call, table: Table, values: Mapping[str, Any]) -> str:
    """Create a row and return its id; raises Refusal."""
    given = _judge(org, call, table.kind, values, writes="createable")
    given |= {name: default for name, default in table.kind.defaults.items() if given.get(name) is None}
    _refuse_missing(table.kind, given)
    row: Row = {"Id": None, "IsDeleted": False, **given}
    if "ownerid" in table.kind.fields:
        row["OwnerId"] = rules.assigned_owner(org, call, table) or given.get("OwnerId") or call.user_id
    _refuse_taken(table, given, own_id=None)
    _refuse_conflicts(org, call, table, row, given)
    now = stamp(call.now)
    row |= {"Id": org.ids.next(table.kind.prefix), "CreatedDate": now, "CreatedById": call.user_id}
    _stamp(row, call, now)
    _name(table.kind, row)
    org.write(table, row, call.now)
    return str(row["Id"])


def update(org: Org, call: Call, table: Table, row_id: str, values: Mapping[str, Any]) -> None:
    """Change a live row; an explicit None clears a field. Raises Refusal, ENTITY_IS_DELETED for a deleted row."""
    before = living(table, row_id)
    if before.get("IsConverted"):
        raise refuse("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", fields=[])
    given = _judge(org, call, table.kind, values, writes="updateable")
    row: Row = {**before, **given}
    _refuse_missing(table.kind, row, only=given)
    owner = rules.assigned_owner(org, call, table)
    if owner:
        row["OwnerId"] = owner
    _refuse_taken(table, given, own_id=before["Id"])
    _refuse_conflicts(org, call, table, row, given)
    _stamp(row, call, stamp(call.now))
    _name(table.kind, row)
    org.write(table, row, call.now)


def delete(org: Org, call: Call, table: Table, row_id: str) -> None:
    """Put a live row into the recycle bin, where only queryAll sees it."""
    row = {**living(table, row_id), "IsDeleted": True}
    rules.refuse_locked(org, row)
    _stamp(row, call, stamp(call.now))
    org.write(table, row, call.now)


def upsert(org: Org, call: Call, table: Table, key: tuple[Field, str], values: Mapping[str, Any]) -> tuple[str, bool]:
    """Create or update the row whose external id is `key`; returns its id and whether it was created.

    Several matches raise Refusal with status 300, code DUPLICATE_EXTERNAL_ID and the ids in `extra`.
    """
    field, value = key
    ids = table.find(field.name, value)
    if len(ids) > 1:
        message = f"{field.name}: more than one record found for external id field: [{', '.join(ids)}]"
        raise Refusal(Problem("DUPLICATE_EXTERNAL_ID", message, [], {"ids": ids}), 300)
    if ids:
        update(org, call, table, ids[0], values)
        return ids[0], False
    return insert(org, call, table, {**values, field.name: value}), True


def living(table: Table, row_id: str) -> Row:
    """The live row with an id of either length; raises 404 ENTITY_IS_DELETED or 404 INVALID_CROSS_REFERENCE_KEY."""
    row = table.get(normal_id(row_id) or "")
    if row is None:
        raise refuse("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", status=404, fields=[])
    if row["IsDeleted"]:
        raise refuse("ENTITY_IS_DELETED", "entity is deleted", status=404, fields=[])
    return row


def external_key(kind: SObject, name: str, value: Any, *, sees_hidden: bool = False) -> tuple[Field, str]:
    """A field by which rows may be upserted together with a value; raises 404 NOT_FOUND for any other field."""
    field = kind.find(name, sees_hidden=sees_hidden)
    if field is None or not field.external_id:
        raise refuse("NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {name}", status=404)
    if value is None or value == "":
        raise refuse("MISSING_ARGUMENT", f"{field.name} not specified", fields=[field.name])
    return field, str(value)


def _judge(org: Org, call: Call, kind: SObject, values: Mapping[str, Any], *, writes: str) -> Row:
    given: Row = {}
    problems: list[Problem] = []
    barred: list[str] = []
    for name, given_value in values.items():
        found = kind.find(name, sees_hidden=call.sees_hidden)
        field, value = (found, given_value) if found is not None else _by_parent(org, call, kind, name, given_value)
        if not getattr(field, writes):
            barred.append(field.name)
            continue
        try:
            given[field.name] = stored_value(field, value)
        except Refusal as refusal:
            problems.extend(refusal.problems)
    if barred:
        raise Refusal(_read_only(barred, writes))
    if problems:
        raise Refusal(problems)
    return given


def _read_only(names: list[str], writes: str) -> Problem:
    verb = "create" if writes == "createable" else "update"
    advice = "Please check the security settings of this field and verify that it is read/write for your profile or permission set."
    return Problem("INVALID_FIELD_FOR_INSERT_UPDATE", f"Unable to {verb} fields: {', '.join(names)}. {advice}", names)


def _by_parent(org: Org, call: Call, kind: SObject, name: str, value: Any) -> tuple[Field, str]:
    """A parent named by its external id: `{"Account": {"Ext__c": "7"}}` stands for `{"AccountId": "001..."}`."""
    field = kind.relationship(name, sees_hidden=call.sees_hidden) if isinstance(value, Mapping) else None
    if field is None:
        raise refuse("INVALID_FIELD", f"No such column '{name}' on sobject of type {kind.name}")
    keys = [(key, text) for key, text in value.items() if key != "attributes"]
    if len(keys) != 1:
        raise refuse("INVALID_FIELD", f"Foreign key {name} needs exactly one external id field", fields=[name])
    for target in field.reference_to:
        table = org.table(target)
        parent_key = table.kind.find(keys[0][0], sees_hidden=call.sees_hidden)
        if parent_key is not None and (parent_key.external_id or parent_key.name == "Email"):
            return field, _one_parent(table, parent_key, str(keys[0][1]), name)
    raise refuse("INVALID_FIELD", f"No such column '{keys[0][0]}' on sobject of type {field.reference_to[0]}")


def _one_parent(table: Table, key: Field, value: str, name: str) -> str:
    ids = table.find(key.name, value)
    if len(ids) == 1:
        return ids[0]
    message = f"Foreign key external ID: {value} not found for field {key.name} in entity {table.kind.name}"
    raise refuse("INVALID_FIELD" if not ids else "DUPLICATE_EXTERNAL_ID", message, fields=[name])


def _refuse_missing(kind: SObject, row: Row, only: Row | None = None) -> None:
    missing = [name for name in kind.required if row.get(name) is None and (only is None or name in only)]
    if missing:
        raise refuse("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", fields=missing)
    if kind.name == "CampaignMember" and row.get("LeadId") is None and row.get("ContactId") is None:
        raise refuse("REQUIRED_FIELD_MISSING", "Required fields are missing: [LeadId, ContactId]", fields=["LeadId", "ContactId"])


def _refuse_taken(table: Table, given: Row, own_id: str | None) -> None:
    for field in table.kind.unique:
        value = given.get(field.name)
        others = [row_id for row_id in table.find(field.name, value) if row_id != own_id] if value is not None else []
        if others:
            message = f"duplicate value found: {field.name} duplicates value on record with id: {others[0]}"
            raise refuse("DUPLICATE_VALUE", message, fields=[field.name])
    if table.kind.name == "CampaignMember" and own_id is None:
        _refuse_second_membership(table, given)


def _refuse_second_membership(table: Table, given: Row) -> None:
    who = "LeadId" if given.get("LeadId") else "ContactId"
    for member in table.pick(table.find(who, given[who])):
        if member["CampaignId"] == given["CampaignId"]:
            raise refuse("DUPLICATE_VALUE", f"Already a campaign member. duplicates value on record with id: {member['Id']}", fields=[who])


def _refuse_conflicts(org: Org, call: Call, table: Table, row: Row, given: Row) -> None:
    for field in table.kind.references:
        if given.get(field.name) is not None:
            _refuse_dangling(org, table.kind, field, given[field.name])
    rules.refuse_invalid(org, table, row)
    if row["Id"] is None or any(name in given for name in org.dials.duplicate_rule.on):
        rules.refuse_duplicate(org, call, table, row)
    rules.refuse_locked(org, row)


def _refuse_dangling(org: Org, kind: SObject, field: Field, value: str) -> None:
    target = org.table_of(value)
    if target is None or target.kind.name not in field.reference_to:
        raise refuse("FIELD_INTEGRITY_EXCEPTION", f"{field.label}: id value of incorrect type: {value}", fields=[field.name])
    parent = target.get(value)
    if parent is None or parent["IsDeleted"]:
        raise refuse("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=[field.name])
    if field.name == "OwnerId" and not org.is_active_user(value):
        message = f"operation performed with inactive user [{value[:15]}] as owner of {kind.name.lower()}"
        raise refuse("INACTIVE_OWNER_OR_USER", message, fields=["OwnerId"])


def _stamp(row: Row, call: Call, now: str) -> None:
    row |= {"LastModifiedDate": now, "LastModifiedById": call.user_id, "SystemModstamp": now}


def _name(kind: SObject, row: Row) -> None:
    if "lastname" in kind.fields:
        row["Name"] = " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part)
