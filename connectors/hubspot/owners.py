"""Owners: the people whom records belong to. Read as a feed and found by address; they cannot be written.

The owners API has neither search nor an order by time, but an account has only as many owners as users: so each read lists
all of them, and tells them when anything differs from the last time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.hubspot.api import HubSpotApi
from connectors.hubspot.cursors import LoopGuard
from connectors.hubspot.records import moment_of, next_after, results_of, version_of
from core.contract import Change, ChangeKind, Cursor, FieldKind, FieldSpec, Match, NativeId, ObjectName, ObjectSpec, Page

OWNERS = ObjectName("owners")
PAGE = 100
_IDS = ("id", "hs_object_id")
_KINDS = {
    "id": FieldKind.ID,
    "email": FieldKind.EMAIL,
    "firstName": FieldKind.TEXT,
    "lastName": FieldKind.TEXT,
    "userId": FieldKind.ID,
    "type": FieldKind.TEXT,
    "archived": FieldKind.BOOLEAN,
}
_LABELS = {"id": "Owner id", "email": "E-mail", "firstName": "First name", "lastName": "Last name", "userId": "User id"}

SPEC = ObjectSpec(
    OWNERS,
    "Owners",
    [
        FieldSpec(name, _LABELS.get(name, name.capitalize()), kind, creatable=False, updatable=False, unique=name in ("id", "email"))
        for name, kind in _KINDS.items()
    ],
)
"""`hubspot_owner_id` of other records holds `id`, which is another number than `userId` (HubSpot's owners guide)."""


class _Place(BaseModel):
    """What was told: `seen` is the digest of the list told whole, `going` of the one being told, `told` how many of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    owners: int = 1
    seen: str = ""
    going: str = ""
    told: int = 0

    @classmethod
    def of(cls, cursor: Cursor | None) -> Self:
        """Read a cursor; one that cannot be read tells everything."""
        try:
            return cls() if cursor is None else cls.model_validate_json(cursor)
        except ValidationError:
            return cls()

    def cursor(self) -> Cursor:
        """Write the place."""
        return Cursor(self.model_dump_json(exclude_defaults=True))


class Owners:
    """The owners of one account."""

    def __init__(self, api: HubSpotApi) -> None:
        """Do no I/O."""
        self._api = api

    def pages(self, since: Cursor | None) -> Iterator[Page]:
        """Yield all owners when the list differs from the one told last, archived ones as deleted; else one empty page.

        Costs one call per 100 owners and one per 100 archived ones, so two as a rule.
        """
        place = _Place.of(since)
        changes = [*self._listed(archived=False), *self._listed(archived=True)]
        digest = hashlib.sha256(repr(sorted(changes, key=lambda change: change.id)).encode()).hexdigest()[:32]
        rest = _Place(seen=digest).cursor()
        start = place.told if place.going == digest else 0
        if place.seen == digest or start >= len(changes):
            yield Page([], rest)
            return
        for first in range(start, len(changes), PAGE):
            last = first + PAGE
            resume = rest if last >= len(changes) else _Place(seen=place.seen, going=digest, told=last).cursor()
            yield Page(changes[first:last], resume)

    def find(self, matches: Sequence[Match]) -> dict[Match, list[Change]]:
        """Find live owners by id, address or any other of their fields, all with one listing."""
        wanted = [match for match in matches if all(value for _, value in match.fields)]
        owners = self._listed(archived=False) if wanted else []
        found = {match: [owner for owner in owners if _fits(owner, match)] for match in wanted}
        return {match: found.get(match, []) for match in matches}

    def first(self) -> None:
        """Prove that owners can be read."""
        self._api.owners(limit=1, after=None, archived=False)

    def _listed(self, *, archived: bool) -> list[Change]:
        changes: list[Change] = []
        guard = LoopGuard()
        after: str | None = None
        while True:
            response = self._api.owners(limit=PAGE, after=after, archived=archived)
            changes += [_change(owner, archived=archived) for owner in results_of(response)]
            after = next_after(response)
            if after is None:
                return changes
            guard.passed(after)


def _change(owner: Mapping[str, Any], *, archived: bool) -> Change:
    """Read one owner. Archived ones carry their fields, so that an old id can still be read as an address.

    Whether archiving moves `updatedAt` is not documented, so a deletion has no version that could look old.
    """
    moment = moment_of(owner.get("updatedAt"))
    return Change(
        OWNERS,
        NativeId(str(owner["id"])),
        fields={name: _value(owner[name]) for name in _KINDS if name in owner},
        kind=ChangeKind.DELETED if archived else ChangeKind.UPSERTED,
        version=None if archived else version_of(moment),
        changed_at=moment,
    )


def _value(value: Any) -> str | bool | None:
    if value is None or isinstance(value, bool):
        return value
    return str(value) if isinstance(value, str | int | float) else json.dumps(value)


def _fits(owner: Change, match: Match) -> bool:
    return all(_text(owner, name) == value.strip().casefold() for name, value in match.fields)


def _text(owner: Change, name: str) -> str:
    value = owner.id if name in _IDS else owner.fields.get(name)
    return "" if value is None else str(value).strip().casefold()
