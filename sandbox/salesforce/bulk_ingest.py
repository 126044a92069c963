"""Bulk API 2.0 ingest: jobs that take a CSV file and answer, later, which of its rows were refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sandbox.salesforce import records
from sandbox.salesforce.bulk_csv import BadCsv, read_csv, row_values, write_csv
from sandbox.salesforce.bulk_jobs import DELIMITERS, ENDINGS, LIFETIME, BulkJob
from sandbox.salesforce.exchange import Exchange
from sandbox.salesforce.ids import normal_id
from sandbox.salesforce.org import Call, Org
from sandbox.salesforce.refusals import Refusal, not_found, refuse
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.sobject_collections import OneRow, RowResult, apply_rows, guarded, upsert_steps
from sandbox.salesforce.table import Table
from sandbox.wire import Answer, json_answer

_OPERATIONS = ("insert", "update", "upsert", "delete")
_CHUNK = 200


def create_job(x: Exchange) -> Answer:
    """POST jobs/ingest: a job in state Open."""
    body = x.body()
    operation = body.get("operation")
    if operation == "hardDelete":
        raise refuse("FEATURENOTENABLED", "hardDelete needs the permission Bulk API Hard Delete")
    if operation not in _OPERATIONS:
        raise refuse("INVALIDJOB", f"Unknown operation: {operation}")
    kind = _bulk_object(x.org, str(body.get("object", "")))
    external_id = body.get("externalIdFieldName")
    if operation == "upsert":
        if not external_id:
            raise refuse("INVALIDJOB", "externalIdFieldName is required for upsert")
        external_id = records.external_key(kind, str(external_id), "any")[0].name
    job = BulkJob(
        x.org.ids.next("750"), "ingest", operation, kind.name, x.call.user_id, x.call.version, x.call.now, "Open",
        _choice(body, "columnDelimiter", DELIMITERS, "COMMA"), _choice(body, "lineEnding", ENDINGS, "LF"), external_id,
    )  # fmt: skip
    x.org.jobs[job.id] = job
    return json_answer(job.shown())


def upload(x: Exchange) -> Answer:
    """PUT jobs/ingest/<id>/batches: the one and only upload of a job."""
    job = job_of(x, "ingest")
    if job.state != "Open" or job.content is not None:
        raise refuse("INVALIDJOBSTATE", f"Upload refused: the job is {job.state} and takes one upload only")
    if not x.request.headers.get("content-type", "text/csv").startswith("text/csv"):
        raise refuse("UNSUPPORTED_MEDIA_TYPE", "Content-Type must be text/csv", status=415)
    if len(x.request.body) > x.org.dials.bulk_upload_bytes:
        raise refuse("CLIENTINPUTERROR", f"Upload is over the limit of {x.org.dials.bulk_upload_bytes} bytes")
    job.content = x.request.body
    return Answer(201)


def set_state(x: Exchange) -> Answer:
    """PATCH jobs/ingest/<id>: UploadComplete closes the upload, Aborted ends the job."""
    job = job_of(x, "ingest")
    state = x.body().get("state")
    if state == "UploadComplete" and job.state == "Open":
        job.move("UploadComplete", x.call.now, due=x.call.now + timedelta(seconds=x.org.dials.bulk_queue_seconds))
    elif state == "Aborted" and not job.is_over:
        _read_content(job)
        job.move("Aborted", x.call.now)
    else:
        raise refuse("INVALIDJOBSTATE", f"A job cannot go from {job.state} to {state}")
    return json_answer(job.shown())


def show(x: Exchange) -> Answer:
    """GET jobs/ingest/<id>."""
    return json_answer(job_of(x, "ingest").shown())


def show_all(x: Exchange) -> Answer:
    """GET jobs/ingest."""
    shown = [job.shown() for job in x.org.jobs.values() if job.kind == "ingest" and x.call.now - job.created <= LIFETIME]
    return json_answer({"done": True, "nextRecordsUrl": None, "records": shown})


def remove(x: Exchange) -> Answer:
    """DELETE jobs/ingest/<id>: only jobs that are over."""
    job = job_of(x, "ingest")
    if not job.is_over:
        raise refuse("INVALIDJOBSTATE", f"A job in state {job.state} cannot be deleted")
    del x.org.jobs[job.id]
    return Answer(204)


def successful_results(x: Exchange) -> Answer:
    """GET .../successfulResults."""
    job = _over(x)
    return csv_answer(x.org, write_csv(["sf__Id", "sf__Created", *job.header], job.successes, job.delimiter, job.ending))


def failed_results(x: Exchange) -> Answer:
    """GET .../failedResults."""
    job = _over(x)
    return csv_answer(x.org, write_csv(["sf__Id", "sf__Error", *job.header], job.failures, job.delimiter, job.ending))


def unprocessed_records(x: Exchange) -> Answer:
    """GET .../unprocessedrecords: rows never tried because the job failed or was aborted."""
    job = _over(x)
    return csv_answer(x.org, write_csv(job.header, job.waiting, job.delimiter, job.ending))


def job_of(x: Exchange, kind: str) -> BulkJob:
    """The job named in the path; jobs and their results are gone after seven days."""
    job = x.org.jobs.get(normal_id(x.args[0]) or "")
    if job is None or job.kind != kind or x.call.now - job.created > LIFETIME:
        raise not_found()
    return job


def csv_answer(org: Org, body: bytes, headers: dict[str, str] | None = None) -> Answer:
    """A CSV answer; whether it names its charset is a dial, because some servers do not."""
    charset = f"; charset={org.dials.csv_charset}" if org.dials.csv_charset else ""
    return Answer(200, body, {"content-type": f"text/csv{charset}", **(headers or {})})


def advance(org: Org, job: BulkJob) -> None:
    """Take the step of a job that is due; `due` says afterwards when the next one is."""
    at = job.due
    if at is None:
        return
    if job.state == "UploadComplete":
        _start(org, job, at)
        return
    try:
        _work(org, job, at)
    except Refusal as refusal:
        # The object or its external id has been changed since the job was made.
        job.fail(f"InvalidBatch : {refusal}", at)


def _start(org: Org, job: BulkJob, at: datetime) -> None:
    try:
        _read_content(job)
        _refuse_unknown_columns(org.table(job.object).kind, job)
    except BadCsv as error:
        job.fail(str(error), at)
        return
    job.move("InProgress", at, due=at + timedelta(seconds=org.dials.bulk_batch_seconds))


def _read_content(job: BulkJob) -> None:
    if job.content is None:
        return
    content, job.content = job.content, None
    try:
        job.header, job.waiting = read_csv(content, job.delimiter, job.ending)
    except BadCsv:
        # What can still be told apart is given back as unprocessed.
        other = "CRLF" if job.ending == "LF" else "LF"
        try:
            job.header, job.waiting = read_csv(content, job.delimiter, other)
        except BadCsv:
            job.header, job.waiting = [], []
        raise


def _refuse_unknown_columns(kind: SObject, job: BulkJob) -> None:
    for name in job.header:
        base, dot, _ = name.partition(".")
        field = kind.relationship(base) if dot else kind.find(base)
        if field is None or field.type == "address":
            raise BadCsv(f"InvalidBatch : Field name not found : {name}")


def _work(org: Org, job: BulkJob, at: datetime) -> None:
    call = Call(job.user_id, at, job.version, auto_assign=False)
    left = org.dials.bulk_batch_rows
    while job.waiting and left > 0:
        stop = org.dials.bulk_fail_after_rows
        if stop is not None and job.processed >= stop:
            job.fail("InternalServerError : Too many retries of a batch", at)
            return
        size = min(_CHUNK, left, _CHUNK if stop is None else stop - job.processed)
        chunk, job.waiting = job.waiting[:size], job.waiting[size:]
        left -= size
        _apply(org, call, job, chunk)
    if job.waiting:
        job.due = at + timedelta(seconds=org.dials.bulk_batch_seconds)
        return
    # Results come in no particular order; the order here is shuffled, but the same every time.
    random.Random(job.id).shuffle(job.successes)
    random.Random(job.id).shuffle(job.failures)
    job.move("JobComplete", at)


def _apply(org: Org, call: Call, job: BulkJob, chunk: list[list[str]]) -> None:
    table = org.table(job.object)
    values = [row_values(job.header, row) for row in chunk]
    for row, result in zip(chunk, apply_rows(org, _steps(org, call, job, table, values), all_or_none=False), strict=True):
        if result["success"]:
            job.successes.append([result["id"], str(result.get("created", job.operation == "insert")).lower(), *row])
        else:
            error = result["errors"][0]
            job.failures.append([result.get("id", ""), f"{error['statusCode']}:{error['message']}:{','.join(error['fields'])} --", *row])


def _steps(org: Org, call: Call, job: BulkJob, table: Table, rows: list[dict[str, Any]]) -> list[OneRow]:
    if job.operation == "upsert":
        key = records.external_key(table.kind, str(job.external_id), "any")[0]
        return upsert_steps(org, call, (table, key), rows)
    return [_step(_write(org, call, job.operation, table, row), row) for row in rows]


def _step(write: Callable[[], RowResult], row: dict[str, Any]) -> OneRow:
    return lambda: guarded(write, row.get("Id"))


def _write(org: Org, call: Call, operation: str, table: Table, row: dict[str, Any]) -> Callable[[], RowResult]:
    rest = {name: value for name, value in row.items() if name != "Id"}

    def write() -> RowResult:
        if operation == "insert":
            return {"id": records.insert(org, call, table, row), "success": True, "errors": []}
        row_id = normal_id(str(row.get("Id", "")))
        if row_id is None:
            raise refuse("MISSING_ARGUMENT", "Id not specified", fields=["Id"])
        if operation == "update":
            records.update(org, call, table, row_id, rest)
        else:
            records.delete(org, call, table, row_id)
        return {"id": row_id, "success": True, "errors": []}

    return write


def _over(x: Exchange) -> BulkJob:
    job = job_of(x, "ingest")
    if not job.is_over:
        raise refuse("INVALIDJOBSTATE", f"Results are not there yet: the job is {job.state}")
    return job


def _bulk_object(org: Org, name: str) -> SObject:
    table = org.tables.get(name.lower())
    if table is None or table.kind.name == "User":
        raise refuse("INVALIDENTITY", f"Entity '{name}' is not supported by the Bulk API.")
    return table.kind


def _choice(body: dict[str, Any], name: str, allowed: dict[str, str], default: str) -> str:
    value = str(body.get(name) or default)
    if value not in allowed:
        raise refuse("INVALIDJOB", f"{name} must be one of {', '.join(allowed)}")
    return value
