"""Records one at a time: create, read, list, update, archive, merge, delete for privacy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.hubspot import removal
from sandbox.hubspot.call import Call, Json, mapping_of, optional_text_of, rows_of, text_of, whole_of
from sandbox.hubspot.linking import connect
from sandbox.hubspot.links import Spec
from sandbox.hubspot.lookup import check_id_property, find, refuse_hot, require
from sandbox.hubspot.merging import merge
from sandbox.hubspot.portal import Portal, Schema
from sandbox.hubspot.records import Actor, Record
from sandbox.hubspot.refusals import missing, validation
from sandbox.hubspot.rendering import association_block, render
from sandbox.hubspot.writes import Writer
from sandbox.wire import Answer, json_answer

PAGE = 100
HISTORY_PAGE = 50


def create(portal: Portal, call: Call) -> Answer:
    """POST /{type}."""
    schema = portal.schema(call.path["type"])
    refuse_hot(portal, schema.kind.name)
    body = call.body()
    writer = Writer(portal, schema, call.actor, call.now)
    links = planned_links(portal, schema, body)
    plan = writer.plan_create(mapping_of(body, "properties"))
    record = writer.apply(plan)
    connect_all(portal, call, schema, record, links)
    return json_answer(render(portal, schema, record, [*plan.values, *schema.kind.defaults]) | extra_of_writes(portal, call), 201)


def read(portal: Portal, call: Call) -> Answer:
    """GET /{type}/{id}, by id or by `idProperty`, live or (`archived=true`) from the recycle bin."""
    schema = portal.schema(call.path["type"])
    table = portal.table(schema.kind.name)
    id_property = call.text("idProperty")
    check_id_property(table, id_property)
    record = table.records.get(call.path["id"]) if call.flag("archived") else find(table, call.path["id"], id_property)
    if record is None or call.flag("archived") is (record.archived_at is None):
        raise missing()
    return json_answer(_full(portal, schema, record, call))


def list_page(portal: Portal, call: Call) -> Answer:
    """GET /{type}: a page in the order of ids; `after` is the first id of the next page."""
    schema = portal.schema(call.path["type"])
    most = HISTORY_PAGE if call.names("propertiesWithHistory") else PAGE
    limit = call.number("limit", 10, most)
    records: list[Record] = []
    following = None
    for record in portal.table(schema.kind.name).after(call.after() - 1, call.now, archived=call.flag("archived")):
        if len(records) == limit:
            following = record.id
            break
        records.append(record)
    found: Json = {"results": [_full(portal, schema, record, call) for record in records]}
    if following is not None:
        path = f"{call.request.path}?limit={limit}&after={following}"
        found["paging"] = {"next": {"after": following, "link": f"https://api.hubapi.com{path}"}}
    return json_answer(found)


def update(portal: Portal, call: Call) -> Answer:
    """PATCH /{type}/{id}."""
    schema = portal.schema(call.path["type"])
    refuse_hot(portal, schema.kind.name)
    writer = Writer(portal, schema, call.actor, call.now)
    id_property = call.text("idProperty")
    check_id_property(writer.table, id_property)
    record = require(writer.table, call.path["id"], id_property)
    properties = mapping_of(call.body(), "properties")
    record = writer.apply(writer.plan_update(record, properties))
    return json_answer(render(portal, schema, record, [*properties, *schema.kind.defaults]) | extra_of_writes(portal, call))


def archive(portal: Portal, call: Call) -> Answer:
    """DELETE /{type}/{id}; a record that is not there any more is no error."""
    schema = portal.schema(call.path["type"])
    refuse_hot(portal, schema.kind.name)
    record = portal.table(schema.kind.name).live(call.path["id"])
    if record is not None:
        removal.archive(portal, schema.kind, record, actor=call.actor, now=call.now)
    return Answer(204)


def merge_two(portal: Portal, call: Call) -> Answer:
    """POST /{type}/merge; the answer is the survivor, whose id is normally a new one."""
    schema = portal.schema(call.path["type"])
    refuse_hot(portal, schema.kind.name)
    body = call.body()
    table = portal.table(schema.kind.name)
    primary = require(table, text_of(body, "primaryObjectId"), None)
    loser = require(table, text_of(body, "objectIdToMerge"), None)
    survivor = merge(portal, schema, primary, loser, actor=call.actor, now=call.now)
    return json_answer(render(portal, schema, survivor, [*survivor.properties]))


def gdpr_delete(portal: Portal, call: Call) -> Answer:
    """POST /{type}/gdpr-delete, by id or by e-mail; an unknown e-mail is blocked all the same."""
    schema = portal.schema(call.path["type"])
    body = call.body()
    removal.erase(portal, schema.kind, text_of(body, "objectId"), optional_text_of(body, "idProperty"), actor=call.actor, now=call.now)
    return Answer(204)


def planned_links(portal: Portal, schema: Schema, row: Mapping[str, Any]) -> list[tuple[str, str, list[Spec]]]:
    """The associations a new record asks for, as (type, id, specs), checked before anything is written."""
    found = []
    for entry in rows_of(row, "associations"):
        specs = [(str(one.get("associationCategory")), whole_of(one, "associationTypeId", 0)) for one in rows_of(entry, "types")]
        target_id = text_of(mapping_of(entry, "to"), "id")
        found.append((_linked_type(portal, schema, specs, target_id), target_id, specs))
    if schema.kind.name == "leads" and not any(kind in ("contacts", "companies") for kind, _, _ in found):
        raise validation("A lead needs an association with a contact or a company")
    return found


def connect_all(portal: Portal, call: Call, schema: Schema, record: Record, links: list[tuple[str, str, list[Spec]]]) -> None:
    """Make the associations of a new record."""
    for kind, target_id, specs in links:
        connect(portal, (schema.kind.name, record.id), (kind, target_id), specs, actor=call.actor, now=call.now)


def extra_of_writes(portal: Portal, call: Call) -> Json:
    """What the answer to a write carries besides, and clients often do not know; versions from 2026-09 on have it no more."""
    return {"warnings": []} if portal.dials.extra_fields and not call.folds_errors else {}


def create_as(portal: Portal, schema: Schema, properties: Mapping[str, Any], actor: Actor, now: Any) -> Record:
    """Create a record outside the API, as a person would, under the same rules."""
    writer = Writer(portal, schema, actor, now)
    return writer.apply(writer.plan_create(properties))


def _linked_type(portal: Portal, schema: Schema, specs: list[Spec], target_id: str) -> str:
    for kind in portal.schemas:
        if specs and all(portal.links.label(schema.kind.name, kind, spec) for spec in specs):
            if portal.tables[kind].live(target_id) is None:
                raise validation(f"The associated {portal.schemas[kind].kind.noun} {target_id} does not exist")
            return kind
    raise validation(f"No association type of {schema.kind.name} matches {specs}")


def _full(portal: Portal, schema: Schema, record: Record, call: Call) -> Json:
    found = render(portal, schema, record, call.names("properties"), history=call.names("propertiesWithHistory"))
    block = association_block(portal, schema.kind.name, record.id, call.names("associations"))
    return {**found, "associations": block} if block else found
