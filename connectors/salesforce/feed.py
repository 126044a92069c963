"""Reads what changed in one object: live, deleted, merged and converted rows by SystemModstamp, without a gap.

Rows are polled from a little behind the last point that is certain and those seen already are left out. The cursor moves
by Salesforce's clock only, and never past a change that may still become visible. A poll is one query; the deletion log
is read now and then, for what has left the recycle bin and for Salesforce's word on open transactions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from connectors.salesforce.api import select
from connectors.salesforce.bulk_read import BulkRead, full_read_by_job
from connectors.salesforce.changes import change_of, master_of, stamp_field
from connectors.salesforce.cursor import BEGIN_AGAIN, Position, read_cursor
from connectors.salesforce.deletions import Deletions, Gone, Unknown
from connectors.salesforce.org import Org
from connectors.salesforce.query import QueryPage, Record, Stumble, first_page, next_page
from connectors.salesforce.schema import Described
from connectors.salesforce.successors import last_survivors
from connectors.salesforce.walk import LOG_READ_EVERY, Ending, Walk
from core.contract import Change, ContractBroken, Cursor, ObjectName, Page, Unavailable

LONG_AGO = timedelta(days=15)
"""Deletions are kept for 15 days at most (REST guide, "sObject Get Deleted")."""

MANY_AGAIN = 1_000
"""Rows of one poll from which on the log is read at once, because its word lets the next poll begin later."""


class Feed:
    """Reads the objects of one connection."""

    def __init__(self, org: Org) -> None:
        """Read from this org."""
        self._org = org

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield changed rows, then what else is gone; the last page's cursor is where the next poll begins.

        When deletions were missed for too long, everything is yielded again from the beginning. A full read of a big object
        waits for a job: it ends with an empty page, and goes on when it is read again.
        """
        walk = self._walk(read_cursor(since))
        described = self._org.described(object_name)
        pages = self._rows(described, walk)
        yield from _from_the_beginning(pages) if since is not None and walk.position == Position() else pages
        if walk.position.is_waiting:
            return
        gone = self._gone(described, walk)
        if isinstance(gone, Unknown):
            yield from _from_the_beginning(self.read(object_name, Position(note=BEGIN_AGAIN).to_cursor()))
        else:
            yield from self._endings(described, walk, gone)

    def _walk(self, position: Position) -> Walk:
        settings = self._org.settings
        return Walk(position, timedelta(seconds=settings.overlap_seconds), timedelta(seconds=settings.late_visible_seconds))

    def _rows(self, described: Described, walk: Walk) -> Iterator[Page]:
        if walk.position.is_waiting:
            yield from full_read_by_job(BulkRead(self._org, described), walk, self._changes)
            return
        page = self._ask(described, walk)
        if self._is_for_a_job(walk, page) and self._start_job(described, walk, page) is not None:
            yield Page([], walk.position.to_cursor(), waits=True)
        elif not _is_forgotten(walk, page):
            yield from self._pages(described, walk, page)

    def _pages(self, described: Described, walk: Walk, page: QueryPage) -> Iterator[Page]:
        met: set[str] = set()
        while True:
            changes = self._changes(described, walk.take(page.records, stamp_field(described)))
            if changes:
                yield Page(changes, walk.position.to_cursor())
            if page.next_path is None:
                return
            if page.next_path in met:
                raise ContractBroken("Salesforce named the same next page twice.")
            met.add(page.next_path)
            following = next_page(self._org.http, page.next_path)
            if not isinstance(following, Stumble):
                page = following
            elif not changes:
                raise Unavailable("Salesforce loses its place in a query again and again.")
            else:
                page = self._ask(described, walk)

    def _is_for_a_job(self, walk: Walk, page: QueryPage) -> bool:
        is_new = walk.position.is_full_read and walk.position.at is None and walk.position.bulk is None
        return is_new and page.total >= self._org.settings.bulk_read_from

    def _start_job(self, described: Described, walk: Walk, page: QueryPage) -> str | None:
        place = BulkRead(self._org, described).start(self._soql(described), deleted_too=self._sees_deleted(described, walk))
        walk.begin(page.at, place)
        return place.job

    def _changes(self, described: Described, rows: Sequence[tuple[Record, int]]) -> list[Change]:
        masters = {master for row, _ in rows if (master := master_of(row)) is not None}
        survivors = last_survivors(self._org, described, masters)
        return [change_of(described, row, turn, survivors) for row, turn in rows]

    def _ask(self, described: Described, walk: Walk) -> QueryPage:
        page = self._try(described, walk)
        if isinstance(page, Stumble):
            # A field was hidden or removed since the describe was read.
            page = self._try(self._org.described_anew(described.spec.name), walk)
        if isinstance(page, Stumble):
            raise Unavailable("Salesforce's describe names fields that its queries do not know.")
        walk.begin(page.at)
        return page

    def _try(self, described: Described, walk: Walk) -> QueryPage | Stumble:
        stamp = stamp_field(described)
        soql = f"{self._soql(described, walk.condition(stamp))} ORDER BY {stamp}, Id"
        resource = "queryAll" if self._sees_deleted(described, walk) else "query"
        return first_page(self._org.http, self._org.paths, soql, resource=resource)

    def _soql(self, described: Described, where: str = "") -> str:
        return select(self._org.columns(described), described.spec.name, where)

    @staticmethod
    def _sees_deleted(described: Described, walk: Walk) -> bool:
        """Whether deleted rows are of interest: not to one who has never read anything."""
        is_first = walk.position.is_full_read and walk.position.note is None
        return described.has("IsDeleted") and not is_first

    def _gone(self, described: Described, walk: Walk) -> Gone | Unknown | None:
        """What the deletion log adds; None when it need not be read this time."""
        began, since = walk.position.began, walk.position.deleted
        if began is None or since is None or not described.replicates:
            return None
        if began - since < LOG_READ_EVERY and walk.met < MANY_AGAIN:
            return None
        if since <= began - LONG_AGO:
            return Unknown()
        return Deletions(self._org, described).between(since, began)

    def _endings(self, described: Described, walk: Walk, gone: Gone | None) -> Iterator[Page]:
        deletions = Deletions(self._org, described)
        records = gone.records if gone else ()
        for part in deletions.parts([record for record in records if not walk.has_told(*record)]):
            changes = deletions.changes(part)
            walk.note_deletions(part)
            yield Page(changes, walk.midway().to_cursor())
        covered = gone.covered if gone else None
        yield Page([], walk.settled(Ending(covered, covered)).to_cursor())


def _is_forgotten(walk: Walk, page: QueryPage) -> bool:
    """Whether Salesforce, by its own clock, has forgotten deletions since the cursor: then its rows are no use, all are read anew."""
    return walk.position.deleted is not None and page.at is not None and walk.position.deleted <= page.at - LONG_AGO


def _from_the_beginning(pages: Iterator[Page]) -> Iterator[Page]:
    """The first page says that with it everything is told anew."""
    for number, page in enumerate(pages):
        yield replace(page, begins=number == 0)
