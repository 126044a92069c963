"""The org: all state of the stand-in, the one door for changing rows, and what a single call brings along."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.salesforce.auth import Tokens
from sandbox.salesforce.bulk_jobs import BulkJob
from sandbox.salesforce.dials import Dials
from sandbox.salesforce.ids import IdSource
from sandbox.salesforce.limits import Usage
from sandbox.salesforce.moments import read_moment, stamp
from sandbox.salesforce.objects import standard_objects
from sandbox.salesforce.outbound import Outbox
from sandbox.salesforce.refusals import not_found
from sandbox.salesforce.table import Row, Table

ORG_ID = "00DRO00000000012AA"
INTEGRATION_USERNAME = "integration@example.com"
_BIRTH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: who, when, in which API version, and the switches of its headers."""

    user_id: str
    now: datetime
    version: float = 59.0
    host: str = "localhost"
    auto_assign: bool = True
    allow_save: bool = False
    include_details: bool = False
    sees_hidden: bool = False

    @property
    def root(self) -> str:
        """The path before every resource of this version."""
        return f"/services/data/v{self.version:.1f}"


@dataclass(slots=True)
class Cursor:
    """What is left of a query after its first page; rows stay as they were when it was asked."""

    opened: datetime
    rows: list[Row]
    render: Callable[[Row], dict[str, Any]]


@dataclass(slots=True)
class Org:
    """Everything that a reset forgets."""

    dials: Dials = field(default_factory=Dials)
    ids: IdSource = field(default_factory=IdSource)
    tables: dict[str, Table] = field(default_factory=dict)
    tokens: Tokens = field(default_factory=Tokens)
    usage: Usage = field(default_factory=Usage)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    jobs: dict[str, BulkJob] = field(default_factory=dict)
    outbox: Outbox = field(default_factory=Outbox)
    pages: int = 0
    schema_changed: datetime = _BIRTH
    integration_user: str = ""
    crm_user: str = ""
    _undo: list[tuple[Table, str, Row | None]] = field(default_factory=list)
    _savepoints: int = 0

    def __post_init__(self) -> None:
        for kind in standard_objects():
            self.tables[kind.name.lower()] = Table(kind)
        self.integration_user = self._user("Integration", INTEGRATION_USERNAME)
        self.crm_user = self._user("Sales", "sales@example.com")

    def table(self, name: str) -> Table:
        """The table of an object in any case; raises 404 NOT_FOUND."""
        found = self.tables.get(name.lower())
        if found is None:
            raise not_found()
        return found

    def table_of(self, row_id: str) -> Table | None:
        """The table that an id belongs to by its key prefix."""
        return next((table for table in self.tables.values() if table.kind.prefix == row_id[:3]), None)

    def write(self, table: Table, row: Row, now: datetime) -> None:
        """Store a row: the only way in which rows change, so that savepoints and lagging readers hold."""
        before = table.put(row)
        if self._savepoints:
            self._undo.append((table, row["Id"], before))
        if self.dials.lag > 0:
            self._keep_earlier(table, row["Id"], before, now)
        self.outbox.note(self.dials.outbound_messages, table.kind.name, row, now)

    @contextmanager
    def savepoint(self) -> Iterator[list[bool]]:
        """Collect the writes inside; they are taken back when the block raises or appends anything to the list it gets."""
        mark, undo = (len(self._undo), len(self.outbox.pending)), list[bool]()
        self._savepoints += 1
        try:
            yield undo
        except BaseException:
            self._roll_back(mark)
            raise
        finally:
            self._savepoints -= 1
        if undo:
            self._roll_back(mark)
        if not self._savepoints:
            self._undo.clear()

    def seen(self, table: Table, row: Row, now: datetime) -> Row | None:
        """The version of a row that queries see at `now`: with lag, a fresh write is not yet there."""
        if self.dials.lag <= 0 or not table.earlier:
            return row
        if row["SystemModstamp"] <= stamp(now - timedelta(seconds=self.dials.lag)):
            return row
        return table.earlier.get(row["Id"], row)

    def is_active_user(self, user_id: str) -> bool:
        """Whether a user may own records."""
        user = self.tables["user"].get(user_id)
        return user is not None and bool(user.get("IsActive"))

    def _keep_earlier(self, table: Table, row_id: str, before: Row | None, now: datetime) -> None:
        written = read_moment(before["SystemModstamp"]) if before is not None else None
        if written is None or now - written >= timedelta(seconds=self.dials.lag) or row_id not in table.earlier:
            table.earlier[row_id] = before

    def _roll_back(self, mark: tuple[int, int]) -> None:
        del self.outbox.pending[mark[1] :]
        while len(self._undo) > mark[0]:
            table, row_id, before = self._undo.pop()
            table.take_back(row_id, before)

    def _user(self, last_name: str, username: str) -> str:
        user_id = self.ids.next("005")
        made = stamp(_BIRTH)
        self.tables["user"].put(
            {"Id": user_id, "IsDeleted": False, "FirstName": "Sandbox", "LastName": last_name, "Name": f"Sandbox {last_name}",
             "Username": username, "Email": username, "IsActive": True, "CreatedDate": made, "LastModifiedDate": made,
             "SystemModstamp": made, "CreatedById": user_id, "LastModifiedById": user_id}
        )  # fmt: skip
        return user_id
