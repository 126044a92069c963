"""Reading a source: pages into the inbox, each with its cursor in one transaction; pushed ids completed by id."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from core.contract import Change, ChangeKind, ConnectorError, ContractBroken, Cursor, Match, ObjectName, Page, Reject
from core.flow.intake.door import arrival_id
from core.store.commands.full_reads import EndFullRead, Listing
from core.store.commands.intake import InboxEntry
from core.store.commands.pages import AcceptPage, Fetched, HandOver, StoreFetched
from core.store.inbox_seal import Arrival, inbox_key, seal_arrival, seal_record, told_of
from core.store.queries.delivery import ToRead, cursor_of, submissions_to_read
from core.store.queries.full_reads import full_read_of, links_not_listed
from core.store.store import Snapshot, Store

NOT_FOUND_TRIES = 5
"""A pushed id that cannot be read is asked for again this many times: some platforms push before their own store knows."""
FETCH_AHEAD = 200
"""Pushed ids that are taken up at once."""
NOT_FOUND_WAIT = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reading pass borrows, and the object it reads.

    `is_source`: nothing is written there, so that a deletion is a source's word about a person and not a CRM's tidying up.
    """

    connection: str
    object: str
    connector: Any
    lane: str
    token: int
    decide_lane: str
    now: Callable[[], datetime]
    renew: Callable[[], None]
    follows: Callable[[str], bool] = lambda _: False
    sieve: Sieve | None = None
    is_source: bool = False


class Sieve(Protocol):
    """Leaves out of a page what is no news."""

    def sift(self, snapshot: Snapshot, changes: Sequence[Change]) -> Sifted:
        """Sort a page."""
        ...


class Sifted(Protocol):
    """What is left of a page, and what was left out."""

    @property
    def changes(self) -> Sequence[Change]:
        """What is to be decided."""
        ...

    @property
    def versions(self) -> tuple[tuple[str, str], ...]:
        """Links whose record has a newer version that says the same."""
        ...

    @property
    def echoes(self) -> int:
        """How many told nothing new."""
        ...

    @property
    def strangers(self) -> int:
        """How many are nobody of ours."""
        ...


def read_source(
    store: Store, reading: Reading, background: Callable[[], AbstractContextManager[None]] = nullcontext
) -> tuple[dict[str, int], ConnectorError | None]:
    """Read what is new, page by page; an error leaves the cursor behind the last stored page.

    A reading from the beginning takes place in the `background`: it must leave calls for live leads. When such a reading
    of a followed object is through, the records of ours that it did not show are asked for by id: that they were not shown
    says nothing yet.
    """
    counts: dict[str, int] = {"records": 0, "rejected": 0, "echoes": 0, "strangers": 0}
    follows = reading.follows(reading.object)
    with store.snapshot() as snapshot:
        since = cursor_of(snapshot, reading.connection, reading.object)
        known = full_read_of(snapshot, reading.connection, reading.object) if follows else None
    goes_on = since is not None and known is not None and known.ended_at is None
    with background() if since is None or goes_on else nullcontext():
        error, is_full = _read_pages(store, reading, since, counts, is_full=goes_on)
    if error is None and is_full:
        counts["missed"] = _ask_for_missed(store, reading)
    return counts, error


def _read_pages(
    store: Store, reading: Reading, since: str | None, counts: dict[str, int], *, is_full: bool
) -> tuple[ConnectorError | None, bool]:
    """Read until there is no more; tell what ended it, and whether it was a reading of everything."""
    pages = iter(reading.connector.read(ObjectName(reading.object), Cursor(since) if since is not None else None))
    follows = reading.follows(reading.object)
    begins, waits = since is None and follows, False
    while True:
        page, error = next_page(reading.connection, pages)
        if page is None:
            return error, is_full and not waits
        reading.renew()
        waits = page.waits
        begins = begins or (page.begins and follows)
        if not page.changes and not page.rejects and page.resume == since and not begins:
            continue
        since = page.resume
        is_full = is_full or begins
        listing = Listing(begins, tuple(change.id for change in page.changes), len(page.changes)) if is_full else None
        store.write(_accept(store, reading, page, counts, listing))
        begins = False
        counts["records"] += len(page.changes)
        counts["rejected"] += len(page.rejects)


def _ask_for_missed(store: Store, reading: Reading) -> int:
    """Have the records be read by id that a full read did not show: hidden, or gone for longer than the vendor can tell."""
    with store.snapshot() as snapshot:
        full = full_read_of(snapshot, reading.connection, reading.object)
    if full is None or full.ended_at is not None:
        return 0
    after, count = "", 0
    while True:
        with store.snapshot() as snapshot:
            missed = links_not_listed(snapshot, reading.connection, reading.object, full.started_at, after, FETCH_AHEAD)
        if not missed:
            break
        reading.renew()
        now, sign = reading.now(), f"missed:{full.started_at.isoformat()}"
        asked = [ask_for(reading.object, remote_id, sign) for _, remote_id in missed]
        entries = tuple(seal_arrival(store.vault, store.workspace, reading.connection, each, now) for each in asked)
        store.write(HandOver(store.workspace, entries, now, reading.lane, reading.token, reading.decide_lane))
        after, count = missed[-1][0], count + len(missed)
    store.write(EndFullRead(store.workspace, reading.connection, reading.object, count, reading.now(), reading.lane, reading.token))
    return count


def ask_for(object_name: str, native_id: str, sign: str) -> Arrival:
    """A record that is to be read by its id; asking again with the same sign is the same question."""
    return Arrival(f"{arrival_id(object_name, native_id, None)}:{sign}", object_name, native_id, "asked")


def next_page(connection: str, pages: Iterator[Page]) -> tuple[Page | None, ConnectorError | None]:
    """Give the next page, or why there is none; a connector's bug must not end the lane."""
    try:
        return next(pages, None), None
    except ConnectorError as error:
        return None, error
    except Exception as error:  # noqa: BLE001 - the connector's, not ours: writing happens outside
        return None, _broken(connection, error)


def _broken(connection: str, error: Exception) -> ContractBroken:
    wrapped = ContractBroken(
        f"The connector of '{connection}' failed with {type(error).__name__}.",
        hint="This is a bug in the connector. Report it with the version and the time from the log.",
    )
    wrapped.__cause__ = error
    return wrapped


def _accept(store: Store, reading: Reading, page: Page, counts: dict[str, int], listing: Listing | None) -> AcceptPage:
    now = reading.now()
    changes = page.changes
    versions: tuple[tuple[str, str], ...] = ()
    echoes = 0
    if reading.sieve is not None:
        with store.snapshot() as snapshot:
            sifted = reading.sieve.sift(snapshot, page.changes)
        changes, versions, echoes = sifted.changes, sifted.versions, sifted.echoes
        counts["echoes"] += echoes
        counts["strangers"] += sifted.strangers
    follows = reading.follows(reading.object)
    arrivals = [_of_change(change, now if follows else None) for change in changes if follows or change.kind is ChangeKind.UPSERTED]
    if reading.is_source and not follows:
        arrivals += [_of_change(change, now) for change in changes if change.kind is ChangeKind.DELETED]
    arrivals += [_of_reject(reject) for reject in page.rejects]
    entries: list[InboxEntry] = [seal_arrival(store.vault, store.workspace, reading.connection, arrival, now) for arrival in arrivals]
    return AcceptPage(
        store.workspace,
        reading.connection,
        reading.object,
        tuple(entries),
        page.resume,
        now,
        reading.lane,
        reading.token,
        reading.decide_lane,
        versions,
        echoes,
        listing,
    )


def arrivals_of(page: Page) -> list[Arrival]:
    """What a page of a source that is not followed puts into the inbox: its records, and what could not be read."""
    return [
        *(_of_change(change, None) for change in page.changes if change.kind is ChangeKind.UPSERTED),
        *(_of_reject(reject) for reject in page.rejects),
    ]


def _of_change(change: Change, read_at: datetime | None) -> Arrival:
    """One state of a record; `read_at` is set for records that are followed, and for ends."""
    told = None if read_at is None else told_of(change, read_at)
    event_id = arrival_id(change.object, change.id, change.version)
    if told is not None and (change.kind is not ChangeKind.UPSERTED or change.version is None):
        content = json.dumps([dict(change.fields), change.kind.value], sort_keys=True, default=str)
        event_id = f"{event_id}:{change.kind.value}:{hashlib.sha256(content.encode()).hexdigest()}"
    fields = dict(change.fields)
    return Arrival(event_id, change.object, change.id, "read", None, fields, change.changed_at, change.flag.value, remote=told)


def _of_reject(reject: Reject) -> Arrival:
    event_id = arrival_id(reject.object, reject.id, reject.version)
    return Arrival(event_id, reject.object, "", "read", reject.raw, reason_code="unreadable", reason=reject.error.message)


def fetch_pushed(store: Store, reading: Reading, batch_of: Callable[[str], int]) -> tuple[dict[str, int], ConnectorError | None]:
    """Read the records of submissions that came as an id, as many of an object in one call as `batch_of` it allows."""
    counts: dict[str, int] = {"fetched": 0, "not_found": 0}
    while True:
        with store.snapshot() as snapshot:
            rows = submissions_to_read(snapshot, reading.connection, reading.now(), FETCH_AHEAD)
        if not rows:
            return counts, None
        reading.renew()
        try:
            fetched = [
                row for name in dict.fromkeys(row.object for row in rows) for row in _fetch(store, reading, name, batch_of(name), rows)
            ]
        except ConnectorError as error:
            return counts, error
        except Exception as error:  # noqa: BLE001 - a connector's bug must not end the lane
            return counts, _broken(reading.connection, error)
        store.write(StoreFetched(store.workspace, tuple(fetched), reading.lane, reading.token, reading.now(), reading.decide_lane))
        counts["fetched"] += sum(1 for row in fetched if row.state == "ready")
        counts["not_found"] += sum(1 for row in fetched if row.state != "ready")


def _fetch(store: Store, reading: Reading, object_name: str, batch: int, rows: Sequence[ToRead]) -> list[Fetched]:
    mine = [row for row in rows if row.object == object_name]
    matches = {row.inbox_id: Match.on("id", row.native_id) for row in mine}
    asked = list(dict.fromkeys(matches.values()))
    found: dict[Match, Sequence[Change]] = {}
    for start in range(0, len(asked), batch):
        found.update(reading.connector.find(ObjectName(object_name), asked[start : start + batch]))
    return [_fetched(store, reading, row, found.get(matches[row.inbox_id], ())) for row in mine]


def _fetched(store: Store, reading: Reading, row: ToRead, hits: Sequence[Change]) -> Fetched:
    if hits:
        change = hits[0]
        key = inbox_key(store.vault, store.workspace, row)
        told = told_of(change, reading.now()) if reading.follows(change.object) else None
        sealed = seal_record(store.vault, key, dict(change.fields), change.changed_at or row.received_at, told)
        flag = row.flag if row.flag != "none" else change.flag.value
        return Fetched(row.inbox_id, "ready", sealed, flag, next_at=reading.now())
    if row.attempts + 1 < NOT_FOUND_TRIES:
        return Fetched(row.inbox_id, "to_read", flag=row.flag, next_at=reading.now() + NOT_FOUND_WAIT)
    if reading.follows(row.object):
        gone = {"id": row.native_id, "sort": "absent", "read_at": reading.now().isoformat()}
        key = inbox_key(store.vault, store.workspace, row)
        return Fetched(row.inbox_id, "ready", seal_record(store.vault, key, {}, None, gone), next_at=reading.now())
    return Fetched(
        row.inbox_id,
        "quarantined",
        flag=row.flag,
        reason_code="not_found",
        reason=f"'{reading.connection}' pushed the id {row.native_id} but does not give the record ({NOT_FOUND_TRIES} tries).",
    )
