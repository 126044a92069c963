"""Sorting a page of a CRM's changes before it is stored: our own writes coming back, and records of people who are not ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.contract import Change, ChangeKind
from core.flow.agreement.compare import read
from core.flow.identity.keys import keys_of
from core.flow.mapping.apply import CompiledSync
from core.flow.mapping.model import SyncMapping
from core.flow.reconcile.lines import rules_of
from core.model.records import IdentityKey, Value
from core.model.remote import Agreement, Place
from core.store.queries.decision import KnownPeople
from core.store.queries.delivery import open_links
from core.store.store import Snapshot


@dataclass(frozen=True, slots=True)
class Sifted:
    """What is left of a page; `versions` of links whose record says what it said before; what was left out, counted."""

    changes: tuple[Change, ...]
    versions: tuple[tuple[str, str], ...] = ()
    echoes: int = 0
    strangers: int = 0


class Sieve:
    """Leaves out what would be no news to the decision. What it lets through is judged again there, and exactly."""

    def __init__(self, mapping: SyncMapping, compiled: CompiledSync, digest: Callable[[str, str], bytes], *, takes_all: bool) -> None:
        """Take the mapping that follows the object, the keyed hash of identity keys, and whether strangers are welcome."""
        self._mapping = mapping
        self._compiled = compiled
        self._digest = digest
        self._takes_all = takes_all

    def sift(self, snapshot: Snapshot, changes: Sequence[Change]) -> Sifted:
        """Sort one page."""
        known = KnownPeople(snapshot)
        places = {change.id: Place(self._mapping.connection, change.object, change.id) for change in changes}
        links = known.linked(list(places.values()))
        open_now = open_links(snapshot, list(links.values()))
        keys = {change.id: self._keys(change) for change in changes if places[change.id] not in links}
        owned = set(known.owners([key for mine in keys.values() for key in mine]))
        kept: list[Change] = []
        versions: list[tuple[str, str]] = []
        echoes = strangers = 0
        for change in changes:
            link_id = links.get(places[change.id])
            if link_id is not None and self._is_echo(change, open_now.get(link_id)):
                echoes += 1
                versions += [(link_id, change.version)] if change.version else []
            elif link_id is None and self._is_stranger(change, keys[change.id], owned):
                strangers += 1
            else:
                kept.append(change)
        return Sifted(tuple(kept), tuple(versions), echoes, strangers)

    def _is_echo(self, change: Change, agreement: Agreement | None) -> bool:
        if change.kind is not ChangeKind.UPSERTED or agreement is None:
            return False
        known = agreement.remote_version
        if self._mapping.remote.versions and change.version is not None and known is not None and change.version < known:
            return True
        return not read(agreement, change.fields, rules_of(self._mapping))

    def _keys(self, change: Change) -> tuple[IdentityKey, ...]:
        values = {name: Value(value) for name, value in self._compiled.back(change.fields, {}).values.items()}
        return keys_of(self._mapping.subject, values, self._digest)

    def _is_stranger(self, change: Change, keys: Sequence[IdentityKey], owned: set[IdentityKey]) -> bool:
        if change.kind is not ChangeKind.UPSERTED:
            return change.successor is None
        if self._takes_all or (self._mapping.take_new and keys):
            return False
        external = self._mapping.external_id
        return not (external and change.fields.get(external)) and not any(key in owned for key in keys)
