"""Reads an object as a feed: everything by list first, then what changed by search, and deletions from the recycle bin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.hubspot.api import HubSpotApi
from connectors.hubspot.catalog import Catalog
from connectors.hubspot.cursors import LoopGuard, Phase, Position
from connectors.hubspot.records import changes_of, deletion_of, millis, moment_of, next_after, results_of, stamp_property, updated_at
from connectors.hubspot.settings import HubSpotSettings
from core.contract import Change, ChangeKind, ContractBroken, Cursor, ObjectName, Page, Response

LIST_PAGE = 100
SEARCH_PAGE = 200
BATCH = 100
_LONGEST_QUERY = 6_000
_BIN_KEEPS = 90 * 86_400_000
"""The recycle bin keeps a record for 90 days (HubSpot knowledge base, 'Restore deleted records')."""
_PACE = 30_000
"""A sweep of n pages is followed by the next after n times this at the earliest: at most two calls a minute on average."""

Step = tuple[Sequence[Change], Position, bool]
"""Changes, where the read stands after them, and whether there is nothing more now."""


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
        self._guard = LoopGuard()

    def pages(self, since: Cursor | None) -> Iterator[Page]:
        """Yield pages until there is nothing more now; the last one's cursor rests."""
        position = Position.of(since)
        begins = False
        while True:
            begins = begins or (since is not None and position == Position())
            changes, position, done = self._step(position)
            if changes or done:
                yield Page(changes, position.cursor(), begins=begins)
                begins = False
            if done:
                return

    def _step(self, position: Position) -> Step:
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
            return changes, Position(phase=Phase.CHANGES, since=since)
        return changes, position.moved(since=since, after=after)

    def _changed(self, position: Position) -> Step:
        response = self._api.search(self._object, self._query(position))
        records = sorted(results_of(response), key=lambda record: int(record["id"]))
        if records and int(records[0]["id"]) <= position.last_id:
            raise ContractBroken("HubSpot's search repeats records that it was told to leave out.")
        now = millis(self._api.server_now(response))
        if position.swept is not None and now - position.swept > _BIN_KEEPS:
            return [], Position(), False
        until = position.until if position.until is not None else now - self._lag
        changes = self._read([str(record["id"]) for record in records if not self._is_told(position, record)])
        position = position.remembering(_stamps(changes, before=now), since=(position.since or 0) - self._overlap)
        if next_after(response) is not None:
            if not records:
                raise ContractBroken("HubSpot's search names a next page after an empty one.")
            return changes, position.moved(until=until, last_id=int(records[-1]["id"])), False
        since = max(position.since or 0, until)
        rested = position.remembering({}, since=since - self._overlap).moved(since=since, until=None, last_id=0)
        if not self._is_sweep_due(rested, now):
            return changes, rested, True
        return changes, rested.moved(phase=Phase.DELETIONS, after=None, bin_pages=0), False

    def _deleted(self, position: Position) -> Step:
        """The recycle bin has no order by time, so all of it is paged through for what came in since the last sweep."""
        response = self._list(position, [], archived=True)
        swept = (position.swept or 0) - self._overlap
        gone = [record for record in results_of(response) if _archived_millis(record) >= swept]
        changes = [deletion_of(self._object, record) for record in gone]
        told = {one: stamp for one, stamp in position.told.items() if one not in {change.id for change in changes}}
        sweeping = position.sweeping or millis(self._api.server_now(response))
        position = position.moved(told=told, bin_pages=position.bin_pages + 1)
        after = self._next(response)
        if after is not None:
            return changes, position.moved(after=after, sweeping=sweeping), False
        return changes, position.moved(phase=Phase.CHANGES, after=None, swept=sweeping, sweeping=None), True

    def _list(self, position: Position, properties: Sequence[str], *, archived: bool = False) -> Response:
        return self._api.page(self._object, limit=LIST_PAGE, after=position.after, properties=properties, archived=archived)

    def _next(self, response: Response) -> str | None:
        after = next_after(response)
        if after is None:
            self._guard = LoopGuard()
        else:
            self._guard.passed(after)
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

    def _is_told(self, position: Position, record: Mapping[str, Any]) -> bool:
        """Whether the state that the index shows, or a later one, was told before."""
        moment = updated_at(self._object, record)
        return moment is not None and position.told.get(str(record["id"]), -1) >= millis(moment)

    def _is_sweep_due(self, position: Position, now: int) -> bool:
        return position.swept is None or now - position.swept >= max(self._sweep_every, position.bin_pages * _PACE)


def _stamps(changes: Sequence[Change], *, before: int) -> dict[str, int]:
    """The stamps of the records read. One not older than the answer that led to the read may move once more within its
    own millisecond, so it is left to be read again."""
    moments = {change.id: change.changed_at for change in changes if change.kind is ChangeKind.UPSERTED}
    return {one: millis(moment) for one, moment in moments.items() if moment is not None and millis(moment) < before}


def _archived_millis(record: Mapping[str, Any]) -> int:
    moment = moment_of(record.get("archivedAt"))
    return millis(moment) if moment else 0
