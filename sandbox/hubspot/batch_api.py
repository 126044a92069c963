"""Records by the hundred: create, read, update, upsert and archive, with the vendor's rules for partial failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.hubspot import removal
from sandbox.hubspot.call import Call, Json, inputs_of, mapping_of, optional_text_of, text_of, texts_of
from sandbox.hubspot.links import Spec
from sandbox.hubspot.lookup import check_id_property, find, refuse_hot
from sandbox.hubspot.moments import iso
from sandbox.hubspot.objects_api import connect_all, extra_of_writes, planned_links
from sandbox.hubspot.portal import Portal, Schema
from sandbox.hubspot.records import Record
from sandbox.hubspot.refusals import Refusal, missing_ids, validation
from sandbox.hubspot.rendering import render
from sandbox.hubspot.writes import WritePlan, Writer
from sandbox.wire import Answer, json_answer

MOST = 100


@dataclass(frozen=True, slots=True)
class _Row:
    """A planned row: what to write, what to link, and what tells it apart in the answer."""

    plan: WritePlan
    trace: str | None
    links: Sequence[tuple[str, str, list[Spec]]] = ()


def create(portal: Portal, call: Call) -> Answer:
    """POST /{type}/batch/create: all or nothing, unless every input carries its own trace id."""
    batch = _Batch(portal, call)

    def plan(row: Json) -> _Row | None:
        links = planned_links(portal, batch.schema, row)
        return _Row(batch.writer.plan_create(mapping_of(row, "properties")), _trace(row), links)

    return batch.run(plan, success=201)


def update(portal: Portal, call: Call) -> Answer:
    """POST /{type}/batch/update: unknown ids are reported as one group, ids lost in a merge not at all."""
    batch = _Batch(portal, call)
    _refuse_doubles(text_of(row, "id") for row in batch.rows)
    for named in _id_properties(batch.rows):
        check_id_property(batch.writer.table, named)

    def plan(row: Json) -> _Row | None:
        record = find(batch.writer.table, text_of(row, "id"), optional_text_of(row, "idProperty"))
        if record is None:
            batch.note_missing(text_of(row, "id"))
            return None
        return _Row(batch.writer.plan_update(record, mapping_of(row, "properties")), _trace(row))

    return batch.run(plan, success=200)


def upsert(portal: Portal, call: Call) -> Answer:
    """POST /{type}/batch/upsert: by one idProperty for all rows; `new` tells which records were made."""
    batch = _Batch(portal, call)
    id_property = _one_id_property(batch.rows)
    check_id_property(batch.writer.table, id_property)
    _refuse_doubles(text_of(row, "id").lower() for row in batch.rows)
    source = call.actor.source_id

    def plan(row: Json) -> _Row | None:
        value, properties = text_of(row, "id"), mapping_of(row, "properties")
        record = find(batch.writer.table, value, id_property)
        if record is None:
            return _Row(batch.writer.plan_create({id_property: value, **properties}), _trace(row))
        if id_property == "email" and portal.dials.email_partial_upsert == "refuse":
            _refuse_partial(record, properties, source)
        return _Row(batch.writer.plan_update(record, _settled(properties, id_property, value)), _trace(row))

    return batch.run(plan, success=200, tells_new=True)


def read(portal: Portal, call: Call) -> Answer:
    """POST /{type}/batch/read: unknown ids are one grouped error beside the records that were found."""
    body = call.body()
    schema = portal.schema(call.path["type"])
    table = portal.table(schema.kind.name)
    id_property = optional_text_of(body, "idProperty")
    check_id_property(table, id_property)
    names, history = texts_of(body, "properties"), texts_of(body, "propertiesWithHistory")
    found: dict[str, Record] = {}
    unknown = []
    for row in inputs_of(body, 50 if history else MOST):
        record = table.records.get(text_of(row, "id")) if call.flag("archived") else find(table, text_of(row, "id"), id_property)
        if record is None or call.flag("archived") is (record.archived_at is None):
            unknown.append(text_of(row, "id"))
        else:
            found[record.id] = record
    results = [render(portal, schema, record, names, history=history) for record in found.values()]
    errors = [missing_ids(schema.kind.noun, unknown).row()] if unknown else []
    return envelope(portal, call, results, errors, success=200)


def archive(portal: Portal, call: Call) -> Answer:
    """POST /{type}/batch/archive; ids that are not there are no error."""
    schema = portal.schema(call.path["type"])
    refuse_hot(portal, schema.kind.name)
    for row in inputs_of(call.body(), MOST):
        record = portal.table(schema.kind.name).live(text_of(row, "id"))
        if record is not None:
            removal.archive(portal, schema.kind, record, actor=call.actor, now=call.now)
    return Answer(204)


def envelope(portal: Portal, call: Call, results: list[Json], errors: list[Json], *, success: int) -> Answer:
    """The answer of every batch: 207 when some rows failed, except in versions that fold the errors into a success."""
    if portal.dials.shuffle_results:
        portal.chance.shuffle(results)
    moment = iso(call.now)
    body: Json = {"status": "COMPLETE", "results": results, "requestedAt": moment, "startedAt": moment, "completedAt": moment}
    if errors:
        body |= {"numErrors": len(errors), "errors": errors}
    return json_answer(body, 207 if errors and not call.folds_errors else success)


class _Batch:
    """One batch of writes: plan every row, then write either all of them or those that may be."""

    def __init__(self, portal: Portal, call: Call) -> None:
        self.portal, self.call = portal, call
        self.schema: Schema = portal.schema(call.path["type"])
        refuse_hot(portal, self.schema.kind.name)
        self.rows = inputs_of(call.body(), MOST)
        self.writer = Writer(portal, self.schema, call.actor, call.now)
        self._traced = _all_traced(self.rows)
        self._unknown: list[str] = []

    def note_missing(self, record_id: str) -> None:
        """Remember an unknown id; one that went in a merge stays unmentioned, as at the vendor."""
        if record_id not in self.writer.table.successors:
            self._unknown.append(record_id)

    def run(self, plan: Callable[[Json], _Row | None], *, success: int, tells_new: bool = False) -> Answer:
        """Plan all rows; the first refusal fails the call unless every row is traced; then write and answer."""
        planned: list[_Row] = []
        errors: list[Json] = []
        for row in self.rows:
            try:
                found = plan(row)
            except Refusal as refusal:
                if not self._traced:
                    raise
                errors.append(refusal.row(_trace(row)))
                continue
            if found is not None:
                planned.append(found)
        results = [self._write(row, tells_new=tells_new) for row in planned]
        if self._unknown:
            errors.append(missing_ids(self.schema.kind.noun, self._unknown).row())
        return envelope(self.portal, self.call, results, errors, success=success)

    def _write(self, row: _Row, *, tells_new: bool) -> Json:
        record = self.writer.apply(row.plan)
        connect_all(self.portal, self.call, self.schema, record, list(row.links))
        found = render(self.portal, self.schema, record, [*row.plan.values, *self.schema.kind.defaults])
        found |= extra_of_writes(self.portal, self.call)
        if tells_new:
            found["new"] = row.plan.record is None
        if row.trace is not None and self.portal.dials.extra_fields:
            found["objectWriteTraceId"] = row.trace
        return found


def _trace(row: Mapping[str, Any]) -> str | None:
    trace = row.get("objectWriteTraceId")
    return None if trace is None else str(trace)


def _all_traced(rows: Sequence[Json]) -> bool:
    traces = [trace for row in rows if (trace := _trace(row)) is not None]
    if len(set(traces)) != len(traces):
        raise validation("objectWriteTraceId must be different for every input")
    return len(traces) == len(rows)


def _refuse_doubles(ids: Any) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise validation(f"Duplicate IDs found in batch input: [{one}]. IDs must be unique")
        seen.add(one)


def _id_properties(rows: Sequence[Json]) -> set[str | None]:
    return {optional_text_of(row, "idProperty") for row in rows}


def _one_id_property(rows: Sequence[Json]) -> str:
    named = _id_properties(rows)
    only = named.pop()
    if named or not isinstance(only, str):
        raise validation("All inputs of an upsert must name the same idProperty")
    return only


def _refuse_partial(record: Record, properties: Mapping[str, Any], source: str) -> None:
    owned = record.set_by(source) & record.properties.keys()
    system = {"hs_object_id", "hs_email_domain", "createdate", "lastmodifieddate", "email", "hs_merged_object_ids"}
    left_out = sorted(owned - system - properties.keys())
    if left_out:
        text = f"Partial upserts are not supported with email as the idProperty; these properties were left out: {', '.join(left_out)}"
        raise validation(text)


def _settled(properties: Mapping[str, Any], id_property: str, value: str) -> Mapping[str, Any]:
    """An address that only repeats the one looked up by is no change of the primary address."""
    if id_property == "email" and str(properties.get("email", "")).lower() == value.lower():
        return {name: given for name, given in properties.items() if name != "email"}
    return properties
