"""Full reads of big objects by a query job of Bulk API 2.0: a few calls for all, and never more in memory than one answer.

Nothing waits here: a job that is still at work ends the read with an empty page, and the next read asks again.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from connectors.salesforce.changes import stamp_field
from connectors.salesforce.cursor import BulkPlace, Position
from connectors.salesforce.errors import read_error, read_problems
from connectors.salesforce.org import Org
from connectors.salesforce.query import Record, json_body
from connectors.salesforce.schema import Described
from connectors.salesforce.walk import Walk
from core.contract import Change, ContractBroken, FieldKind, Page, Request

ROWS_AN_ANSWER = 5_000
ROWS_A_PAGE = 2_000
"""What the manifest declares as the size of a page."""

WITHOUT_JOB = BulkPlace()
"""Salesforce has no job for this object, or gave up on it: it is read by plain queries."""

_NUMBERS = frozenset({FieldKind.NUMBER, FieldKind.MONEY})
_LAST = "null"

Changes = Callable[[Described, Sequence[tuple[Record, int]]], list[Change]]


class JobState(StrEnum):
    """How far a job is."""

    AT_WORK = "at_work"
    DONE = "done"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Results:
    """Some rows of a job and the locator of the rest; None: there is no more."""

    records: Sequence[Record]
    locator: str | None


class BulkRead:
    """Drives query jobs for one object (Bulk API 2.0 guide, "Query")."""

    def __init__(self, org: Org, described: Described) -> None:
        """Read from this org."""
        self._org = org
        self.described = described

    def start(self, soql: str, *, deleted_too: bool) -> BulkPlace:
        """Hand a query over; a place without a job where Salesforce does not take it."""
        wanted = {"operation": "queryAll" if deleted_too else "query", "query": soql}
        request = Request(
            "POST",
            self._org.paths.query_job(),
            headers={"content-type": "application/json"},
            body=json_body(wanted),
            # A second job costs nothing but itself.
            repeatable=True,
            accept=frozenset({400, 403}),
        )
        response = self._org.http.send(request, [read_error])
        if response.status < 400:
            return BulkPlace(job=str(response.json()["id"]))
        if response.status == 400 or any(problem.code == "FEATURENOTENABLED" for problem in read_problems(response.json())):
            return WITHOUT_JOB
        raise read_error(response) or ContractBroken("Salesforce refused to open a query job.")

    def state(self, job: str) -> JobState:
        """Ask how far a job is; results live for seven days."""
        response = self._org.http.send(Request("GET", self._org.paths.query_job(job), accept=frozenset({400, 404})), [read_error])
        if response.status >= 400:
            return JobState.LOST
        match response.json().get("state"):
            case "JobComplete":
                return JobState.DONE
            case "UploadComplete" | "InProgress":
                return JobState.AT_WORK
        return JobState.LOST

    def results(self, job: str, locator: str | None) -> Results | None:
        """Some rows from a locator on; None when the job is not known any more."""
        params = [("maxRecords", str(ROWS_AN_ANSWER)), *([("locator", locator)] if locator else [])]
        path = self._org.paths.query_job(job, "results")
        request = Request("GET", path, params=params, headers={"accept": "text/csv"}, accept=frozenset({400, 404}))
        response = self._org.http.send(request, [read_error])
        if response.status >= 400:
            return None
        following = response.headers.get("sforce-locator", _LAST)
        return Results(self._rows(response.body), None if following in ("", _LAST) else following)

    def _rows(self, content: bytes) -> list[Record]:
        lines = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        header = next(lines, [])
        kinds = [spec.kind if (spec := self.described.find(name)) else FieldKind.TEXT for name in header]
        return [{name: _value(kind, text) for name, kind, text in zip(header, kinds, line, strict=True)} for line in lines if line]


def full_read_by_job(bulk: BulkRead, walk: Walk, changes: Changes) -> Iterator[Page]:
    """Yield what the walk's job gives from where it stands; a job that is lost starts the read anew, by plain queries.

    Leaves the job in the walk's position while it is at work or lost, and takes it out at the end.
    """
    place = walk.position.bulk or WITHOUT_JOB
    state = bulk.state(place.job or "")
    if state is JobState.AT_WORK:
        yield Page([], walk.position.to_cursor(), waits=True)
        return
    while state is JobState.DONE:
        results = bulk.results(place.job or "", place.locator)
        if results is None:
            break
        for start in range(place.taken, len(results.records), ROWS_A_PAGE):
            rows = results.records[start : start + ROWS_A_PAGE]
            here = place.model_copy(update={"taken": start + len(rows)})
            told = changes(bulk.described, walk.take_unordered(rows, stamp_field(bulk.described), here))
            yield Page(told, walk.position.to_cursor())
        if results.locator is None:
            walk.leave_job()
            return
        if results.locator == place.locator:
            raise ContractBroken("Salesforce named the same part of a job's results twice.")
        place = BulkPlace(job=place.job, locator=results.locator)
    yield Page([], Position(note=walk.position.note, bulk=WITHOUT_JOB).to_cursor(), waits=True)


def _value(kind: FieldKind, text: str) -> Any:
    """A cell in the form in which plain queries give it; Bulk API 2.0 knows text only, and writes null as nothing."""
    if text == "":
        return None
    if kind is FieldKind.BOOLEAN:
        return text.lower() == "true"
    if kind in _NUMBERS:
        return _number(text)
    if kind is FieldKind.DATETIME and text.endswith("Z"):
        return f"{text[:-1]}+0000"
    return text


def _number(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
