"""Imports: a multipart upload of CSV files that is worked off over time."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from email.parser import BytesParser
from email.policy import HTTP
from io import StringIO
from typing import Any

from sandbox.hubspot.call import Call, Json
from sandbox.hubspot.imports_state import Import
from sandbox.hubspot.lookup import find
from sandbox.hubspot.moments import iso, millis
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Actor
from sandbox.hubspot.refusals import Refusal, missing, validation
from sandbox.hubspot.writes import Writer
from sandbox.wire import Answer, json_answer

MOST_ROWS = 1_048_576
_ACTOR = Actor("IMPORT", "import", "Import")
_RUNNING = ("STARTED", "PROCESSING")


def start(portal: Portal, call: Call) -> Answer:
    """POST imports with the parts `importRequest` (JSON) and `files` (CSV)."""
    parts = dict(_parts(call))
    if "importRequest" not in parts or "files" not in parts:
        raise validation("An import needs the parts importRequest and files")
    try:
        request = json.loads(parts["importRequest"])
        columns = request["files"][0]["fileImportPage"]["columnMappings"]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise validation("importRequest could not be read: files[0].fileImportPage.columnMappings is needed") from error
    rows = list(_rows(parts["files"].decode("utf-8-sig"), columns))
    if len(rows) > MOST_ROWS:
        raise Refusal(429, "RATE_LIMITS", f"A file takes at most {MOST_ROWS} rows")
    kind = portal.schema(str(columns[0].get("columnObjectTypeId", "0-1"))).kind.name
    done = call.now + timedelta(seconds=portal.dials.import_seconds)
    job = Import(portal.next_id(), str(request.get("name", "")), kind, rows, call.now, done, request)
    portal.imports[job.id] = job
    return json_answer(_as_data(job))


def read(portal: Portal, call: Call) -> Answer:
    """GET imports/{id}."""
    return json_answer(_as_data(_require(portal, call)))


def list_all(portal: Portal, _call: Call) -> Answer:
    """GET imports, newest first."""
    return json_answer({"results": [_as_data(job) for job in reversed(portal.imports.values())]})


def cancel(portal: Portal, call: Call) -> Answer:
    """POST imports/{id}/cancel; what is done already stays."""
    job = _require(portal, call)
    if job.state in _RUNNING:
        job.state = "CANCELED"
    return json_answer({"status": "COMPLETE", "requestedAt": iso(call.now), "startedAt": iso(call.now), "completedAt": iso(call.now)})


def errors(portal: Portal, call: Call) -> Answer:
    """GET imports/{id}/errors, a page of rows that failed."""
    job = _require(portal, call)
    start_at, limit = call.after(), call.number("limit", 100, 100)
    found: Json = {"numErrors": len(job.errors), "results": job.errors[start_at : start_at + limit]}
    if start_at + limit < len(job.errors):
        found["paging"] = {"next": {"after": str(start_at + limit), "link": ""}}
    return json_answer(found)


def advance(portal: Portal, now: datetime) -> None:
    """Move every running import on: PROCESSING after a fifth of its time, then its rows are written and it is DONE."""
    for job in portal.imports.values():
        if job.state not in _RUNNING:
            continue
        if now >= job.done_at:
            _write(portal, job)
        elif now >= job.started_at + (job.done_at - job.started_at) / 5:
            job.state = "PROCESSING"


def _write(portal: Portal, job: Import) -> None:
    job.state = "DONE"
    counts = {"TOTAL_ROWS": len(job.rows), "CREATED_OBJECTS": 0, "UPDATED_OBJECTS": 0, "ERRORS": 0}
    writer = Writer(portal, portal.schema(job.object_type), _ACTOR, job.done_at)
    by_email = "email" in writer.table.unique
    for number, row in enumerate(job.rows, start=2):
        record = find(writer.table, row["email"], "email") if by_email and row.get("email") else None
        try:
            writer.apply(writer.plan_create(row) if record is None else writer.plan_update(record, row))
            counts["CREATED_OBJECTS" if record is None else "UPDATED_OBJECTS"] += 1
        except Refusal as refusal:
            counts["ERRORS"] += 1
            job.errors.append(_error(portal, job, number, refusal))
    job.counters = counts


def _error(portal: Portal, job: Import, line: int, refusal: Refusal) -> Json:
    known = ("GDPR_BLACKLISTED_EMAIL", "INVALID_EMAIL", "INVALID_OPTION", "INVALID_DATE")
    kind = next((name for name in known if name in refusal.message), "UNKNOWN_ERROR")
    return {
        "id": portal.next_id(),
        "createdAt": millis(job.done_at),
        "errorType": kind,
        "errorMessage": refusal.message,
        "objectType": job.object_type.upper(),
        "sourceData": {"lineNumber": line, "rowData": list(job.rows[line - 2].values())},
    }


def _parts(call: Call) -> Iterator[tuple[str, bytes]]:
    kind = call.request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        raise Refusal(415, "", "An import takes multipart/form-data")
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + call.request.body)
    for part in message.iter_parts():
        name: Any = part.get_param("name", header="content-disposition")
        payload: Any = part.get_payload(decode=True)
        yield str(name), payload or b""


def _rows(text: str, columns: list[Json]) -> Iterator[Mapping[str, str]]:
    names = {str(column.get("columnName")): str(column["propertyName"]) for column in columns if column.get("propertyName")}
    for line in csv.DictReader(StringIO(text)):
        yield {names[column]: value for column, value in line.items() if column in names and value}


def _require(portal: Portal, call: Call) -> Import:
    job = portal.imports.get(call.path["id"])
    if job is None:
        raise missing()
    return job


def _as_data(job: Import) -> Json:
    return {
        "id": job.id,
        "importName": job.name,
        "state": job.state,
        "importRequestJson": dict(job.request),
        "metadata": {"counters": job.counters, "fileIds": [], "objectLists": []},
        "optOutImport": False,
        "createdAt": iso(job.started_at),
        "updatedAt": iso(max(job.started_at, job.done_at if job.state == "DONE" else job.started_at)),
    }
