"""The table of contents: from submissions to a plan, read top to bottom.

mapping -> quality -> consent -> identity -> fold -> links. Pure: the caller gives the snapshot, the clock's time and the
ids, and carries out the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from core.flow.consent.judge import refusal_to_send
from core.flow.identity.keys import keys_of
from core.flow.identity.survivorship import fold_values
from core.flow.mapping.apply import Inbound, apply_inbound, apply_sync, consent_entries
from core.flow.mapping.document import InboundMapping, SyncMapping
from core.flow.quality.names import split_name
from core.flow.quality.normalise import normalise
from core.flow.routing.links import Want, plan_links, release_links
from core.model.ids import GoldenId, KeyId, ObservationId
from core.model.plan import GoldenChange, Known, LinkChange, Plan, Settled, Settlement, Submission
from core.model.records import ConsentEntry, Golden, GoldenValue, IdentityKey, LinkWant, Observation, Scalar, Value
from core.model.vocabulary import Kind, Subject

_DISPLAY = {Kind.EMAIL, Kind.NUMBER, Kind.BOOLEAN, Kind.DATETIME}
"""Kinds whose unusable value sends the record to quarantine; the others keep the text as it came."""


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
    inbound = apply_inbound(mapping, submission.fields)
    if inbound.missing:
        return _quarantine(submission, "required_missing", f"Required by mapping '{mapping.name}' but empty: {', '.join(inbound.missing)}.")
    values, problems = _normalised(inbound, mapping)
    if problems:
        return _quarantine(submission, "invalid_value", f"Mapping '{mapping.name}': {' '.join(problems)}")
    keys = keys_of(mapping.subject, values, means.digest)
    if not keys:
        return _quarantine(submission, "not_identifiable", _NOBODY[mapping.subject])
    at = submission.changed_at or submission.received_at
    answers = {rule.purpose: _granted(inbound.consent_texts[rule.purpose], rule.yes) for rule in mapping.consents}
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


def _normalised(inbound: Inbound, mapping: InboundMapping) -> tuple[dict[str, Value], list[str]]:
    country = mapping.region
    if "country" in inbound.values:
        found = normalise(Kind.COUNTRY, inbound.values["country"].value.value)
        country = str(found.value) if found.problem is None and found.value else country
    values: dict[str, Value] = {}
    problems: list[str] = []
    for name, raw in inbound.values.items():
        result = normalise(raw.kind, raw.value.value, country=country)
        if result.problem and (raw.required or raw.kind in _DISPLAY):
            problems.append(f"{name} (from '{raw.value.path}') {result.problem}.")
        elif result.value is not None or raw.value.value is None:
            steps = raw.value.steps if result.problem is None else (*raw.value.steps, "kept as it came")
            values[name] = Value(result.value, raw.value.path, raw.value.raw, steps)
    return _with_split_name(values), problems


def _with_split_name(values: dict[str, Value]) -> dict[str, Value]:
    full = values.get("full_name")
    if full is None or not full.value or "first_name" in values or "last_name" in values:
        return values
    given, family = split_name(str(full.value))
    parts = {"first_name": given, "last_name": family}
    return values | {name: Value(part, full.path, full.raw, (*full.steps, "split")) for name, part in parts.items() if part}


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
    wants: list[Want] = []
    for mapping in rules.sync:
        if mapping.subject is not subject:
            continue
        fields = apply_sync(mapping, values)
        consent = refusal_to_send(entries, mapping.purpose, require=mapping.consent_required)
        code, refusal = _refusal(mapping, values, fields, consent)
        wants.append(Want(mapping.connection, mapping.object, mapping.name, mapping.version, fields, code, refusal))
    return wants


def _refusal(
    mapping: SyncMapping, values: Mapping[str, GoldenValue], wanted: Mapping[str, Scalar], consent: str | None
) -> tuple[str | None, str | None]:
    if consent:
        return "no_consent", f"Mapping '{mapping.name}' is not allowed to send: {consent}."
    absent = [name for name in mapping.when_present if name not in values or values[name].value is None]
    if absent:
        return "condition", f"Mapping '{mapping.name}' sends only records that have {', '.join(absent)}."
    missing = [rule.target for rule in mapping.fields if rule.required and rule.target not in wanted]
    return ("required_missing", f"Mapping '{mapping.name}' needs {', '.join(missing)}, which is empty.") if missing else (None, None)
