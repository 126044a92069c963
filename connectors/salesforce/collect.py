"""Collects the outcome of ingest jobs: each ticket's row is looked up in the job's result files by its key."""

from __future__ import annotations

import csv
import io
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from connectors.salesforce.bulk import JobRow, abort_job, row_key
from connectors.salesforce.errors import bulk_problem, call_error, record_error
from connectors.salesforce.org import Org
from connectors.salesforce.rows import Operation, Verb
from core.contract import (
    Applied,
    ConnectorError,
    ContractBroken,
    Effect,
    NativeId,
    Pending,
    Receipt,
    Refused,
    Request,
    Ticket,
    TryLater,
    Unavailable,
)

REMEMBERED_JOBS = 4
_OVER = frozenset({"JobComplete", "Failed", "Aborted"})
_EFFECTS = {Verb.UPDATE: Effect.UPDATED, Verb.DELETE: Effect.DELETED, Verb.CREATE: Effect.CREATED, Verb.UPSERT: Effect.UPDATED}


@dataclass(frozen=True, slots=True)
class Results:
    """A finished job: by row key the ids of applied rows (with whether created) and the errors of refused ones."""

    applied: Mapping[str, Sequence[tuple[str, bool]]] = field(default_factory=dict)
    failed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    otherwise: ConnectorError = field(default_factory=lambda: Unavailable("Salesforce told nothing of the row.", outcome_unknown=True))


class Collector:
    """Reads job outcomes for one connection, remembering the last few jobs: tickets of one job come in many portions."""

    def __init__(self, org: Org) -> None:
        """Read from this org."""
        self._org = org
        self._known: OrderedDict[str, Results] = OrderedDict()

    def collect(self, tickets: Sequence[Ticket]) -> list[Receipt]:
        """One receipt per ticket, in order; `Pending` again while the job runs."""
        read = [_read_ticket(ticket) for ticket in tickets]
        outcomes: dict[str, Results | None] = {}
        for row in read:
            if row is not None and row.job not in outcomes:
                outcomes[row.job] = self._outcome(row)
        return [
            Refused(ContractBroken("This is not a ticket of this connector.")) if row is None else _receipt(ticket, row, outcomes[row.job])
            for ticket, row in zip(tickets, read, strict=True)
        ]

    def _outcome(self, row: JobRow) -> Results | None:
        known = self._known.get(row.job)
        if known is not None:
            return known
        response = self._org.http.send(Request("GET", self._org.paths.job(row.job), accept=frozenset({404})), [call_error])
        if response.status == 404:
            # Jobs and their results are gone after seven days.
            return Results(otherwise=Unavailable("Salesforce has forgotten the job.", outcome_unknown=True))
        state, message = response.json().get("state"), str(response.json().get("errorMessage") or "")
        if state == "Open":
            abort_job(self._org, row.job)
            return Results(otherwise=TryLater("The job was never closed, so nothing of it was applied."))
        if state not in _OVER:
            return None
        results = self._results(row, state)
        if "field name" in message.lower():
            self._org.described_anew(row.object)
        self._known[row.job] = results
        while len(self._known) > REMEMBERED_JOBS:
            self._known.popitem(last=False)
        return results

    def _results(self, row: JobRow, state: str) -> Results:
        operation = Operation(row.object, row.verb, row.field)
        applied: dict[str, list[tuple[str, bool]]] = {}
        for key, result in self._file(row.job, "successfulResults", operation):
            applied.setdefault(key, []).append((result["sf__Id"], result.get("sf__Created", "").lower() == "true"))
        failed: dict[str, list[str]] = {}
        for key, result in self._file(row.job, "failedResults", operation):
            failed.setdefault(key, []).append(result.get("sf__Error", ""))
        if state == "JobComplete":
            return Results(applied, failed)
        return Results(applied, failed, TryLater(f"The job ended as {state} before the row was tried."))

    def _file(self, job: str, name: str, operation: Operation) -> list[tuple[str, dict[str, str]]]:
        response = self._org.http.send(Request("GET", self._org.paths.job(job, name), headers={"accept": "text/csv"}), [call_error])
        rows = read_csv(response.body)
        return [(row_key(operation, {n: v for n, v in row.items() if not n.startswith("sf__")}), row) for row in rows]


def read_csv(content: bytes) -> list[dict[str, str]]:
    """Read a result file, which is UTF-8 whatever its headers say; line breaks inside values stay."""
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    header = next(rows, [])
    return [dict(zip(header, row, strict=True)) for row in rows if row]


def _read_ticket(ticket: Ticket) -> JobRow | None:
    try:
        return JobRow.model_validate_json(ticket)
    except ValidationError:
        return None


def _receipt(ticket: Ticket, row: JobRow, results: Results | None) -> Receipt:
    if results is None:
        return Pending(ticket)
    applied, failed = results.applied.get(row.key, ()), results.failed.get(row.key, ())
    if row.turn < len(applied):
        record_id, created = applied[row.turn]
        return Applied(NativeId(record_id), Effect.CREATED if created else _EFFECTS[row.verb], refused_fields=row.refused)
    if row.turn - len(applied) < len(failed):
        problem = bulk_problem(failed[row.turn - len(applied)])
        if row.verb is Verb.DELETE and problem.code == "ENTITY_IS_DELETED":
            return Applied(NativeId(row.key), Effect.DELETED)
        return Refused(record_error(problem))
    return Refused(results.otherwise)
