"""What would follow if fields of a CRM's record were to hold certain values: for our record, and for the record of every CRM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.flow.mapping.compiling.values import LineProblem
from core.flow.mapping.model import Direction, Line, SyncMapping, golden_fields
from core.flow.pipeline import Rules, compiled_sync
from core.flow.reconcile.lines import golden_targets, rules_of
from core.model.records import Golden, Scalar
from core.store.commands.intake import InboxEntry
from core.store.inbox_seal import Arrival, seal_arrival
from core.store.queries.conflicts import OpenedLink
from core.store.store import Store

BY_HAND = "console"
"""The way of an inbox row that a person entered."""


@dataclass(frozen=True, slots=True)
class Follow:
    """A field of a CRM's record that gets another value: what stands there now, and what then."""

    link: str
    connection: str
    object: str
    remote_id: str | None
    field: str
    now: Any
    then: Any


@dataclass(frozen=True, slots=True)
class Foresight:
    """What our fields become, what the record's own mapping wants of it then, what its lines refuse, and what is written."""

    golden: Mapping[str, Scalar]
    wanted: Mapping[str, Scalar]
    problems: tuple[LineProblem, ...]
    follows: tuple[Follow, ...]


def mapping_of(rules: Rules, link: OpenedLink) -> SyncMapping | None:
    """The mapping that writes a link's record."""
    mine = [each for each in rules.sync if (each.connection, each.object) == (link.connection, link.object)]
    return next((each for each in mine if each.name == link.mapping), mine[0] if mine else None)


def line_of(mapping: SyncMapping | None, field: str) -> Line | None:
    """The line of a mapping that writes a field."""
    return next((line for line in mapping.fields if line.target == field), None) if mapping else None


def fields_of(line: Line | None, mapping: SyncMapping | None) -> tuple[str, ...]:
    """The golden fields that a line carries, whichever way."""
    if line is None or mapping is None:
        return ()
    return tuple(dict.fromkeys([*golden_fields(line), *golden_targets(mapping, line.target)]))


def foresee(rules: Rules, golden: Golden, links: Sequence[OpenedLink], link: OpenedLink, told: Mapping[str, Any]) -> Foresight:
    """Work out what a person's word on fields of a link's record leads to; `links` are all of the golden record's."""
    mapping = mapping_of(rules, link)
    now = {name: value.value for name, value in golden.values.items()}
    if mapping is None:
        return Foresight({}, {}, (), ())
    reading = compiled_sync(mapping).back(told, now)
    then = now | reading.values
    problems = [*reading.problems]
    wanted = compiled_sync(mapping).fields(then, problems)
    follows = [each for other in links if other.is_written for each in _follows(rules, other, then, told if other.id == link.id else {})]
    return Foresight(reading.values, wanted, tuple(problems), tuple(follows))


def _follows(rules: Rules, link: OpenedLink, golden: Mapping[str, Scalar], told: Mapping[str, Any]) -> Iterator[Follow]:
    mapping = mapping_of(rules, link)
    if mapping is None:
        return
    compare = rules_of(mapping)
    for field, value in compiled_sync(mapping).fields(golden, []).items():
        seen = link.agreement.seen.get(field)
        moves = field not in link.wanted or not compare.same(field, value, link.wanted[field])
        if (moves or field in told) and not compare.same(field, value, seen):
            yield Follow(f"link:{link.id}", link.connection, link.object, link.remote_id, field, seen, value)


def refusal(mapping: SyncMapping, line: Line, value: Any, then: Foresight) -> str | None:
    """Why a line cannot carry a value back to our record and from there to the CRM again; None when it can."""
    place = f"line {line.number} of mapping '{mapping.name}'"
    if line.direction is Direction.TO:
        return f"{place} goes one way (`direction: to`), so what stands there cannot be read back"
    if line.target in then.wanted and rules_of(mapping).same(line.target, then.wanted[line.target], value):
        return None
    if value in (None, ""):
        return f"{place} takes and writes no blank (it would need `empty: clear`)"
    mine = next((problem for problem in then.problems if problem.target in (line.target, "")), None)
    if mine is not None:
        return f"{place} cannot read it back: {mine.message}"
    return f"{place} would make something else of it"


def word(store: Store, link: OpenedLink, fields: Mapping[str, Any], now: datetime) -> InboxEntry:
    """The inbox row by which a person says that fields of a link's record shall have these values."""
    told = {"id": link.remote_id, "sort": "held", "read_at": now.isoformat()}
    return _entry(store, link, fields, told, now)


def reading(store: Store, link: OpenedLink, fields: Mapping[str, Any], now: datetime) -> InboxEntry:
    """The inbox row that has a record's fields decided once more as they were seen last."""
    read_at = link.agreement.seen_at or now
    told = {"id": link.remote_id, "sort": "upserted", "version": None, "read_at": read_at.isoformat()}
    return _entry(store, link, fields, told, now)


def _entry(store: Store, link: OpenedLink, fields: Mapping[str, Any], told: Mapping[str, Any], now: datetime) -> InboxEntry:
    event_id = f"{BY_HAND}:{store.new_id()}"
    arrival = Arrival(event_id, link.object, link.remote_id or "", BY_HAND, None, dict(fields), None, remote=told)
    return seal_arrival(store.vault, store.workspace, link.connection, arrival, now)
