"""Large batches as ingest jobs of Bulk API 2.0: hand a CSV over now, learn of each row's fate later.

Driven by hand, not through simple-salesforce: its polling aborts jobs on any error, its columns change their order, and it
reads results as Latin-1. A job takes effect only once it is closed, so everything before that may fail harmlessly.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from connectors.salesforce.errors import call_error, change_error, read_problems
from connectors.salesforce.org import Org
from connectors.salesforce.query import json_body
from connectors.salesforce.rows import Operation, Row, Verb, calls
from connectors.salesforce.send import LEFT_OUT, Receipts
from core.contract import ConnectorError, ContractBroken, Pending, Refused, Request, Response, Ticket, TryLater

EMPTY = "#N/A"
"""What empties a field; an empty cell leaves it alone (Bulk API guide, "Prepare CSV Files")."""
MOST_ROWS_A_JOB = 10_000
MOST_BYTES = 40_000_000
"""An upload may have 100 MB; results come back whole and must fit into one answer of the runtime."""

_NOT_FOR_BULK = frozenset({"INVALIDENTITY", "INVALIDJOB", "FEATURENOTENABLED", "LIMIT_EXCEEDED", "REQUEST_LIMIT_EXCEEDED"})


class JobRow(BaseModel):
    """One row of a job as its ticket remembers it; `turn` tells rows of equal content apart."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    job: str
    object: str
    verb: Verb
    field: str | None = None
    key: str
    turn: int = 0
    refused: dict[str, str] = {}


def submit(org: Org, rows: Sequence[Row]) -> tuple[Receipts, list[Row]]:
    """Hand rows over to jobs; gives the receipts, and the rows that no job can take, for the ordinary way.

    A record stands in a job once; later writes of it are to be tried again. Raises when the first job fails.
    """
    receipts: Receipts = {}
    left = [row for row in rows if not _can_travel(row)]
    once, later = _once_each([row for row in rows if _can_travel(row)])
    receipts |= {row.index: Refused(TryLater("Another write of the same record is under way.")) for row in later}
    handed_over = False
    for part in _jobs(once):
        try:
            told = _hand_over(org, part)
        except ConnectorError as error:
            if not handed_over:
                raise
            told = {row.index: Refused(error) for row in part}
        handed_over = handed_over or told is not None
        receipts |= told or {}
        left += part if told is None else []
    return receipts, left


def abort_job(org: Org, job: str) -> None:
    """Give a job up as far as possible; whether that worked does not matter, for an open job applies nothing."""
    request = Request(
        "PATCH",
        org.paths.job(job),
        headers={"content-type": "application/json"},
        body=json_body({"state": "Aborted"}),
        repeatable=True,
        accept=frozenset({400, 404}),
    )
    try:
        org.http.send(request, [call_error])
    except ConnectorError:
        # An open job does nothing by itself and ends after seven days.
        return


def row_key(operation: Operation, cells: Mapping[str, str]) -> str:
    """What tells a row of a result file from the others: its key column, for inserts its whole content."""
    if operation.key:
        return cells.get(operation.key, "")
    content = json.dumps(sorted((name, value) for name, value in cells.items() if value), ensure_ascii=True)
    return hashlib.sha256(content.encode()).hexdigest()


def to_csv(rows: Sequence[Mapping[str, str]]) -> bytes:
    """Write rows as CSV: sorted columns, every cell quoted and verbatim, line feeds, UTF-8."""
    columns = sorted({name for row in rows for name in row})
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def cells_of(row: Row) -> dict[str, str]:
    """A row's cells as text."""
    key = {row.operation.key: row.identity or ""} if row.operation.key else {}
    return {**key, **{name: _cell(value) for name, value in row.values.items()}}


def _hand_over(org: Org, rows: Sequence[Row]) -> Receipts | None:
    """Create, fill and close one job; None when Salesforce has no jobs for this object or no job left."""
    operation = rows[0].operation
    _leave_out_unknown(org, rows)
    cells = [cells_of(row) for row in rows]
    job = _create(org, operation)
    if job is None:
        return None
    try:
        upload = Request("PUT", org.paths.job(job, "batches"), headers={"content-type": "text/csv; charset=UTF-8"}, body=to_csv(cells))
        org.http.send(upload, [call_error])
        _close(org, job)
    except ConnectorError as error:
        abort_job(org, job)
        raise _harmless(error) from error
    turns: dict[str, int] = {}
    receipts: Receipts = {}
    for row, row_cells in zip(rows, cells, strict=True):
        key = row_key(operation, row_cells)
        turn = turns[key] = turns.get(key, -1) + 1
        ticket = JobRow(
            job=job, object=operation.object, verb=operation.verb, field=operation.key, key=key, turn=turn, refused=dict(row.refused)
        )
        receipts[row.index] = Pending(Ticket(ticket.model_dump_json(exclude_defaults=True)))
    return receipts


def _create(org: Org, operation: Operation) -> str | None:
    wanted = {
        "object": operation.object,
        "operation": operation.verb.value,
        "contentType": "CSV",
        "columnDelimiter": "COMMA",
        "lineEnding": "LF",
        **({"externalIdFieldName": operation.key} if operation.verb is Verb.UPSERT else {}),
    }
    request = Request(
        "POST", org.paths.job(), headers={"content-type": "application/json"}, body=json_body(wanted), accept=frozenset({400, 403})
    )
    try:
        response = org.http.send(request, [call_error])
    except TryLater as error:
        raise _harmless(error) from error
    if response.status < 400:
        return str(response.json()["id"])
    if {problem.code for problem in read_problems(_json(response))} & _NOT_FOR_BULK:
        return None
    raise call_error(response) or ContractBroken("Salesforce refused to open a job.")


def _close(org: Org, job: str) -> None:
    body = json_body({"state": "UploadComplete"})
    try:
        org.http.send(Request("PATCH", org.paths.job(job), headers={"content-type": "application/json"}, body=body), [change_error])
    except TryLater as error:
        # The answer is lost and the job may be at work. Its id is known: `collect` finds out, and aborts it when it is still open.
        if not error.outcome_unknown:
            raise


def _harmless(error: ConnectorError) -> ConnectorError:
    if isinstance(error, TryLater):
        error.outcome_unknown = False
    return error


def _json(response: Response) -> Any:
    try:
        return json.loads(response.body)
    except ValueError:
        return None


def _leave_out_unknown(org: Org, rows: Sequence[Row]) -> None:
    # One unknown column fails a whole job, so the describe decides beforehand.
    described = org.described(rows[0].operation.object)
    for name in {name for row in rows for name in row.values}:
        spec = described.find(name)
        if spec is None or not (spec.creatable or spec.updatable):
            for row in rows:
                row.drop([name], LEFT_OUT)


def _once_each(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Rows of records not met before, and the later rows of the others."""
    met: set[tuple[str, str | None, str]] = set()
    once: list[Row] = []
    later: list[Row] = []
    for row in rows:
        name = (row.operation.object, row.operation.key, (row.identity or "").lower())
        (later if row.identity and name in met else once).append(row)
        met.add(name)
    return once, later


def _jobs(rows: Sequence[Row]) -> Iterator[list[Row]]:
    for part in calls(rows, most=MOST_ROWS_A_JOB):
        start, size = 0, 0
        for at, row in enumerate(part):
            width = sum(len(cell.encode()) + 3 for cell in cells_of(row).values())
            if size + width > MOST_BYTES and at > start:
                yield part[start:at]
                start, size = at, 0
            size += width
        yield part[start:]


def _can_travel(row: Row) -> bool:
    # As a text, "#N/A" cannot be told from the order to empty a field.
    return EMPTY not in (row.identity, *row.values.values())


def _cell(value: object) -> str:
    if value is None or value == "":
        return EMPTY
    return value if isinstance(value, str) else json.dumps(value)
