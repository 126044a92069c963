"""Which resource answers which path, and under which kind a call is counted."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.salesforce import bulk_ingest, bulk_query, describe, queries, rows, sobject_collections
from sandbox.salesforce.composite import CompositeResources, Dispatch
from sandbox.salesforce.exchange import Exchange, Handler
from sandbox.salesforce.limits import allowances
from sandbox.salesforce.org import ORG_ID
from sandbox.salesforce.refusals import not_found, refuse
from sandbox.wire import Answer, json_answer


@dataclass(frozen=True, slots=True)
class Route:
    """A resource; `*` in the pattern stands for one segment, which becomes an argument."""

    method: str
    pattern: tuple[str, ...]
    handler: Handler
    kind: str

    def match(self, segments: list[str]) -> tuple[str, ...] | None:
        """The arguments when the segments fit the pattern."""
        if len(segments) != len(self.pattern):
            return None
        if any(part not in ("*", segment) for part, segment in zip(self.pattern, segments, strict=True)):
            return None
        return tuple(segment for part, segment in zip(self.pattern, segments, strict=True) if part == "*")


class Router:
    """All resources below /services/data/vXX.0/."""

    def __init__(self, dispatch: Dispatch) -> None:
        composite = CompositeResources(dispatch)
        self._routes = [
            Route("POST", ("composite",), composite.composite, "composite"),
            Route("POST", ("composite", "batch"), composite.batch, "batch"),
            *_COLLECTIONS,
            *_READS,
            *_ROWS,
            *_BULK,
        ]

    def find(self, method: str, segments: list[str]) -> tuple[Route, tuple[str, ...]]:
        """The first route that fits; raises 405 METHOD_NOT_ALLOWED when only other methods do, else 404."""
        allowed: list[str] = []
        for route in self._routes:
            args = route.match(segments)
            if args is None:
                continue
            if route.method == method:
                return route, args
            allowed.append(route.method)
        if allowed:
            message = f"HTTP Method '{method}' not allowed. Allowed are {', '.join(sorted(set(allowed)))}"
            raise refuse("METHOD_NOT_ALLOWED", message, status=405)
        raise not_found()


def _limits(x: Exchange) -> Answer:
    queries_made = sum(1 for job in x.org.jobs.values() if job.kind == "query")
    return json_answer(allowances(x.org.dials.daily_limit, x.org.usage.used(x.call.now), queries_made))


def _resources(x: Exchange) -> Answer:
    names = ("sobjects", "query", "queryAll", "composite", "limits", "jobs")
    identity = f"https://login.salesforce.com/id/{ORG_ID}/{x.call.user_id}"
    return json_answer({name: f"{x.call.root}/{name}" for name in names} | {"identity": identity})


def _route(line: str, handler: Handler, kind: str) -> Route:
    method, _, path = line.partition(" ")
    return Route(method, tuple(path.split("/")) if path else (), handler, kind)


_COLLECTIONS = [
    _route("POST composite/sobjects", sobject_collections.create_rows, "collections"),
    _route("PATCH composite/sobjects", sobject_collections.update_rows, "collections"),
    _route("DELETE composite/sobjects", sobject_collections.delete_rows, "collections"),
    _route("PATCH composite/sobjects/*/*", sobject_collections.upsert_rows, "collections"),
]
_READS = [
    _route("GET ", _resources, "other"),
    _route("GET limits", _limits, "limits"),
    _route("GET query", queries.query, "query"),
    _route("GET queryAll", queries.query_all, "query"),
    _route("GET query/*", queries.next_page, "query"),
    _route("GET queryAll/*", queries.next_page, "query"),
    _route("GET sobjects", describe.describe_all, "describe"),
    _route("GET sobjects/*", describe.basic_facts, "describe"),
    _route("GET sobjects/*/describe", describe.describe_one, "describe"),
    _route("GET sobjects/*/updated", queries.updated, "updated"),
    _route("GET sobjects/*/deleted", queries.deleted, "deleted"),
]
_ROWS = [
    _route("POST sobjects/*", rows.create, "sobjects"),
    _route("GET sobjects/*/*", rows.read, "sobjects"),
    _route("PATCH sobjects/*/*", rows.update, "sobjects"),
    _route("DELETE sobjects/*/*", rows.delete, "sobjects"),
    _route("GET sobjects/*/*/*", rows.read_by_external_id, "sobjects"),
    _route("PATCH sobjects/*/*/*", rows.upsert_by_external_id, "sobjects"),
    _route("DELETE sobjects/*/*/*", rows.delete_by_external_id, "sobjects"),
]
_BULK = [
    _route("GET jobs/ingest", bulk_ingest.show_all, "bulk"),
    _route("POST jobs/ingest", bulk_ingest.create_job, "bulk"),
    _route("GET jobs/ingest/*", bulk_ingest.show, "bulk"),
    _route("PATCH jobs/ingest/*", bulk_ingest.set_state, "bulk"),
    _route("DELETE jobs/ingest/*", bulk_ingest.remove, "bulk"),
    _route("PUT jobs/ingest/*/batches", bulk_ingest.upload, "bulk"),
    _route("GET jobs/ingest/*/successfulResults", bulk_ingest.successful_results, "bulk"),
    _route("GET jobs/ingest/*/failedResults", bulk_ingest.failed_results, "bulk"),
    _route("GET jobs/ingest/*/unprocessedRecords", bulk_ingest.unprocessed_records, "bulk"),
    _route("GET jobs/ingest/*/unprocessedrecords", bulk_ingest.unprocessed_records, "bulk"),
    _route("POST jobs/query", bulk_query.create_job, "bulk"),
    _route("GET jobs/query/*", bulk_query.show, "bulk"),
    _route("PATCH jobs/query/*", bulk_query.abort, "bulk"),
    _route("DELETE jobs/query/*", bulk_query.remove, "bulk"),
    _route("GET jobs/query/*/results", bulk_query.results, "bulk"),
]
