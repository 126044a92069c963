"""Whose a CRM's records are: tied to somebody of ours already, recognisable as somebody, or a stranger's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.contract import Change, ChangeKind
from core.flow.identity.keys import keys_of
from core.flow.mapping.apply import CompiledSync
from core.flow.mapping.model import SyncMapping
from core.model.ids import LinkId
from core.model.records import IdentityKey, Value
from core.store.queries.decision import KnownPeople
from core.store.queries.full_reads import Tie, ties
from core.store.store import Snapshot


@dataclass(frozen=True, slots=True)
class Met:
    """One page sorted. `recognised` names the golden records that it may be; `nameless` strangers have no identity at all."""

    tied: Sequence[tuple[Change, Tie]]
    recognised: Sequence[tuple[Change, tuple[str, ...]]]
    strangers: Sequence[Change]
    nameless: int


class Recogniser:
    """Recognises as the decision does: by our id that the record carries, then by the mapping's identity keys."""

    def __init__(self, mapping: SyncMapping, compiled: CompiledSync, digest: Callable[[str, str], bytes]) -> None:
        """Take the mapping that follows the object and the keyed hash of identity keys."""
        self._mapping = mapping
        self._compiled = compiled
        self._digest = digest

    def sort(self, snapshot: Snapshot, changes: Sequence[Change]) -> Met:
        """Sort the live records of a page."""
        live = [change for change in changes if change.kind is ChangeKind.UPSERTED]
        held = ties(snapshot, self._mapping.connection, self._mapping.object, [change.id for change in live])
        loose = [change for change in live if change.id not in held]
        known = KnownPeople(snapshot)
        named = {change.id: self._named(change) for change in loose}
        homes = known.homes([link for link in named.values() if link])
        keys = {change.id: self.keys(change) for change in loose}
        owners = known.owners([key for mine in keys.values() for key in mine])
        recognised: list[tuple[Change, tuple[str, ...]]] = []
        strangers: list[Change] = []
        for change in loose:
            link = named[change.id]
            mine = (
                {str(homes[link])} if link is not None and link in homes else {str(owners[key]) for key in keys[change.id] if key in owners}
            )
            if mine:
                recognised.append((change, tuple(sorted(mine))))
            else:
                strangers.append(change)
        nameless = sum(1 for change in strangers if not keys[change.id])
        return Met([(change, held[change.id]) for change in live if change.id in held], recognised, strangers, nameless)

    def keys(self, change: Change) -> tuple[IdentityKey, ...]:
        """The identity keys of a record."""
        values = {name: Value(value) for name, value in self._compiled.back(change.fields, {}).values.items()}
        return keys_of(self._mapping.subject, values, self._digest)

    def _named(self, change: Change) -> LinkId | None:
        name = change.fields.get(self._mapping.external_id) if self._mapping.external_id else None
        return LinkId(name) if isinstance(name, str) and name else None
