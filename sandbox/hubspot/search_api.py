"""The search endpoint: limits of a query, candidates as the index shows them, order, pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.hubspot.call import Call, Json, rows_of, texts_of, whole_of
from sandbox.hubspot.definitions import Definition
from sandbox.hubspot.filters import Condition, compile_filter, matches_query, searchable
from sandbox.hubspot.moments import millis, parse
from sandbox.hubspot.portal import Portal, Schema
from sandbox.hubspot.records import Record, Table
from sandbox.hubspot.refusals import validation
from sandbox.hubspot.rendering import render
from sandbox.wire import Answer, json_answer

MOST_CHARACTERS = 3_000
MOST_RESULTS = 10_000
PAGE = 200
GROUPS, FILTERS_IN_GROUP, FILTERS = 5, 6, 18


@dataclass(frozen=True, slots=True)
class _Hit:
    """A record as the index shows it, which may be older than the record."""

    record: Record
    shown: Mapping[str, str]


def search(portal: Portal, call: Call) -> Answer:
    """POST /{type}/search."""
    schema = portal.schema(call.path["type"])
    if len(call.request.body.decode("utf-8", "replace")) > MOST_CHARACTERS:
        raise validation(f"The request is longer than {MOST_CHARACTERS} characters")
    body = call.body()
    limit, after = whole_of(body, "limit", 10), whole_of(body, "after", 0)
    if limit > PAGE:
        raise validation(f"The requested page size {limit} is larger than {PAGE}")
    if after + limit > MOST_RESULTS:
        raise validation(f"Paging past {MOST_RESULTS} results of one query is not possible")
    hits = _sorted(_matching(portal, schema, body, call), schema, body)
    results = [_shown(portal, schema, hit, body) for hit in hits[after : after + limit]]
    if portal.dials.shuffle_results and not body.get("sorts"):
        portal.chance.shuffle(results)
    found: Json = {"total": len(hits), "results": results}
    if after + limit < len(hits):
        found["paging"] = {"next": {"after": str(after + limit)}}
    return json_answer(found)


def _matching(portal: Portal, schema: Schema, body: Json, call: Call) -> list[_Hit]:
    groups = _groups(body, schema)
    query = str(body.get("query") or "")
    found = []
    for record in _candidates(portal, schema, groups):
        shown = _indexed(portal, record, call)
        if shown is None or (query and not matches_query(schema.kind, shown, query)):
            continue
        if not groups or any(all(condition.holds(shown) for condition in group) for group in groups):
            found.append(_Hit(record, shown))
    return found


def _indexed(portal: Portal, record: Record, call: Call) -> Mapping[str, str] | None:
    if record.archived_at is not None:
        return None
    return record.properties if record.updated_at + portal.index_delay() <= call.now else record.indexed


def _candidates(portal: Portal, schema: Schema, groups: list[list[Condition]]) -> Iterable[Record]:
    """All records; or, while the index does not lag, only those that a unique value in each group points at."""
    table = portal.tables[schema.kind.name]
    pointed = [_pointed(group, table) for group in groups]
    if not pointed or portal.dials.index_delay_seconds or any(ids is None for ids in pointed):
        return table.records.values()
    wanted = dict.fromkeys(one for ids in pointed for one in ids or [])
    return [table.records[one] for one in wanted if one in table.records]


def _pointed(group: list[Condition], table: Table) -> list[str] | None:
    found = (condition.points_at(table) for condition in group)
    return next((ids for ids in found if ids is not None), None)


def _groups(body: Json, schema: Schema) -> list[list[Condition]]:
    groups = [rows_of(group, "filters") for group in rows_of(body, "filterGroups")]
    if len(groups) > GROUPS or any(len(group) > FILTERS_IN_GROUP for group in groups) or sum(map(len, groups)) > FILTERS:
        raise validation(f"A search takes at most {GROUPS} filterGroups with {FILTERS_IN_GROUP} filters each, {FILTERS} in all")
    return [[compile_filter(entry, _known(schema, entry.get("propertyName"))) for entry in group] for group in groups]


def _known(schema: Schema, name: Any) -> Definition:
    found = searchable(str(name)) or schema.active(str(name))
    if found is None:
        raise validation(f"There was a problem with the request: property {name} does not exist")
    return found


def _sorted(hits: list[_Hit], schema: Schema, body: Json) -> list[_Hit]:
    sorts = body.get("sorts") or []
    if not isinstance(sorts, list) or len(sorts) > 1:
        raise validation("A search takes at most one sort")
    hits.sort(key=lambda hit: int(hit.record.id))
    if not sorts:
        return hits
    name, down = _sort(sorts[0])
    kind = _known(schema, name).type
    there = [hit for hit in hits if name in hit.shown]
    absent = [hit for hit in hits if name not in hit.shown]
    there.sort(key=lambda hit: _sort_key(kind, hit.shown[name]), reverse=down)
    return [*there, *absent]


def _sort(rule: Any) -> tuple[str, bool]:
    if isinstance(rule, str):
        return rule.removeprefix("-"), rule.startswith("-")
    if isinstance(rule, dict) and rule.get("direction", "ASCENDING") in ("ASCENDING", "DESCENDING"):
        return str(rule.get("propertyName")), rule.get("direction") == "DESCENDING"
    raise validation("A sort names a propertyName and a direction, ASCENDING or DESCENDING")


def _sort_key(kind: str, value: str) -> tuple[float, str]:
    if kind == "number":
        return float(value), ""
    if kind in ("date", "datetime"):
        return float(millis(parse(value))), ""
    return 0.0, value.lower()


def _shown(portal: Portal, schema: Schema, hit: _Hit, body: Json) -> Json:
    stale = hit.shown is not hit.record.properties
    record = hit.record
    if stale:
        updated = parse(hit.shown[schema.kind.modified])
        record = Record(record.id, hit.shown, record.created_at, updated)
    return render(portal, schema, record, texts_of(body, "properties"))
