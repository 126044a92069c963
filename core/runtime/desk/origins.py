"""Where a golden value came from, over all merges: who said what, why it lost or won, and where the CRMs have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.contract import Manifest
from core.flow.identity.survivorship import Candidate, Lost, ranked
from core.flow.mapping.model import AnyMapping, Line, SyncMapping, golden_fields
from core.model.records import Policy, Scalar
from core.model.vocabulary import FIELDS, Subject
from core.runtime.mappings import MappingFile, read_mapping
from core.store.queries.mappings import mapping_text
from core.store.queries.merging import apart_of
from core.store.queries.people import Person, ShownLink, history
from core.store.store import Snapshot, Store


@dataclass(frozen=True, slots=True)
class Said:
    """One observation's word on a field. The first of them won; `lost` and `why` tell of the others.

    `line` is the line of the mapping's version that read it (None when that version is not kept), `merged_from` the golden
    record that it was said of before a merge.
    """

    value: Scalar
    observer: str
    authority: int
    at: datetime
    mapping: str
    mapping_version: str
    line: int | None
    written: str | None
    path: str
    raw: str | None
    steps: tuple[str, ...]
    submission: str | None
    merged_from: str | None
    lost: Lost | None
    why: str


@dataclass(frozen=True, slots=True)
class Carried:
    """A field of a CRM's record that carries the golden field: what was wanted, sent and seen, and by which versions."""

    link: str
    connection: str
    object: str
    remote_id: str | None
    state: str
    field: str
    mapping: str
    line: int
    wanted: Any
    wanted_by: str
    sent: Any
    sent_by: str | None
    seen: Any
    note: str


@dataclass(frozen=True, slots=True)
class FieldOrigin:
    """All that is known about one field of one person or company; `apart` says from whom a person told them apart."""

    id: str
    subject: str
    field: str
    said: tuple[Said, ...]
    carried: tuple[Carried, ...]
    apart: tuple[str, ...] = ()


def known_fields(people: Iterable[Person]) -> set[str]:
    """The fields that may be asked for: those of the vocabulary, and the workspace's own that have a value."""
    names: set[str] = set()
    for person in people:
        names |= {*FIELDS[Subject(person.subject)], *(value.field for value in person.values)}
        names |= {name for observation in person.observations for name in observation.values}
    return names


def field_origin(store: Store, person: Person, field: str, manifests: Mapping[str, Manifest]) -> FieldOrigin:
    """Tell where the value of a field came from, and where it went. Raises Unreadable when the person was erased."""
    with store.snapshot() as snapshot:
        versions = _Versions(snapshot, manifests)
        told = history(snapshot, person.id)
        born = {observation.id: golden for observation, golden in told}
        candidates = ranked([observation for observation, _ in told], field)
        said = tuple(_said(each, candidates[0], field, born[each.observation.id], person.id, versions) for each in candidates)
        carried = tuple(each for link in person.links for each in _carried(link, field, versions))
        apart = apart_of(snapshot, person.id)
    return FieldOrigin(person.id, person.subject, field, said, carried, apart)


class _Versions:
    """The kept versions of mappings, each read once."""

    def __init__(self, snapshot: Snapshot, manifests: Mapping[str, Manifest]) -> None:
        self._snapshot = snapshot
        self._manifests = manifests
        self._known: dict[tuple[str, str], AnyMapping | None] = {}

    def __call__(self, name: str, version: str) -> AnyMapping | None:
        """Give a version; None when it is not kept, or its connection does not exist any more."""
        key = (name, version)
        if key not in self._known:
            text = mapping_text(self._snapshot, name, version)
            found = None if text is None else read_mapping(Path(name), text.encode("utf-8", "surrogateescape"), self._manifests)
            self._known[key] = found.mapping if isinstance(found, MappingFile) else None
        return self._known[key]

    def line(self, name: str, version: str, target: str) -> Line | None:
        """Give the line that made a golden field; a part of a name may come of the line for the full name."""
        mapping = self(name, version)
        lines = {line.target: line for line in mapping.fields} if mapping else {}
        return lines.get(target) or (lines.get("full_name") if target in ("first_name", "last_name") else None)


def _said(candidate: Candidate, winner: Candidate, field: str, born: str, golden_id: str, versions: _Versions) -> Said:
    observation, value = candidate.observation, candidate.value
    line = versions.line(observation.mapping, observation.mapping_version, field)
    return Said(
        value=value.value,
        observer=observation.observer,
        authority=observation.authority,
        at=observation.at,
        mapping=observation.mapping,
        mapping_version=observation.mapping_version,
        line=line.number if line else None,
        written=f"{line.target}: {line.text}" if line else None,
        path=value.path,
        raw=value.raw,
        steps=value.steps,
        submission=None if observation.inbox_id is None else f"inbox:{observation.inbox_id}",
        merged_from=None if born == golden_id else born,
        lost=candidate.lost,
        why=_why(candidate, winner),
    )


_LEADS = {
    Policy.THEIRS: "the CRM's record goes first here (`authority: theirs`)",
    Policy.HELD: "a person decided, and nobody has said anything since",
}
_REASONS = {
    Lost.EMPTY: "it is empty, which wins with more authority only",
    Lost.OLDER: "it is older",
    Lost.VALUE: "of the same time and observer, the value later in the alphabet wins",
    Lost.SAME: "it says the same",
    Lost.REPLACED: "the same record said something else later, or somebody decided",
    Lost.COMBINED: "it is one part of the value",
    Lost.POLICY: "by the policy of its line another value counts",
}


def _why(candidate: Candidate, winner: Candidate) -> str:
    mine, theirs, lost = candidate.observation, winner.observation, candidate.lost
    if lost is None:
        return "it wins"
    if lost is Lost.PLACE:
        leads = winner.value.standing
        if candidate.value.standing is not None and candidate.value.standing.policy is Policy.FILLS:
            return "enrichment only fills a blank"
        return _LEADS.get(leads.policy if leads else Policy.OURS, "its record only fills a blank (`authority: ours`)")
    if lost is Lost.AUTHORITY:
        return f"its authority {mine.authority} is lower than {theirs.authority}"
    if lost is Lost.OBSERVER:
        return f"of the same time, '{theirs.observer}' goes before '{mine.observer}' by its name"
    return _REASONS[lost]


def _carried(link: ShownLink, field: str, versions: _Versions) -> Iterable[Carried]:
    lines: dict[str, Line] = {}
    for version in (link.sent_mapping_version, link.mapping_version):
        mapping = versions(link.mapping, version) if version else None
        if isinstance(mapping, SyncMapping):
            lines |= {line.target: line for line in mapping.fields if field in golden_fields(line)}
    for target, line in lines.items():
        yield Carried(
            link=f"link:{link.id}",
            connection=link.connection,
            object=link.object,
            remote_id=link.remote_id,
            state=link.state,
            field=target,
            mapping=link.mapping,
            line=line.number,
            wanted=link.wanted.get(target),
            wanted_by=link.mapping_version,
            sent=link.sent.get(target),
            sent_by=link.sent_mapping_version,
            seen=link.seen.get(target),
            note=_note(link, target),
        )


def _note(link: ShownLink, target: str) -> str:
    if target in link.refused:
        return f"refused there: {link.refused[target]}"
    if target in link.diverged:
        return "changed there since"
    return link.reason or ""
