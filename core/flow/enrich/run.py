"""One pass of an enrichment lane: who lacks something, what was asked before, what may still be spent, and the calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.contract import Change, ConnectorError, ContractBroken, NativeId, ObjectName, RateLimited, RecordError
from core.flow.quality.domains import is_freemail
from core.flow.quality.mailbox import is_role_address
from core.model.plan import ABOUT, CONFIDENCE, ENRICHED, SUBJECT
from core.model.records import GoldenValue
from core.store.codec import pack, unpack
from core.store.commands.enriching import Asked, StoreAnswer
from core.store.commands.intake import InboxEntry
from core.store.inbox_seal import Arrival, seal_arrival
from core.store.queries.enriching import Candidate, Known, Place, asked_before, changed_records, cost_since, is_undecided, place_of
from core.store.store import Snapshot, Store

CHUNK = 200
SETTLE = timedelta(seconds=10)
"""How long a change is left alone: a decision that was begun earlier may still be written with an earlier time."""
_KNOWN_BY = {
    "Lead": ("email", "phone", "mobile", "first_name", "last_name", "company"),
    "Account": ("domain", "name", "country"),
}


@dataclass(frozen=True, slots=True)
class Asking:
    """What a provider is asked, and within which bounds; the words of `enrich:` in the configuration.

    `subject` is the kind of record, `by` the value that is asked about, `tell` what else of it the provider is told, `fills`
    the fields of which one must be empty, `after` the providers that go first. `cost` counts per hit, or per call.
    """

    subject: str
    by: str
    fills: tuple[str, ...]
    tell: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    min_confidence: float = 0.0
    keep: timedelta = timedelta(days=90)
    keep_miss: timedelta = timedelta(days=30)
    cost: float = 1.0
    costs_per_call: bool = False
    most_per_day: float | None = None


@dataclass(frozen=True, slots=True)
class Enriching:
    """What a pass borrows."""

    connection: str
    connector: Any
    asking: Asking
    lane: str
    token: int
    decide_lane: str
    now: Callable[[], datetime]
    renew: Callable[[], None]
    batch: int = 1
    """How many values the provider takes in one call."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A record that lacks something: the value to ask about, its keyed hash, and what is known of it from before."""

    record: Candidate
    value: str
    digest: bytes
    known: Known | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer that is taken, and until when it holds."""

    answer: Mapping[str, Any]
    keep_until: datetime


Counts = dict[str, int]


def enrich(store: Store, means: Enriching) -> tuple[Counts, ConnectorError | None]:
    """Go over the records that changed since the last pass; an error leaves the place behind the last record dealt with."""
    counts: Counts = {"asked": 0, "hits": 0, "misses": 0, "known": 0}
    until = means.now() - SETTLE
    while True:
        means.renew()
        with store.snapshot() as snapshot:
            records = _next_records(snapshot, means, until)
        if not records:
            return counts, None
        try:
            _go_over(store, means, records, counts)
        except ConnectorError as error:
            return counts, error


def _go_over(store: Store, means: Enriching, records: Sequence[Candidate], counts: Counts) -> None:
    """Gather steps until a call is full; what goes before a call is stored on its own, so that a failed call loses nothing of it."""
    steps: list[_Step] = []
    for record in records:
        step = _step_of(store, means, record)
        if step is None:
            continue
        wanted = {each.digest for each in steps if each.known is None}
        if step.known is None and step.digest not in wanted and (len(wanted) >= _room(store, means) if wanted else steps):
            _carry_out(store, means, steps, counts)
            steps = []
        steps.append(step)
    if steps:
        _carry_out(store, means, steps, counts)
    _store(store, means, records[-1])


def _next_records(snapshot: Snapshot, means: Enriching, until: datetime) -> list[Candidate]:
    """Those after the lane's place, and not beyond any provider that goes first or whose answer is not decided yet."""
    asking = means.asking
    if asking.after and is_undecided(snapshot, asking.after):
        return []
    firsts = [place_of(snapshot, name) for name in asking.after]
    records = changed_records(snapshot, asking.subject, place_of(snapshot, means.connection), until, CHUNK)
    return [each for each in records if all(first is not None and _key(each) <= (first.at, first.golden_id) for first in firsts)]


def _key(record: Candidate) -> tuple[datetime, str]:
    return record.changed_at, record.id


def _step_of(store: Store, means: Enriching, record: Candidate) -> _Step | None:
    """What there is to do about a record; None where nothing lacks."""
    value = _value_to_ask(record, means.asking)
    if value is None:
        return None
    digest = store.vault.digest(f"enrichment:{means.asking.by}", value)
    with store.snapshot() as snapshot:
        known = asked_before(snapshot, means.connection, digest)
    return _Step(record, value, digest, known if known is not None and known.keep_until > means.now() else None)


def _value_to_ask(record: Candidate, asking: Asking) -> str | None:
    """The value to ask about; None where nothing lacks, or where the value says nothing about one person or company."""
    if not any(_is_empty(record.values.get(name)) for name in asking.fills):
        return None
    found = record.values.get(asking.by)
    value = str(found.value).strip() if found is not None and found.value is not None else ""
    if not value or (asking.by == "domain" and is_freemail(value)) or (asking.by == "email" and is_role_address(value)):
        return None
    return value


def _is_empty(value: GoldenValue | None) -> bool:
    return value is None or value.value in (None, "")


def _carry_out(store: Store, means: Enriching, steps: Sequence[_Step], counts: Counts) -> None:
    """Ask about every value that is open, each once, and store all that came of it in one transaction."""
    wanted: dict[bytes, _Step] = {}
    for step in steps:
        if step.known is None:
            wanted.setdefault(step.digest, step)
    asked = _ask(store, means, list(wanted.values()), counts) if wanted else []
    said = {note.value: _Said(answer, note.keep_until) for note, answer in asked if note.outcome == "hit"}
    told: list[tuple[Candidate, bytes, _Said]] = []
    for step in steps:
        first = wanted.get(step.digest) is step
        counts["known"] += not first
        taken = said.get(step.digest) if step.known is None else _said_before(store, means, step)
        if taken is not None and (first or step.known is not None or means.asking.by == "domain"):
            told.append((step.record, step.digest, taken))
    _store(store, means, steps[-1].record, [note for note, _ in asked], told)


def _ask(store: Store, means: Enriching, steps: Sequence[_Step], counts: Counts) -> list[tuple[Asked, dict[str, Any]]]:
    if not _room(store, means):
        raise _too_dear(store, means)
    means.renew()
    answers = _answers(means, [_subject(means.asking, step) for step in steps])
    return [(_judge(store, means, step.digest, answer, counts), answer) for step, answer in zip(steps, answers, strict=True)]


def _subject(asking: Asking, step: _Step) -> Change:
    values = step.record.values
    told = {name: values[name].value for name in (asking.by, *asking.tell) if not _is_empty(values.get(name))}
    return Change(ObjectName(asking.subject), NativeId(step.value), told)


def _answers(means: Enriching, subjects: Sequence[Change]) -> list[dict[str, Any]]:
    """One answer each; a batch that is refused for one of its records is asked one by one."""
    if means.batch > 1:
        try:
            answers = [dict(each) for each in means.connector.enrich_many(subjects)]
        except RecordError:
            return [{}] if len(subjects) == 1 else [answer for each in subjects for answer in _answers(means, [each])]
        if len(answers) != len(subjects):
            raise ContractBroken(f"'{means.connection}' gave {len(answers)} answers to {len(subjects)} questions.")
        return answers
    try:
        return [dict(means.connector.enrich(subjects[0]))]
    except RecordError:
        return [{}]


def _judge(store: Store, means: Enriching, digest: bytes, answer: Mapping[str, Any], counts: Counts) -> Asked:
    """Note the question; the answer itself is kept only where it is about a company, which several records share."""
    asking, now = means.asking, means.now()
    sure = answer.get(CONFIDENCE)
    takes = bool(answer) and (not asking.min_confidence or (isinstance(sure, int | float) and sure >= asking.min_confidence))
    counts["asked"] += 1
    counts["hits" if takes else "misses"] += 1
    shared = store.vault.seal_own(_seal_place(store, means, digest), pack(dict(answer))) if takes and asking.by == "domain" else None
    cost = asking.cost if answer or asking.costs_per_call else 0.0
    outcome = "hit" if takes else ("unsure" if answer else "miss")
    return Asked(digest, outcome, now, now + (asking.keep if takes else asking.keep_miss), cost, shared)


def _said_before(store: Store, means: Enriching, step: _Step) -> _Said | None:
    if step.known is None or step.known.sealed_answer is None:
        return None
    return _Said(unpack(store.vault.open_own(_seal_place(store, means, step.digest), step.known.sealed_answer)), step.known.keep_until)


def _spent_today(store: Store, means: Enriching) -> float:
    with store.snapshot() as snapshot:
        return cost_since(snapshot, means.connection, _today(means))


def _today(means: Enriching) -> datetime:
    return means.now().replace(hour=0, minute=0, second=0, microsecond=0)


def _room(store: Store, means: Enriching) -> int:
    """How many values the next call may ask about: what the provider takes, and what the day's cap leaves."""
    asking = means.asking
    if asking.most_per_day is None or not asking.cost:
        return means.batch
    left = asking.most_per_day - _spent_today(store, means)
    return sum(1 for count in range(1, means.batch + 1) if count * asking.cost <= left)


def _too_dear(store: Store, means: Enriching) -> RateLimited:
    return RateLimited(
        f"'{means.connection}' has cost {_spent_today(store, means):g} today, and {means.asking.most_per_day:g} a day is what it may cost. "
        "It goes on tomorrow.",
        hint=f"Raise connections.{means.connection}.enrich.most_per_day if it should go on today.",
        retry_after=(_today(means) + timedelta(days=1) - means.now()).total_seconds(),
    )


def _seal_place(store: Store, means: Enriching, digest: bytes) -> str:
    return f"enrichment.answer:{store.workspace}:{means.connection}:{digest.hex()}"


def _store(
    store: Store,
    means: Enriching,
    record: Candidate,
    asked: Sequence[Asked] = (),
    told: Sequence[tuple[Candidate, bytes, _Said]] = (),
) -> None:
    """Keep what was asked and hand over what was told; the place moves behind `record`."""
    now = means.now()
    entries = tuple(_entry(store, means, each, now) for each in told)
    place = Place(record.changed_at, record.id).text()
    store.write(
        StoreAnswer(store.workspace, means.connection, place, now, means.lane, means.token, means.decide_lane, tuple(asked), entries)
    )


def _entry(store: Store, means: Enriching, told: tuple[Candidate, bytes, _Said], now: datetime) -> InboxEntry:
    record, digest, said = told
    about = {name: record.values[name].value for name in _KNOWN_BY[means.asking.subject] if not _is_empty(record.values.get(name))}
    content = {**said.answer, ABOUT: about, SUBJECT: means.asking.subject}
    sign = f"{digest.hex()}:{record.id}:{said.keep_until.isoformat()}"
    arrival = Arrival(sign, means.asking.subject, "", "enriched", None, content, now, ENRICHED)
    return seal_arrival(store.vault, store.workspace, means.connection, arrival, now)
