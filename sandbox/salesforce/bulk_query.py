"""Bulk API 2.0 queries: the rows of a SOQL query as CSV, in pages with a locator."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime, timedelta
from typing import Any

from sandbox.salesforce.bulk_csv import write_csv
from sandbox.salesforce.bulk_ingest import csv_answer, job_of
from sandbox.salesforce.bulk_jobs import BulkJob
from sandbox.salesforce.exchange import Exchange
from sandbox.salesforce.org import Call, Org
from sandbox.salesforce.refusals import Refusal, refuse
from sandbox.salesforce.soql_fields import column_name, find_reading
from sandbox.salesforce.soql_run import find_rows, queried_table, renderer
from sandbox.salesforce.soql_text import read_query
from sandbox.wire import Answer, json_answer

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")


def create_job(x: Exchange) -> Answer:
    """POST jobs/query: starts by itself; a query that cannot be read is refused at once."""
    body = x.body()
    if body.get("operation") not in ("query", "queryAll"):
        raise refuse("INVALIDJOB", f"Unknown operation: {body.get('operation')}")
    asked = read_query(str(body.get("query", "")))
    kind = queried_table(x.org, asked.object).kind
    for path in asked.columns:
        if find_reading(x.org, x.call, kind, path).field.type == "address":
            raise refuse("FUNCTIONALITY_NOT_ENABLED", "Selecting compound data not supported in Bulk Query")
    job = BulkJob(
        x.org.ids.next("750"), "query", body["operation"], kind.name, x.call.user_id, x.call.version, x.call.now, "UploadComplete",
        query=str(body["query"]), due=x.call.now + timedelta(seconds=x.org.dials.bulk_queue_seconds),
    )  # fmt: skip
    x.org.jobs[job.id] = job
    return json_answer(job.shown())


def show(x: Exchange) -> Answer:
    """GET jobs/query/<id>."""
    return json_answer(job_of(x, "query").shown())


def abort(x: Exchange) -> Answer:
    """PATCH jobs/query/<id> with state Aborted."""
    job = job_of(x, "query")
    if x.body().get("state") != "Aborted" or job.is_over:
        raise refuse("INVALIDJOBSTATE", f"A query job in state {job.state} can only be aborted, and only before it is over")
    job.move("Aborted", x.call.now)
    return json_answer(job.shown())


def remove(x: Exchange) -> Answer:
    """DELETE jobs/query/<id>."""
    job = job_of(x, "query")
    if not job.is_over:
        raise refuse("INVALIDJOBSTATE", f"A job in state {job.state} cannot be deleted")
    del x.org.jobs[job.id]
    return Answer(204)


def results(x: Exchange) -> Answer:
    """GET jobs/query/<id>/results: the locator of the next page is a header, the word `null` on the last one."""
    job = job_of(x, "query")
    if job.state != "JobComplete":
        raise refuse("INVALIDJOBSTATE", f"Results are not there: the job is {job.state}")
    asked = x.param("maxRecords", "")
    size = min(x.org.dials.bulk_query_rows, int(asked) if asked.isdigit() and int(asked) else x.org.dials.bulk_query_rows)
    start = _offset(x.param("locator", ""))
    page = job.rows[start : start + size]
    more = start + size < len(job.rows)
    locator = base64.b64encode(str(start + size).encode()).decode() if more else "null"
    body = write_csv(job.columns, ([_cell(record, name) for name in job.columns] for record in page), job.delimiter, job.ending)
    return csv_answer(x.org, body, {"sforce-locator": locator, "sforce-numberofrecords": str(len(page))})


def advance(org: Org, job: BulkJob) -> None:
    """Take the step of a query job that is due."""
    if job.due is None:
        return
    at: datetime = job.due
    if job.state == "UploadComplete":
        job.move("InProgress", at, due=at + timedelta(seconds=org.dials.bulk_batch_seconds))
        return
    asked = read_query(job.query)
    call = Call(job.user_id, at, job.version)
    try:
        render = renderer(org, call, asked)
        job.rows = [render(row) for row in find_rows(org, call, asked, deleted_too=job.operation == "queryAll")]
    except Refusal as refusal:
        job.fail(str(refusal), at)
        return
    kind = queried_table(org, asked.object).kind
    job.columns = [column_name(org, call, kind, path) for path in asked.columns]
    job.move("JobComplete", at)


def _cell(record: dict[str, Any], name: str) -> Any:
    value: Any = record
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    # Bulk API 2.0 writes times with a Z where REST has an offset.
    return f"{value[:-5]}Z" if isinstance(value, str) and _TIME.fullmatch(value) else value


def _offset(locator: str) -> int:
    if not locator:
        return 0
    try:
        return int(base64.b64decode(locator, validate=True))
    except (ValueError, binascii.Error) as error:
        raise refuse("INVALID_QUERY_LOCATOR", "invalid query locator") from error
