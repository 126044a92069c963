"""The table of contents: from submissions to a plan, read top to bottom.

mapping -> quality -> consent -> identity -> fold -> links. Pure: the caller gives the snapshot, the clock's time and the
ids, and carries out the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakKeyDictionary

from core.flow.consent.judge import refusal_to_send
from core.flow.identity.keys import keys_of
from core.flow.identity.survivorship import fold_values
from core.flow.mapping.apply import CompiledInbound, CompiledSync, Reading, consent_entries, told
from core.flow.mapping.compiling.values import LineProblem
from core.flow.mapping.model import InboundMapping, SyncMapping
from core.flow.quality.names import split_name
from core.flow.quality.normalise import Normalised, normalise, normaliser
from core.flow.routing.links import Want, plan_links, release_links
from core.model.ids import GoldenId, KeyId, ObservationId
from core.model.plan import GoldenChange, Known, LinkChange, Plan, Settled, Settlement, Submission
from core.model.records import ConsentEntry, Golden, GoldenValue, IdentityKey, LinkWant, Observation, Scalar, Value
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
    settlements: list[Settlement] = []
    observed: list[tuple[Submission, Observation]] = []
    for submission in submissions:
        result = observe(submission, rules, means)
        if isinstance(result, Settlement):
            settlements.append(result)
        else:
            observed.append((submission, result))
    world = _World(known, [key for _, observation in observed for key in observation.keys], means.new_id)
    for submission, observation in observed:
        settlements.append(world.place(submission, observation))
    return world.plan(settlements, rules)


def replan(goldens: Sequence[Golden], rules: Rules, means: Means) -> Plan:
    """Work the links of golden records out anew under the mappings in force; nothing else changes."""
    links: list[LinkChange] = []
    for golden in goldens:
        wants = _wants(_group(golden), golden.values, rules)
        links += plan_links(golden.id, golden.key_id, wants, golden.links, means.new_id)
        links += release_links(wants, golden.links)
    return Plan(links=links, unmoved={golden.id: golden.version for golden in goldens})


def observe(submission: Submission, rules: Rules, means: Means) -> Observation | Settlement:
    """Map and normalise one submission into an observation, or settle it at once (test, spam, quarantine)."""
    if submission.flag == "test":
        return Settlement(submission.inbox_id, Settled.TEST)
    if submission.flag == "spam":
        return _quarantine(submission, "spam", "A hidden field of the form was filled in, as only robots do.")
    if submission.flag == "unreadable":
        return _quarantine(submission, "unreadable", "What was stored does not open any more: its key is gone, or the file is damaged.")
    mapping = rules.inbound_for(submission.connection, submission.object)
    if mapping is None:
        reason = f"No inbound mapping reads '{submission.object}' of connection '{submission.connection}'. Add one, then replay."
        return _quarantine(submission, "no_mapping", reason)
    reading = read_inbound(mapping, submission.fields, context_of(submission))
    if reading.problems:
        return _quarantine(submission, *told(mapping, reading.problems))
    values = {name: reading.traced(name) for name in reading.values}
    keys = keys_of(mapping.subject, values, means.digest)
    if not keys:
        return _quarantine(submission, "not_identifiable", _NOBODY[mapping.subject])
    at = submission.changed_at or submission.received_at
    answers = {rule.purpose: _granted(reading.consents.get(rule.purpose), rule.yes) for rule in mapping.consents}
    consents = consent_entries(mapping, answers, at)
    return _observation(submission, mapping, (values, keys, consents), means)


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
        for name, part in zip(("first_name", "last_name"), split_name(str(full)), strict=True):
            if part:
                reading.values[name] = part
                reading.why[name] = (replace(origin, steps=(*origin.steps, "split")), raw)
    return reading


def context_of(submission: Submission) -> dict[str, Scalar]:
    """What a mapping may read of a submission beside its record, as `_context.received_at` and the like."""
    changed = submission.changed_at
    return {
        "connection": submission.connection,
        "object": submission.object,
        "received_at": submission.received_at.isoformat(),
        "changed_at": changed.isoformat() if changed else None,
    }


@dataclass(slots=True)
class _Group:
    """A golden record while the batch is being decided."""

    id: GoldenId
    key_id: KeyId
    expected_version: int
    observations: dict[ObservationId, Observation]
    links: list[LinkWant]
    values: dict[str, GoldenValue]
    born_of: Settlement | None = None
    added: list[Observation] = field(default_factory=list)


class _World:
    """The working set of a batch: groups of observations, and who owns which key."""

    def __init__(self, known: Known, keys: Sequence[IdentityKey], new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._owners = dict(known.owners(keys))
        self._groups = {golden.id: _group(golden) for golden in known.goldens(sorted(set(self._owners.values()))).values()}
        self._new_keys: dict[IdentityKey, GoldenId] = {}
        self._gone: dict[GoldenId, tuple[_Group, GoldenId]] = {}
        self._touched: dict[GoldenId, None] = {}

    def place(self, submission: Submission, observation: Observation) -> Settlement:
        """Join the observation to the group that owns one of its keys, merging groups it connects, or start one."""
        owners = sorted({self._owners[key] for key in observation.keys if key in self._owners} & set(self._groups))
        if owners:
            target = self._groups[owners[0]]
            for other in owners[1:]:
                self._merge(self._groups.pop(other), target)
        else:
            target = _Group(GoldenId(self._new_id()), KeyId(self._new_id()), 0, {}, [], {})
            self._groups[target.id] = target
        settlement = Settlement(submission.inbox_id, Settled.MERGED if owners else Settled.NEW, target.id)
        target.born_of = target.born_of or (None if owners else settlement)
        target.observations[observation.id] = observation
        target.added.append(observation)
        self._touched[target.id] = None
        for key in observation.keys:
            if self._owners.get(key) != target.id:
                self._owners[key] = self._new_keys[key] = target.id
        return settlement

    def _merge(self, loser: _Group, survivor: _Group) -> None:
        survivor.observations |= loser.observations
        survivor.links += loser.links
        survivor.added += loser.added
        self._gone[loser.id] = (loser, survivor.id)
        self._touched.pop(loser.id, None)
        for key, owner in self._owners.items():
            if owner == loser.id:
                self._owners[key] = survivor.id
                if key in self._new_keys:
                    self._new_keys[key] = survivor.id

    def plan(self, settlements: list[Settlement], rules: Rules) -> Plan:
        """Fold what was touched and plan its links."""
        gone = {loser: self._end_of(survivor) for loser, (_, survivor) in self._gone.items()}
        goldens: list[GoldenChange] = []
        links: list[LinkChange] = []
        added: list[tuple[GoldenId, KeyId, Observation]] = []
        for group in (self._groups[golden_id] for golden_id in self._touched):
            values = fold_values(list(group.observations.values()))
            subject = next(iter(group.observations.values())).subject
            born_of = group.born_of.inbox_id if group.born_of else None
            goldens.append(GoldenChange(group.id, subject, group.key_id, group.expected_version, values, born_of))
            links += plan_links(group.id, group.key_id, _wants(group, values, rules), group.links, self._new_id)
            added += [(group.id, group.key_id, observation) for observation in group.added]
        for loser, (group, _) in self._gone.items():
            if group.expected_version:
                subject = next(iter(group.observations.values())).subject
                goldens.append(GoldenChange(loser, subject, group.key_id, group.expected_version, group.values, gone_into=gone[loser]))
        return Plan(
            settlements=[self._redirected(settlement, gone) for settlement in settlements],
            goldens=goldens,
            observations=added,
            consents=[(golden, observation, entry) for golden, _, observation in added for entry in observation.consents],
            keys=list(self._new_keys.items()),
            moved={loser: survivor for loser, survivor in gone.items() if self._gone[loser][0].expected_version},
            links=links,
        )

    def _end_of(self, golden_id: GoldenId) -> GoldenId:
        while golden_id in self._gone:
            golden_id = self._gone[golden_id][1]
        return golden_id

    @staticmethod
    def _redirected(settlement: Settlement, gone: Mapping[GoldenId, GoldenId]) -> Settlement:
        if settlement.golden_id is None or settlement.golden_id not in gone:
            return settlement
        return Settlement(settlement.inbox_id, Settled.MERGED, gone[settlement.golden_id])


def _group(golden: Golden) -> _Group:
    return _Group(golden.id, golden.key_id, golden.version, {o.id: o for o in golden.observations}, list(golden.links), dict(golden.values))


def _wants(group: _Group, values: Mapping[str, GoldenValue], rules: Rules) -> list[Want]:
    subject = next(iter(group.observations.values())).subject
    entries = [entry for observation in group.observations.values() for entry in observation.consents]
    record = {name: value.value for name, value in values.items()}
    wants: list[Want] = []
    for mapping in rules.sync:
        if mapping.subject is not subject:
            continue
        problems: list[LineProblem] = []
        fields = compiled_sync(mapping).fields(record, problems)
        consent = refusal_to_send(entries, mapping.purpose, require=mapping.consent_required)
        code, refusal = _refusal(mapping, problems, consent)
        wants.append(Want(mapping.connection, mapping.object, mapping.name, mapping.version, fields, code, refusal))
    return wants


def _refusal(mapping: SyncMapping, problems: Sequence[LineProblem], consent: str | None) -> tuple[str | None, str | None]:
    if consent:
        return "no_consent", f"Mapping '{mapping.name}' is not allowed to send: {consent}."
    return told(mapping, problems) if problems else (None, None)
