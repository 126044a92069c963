"""The query resources: first pages, following pages by locator, and reads of what changed or was deleted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.salesforce.exchange import Exchange
from sandbox.salesforce.moments import read_moment, stamp
from sandbox.salesforce.org import Cursor
from sandbox.salesforce.refusals import refuse
from sandbox.salesforce.soql_run import find_rows, renderer
from sandbox.salesforce.soql_text import read_query
from sandbox.salesforce.table import Row
from sandbox.wire import Answer, json_answer

_LOCATOR_LIFE = timedelta(days=2)
_MOST_CURSORS = 10
_UPDATED_WINDOW = timedelta(days=30)
_DELETED_WINDOW = timedelta(days=15)


def query(x: Exchange) -> Answer:
    """GET query?q=: live rows only."""
    return _first_page(x, "query")


def query_all(x: Exchange) -> Answer:
    """GET queryAll?q=: deleted rows too."""
    return _first_page(x, "queryAll")


def next_page(x: Exchange) -> Answer:
    """GET query/<locator>: the rows as they were when the query was asked; locators live two days."""
    locator, _, offset = x.args[0].rpartition("-")
    cursor = x.org.cursors.get(locator)
    if cursor is None or not offset.isdigit() or x.call.now - cursor.opened > _LOCATOR_LIFE:
        raise refuse("INVALID_QUERY_LOCATOR", "invalid query locator")
    return _page(x, "query", (locator, cursor), int(offset))


def updated(x: Exchange) -> Answer:
    """GET sobjects/<object>/updated: ids by SystemModstamp; read on from latestDateCovered, which may lie before `end`."""
    table = x.org.table(x.args[0])
    start, end = _window(x, _UPDATED_WINDOW)
    ids = [row["Id"] for row in table.live() if start <= row["SystemModstamp"] <= end and x.org.seen(table, row, x.call.now) is row]
    _refuse_too_many(x, ids)
    return json_answer({"ids": ids, "latestDateCovered": _covered(x, end)})


def deleted(x: Exchange) -> Answer:
    """GET sobjects/<object>/deleted: ids of deleted and merged rows with the time of it."""
    table = x.org.table(x.args[0])
    start, end = _window(x, _DELETED_WINDOW)
    earliest = stamp(x.call.now - min(_DELETED_WINDOW, timedelta(seconds=x.org.dials.deletion_log_seconds)))
    logged = (row for row in [*table.rows.values(), *table.purged] if row["IsDeleted"])
    gone = [row for row in logged if max(start, earliest) <= row["SystemModstamp"] <= end]
    _refuse_too_many(x, gone)
    told = [{"id": row["Id"], "deletedDate": row["SystemModstamp"]} for row in gone]
    return json_answer({"deletedRecords": told, "earliestDateAvailable": earliest, "latestDateCovered": _covered(x, end)})


def _first_page(x: Exchange, resource: str) -> Answer:
    asked = read_query(x.param("q"))
    rows = find_rows(x.org, x.call, asked, deleted_too=resource == "queryAll")
    if asked.counts:
        return json_answer({"totalSize": len(rows), "done": True, "records": []})
    cursor = Cursor(x.call.now, rows, renderer(x.org, x.call, asked))
    return _page(x, resource, (x.org.ids.next("01g"), cursor), 0)


def _page(x: Exchange, resource: str, found: tuple[str, Cursor], start: int) -> Answer:
    locator, cursor = found
    total = len(cursor.rows)
    end = min(total, start + _page_size(x, total - start))
    records = [cursor.render(row) for row in cursor.rows[start:end]]
    answer: dict[str, Any] = {"totalSize": total, "done": end >= total, "records": records}
    if end < total:
        answer["nextRecordsUrl"] = f"{x.call.root}/{resource}/{locator}-{end}"
        _remember(x, locator, cursor)
    return json_answer(answer)


def _page_size(x: Exchange, left: int) -> int:
    """A hint is a hint: of the pages that are not the last, every few come out a tenth shorter than asked."""
    size = x.org.dials.page_size
    options = x.request.headers.get("sforce-query-options", "").lower().replace(" ", "")
    if options.startswith("batchsize=") and options[10:].isdigit():
        size = min(size, max(200, min(2000, int(options[10:]))))
    if left <= size:
        return size
    x.org.pages += 1
    every = x.org.dials.short_page_every
    return max(1, size * 9 // 10) if every and x.org.pages % every == 0 else size


def _remember(x: Exchange, locator: str, cursor: Cursor) -> None:
    x.org.cursors[locator] = cursor
    while len(x.org.cursors) > _MOST_CURSORS:
        del x.org.cursors[next(iter(x.org.cursors))]


def _window(x: Exchange, longest: timedelta) -> tuple[str, str]:
    start, end = _moment(x, "start"), _moment(x, "end")
    if start >= end:
        raise refuse("INVALID_REPLICATION_DATE", "start date must precede end date")
    if start < x.call.now - longest:
        raise refuse("INVALID_REPLICATION_DATE", f"startDate before org's replication enabled date or more than {longest.days} days ago")
    return stamp(start), stamp(end)


def _moment(x: Exchange, name: str) -> datetime:
    text = x.param(name)
    moment = read_moment(text)
    if moment is None:
        raise refuse("INVALID_REPLICATION_DATE", f"Invalid date/time: {text}")
    return moment


def _covered(x: Exchange, end: str) -> str:
    return min(end, stamp(x.call.now - timedelta(seconds=max(x.org.dials.covered_gap, x.org.dials.lag))))


def _refuse_too_many(x: Exchange, found: list[Row] | list[str]) -> None:
    if len(found) > x.org.dials.id_limit:
        raise refuse("EXCEEDED_ID_LIMIT", f"cannot return more than {x.org.dials.id_limit} ids; shorten the window")
