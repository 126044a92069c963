"""Finds what is gone: deleted and merged records, with the time of it and, for a merge, the record that stayed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.salesforce.api import MOST_ROWS, in_list, read_time, select, text_literal, time_literal
from connectors.salesforce.changes import master_of
from connectors.salesforce.errors import read_error, read_problems
from connectors.salesforce.org import Org
from connectors.salesforce.query import Record
from connectors.salesforce.schema import Described
from connectors.salesforce.successors import last_survivors
from core.contract import Change, ChangeKind, ContractBroken, NativeId, Ref, Request, Version

SHORTEST_WINDOW = timedelta(minutes=1)
"""Seconds are ignored in a window's bounds, and its end must lie after its start (SOAP guide, getDeleted())."""


@dataclass(frozen=True, slots=True)
class Gone:
    """Ids and times of deletion; `covered` is up to when the list is complete, as Salesforce says."""

    records: Sequence[tuple[str, datetime]] = ()
    covered: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Salesforce has forgotten deletions of the window."""


class Deletions:
    """Reads the deletions of one object."""

    def __init__(self, org: Org, described: Described) -> None:
        """Read from this org."""
        self._org = org
        self._described = described

    def between(self, since: datetime, until: datetime) -> Gone | Unknown:
        """List what was deleted after `since`, and a minute more; Unknown when the log does not reach back that far."""
        found = self._ask(since - SHORTEST_WINDOW, until)
        if not isinstance(found, _TooMany):
            return found
        middle = since + (until - since) / 2
        if middle - since < SHORTEST_WINDOW:
            raise ContractBroken("Salesforce cannot list the deletions of one minute.")
        early, late = self.between(since, middle), self.between(middle, until)
        if isinstance(early, Unknown) or isinstance(late, Unknown):
            return Unknown()
        return Gone([*early.records, *(record for record in late.records if record not in set(early.records))], late.covered)

    def parts(self, records: Sequence[tuple[str, datetime]]) -> Iterator[Sequence[tuple[str, datetime]]]:
        """Cut a list of deletions into what one look at the recycle bin can tell."""
        for start in range(0, len(records), MOST_ROWS // 2):
            yield records[start : start + MOST_ROWS // 2]

    def changes(self, part: Sequence[tuple[str, datetime]]) -> list[Change]:
        """Tell deleted from merged by the recycle bin; records that are back again are left out."""
        bin_rows = {str(row["Id"]): row for row in self._org.rows_with_deleted(self._look(part))}
        masters = {master for row in bin_rows.values() if (master := master_of(row)) is not None}
        survivors = last_survivors(self._org, self._described, masters)
        return [
            self._change(record_id, when, bin_rows.get(record_id), survivors)
            for record_id, when in part
            if bin_rows.get(record_id, {}).get("IsDeleted", True)
        ]

    def _ask(self, start: datetime, end: datetime) -> Gone | Unknown | _TooMany:
        request = Request(
            "GET",
            f"{self._org.paths.of('sobjects', self._described.spec.name, 'deleted')}/",
            params=[("start", time_literal(start)), ("end", time_literal(end))],
            accept=frozenset({400}),
        )
        response = self._org.http.send(request, [read_error])
        if response.status == 400:
            codes = {problem.code for problem in read_problems(response.json())}
            if "EXCEEDED_ID_LIMIT" in codes:
                return _TooMany()
            if "INVALID_REPLICATION_DATE" in codes:
                return Unknown()
            raise read_error(response) or ContractBroken("Salesforce could not list deletions.")
        answer = response.json()
        if read_time(answer["earliestDateAvailable"]) > start + SHORTEST_WINDOW:
            return Unknown()
        told = [(str(entry["id"]), read_time(entry["deletedDate"])) for entry in answer["deletedRecords"]]
        return Gone(sorted(told, key=lambda entry: (entry[1], entry[0])), min(read_time(answer["latestDateCovered"]), end))

    def _look(self, part: Sequence[tuple[str, datetime]]) -> str:
        columns = [name for name in ("Id", "IsDeleted", "MasterRecordId", "SystemModstamp") if self._described.has(name)]
        return select(columns, self._described.spec.name, in_list("Id", (text_literal(record_id) for record_id, _ in part)))

    def _change(self, record_id: str, when: datetime, row: Record | None, survivors: Mapping[str, str]) -> Change:
        master = master_of(row) if row else None
        stamp = row.get("SystemModstamp") if row else None
        return Change(
            object=self._described.spec.name,
            id=NativeId(record_id),
            kind=ChangeKind.MERGED if master else ChangeKind.DELETED,
            version=Version(str(stamp)) if stamp else None,
            changed_at=when,
            successor=Ref(self._described.spec.name, NativeId(survivors.get(master, master))) if master else None,
        )


@dataclass(frozen=True, slots=True)
class _TooMany:
    pass
