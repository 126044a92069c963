"""Looks records up: by id or unique property in batches, by any other property through search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from connectors.hubspot.api import HubSpotApi
from connectors.hubspot.catalog import Catalog
from connectors.hubspot.records import MERGED_IDS, change_of, next_after, results_of
from core.contract import Change, ContractBroken, Match, ObjectName

BATCH = 100
_SEARCH_PAGE = 200
_SEARCH_CAP = 10_000
_VALUES_ROOM = 2_000
"""Characters of a search body for values; a body takes 3,000 in all (CRM search guide)."""
_ADDRESSES = ("email", "hs_additional_emails")
_IDS = ("id", "hs_object_id")

Fits = Callable[[Change, str], bool]


class Finder:
    """Finds live records; what search finds is read again by id, since its index may be stale."""

    def __init__(self, api: HubSpotApi, catalog: Catalog) -> None:
        """Hold what all look-ups share."""
        self._api = api
        self._catalog = catalog

    def find(self, object_name: ObjectName, matches: Sequence[Match]) -> dict[Match, list[Change]]:
        """Find all live records per match, an empty list where there is none."""
        found: dict[Match, list[Change]] = {match: [] for match in matches}
        by_name: dict[str, list[Match]] = {}
        for match in found:
            if len(match.fields) == 1 and match.single()[1]:
                by_name.setdefault(match.single()[0], []).append(match)
        for name, group in by_name.items():
            self._find_singles(object_name, name, group, found)
        for match in found:
            if len(match.fields) > 1:
                found[match] = self._find_pairs(object_name, match)
        return found

    def _find_singles(self, object_name: ObjectName, name: str, matches: Sequence[Match], found: dict[Match, list[Change]]) -> None:
        values = [match.single()[1] for match in matches]
        fits: Fits
        if name in _IDS:
            # Ids are whole numbers; one word among them could fail the whole call.
            changes, fits = self._read(object_name, [value for value in values if value.isdecimal()]), _fits_id
        elif self._catalog.is_unique(object_name, name):
            changes = self._read(object_name, values, id_property=name, more=_ADDRESSES if name == "email" else ())
            fits = _fits_email if name == "email" else _fits(name)
        else:
            changes, fits = self._searched(object_name, name, values), _fits(name)
        for match, value in zip(matches, values, strict=True):
            found[match] = [change for change in changes if fits(change, value)]

    def _find_pairs(self, object_name: ObjectName, match: Match) -> list[Change]:
        """All pairs must hold; EQ within one group of filters is their conjunction."""
        filters = [{"propertyName": name, "operator": "EQ", "value": value} for name, value in sorted(match.fields)]
        changes = self._read(object_name, self._search_ids(object_name, filters))
        return [change for change in changes if all(_fits(name)(change, value) for name, value in match.fields)]

    def _searched(self, object_name: ObjectName, name: str, values: Iterable[str]) -> list[Change]:
        # The search guide wants the values of IN in lower case.
        wanted = list(dict.fromkeys(value.lower() for value in values))
        ids: list[str] = []
        for group in _in_groups(wanted):
            ids += self._search_ids(object_name, [{"propertyName": name, "operator": "IN", "values": group}])
        return self._read(object_name, list(dict.fromkeys(ids)))

    def _search_ids(self, object_name: ObjectName, filters: Sequence[Mapping[str, Any]]) -> list[str]:
        ids: list[str] = []
        body: dict[str, Any] = {"filterGroups": [{"filters": filters}], "properties": ["hs_object_id"], "limit": _SEARCH_PAGE}
        body["sorts"] = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
        while True:
            response = self._api.search(object_name, body)
            ids += [str(record["id"]) for record in results_of(response)]
            after = next_after(response)
            if after is None:
                return ids
            if not after.isdigit() or int(after) <= int(body.get("after", 0)):
                raise ContractBroken("HubSpot repeats a paging token; the search would never end.")
            if int(after) + _SEARCH_PAGE > _SEARCH_CAP:
                raise ContractBroken("More than 10,000 records match one look-up; it is of no use as a key.")
            body["after"] = after

    def _read(self, object_name: ObjectName, values: Sequence[str], *, id_property: str = "", more: Sequence[str] = ()) -> list[Change]:
        properties = list(dict.fromkeys([*self._catalog.wanted(object_name), *([id_property] if id_property else []), *more]))
        unique = list(dict.fromkeys(values))
        changes: dict[str, Change] = {}
        for start in range(0, len(unique), BATCH):
            body: dict[str, Any] = {"inputs": [{"id": value} for value in unique[start : start + BATCH]], "properties": properties}
            if id_property:
                body["idProperty"] = id_property
            records = results_of(self._api.read_batch(object_name, body))
            changes.update({str(record["id"]): change_of(object_name, record) for record in records if not record.get("archived")})
        return list(changes.values())


def _fits_id(change: Change, value: str) -> bool:
    """A record answers to its id, and to the ids that it swallowed where HubSpot follows them."""
    return change.id == value or value in str(change.fields.get(MERGED_IDS) or "").split(";")


def _fits_email(change: Change, value: str) -> bool:
    """The primary address and the additional ones share one space of unique values (HubSpot's contacts guide)."""
    addresses = ";".join(str(change.fields.get(name) or "") for name in _ADDRESSES)
    return value.strip().lower() in addresses.lower().split(";")


def _fits(name: str) -> Fits:
    return lambda change, value: str(change.fields.get(name) or "").strip().casefold() == value.strip().casefold()


def _in_groups(values: Sequence[str]) -> Iterable[list[str]]:
    """Split values so that each body stays within the vendor's length, escapes included."""
    group: list[str] = []
    used = 0
    for value in values:
        room = len(value.encode("ascii", "backslashreplace")) + 4
        if group and (used + room > _VALUES_ROOM or len(group) >= BATCH):
            yield group
            group, used = [], 0
        group.append(value)
        used += room
    if group:
        yield group
