"""Associations v4 and their dated twins: read, label, batch, define labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sandbox.hubspot.batch_api import envelope
from sandbox.hubspot.call import Call, Json, inputs_of, objects, rows_of, text_of, whole_of
from sandbox.hubspot.linking import connect, disconnect
from sandbox.hubspot.links import End, Spec
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.refusals import Refusal, missing, missing_ids, validation
from sandbox.wire import Answer, json_answer

MOST_CREATED = 2_000
MOST_READ = 1_000
PAGE = 500


def list_of_one(portal: Portal, call: Call) -> Answer:
    """GET objects/{from}/{id}/associations/{to}: a page of 500 at most."""
    source, target = _types(portal, call)
    _require(portal, (source, call.path["id"]))
    limit = call.number("limit", PAGE, PAGE)
    found = _page(portal, (source, call.path["id"]), target, call.after(), limit)
    return json_answer(found)


def put_labels(portal: Portal, call: Call) -> Answer:
    """PUT objects/{from}/{id}/associations/{to}/{to_id} with an array of types."""
    source, target = _types(portal, call)
    ends = (source, call.path["id"]), (target, call.path["to_id"])
    specs = _specs(portal, source, target, objects(call.array(), "the body"))
    _require(portal, *ends)
    connect(portal, *ends, specs, actor=call.actor, now=call.now)
    return json_answer(_labelled(portal, *ends, specs), 201)


def put_default(portal: Portal, call: Call) -> Answer:
    """PUT objects/{from}/{id}/associations/default/{to}/{to_id}."""
    source, target = _types(portal, call)
    ends = (source, call.path["id"]), (target, call.path["to_id"])
    _require(portal, *ends)
    return envelope(portal, call, _connect_default(portal, call, *ends), [], success=200)


def delete_pair(portal: Portal, call: Call) -> Answer:
    """DELETE objects/{from}/{id}/associations/{to}/{to_id}: all labels go."""
    source, target = _types(portal, call)
    disconnect(portal, (source, call.path["id"]), (target, call.path["to_id"]), actor=call.actor, now=call.now)
    return Answer(204)


def batch_create(portal: Portal, call: Call) -> Answer:
    """POST associations/{from}/{to}/batch/create: rows with unknown records or types are errors of their own."""
    source, target = _types(portal, call)
    results, errors = [], []
    for row in inputs_of(call.body(), MOST_CREATED):
        ends = _ends(row, source, target)
        try:
            specs = _specs(portal, source, target, rows_of(row, "types"))
            _require(portal, *ends)
        except Refusal as refusal:
            errors.append(_pair_error(refusal, ends))
            continue
        connect(portal, *ends, specs, actor=call.actor, now=call.now)
        results.append(_labelled(portal, *ends, specs))
    return envelope(portal, call, results, errors, success=201)


def batch_default(portal: Portal, call: Call) -> Answer:
    """POST associations/{from}/{to}/batch/associate/default."""
    source, target = _types(portal, call)
    results: list[Json] = []
    errors = []
    for row in inputs_of(call.body(), MOST_CREATED):
        ends = _ends(row, source, target)
        try:
            _require(portal, *ends)
        except Refusal as refusal:
            errors.append(_pair_error(refusal, ends))
            continue
        results += _connect_default(portal, call, *ends)
    return envelope(portal, call, results, errors, success=200)


def batch_read(portal: Portal, call: Call) -> Answer:
    """POST associations/{from}/{to}/batch/read: ids without any association are reported as not found."""
    source, target = _types(portal, call)
    results, without = [], []
    for row in inputs_of(call.body(), MOST_READ):
        record_id = text_of(row, "id")
        page = _page(portal, (source, record_id), target, whole_of(row, "after", 0), PAGE)
        if not page["results"]:
            without.append(record_id)
            continue
        found: Json = {"from": {"id": record_id}, "to": page["results"]}
        results.append({**found, **({"paging": page["paging"]} if "paging" in page else {})})
    noun = portal.schema(source).kind.noun
    errors = [missing_ids(noun, without).row() | {"subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}] if without else []
    return envelope(portal, call, results, errors, success=200)


def batch_archive(portal: Portal, call: Call) -> Answer:
    """POST associations/{from}/{to}/batch/archive: v4 answers 204, dated versions 200 with a body."""
    source, target = _types(portal, call)
    for row in inputs_of(call.body(), MOST_CREATED):
        others = row.get("to")
        for other in others if isinstance(others, list) else [others]:
            disconnect(portal, (source, _id(row.get("from"))), (target, _id(other)), actor=call.actor, now=call.now)
    return Answer(204) if call.version == "v4" else envelope(portal, call, [], [], success=200)


def batch_archive_labels(portal: Portal, call: Call) -> Answer:
    """POST associations/{from}/{to}/batch/labels/archive: only the named types go."""
    source, target = _types(portal, call)
    for row in inputs_of(call.body(), MOST_CREATED):
        ends, specs = _ends(row, source, target), _specs(portal, source, target, rows_of(row, "types"))
        disconnect(portal, *ends, specs, actor=call.actor, now=call.now)
    return Answer(204) if call.version == "v4" else envelope(portal, call, [], [], success=200)


def list_labels(portal: Portal, call: Call) -> Answer:
    """GET associations/{from}/{to}/labels."""
    source, target = _types(portal, call)
    labels = portal.links.labels_between(source, target)
    return json_answer({"results": [{"category": one.category, "typeId": one.type_id, "label": one.label} for one in labels]})


def create_label(portal: Portal, call: Call) -> Answer:
    """POST associations/{from}/{to}/labels: a label of the account's own, in both directions."""
    source, target = _types(portal, call)
    body = call.body()
    label = text_of(body, "label")
    made = portal.links.add_label(source, target, label, str(body.get("inverseLabel") or label))
    return json_answer({"results": [{"category": one.category, "typeId": one.type_id, "label": one.label} for one in made]})


def _types(portal: Portal, call: Call) -> tuple[str, str]:
    return portal.schema(call.path["type"]).kind.name, portal.schema(call.path["to"]).kind.name


def _require(portal: Portal, *ends: End) -> None:
    for kind, record_id in ends:
        if portal.tables[kind].live(record_id) is None:
            raise missing()


def _specs(portal: Portal, source: str, target: str, rows: Sequence[Mapping[str, Any]]) -> list[Spec]:
    specs = [(str(row.get("associationCategory")), whole_of(row, "associationTypeId", 0)) for row in rows]
    for spec in specs:
        if portal.links.label(source, target, spec) is None:
            raise validation(f"{spec[1]} is no association type of category {spec[0]} from {source} to {target}")
    return specs


def _page(portal: Portal, source: End, target: str, after: int, limit: int) -> Json:
    """A page in the order of ids; `after` is the first id of the next page."""
    rest = [(other, specs) for other, specs in portal.links.targets(source, target) if int(other) >= after]
    live = [(other, specs) for other, specs in rest if portal.tables[target].live(other)]
    found: Json = {"results": [_associated(portal, source[0], target, other, specs) for other, specs in live[:limit]]}
    if len(live) > limit:
        found["paging"] = {"next": {"after": live[limit][0], "link": ""}}
    return found


def _associated(portal: Portal, source: str, target: str, other: str, specs: Iterable[Spec]) -> Json:
    labels = [portal.links.label(source, target, spec) for spec in sorted(specs)]
    types = [{"category": one.category, "typeId": one.type_id, "label": one.label} for one in labels if one]
    return {"toObjectId": int(other) if portal.dials.association_ids_as_numbers else other, "associationTypes": types}


def _labelled(portal: Portal, source: End, target: End, specs: Sequence[Spec]) -> Json:
    labels = [portal.links.label(source[0], target[0], spec) for spec in specs]
    ids_as = int if portal.dials.association_ids_as_numbers else str
    return {
        "fromObjectTypeId": portal.schema(source[0]).kind.type_id,
        "fromObjectId": ids_as(source[1]),
        "toObjectTypeId": portal.schema(target[0]).kind.type_id,
        "toObjectId": ids_as(target[1]),
        "labels": [one.label for one in labels if one and one.label],
    }


def _connect_default(portal: Portal, call: Call, source: End, target: End) -> list[Json]:
    label = portal.links.default(source[0], target[0])
    connect(portal, source, target, [], actor=call.actor, now=call.now)
    back = portal.links.inverse[label.spec]
    return [_default(source, target, label.spec), _default(target, source, back)]


def _default(source: End, target: End, spec: Spec) -> Json:
    return {
        "from": {"id": source[1]},
        "to": {"id": target[1]},
        "associationSpec": {"associationCategory": spec[0], "associationTypeId": spec[1]},
    }


def _ends(row: Mapping[str, Any], source: str, target: str) -> tuple[End, End]:
    return (source, _id(row.get("from"))), (target, _id(row.get("to")))


def _id(end: Any) -> str:
    if not isinstance(end, dict):
        raise validation("from and to must be objects with an id")
    return text_of(end, "id")


def _pair_error(refusal: Refusal, ends: tuple[End, End]) -> Json:
    return refusal.row() | {"context": {"fromObjectId": [ends[0][1]], "toObjectId": [ends[1][1]]}}
