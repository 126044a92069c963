"""What a rehearsal means for the CRMs: records made, changed and not wanted any more, per object, and the calls that takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.contract import Manifest
from core.flow.mapping.rehearsal import MappingTally, Move, moves
from core.flow.pipeline import Rules
from core.model.plan import LinkChange
from core.model.records import Golden, LinkRole, LinkState, LinkWant


@dataclass(slots=True)
class ObjectEffect:
    """What one object of a connection gets. `api_calls` are writes and searches at the vendor's batch sizes.

    `at_once` of these changes are sent as soon as existing records are brought in line with the mappings.
    """

    connection: str
    object: str
    creates: int = 0
    updates: int = 0
    no_longer_wanted: int = 0
    api_calls: int = 0
    at_once: int = 0


_COUNTED = ("creates", "updates", "no_longer_wanted")


class Effects:
    """Adds up link changes."""

    def __init__(self, edited: Rules, manifests: Mapping[str, Manifest]) -> None:
        """Take the edited mappings and the facts of every connection."""
        self._searched = {(mapping.connection, mapping.object) for mapping in edited.sync if mapping.match}
        self._manifests = manifests
        self._objects: dict[tuple[str, str], ObjectEffect] = {}
        self._tallies: dict[str, MappingTally] = {}

    def compare(self, golden: Golden, now: Sequence[LinkChange], later: Sequence[LinkChange]) -> bool:
        """Count what becomes of a golden record's links; tells whether anything does."""
        links = {link.id: link for link in golden.links}
        for change in now:
            effect = self._object(change)
            effect.at_once += self._kind(change, links.get(change.id)) in _COUNTED
        kinds = [(change, self._kind(change, links.get(change.id))) for change in later]
        for change, kind in kinds:
            if kind is not None:
                self._count(golden, change, links.get(change.id), kind)
        return any(kind is not None for _, kind in kinds)

    def tallies(self) -> tuple[MappingTally, ...]:
        """The fields that change, per sync mapping."""
        return tuple(tally for _, tally in sorted(self._tallies.items()))

    def told(self) -> tuple[ObjectEffect, ...]:
        """The objects that get something, with their calls."""
        found = [effect for _, effect in sorted(self._objects.items()) if _sum(effect)]
        for effect in found:
            effect.api_calls = self._calls(effect)
        return tuple(found)

    @staticmethod
    def _kind(change: LinkChange, link: LinkWant | None) -> str | None:
        """How a link changes for its CRM; None where it does not. A field that is left out is not sent, and blanks nothing."""
        if change.role is not LinkRole.PRIMARY:
            return None
        was_wanted = link is not None and link.state is not LinkState.NOT_WANTED
        if change.state is LinkState.NOT_WANTED:
            return "no_longer_wanted" if was_wanted else None
        if link is None or (not was_wanted and link.remote_id is None):
            return "creates"
        moved = set(moves(link.wanted, change.wanted).values()) if was_wanted else {Move.NEW}
        return None if not moved else "left_out" if moved == {Move.LEFT_OUT} else "updates"

    def _count(self, golden: Golden, change: LinkChange, link: LinkWant | None, kind: str) -> None:
        effect = self._object(change)
        if kind in _COUNTED:
            setattr(effect, kind, getattr(effect, kind) + 1)
        tally = self._tallies.setdefault(change.mapping, MappingTally(change.mapping))
        tally.records += 1
        tally.changed += 1
        if kind in ("updates", "left_out") and link is not None:
            tally.compare(str(golden.id), link.wanted, change.wanted)

    def _object(self, change: LinkChange) -> ObjectEffect:
        key = (change.connection, change.object)
        return self._objects.setdefault(key, ObjectEffect(*key))

    def _calls(self, effect: ObjectEffect) -> int:
        manifest = self._manifests.get(effect.connection)
        if manifest is None:
            return 0
        facts = manifest.facts(effect.object)
        calls = 0
        if facts.writes is not None:
            number = effect.creates + effect.updates
            bulk = facts.writes.bulk_from is not None and number >= facts.writes.bulk_from
            calls += _parts(number, facts.writes.bulk_batch if bulk else facts.writes.batch)
        if facts.finds is not None and (effect.connection, effect.object) in self._searched:
            calls += _parts(effect.creates, facts.finds.batch)
        return calls


def _parts(number: int, size: int) -> int:
    return -(-number // size)


def _sum(effect: ObjectEffect) -> int:
    return effect.creates + effect.updates + effect.no_longer_wanted + effect.at_once
