"""Reads an object as a feed: everything by list first, then what changed by search, and deletions from the recycle bin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from connectors.hubspot.api import HubSpotApi
from connectors.hubspot.catalog import Catalog
from connectors.hubspot.cursors import Phase, Position
from connectors.hubspot.records import changes_of, deletion_of, millis, moment_of, next_after, results_of, stamp_property
from connectors.hubspot.settings import HubSpotSettings
from core.contract import Change, ContractBroken, Cursor, ObjectName, Page, Response

LIST_PAGE = 100
SEARCH_PAGE = 200
BATCH = 100
_LONGEST_QUERY = 6_000


class Feed:
    """The feed of one object.

    The search asks only for ids, in the order of their ids, of records whose modified stamp is not before the window;
    the records themselves are then read in batches. So a stale index entry gives the record as it is now, no query meets
    the cap of 10,000 results, and any number of equal stamps is told. A record that changes while a window is read keeps
    its place or comes again with the next window, which begins at HubSpot's time of this window's first answer, less
    the lag of the index and the overlap.
    """

    def __init__(self, api: HubSpotApi, catalog: Catalog, settings: HubSpotSettings, object_name: ObjectName) -> None:
        """Prepare without I/O."""
        self._api = api
        self._catalog = catalog
        self._object = object_name
        self._lag = int(settings.index_lag_seconds * 1000)
        self._overlap = int(settings.overlap_seconds * 1000)
        self._sweep_every = int(settings.deletions_every_seconds * 1000)
        self._seen_after: set[str] = set()

    def pages(self, since: Cursor | None) -> Iterator[Page]:
        """Yield pages until there is nothing more now; the last one's cursor rests."""
        position = Position.of(since)
        while True:
            changes, position, done = self._step(position)
            if changes or done:
                yield Page(changes, position.cursor())
            if done:
                return

    def _step(self, position: Position) -> tuple[Sequence[Change], Position, bool]:
        match position.phase:
            case Phase.LIST:
                return *self._listed(position), False
            case Phase.CHANGES:
                return self._changed(position)
            case Phase.DELETIONS:
                return self._deleted(position)

    def _listed(self, position: Position) -> tuple[Sequence[Change], Position]:
        properties = self._catalog.wanted(self._object)
        in_query = sum(len(name) + len("&properties=") for name in properties) <= _LONGEST_QUERY
        response = self._list(position, properties if in_query else [])
        records = results_of(response)
        changes = changes_of(self._object, records) if in_query else self._read([str(record["id"]) for record in records])
        since = position.since if position.since is not None else self._settled(response)
        after = self._next(response)
        if after is None:
            return changes, Position(phase=Phase.CHANGES, since=since, swept=since)
        return changes, position.moved(since=since, after=after)

    def _changed(self, position: Position) -> tuple[Sequence[Change], Position, bool]:
        response = self._api.search(self._object, self._query(position))
        ids = sorted(int(record["id"]) for record in results_of(response))
        if ids and ids[0] <= position.last_id:
            raise ContractBroken("HubSpot's search repeats records that it was told to leave out.")
        now = self._api.server_now(response)
        until = position.until if position.until is not None else millis(now) - self._lag
        changes = self._read([str(found) for found in ids])
        if next_after(response) is not None:
            if not ids:
                raise ContractBroken("HubSpot's search names a next page after an empty one.")
            return changes, position.moved(until=until, last_id=ids[-1]), False
        rested = position.moved(since=max(position.since or 0, until), until=None, last_id=0)
        if not self._is_sweep_due(rested, now):
            return changes, rested, True
        return changes, rested.moved(phase=Phase.DELETIONS, after=None), False

    def _deleted(self, position: Position) -> tuple[Sequence[Change], Position, bool]:
        """The recycle bin has no order by time, so all of it is paged through for what came in since the last sweep."""
        response = self._list(position, [], archived=True)
        swept = (position.swept or 0) - self._overlap
        gone = [record for record in results_of(response) if _archived_millis(record) >= swept]
        changes = [deletion_of(self._object, record) for record in gone]
        sweeping = position.sweeping or millis(self._api.server_now(response))
        after = self._next(response)
        if after is not None:
            return changes, position.moved(after=after, sweeping=sweeping), False
        return changes, position.moved(phase=Phase.CHANGES, after=None, swept=sweeping, sweeping=None), True

    def _list(self, position: Position, properties: Sequence[str], *, archived: bool = False) -> Response:
        return self._api.page(self._object, limit=LIST_PAGE, after=position.after, properties=properties, archived=archived)

    def _next(self, response: Response) -> str | None:
        after = next_after(response)
        if after is None:
            self._seen_after.clear()
            return None
        if after in self._seen_after:
            raise ContractBroken("HubSpot repeats a paging token; the list would never end.")
        self._seen_after.add(after)
        return after

    def _query(self, position: Position) -> dict[str, Any]:
        stamp = stamp_property(self._object)
        filters = [{"propertyName": stamp, "operator": "GTE", "value": str(max(0, (position.since or 0) - self._overlap))}]
        if position.last_id:
            filters.append({"propertyName": "hs_object_id", "operator": "GT", "value": str(position.last_id)})
        sorts = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
        return {"filterGroups": [{"filters": filters}], "sorts": sorts, "properties": [stamp], "limit": SEARCH_PAGE}

    def _read(self, ids: Sequence[str]) -> list[Change]:
        """Read records as they are now. One that is gone is left out: its deletion or merge is told elsewhere."""
        changes: list[Change] = []
        for start in range(0, len(ids), BATCH):
            inputs = [{"id": one} for one in ids[start : start + BATCH]]
            body = {"inputs": inputs, "properties": list(self._catalog.wanted(self._object))}
            changes += changes_of(self._object, results_of(self._api.read_batch(self._object, body)))
        return changes

    def _settled(self, response: Response) -> int:
        return millis(self._api.server_now(response)) - self._lag

    def _is_sweep_due(self, position: Position, now: datetime) -> bool:
        return position.swept is None or millis(now) - position.swept >= self._sweep_every


def _archived_millis(record: Any) -> int:
    moment = moment_of(record.get("archivedAt"))
    return millis(moment) if moment else 0
