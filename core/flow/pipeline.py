"""The table of contents: from submissions to a plan, read top to bottom.

mapping -> quality -> consent -> acceptance -> identity -> fold -> links. Pure: the caller gives the snapshot, the clock's time and the
ids, and carries out the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

from core.flow.acceptance import Accepting
from core.flow.following.answers import asked_about, enriched, filling
from core.flow.following.following import Following
from core.flow.following.taking import Tools
from core.flow.identity.keys import absurdities, keys_of
from core.flow.mapping.accepting import rejection
from core.flow.mapping.apply import CompiledInbound, CompiledSync, Reading, consent_entries, told
from core.flow.mapping.model import InboundMapping, SyncMapping
from core.flow.mapping.regions import region_of
from core.flow.quality.names import split_name
from core.flow.quality.normalise import Normalised, normalise, normaliser
from core.flow.routing.links import plan_links, release_links
from core.flow.world import World, employers_of, group_of, wants_of
from core.model.ids import GoldenId, ObservationId
from core.model.plan import (
    ENRICHED,
    NOT_ACCEPTED,
    OVERRULED,
    SEEN,
    SOURCE_DELETED,
    Known,
    LinkChange,
    Plan,
    Settled,
    Settlement,
    Submission,
)
from core.model.records import ConsentEntry, Golden, IdentityKey, Observation, Scalar, Value
from core.model.remote import ChangeSort, RemoteChange
from core.model.vocabulary import Kind, KindSpec, Subject

_STRICT = {Kind.EMAIL, Kind.NUMBER, Kind.MONEY, Kind.BOOLEAN, Kind.DATE, Kind.DATETIME, Kind.ENUM}
"""Kinds whose unusable value sends the record to quarantine; the others keep the text as it came."""


class _Kinds:
    """What mappings need to know of the kinds."""

    @staticmethod
    def normaliser(spec: KindSpec) -> Callable[[Scalar, str | None], Normalised]:
        return normaliser(spec)

    @staticmethod
    def is_strict(kind: Kind) -> bool:
        return kind in _STRICT


_inbounds: WeakKeyDictionary[InboundMapping, CompiledInbound] = WeakKeyDictionary()
_syncs: WeakKeyDictionary[SyncMapping, CompiledSync] = WeakKeyDictionary()


def compiled_inbound(mapping: InboundMapping) -> CompiledInbound:
    """Give the functions of a mapping, made once."""
    found = _inbounds.get(mapping)
    if found is None:
        found = _inbounds[mapping] = CompiledInbound(mapping, _Kinds())
    return found


def compiled_sync(mapping: SyncMapping) -> CompiledSync:
    """Give the functions of a mapping, made once."""
    found = _syncs.get(mapping)
    if found is None:
        found = _syncs[mapping] = CompiledSync(mapping, _Kinds())
    return found


_Said = tuple[Mapping[str, Value], tuple[IdentityKey, ...], tuple[ConsentEntry, ...]]


@dataclass(frozen=True, slots=True)
class Rules:
    """The mappings in force."""

    inbound: tuple[InboundMapping, ...] = ()
    sync: tuple[SyncMapping, ...] = ()

    def inbound_for(self, connection: str, object_name: str) -> InboundMapping | None:
        """Choose the mapping of a source: one that names the object goes before one that does not."""
        mine = [m for m in self.inbound if m.connection == connection and m.object in (None, object_name)]
        return max(mine, key=lambda m: m.object is not None, default=None)


@dataclass(frozen=True, slots=True)
class Means:
    """What a decision needs from outside: ids, and the keyed hash for identity keys."""

    new_id: Callable[[], str]
    digest: Callable[[str, str], bytes]


def decide(submissions: Sequence[Submission], known: Known, rules: Rules, means: Means) -> Plan:
    """Decide a batch: who each submission is, what the golden records become, what the CRMs should hold."""
    world = World(known, means.new_id, compiled_sync, means.digest)

    def observed_too(submission: Submission) -> Observation | Settlement | None:
        return observe(submission, rules, means) if rules.inbound_for(submission.connection, submission.object) else None

    following = Following(world, known, rules.sync, Tools(means.new_id, means.digest, compiled_sync, observed_too))
    following.prepare(submissions)
    observed = {each.inbox_id: observe(each, rules, means) for each in submissions if following.mapping_of(each) is None}
    world.load_owners([key for each in observed.values() if isinstance(each, Observation) for key in each.keys])
    accepting = Accepting(known.bought, world, means.digest)
    settlements = [_settle(each, observed.get(each.inbox_id), (world, following, accepting), rules) for each in submissions]
    return world.plan(settlements, rules.sync, accepting.accepted)


def _settle(
    submission: Submission, observed: Observation | Settlement | None, stages: tuple[World, Following, Accepting], rules: Rules
) -> Settlement:
    world, following, accepting = stages
    if isinstance(observed, Settlement):
        return observed
    if observed is not None and submission.flag == ENRICHED:
        return enriched(submission, observed, world)
    if observed is not None:
        source = rules.inbound_for(submission.connection, submission.object)
        accept = source.accept if source else None
        refused = accepting.refuse(submission, observed, accept) if accept else None
        if refused is not None:
            return refused
        settlement = world.place(submission.inbox_id, observed)
        world.hear(settlement)
        if accept:
            accepting.note(submission, settlement, accept)
        return settlement
    mapping = following.mapping_of(submission)
    assert mapping is not None and submission.remote is not None
    return following.take(submission, submission.remote, mapping)


def replan(goldens: Sequence[Golden], rules: Rules, means: Means) -> Plan:
    """Work the links of golden records out anew under the mappings in force; nothing else changes."""
    links: list[LinkChange] = []
    employers: list[tuple[GoldenId, IdentityKey]] = []
    for golden in goldens:
        wants = wants_of(group_of(golden), golden.values, rules.sync, compiled_sync, means.digest)
        employers += employers_of(golden.id, golden.values, rules.sync, means.digest)
        links += plan_links(golden.id, golden.key_id, wants, golden.links, means.new_id)
        links += release_links(wants, golden.links)
    return Plan(links=links, unmoved={golden.id: golden.version for golden in goldens}, employers=employers)


def observe(submission: Submission, rules: Rules, means: Means) -> Observation | Settlement:
    """Map and normalise one submission into an observation, or settle it at once (test, spam, quarantine)."""
    if submission.remote is not None and submission.remote.sort is not ChangeSort.UPSERTED:
        return _ended(submission, submission.remote, rules)
    if submission.flag == "test":
        return Settlement(submission.inbox_id, Settled.TEST)
    if submission.flag in _SET_ASIDE:
        return _quarantine(submission, submission.flag, _SET_ASIDE[submission.flag])
    mapping = rules.inbound_for(submission.connection, submission.object)
    if mapping is None:
        reason = f"No inbound mapping reads '{submission.object}' of connection '{submission.connection}'. Add one, then replay."
        return _quarantine(submission, "no_mapping", reason)
    reading = read_inbound(mapping, submission.fields, context_of(submission))
    if reading.problems:
        return _quarantine(submission, *told(mapping, reading.problems))
    values = {name: reading.traced(name) for name in reading.values}
    if submission.flag == ENRICHED:
        return _observation(submission, mapping, (filling(submission, values), asked_about(submission, means.digest), ()), means)
    values = _flagged(values)
    keys = keys_of(mapping.subject, values, means.digest)
    if (refused := _refused(submission, mapping, values, keys)) is not None:
        return refused
    at = submission.changed_at or submission.received_at
    answers = {rule.purpose: _granted(reading.consents.get(rule.purpose), rule.yes) for rule in mapping.consents}
    consents = consent_entries(mapping, answers, at)
    return _observation(submission, mapping, (values, keys, consents), means)


def _flagged(values: dict[str, Value]) -> dict[str, Value]:
    """Mark the values that nobody means, each with the rule that says so."""
    absurd = absurdities(values)
    return values | {name: replace(values[name], steps=(*values[name].steps, f"{_ABSURD} {rule}")) for name, rule in absurd.items()}


def _ended(submission: Submission, change: RemoteChange, rules: Rules) -> Settlement:
    """A record that no sync mapping follows has ended there: a source's deletion waits for a person, all else tells nothing.

    Objects of a CRM that nothing reads are nobody's source: of their records there is nothing here.
    """
    place = change.place
    is_source = rules.inbound_for(place.connection, place.object) is not None
    is_crm = any(mapping.connection == place.connection for mapping in rules.sync)
    if change.sort is not ChangeSort.DELETED or submission.flag == SEEN or (is_crm and not is_source):
        return Settlement(submission.inbox_id, Settled.NO_NEWS)
    reason = f"{place.connection} tells that its {place.object} {place.id} was deleted. What came of it is still here."
    return _quarantine(submission, SOURCE_DELETED, reason)


_ABSURD = "absurd:"
"""The step by which a value is marked that a rule found to be one that nobody means."""

_SET_ASIDE = {
    "spam": "A hidden field of the form was filled in, as only robots do.",
    "unreadable": "What was stored does not open any more: its key is gone, or the file is damaged.",
}
_NOBODY = {
    Subject.LEAD: "Nothing says who this is: no e-mail, no phone with a name, no full name with a company.",
    Subject.ACCOUNT: "Nothing says which company this is: neither a domain nor a name.",
}


def _observation(submission: Submission, mapping: InboundMapping, said: _Said, means: Means) -> Observation:
    values, keys, consents = said
    return Observation(
        id=ObservationId(means.new_id()),
        subject=mapping.subject,
        observer=submission.connection,
        authority=mapping.authority,
        at=submission.changed_at or submission.received_at,
        values=values,
        keys=keys,
        mapping=mapping.name,
        mapping_version=mapping.version,
        inbox_id=submission.inbox_id,
        consents=consents,
    )


def _refused(
    submission: Submission, mapping: InboundMapping, values: Mapping[str, Value], keys: tuple[IdentityKey, ...]
) -> Settlement | None:
    """Say why a sound record is not taken: nobody can be told by it, or it is bought and a rule rejects it."""
    if not keys and (absurd := absurdities(values)):
        fields = ", ".join(f"'{name}' (rule '{rule}')" for name, rule in absurd.items())
        return _quarantine(submission, "absurd", f"{_NOBODY[mapping.subject]} Nobody means what is in {fields}.")
    if not keys:
        return _quarantine(submission, "not_identifiable", _NOBODY[mapping.subject])
    if mapping.accept is None or submission.flag == OVERRULED:
        return None
    reason = rejection(mapping.accept, {name: value.value for name, value in values.items()})
    return None if reason is None else _quarantine(submission, NOT_ACCEPTED, reason)


def _quarantine(submission: Submission, code: str, reason: str) -> Settlement:
    return Settlement(submission.inbox_id, Settled.QUARANTINED, None, code, reason)


def _granted(text: Scalar, yes: Sequence[str]) -> bool | None:
    """Read an answer to a question of consent; words that are neither known nor listed in the mapping answer nothing."""
    if text is None:
        return None
    if str(text).strip().casefold() in yes:
        return True
    answer = normalise(Kind.BOOLEAN, text).value
    return answer if isinstance(answer, bool) else None


def read_inbound(mapping: InboundMapping, record: Mapping[str, Any], context: Mapping[str, Any]) -> Reading:
    """Map and normalise one record, with a trace; a full name is split where its parts are not given."""
    reading = compiled_inbound(mapping).trace(record, context)
    full = reading.values.get("full_name")
    if full and "first_name" not in reading.values and "last_name" not in reading.values:
        origin, raw = reading.why["full_name"]
        for name, part in zip(("first_name", "last_name"), split_name(str(full), _country_of(reading, mapping, record)), strict=True):
            if part:
                reading.values[name] = part
                reading.why[name] = (replace(origin, steps=(*origin.steps, "split")), raw)
    return reading


def _country_of(reading: Reading, mapping: InboundMapping, record: Mapping[str, Any]) -> str | None:
    """The country whose order of names is meant: the record's own, else the mapping's."""
    country = reading.values.get("country")
    return str(country) if country else region_of(mapping, record)


def context_of(submission: Submission) -> dict[str, Scalar]:
    """What a mapping may read of a submission beside its record, as `_context.received_at` and the like."""
    changed = submission.changed_at
    return {
        "connection": submission.connection,
        "object": submission.object,
        "received_at": submission.received_at.isoformat(),
        "changed_at": changed.isoformat() if changed else None,
    }
