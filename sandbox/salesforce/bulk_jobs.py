"""Bulk API 2.0 jobs: what a job remembers and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.salesforce.moments import stamp
from sandbox.salesforce.table import Row

LIFETIME = timedelta(days=7)
DELIMITERS = {"COMMA": ",", "BACKQUOTE": "`", "CARET": "^", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
ENDINGS = {"LF": "\n", "CRLF": "\r\n"}


@dataclass(slots=True)
class BulkJob:
    """One ingest or query job; `due` is when its next step happens, None while it waits for its owner or is over."""

    id: str
    kind: str
    operation: str
    object: str
    user_id: str
    version: float
    created: datetime
    state: str
    delimiter: str = "COMMA"
    ending: str = "LF"
    external_id: str | None = None
    query: str = ""
    due: datetime | None = None
    changed: datetime | None = None
    error: str | None = None
    content: bytes | None = None
    header: list[str] = field(default_factory=list)
    waiting: list[list[str]] = field(default_factory=list)
    successes: list[list[str]] = field(default_factory=list)
    failures: list[list[str]] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to this job by itself or by its owner."""
        return self.state in ("JobComplete", "Failed", "Aborted")

    @property
    def processed(self) -> int:
        """Rows tried, refused ones included; for a query, rows found."""
        return len(self.rows) if self.kind == "query" else len(self.successes) + len(self.failures)

    def move(self, state: str, now: datetime, *, due: datetime | None = None) -> None:
        """Enter a state."""
        self.state, self.changed, self.due = state, now, due

    def fail(self, message: str, now: datetime) -> None:
        """End the job as a whole; rows not yet tried stay unprocessed."""
        self.error = message
        self.move("Failed", now)

    def shown(self) -> dict[str, Any]:
        """The job as the API shows it."""
        told: dict[str, Any] = {
            "id": self.id,
            "operation": self.operation,
            "object": self.object,
            "createdById": self.user_id,
            "createdDate": stamp(self.created),
            "systemModstamp": stamp(self.changed or self.created),
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": self.version,
            "jobType": "V2Query" if self.kind == "query" else "V2Ingest",
            "lineEnding": self.ending,
            "columnDelimiter": self.delimiter,
        }
        return {**told, **(self._query_part() if self.kind == "query" else self._ingest_part())}

    def _query_part(self) -> dict[str, Any]:
        progress = {"numberRecordsProcessed": self.processed, "retries": 0, "totalProcessingTime": 0}
        return {**(progress if self.state != "UploadComplete" else {}), **self._error_part()}

    def _ingest_part(self) -> dict[str, Any]:
        part: dict[str, Any] = {"externalIdFieldName": self.external_id} if self.external_id else {}
        if self.state == "Open":
            part["contentUrl"] = f"services/data/v{self.version:.1f}/jobs/ingest/{self.id}/batches"
            return part
        progress = {"numberRecordsProcessed": self.processed, "numberRecordsFailed": len(self.failures), "retries": 0,
                    "totalProcessingTime": 0, "apiActiveProcessingTime": 0, "apexProcessingTime": 0}  # fmt: skip
        return {**part, **progress, **self._error_part()}

    def _error_part(self) -> dict[str, Any]:
        return {"errorMessage": self.error} if self.error else {}
