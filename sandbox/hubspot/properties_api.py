"""The properties API: definitions, their options and groups; what it changes, the next write already obeys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.hubspot.call import Call, Json, inputs_of, rows_of, text_of, whole_of
from sandbox.hubspot.definitions import Definition, Option
from sandbox.hubspot.moments import iso
from sandbox.hubspot.portal import Portal, Schema
from sandbox.hubspot.refusals import Refusal, missing, validation
from sandbox.wire import Answer, json_answer

MOST_UNIQUE = 10
MOST_IN_BATCH = 100
TYPES = {"bool", "date", "datetime", "enumeration", "number", "phone_number", "string"}
_CHANGEABLE = {
    "label": "label",
    "fieldType": "field_type",
    "groupName": "group_name",
    "description": "description",
    "hidden": "hidden",
    "formField": "form_field",
    "displayOrder": "display_order",
}


def list_all(portal: Portal, call: Call) -> Answer:
    """GET /{type}: all definitions on one page; archived ones and sensitive ones only on request."""
    schema = portal.schema(call.path["type"])
    sensitivity = call.text("dataSensitivity") or "non_sensitive"
    archived = call.flag("archived")
    found = [
        one for one in schema.definitions.values() if one.data_sensitivity == sensitivity and (one.archived_at is not None) is archived
    ]
    return json_answer({"results": [one.as_data() for one in found]})


def read(portal: Portal, call: Call) -> Answer:
    """GET /{type}/{name}."""
    return json_answer(_require(portal.schema(call.path["type"]), call.path["name"]).as_data())


def create(portal: Portal, call: Call) -> Answer:
    """POST /{type}."""
    schema = portal.schema(call.path["type"])
    return json_answer(add_property(portal, schema, call.body(), call.now).as_data(), 201)


def update(portal: Portal, call: Call) -> Answer:
    """PATCH /{type}/{name}; whether values are unique can never be changed."""
    schema = portal.schema(call.path["type"])
    definition = _require(schema, call.path["name"])
    if definition.hubspot_defined:
        raise Refusal(400, "VALIDATION_ERROR", f"{definition.name} is defined by HubSpot and cannot be changed")
    body = call.body()
    if "hasUniqueValue" in body and bool(body["hasUniqueValue"]) is not definition.unique:
        raise validation("hasUniqueValue cannot be changed after a property was created")
    for name, attribute in _CHANGEABLE.items():
        if name in body:
            setattr(definition, attribute, body[name])
    if "options" in body:
        definition.options = _options(body)
    definition.updated_at = call.now
    return json_answer(definition.as_data())


def archive(portal: Portal, call: Call) -> Answer:
    """DELETE /{type}/{name}."""
    _archive(portal.schema(call.path["type"]), call.path["name"], call.now)
    return Answer(204)


def batch_create(portal: Portal, call: Call) -> Answer:
    """POST /{type}/batch/create; rows that fail are reported beside those that were made."""
    schema = portal.schema(call.path["type"])
    results, errors = [], []
    for row in inputs_of(call.body(), MOST_IN_BATCH):
        try:
            results.append(add_property(portal, schema, row, call.now).as_data())
        except Refusal as refusal:
            errors.append(refusal.row())
    return _envelope(call, results, errors, success=201)


def batch_read(portal: Portal, call: Call) -> Answer:
    """POST /{type}/batch/read."""
    schema = portal.schema(call.path["type"])
    names = [text_of(row, "name") for row in inputs_of(call.body(), MOST_IN_BATCH)]
    results = [found.as_data() for name in names if (found := schema.active(name))]
    unknown = [name for name in names if schema.active(name) is None]
    errors = [Refusal(404, "OBJECT_NOT_FOUND", "Some properties do not exist", context={"name": unknown}).row()] if unknown else []
    return _envelope(call, results, errors, success=200)


def batch_archive(portal: Portal, call: Call) -> Answer:
    """POST /{type}/batch/archive."""
    schema = portal.schema(call.path["type"])
    for row in inputs_of(call.body(), MOST_IN_BATCH):
        _archive(schema, text_of(row, "name"), call.now)
    return Answer(204)


def list_groups(portal: Portal, call: Call) -> Answer:
    """GET /{type}/groups."""
    groups = portal.schema(call.path["type"]).groups
    return json_answer(
        {"results": [{"name": name, "label": label, "displayOrder": -1, "archived": False} for name, label in groups.items()]}
    )


def create_group(portal: Portal, call: Call) -> Answer:
    """POST /{type}/groups."""
    body, groups = call.body(), portal.schema(call.path["type"]).groups
    name, label = text_of(body, "name"), text_of(body, "label")
    if name in groups:
        raise Refusal(409, "CONFLICT", f"A property group named {name} already exists")
    groups[name] = label
    return json_answer({"name": name, "label": label, "displayOrder": -1, "archived": False}, 201)


def add_property(portal: Portal, schema: Schema, body: Mapping[str, Any], now: datetime) -> Definition:
    """Define a property from the body of a create call; raises Refusal."""
    definition = _definition(schema, body, now)
    if definition.unique:
        custom = [one for one in schema.definitions.values() if one.unique and one.archived_at is None]
        if len(custom) >= MOST_UNIQUE:
            raise validation(f"An object type takes at most {MOST_UNIQUE} properties with unique values")
        portal.table(schema.kind.name).make_unique(definition.name)
    schema.definitions[definition.name] = definition
    return definition


def _definition(schema: Schema, body: Mapping[str, Any], now: datetime) -> Definition:
    name, kind = text_of(body, "name"), text_of(body, "type")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise validation(f"{name} is no valid property name: lower-case letters, digits and underscores, a letter first")
    if schema.active(name):
        raise Refusal(409, "CONFLICT", f"A property named '{name}' already exists.")
    if kind not in TYPES:
        raise validation(f"{kind} is no property type; use one of {sorted(TYPES)}")
    group = text_of(body, "groupName")
    if group not in schema.groups:
        raise validation(f"Property group {group} does not exist")
    found = Definition(name, text_of(body, "label"), kind, text_of(body, "fieldType"), group, str(body.get("description", "")))
    found.options = _options(body)
    if kind == "enumeration" and not found.options and not body.get("externalOptions"):
        raise validation(f"The enumeration {name} needs options")
    found.unique = bool(body.get("hasUniqueValue", False))
    found.external_options = bool(body.get("externalOptions", False))
    found.hidden, found.form_field = bool(body.get("hidden", False)), bool(body.get("formField", True))
    found.calculated = found.read_only_value = body.get("calculationFormula") is not None
    found.data_sensitivity = str(body.get("dataSensitivity", "non_sensitive"))
    found.referenced_object_type = body.get("referencedObjectType")
    found.created_at = found.updated_at = now
    return found


def _options(body: Mapping[str, Any]) -> list[Option]:
    rows = rows_of(body, "options")
    values = [str(row.get("value")) for row in rows]
    if len(set(values)) != len(values):
        raise validation("Option values must be different from each other")
    return [
        Option(
            str(row.get("label")),
            str(row.get("value")),
            bool(row.get("hidden")),
            whole_of(row, "displayOrder", place),
            str(row.get("description", "")),
        )
        for place, row in enumerate(rows)
    ]


def _require(schema: Schema, name: str) -> Definition:
    found = schema.active(name)
    if found is None:
        raise missing()
    return found


def _archive(schema: Schema, name: str, now: datetime) -> None:
    definition = _require(schema, name)
    if definition.hubspot_defined:
        raise validation(f"{name} is defined by HubSpot and cannot be archived")
    definition.archived_at = now


def _envelope(call: Call, results: list[Json], errors: list[Json], *, success: int) -> Answer:
    moment = iso(call.now)
    body: Json = {"status": "COMPLETE", "results": results, "requestedAt": moment, "startedAt": moment, "completedAt": moment}
    if errors:
        body |= {"numErrors": len(errors), "errors": errors}
    return json_answer(body, 207 if errors and not call.folds_errors else success)
