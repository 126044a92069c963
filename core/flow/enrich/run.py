"""One pass of an enrichment lane: who lacks something, what was asked before, what may still be spent, and one call each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.contract import Change, ConnectorError, NativeId, ObjectName, RateLimited, RecordError
from core.flow.identity.employer import FREEMAIL
from core.flow.identity.keys import is_role_address
from core.model.plan import ABOUT, CONFIDENCE, ENRICHED, SUBJECT
from core.model.records import GoldenValue
from core.store.codec import pack, unpack
from core.store.commands.enriching import Asked, StoreAnswer
from core.store.commands.intake import InboxEntry
from core.store.inbox_seal import Arrival, seal_arrival
from core.store.queries.enriching import Candidate, Place, asked_before, changed_records, cost_since, is_undecided, place_of
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
            stored = [_deal_with(store, means, record, counts) for record in records]
            if not stored[-1]:
                _store(store, means, records[-1])
        except ConnectorError as error:
            return counts, error


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


def _deal_with(store: Store, means: Enriching, record: Candidate, counts: Counts) -> bool:
    """Tell whether something was stored; for most records nothing is to be done, and the place is noted once for all of them."""
    value = _value_to_ask(record, means.asking)
    if value is None:
        return False
    digest = store.vault.digest(f"enrichment:{means.asking.by}", value)
    with store.snapshot() as snapshot:
        known = asked_before(snapshot, means.connection, digest)
    now = means.now()
    if known is None or known.keep_until <= now:
        _ask(store, means, record, (value, digest), counts)
        return True
    counts["known"] += 1
    if known.sealed_answer is None:
        return False
    answer = unpack(store.vault.open_own(_seal_place(store, means, digest), known.sealed_answer))
    _store(store, means, record, told=(f"{digest.hex()}:{record.id}:{known.keep_until.isoformat()}", answer))
    return True


def _value_to_ask(record: Candidate, asking: Asking) -> str | None:
    """The value to ask about; None where nothing lacks, or where the value says nothing about one person or company."""
    if not any(_is_empty(record.values.get(name)) for name in asking.fills):
        return None
    found = record.values.get(asking.by)
    value = str(found.value).strip() if found is not None and found.value is not None else ""
    if not value or (asking.by == "domain" and value.casefold() in FREEMAIL) or (asking.by == "email" and is_role_address(value)):
        return None
    return value


def _is_empty(value: GoldenValue | None) -> bool:
    return value is None or value.value in (None, "")


def _ask(store: Store, means: Enriching, record: Candidate, asked: tuple[str, bytes], counts: Counts) -> None:
    value, digest = asked
    asking, now = means.asking, means.now()
    _check_cost(store, means, now)
    means.renew()
    told = {name: record.values[name].value for name in (asking.by, *asking.tell) if not _is_empty(record.values.get(name))}
    try:
        answer = dict(means.connector.enrich(Change(ObjectName(asking.subject), NativeId(value), told)))
    except RecordError:
        answer = {}
    counts["asked"] += 1
    hit = bool(answer)
    sure = answer.get(CONFIDENCE)
    takes = hit and (not asking.min_confidence or (isinstance(sure, int | float) and sure >= asking.min_confidence))
    counts["hits" if takes else "misses"] += 1
    keep_until = now + (asking.keep if takes else asking.keep_miss)
    shared = store.vault.seal_own(_seal_place(store, means, digest), pack(answer)) if takes and asking.by == "domain" else None
    cost = asking.cost if hit or asking.costs_per_call else 0.0
    noted = Asked(digest, "hit" if takes else ("unsure" if hit else "miss"), now, keep_until, cost, shared)
    sign = f"{digest.hex()}:{record.id}:{keep_until.isoformat()}"
    _store(store, means, record, noted, (sign, answer) if takes else None)


def _check_cost(store: Store, means: Enriching, now: datetime) -> None:
    asking = means.asking
    if asking.most_per_day is None:
        return
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with store.snapshot() as snapshot:
        spent = cost_since(snapshot, means.connection, today)
    if spent + asking.cost > asking.most_per_day:
        raise RateLimited(
            f"'{means.connection}' has cost {spent:g} today, and {asking.most_per_day:g} a day is what it may cost. It goes on tomorrow.",
            hint=f"Raise connections.{means.connection}.enrich.most_per_day if it should go on today.",
            retry_after=(today + timedelta(days=1) - now).total_seconds(),
        )


def _seal_place(store: Store, means: Enriching, digest: bytes) -> str:
    return f"enrichment.answer:{store.workspace}:{means.connection}:{digest.hex()}"


def _store(
    store: Store, means: Enriching, record: Candidate, asked: Asked | None = None, told: tuple[str, Mapping[str, Any]] | None = None
) -> None:
    now = means.now()
    entries: tuple[InboxEntry, ...] = ()
    if told is not None:
        sign, answer = told
        about = {name: record.values[name].value for name in _KNOWN_BY[means.asking.subject] if not _is_empty(record.values.get(name))}
        content = {**answer, ABOUT: about, SUBJECT: means.asking.subject}
        arrival = Arrival(sign, means.asking.subject, "", "enriched", None, content, now, ENRICHED)
        entries = (seal_arrival(store.vault, store.workspace, means.connection, arrival, now),)
    place = Place(record.changed_at, record.id).text()
    store.write(StoreAnswer(store.workspace, means.connection, place, now, means.lane, means.token, means.decide_lane, asked, entries))
