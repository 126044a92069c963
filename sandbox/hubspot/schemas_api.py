"""Custom object types: define, list, read, remove."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.hubspot.call import Call, Json, mapping_of, rows_of, text_of, texts_of
from sandbox.hubspot.definitions import Definition, ObjectType
from sandbox.hubspot.moments import iso
from sandbox.hubspot.portal import Portal, Schema
from sandbox.hubspot.properties_api import add_property
from sandbox.hubspot.refusals import Refusal, missing, validation
from sandbox.hubspot.standard import standard_definitions, system_group
from sandbox.wire import Answer, json_answer


def list_all(portal: Portal, call: Call) -> Answer:
    """GET schemas: custom types only."""
    return json_answer({"results": [_as_data(portal, schema, call.now) for schema in portal.schemas.values() if schema.kind.custom]})


def read(portal: Portal, call: Call) -> Answer:
    """GET schemas/{type}."""
    return json_answer(_as_data(portal, portal.schema(call.path["type"]), call.now))


def create(portal: Portal, call: Call) -> Answer:
    """POST schemas."""
    return json_answer(_as_data(portal, add_schema(portal, call.body(), call.now), call.now), 201)


def delete(portal: Portal, call: Call) -> Answer:
    """DELETE schemas/{type}; only once all its records are archived."""
    schema = portal.schema(call.path["type"])
    if not schema.kind.custom:
        raise missing()
    if any(record.archived_at is None for record in portal.table(schema.kind.name).records.values()):
        raise validation(f"{schema.kind.name} still has records")
    portal.drop_type(schema.kind.name)
    return Answer(204)


def add_schema(portal: Portal, body: Mapping[str, Any], now: datetime) -> Schema:
    """Define a custom object type from the body of a create call; raises Refusal."""
    name = text_of(body, "name").lower()
    if name in portal.schemas:
        raise Refusal(409, "CONFLICT", f"An object type named {name} already exists")
    labels = {key: str(value) for key, value in mapping_of(body, "labels").items()}
    primary = str(body.get("primaryDisplayProperty") or "name")
    kind = ObjectType(
        *(name, name, f"2-{portal.next_id()}", "hs_createdate", "hs_lastmodifieddate"),
        defaults=(primary, "hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
        searched=(primary, *texts_of(body, "searchableProperties")),
        scope="custom",
        event="object",
        required=tuple(texts_of(body, "requiredProperties")),
        labels=labels or {"singular": name, "plural": f"{name}s"},
        custom=True,
    )
    definitions = standard_definitions(kind)
    portal.add_type(kind, definitions)
    schema = portal.schemas[name]
    rows = rows_of(body, "properties") or [{"name": primary, "label": primary.capitalize(), "type": "string", "fieldType": "text"}]
    for row in rows:
        _add_row(portal, schema, row, now)
    return schema


def _add_row(portal: Portal, schema: Schema, row: Mapping[str, Any], now: datetime) -> Definition:
    return add_property(portal, schema, {"groupName": system_group(schema.kind), **row}, now)


def _as_data(portal: Portal, schema: Schema, now: datetime) -> Json:
    kind = schema.kind
    return {
        "id": kind.type_id.rpartition("-")[2],
        "name": kind.name,
        "objectTypeId": kind.type_id,
        "fullyQualifiedName": f"p{portal.dials.portal_id}_{kind.name}" if kind.custom else kind.noun.upper(),
        "labels": dict(kind.labels) or {"singular": kind.noun.capitalize(), "plural": kind.name.capitalize()},
        "primaryDisplayProperty": kind.defaults[0],
        "requiredProperties": list(kind.required),
        "searchableProperties": list(kind.searched),
        "secondaryDisplayProperties": [],
        "properties": [one.as_data() for one in schema.definitions.values() if one.archived_at is None],
        "associations": [],
        "archived": False,
        "createdAt": iso(now),
        "updatedAt": iso(now),
    }
