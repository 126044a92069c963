"""Fields on which the two sides are left different, and records about which it is not clear whose they are; and a person's word on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from itertools import islice
from typing import Any

from core.flow.mapping.model import SyncMapping
from core.flow.pipeline import Rules
from core.model.ids import GoldenId
from core.model.records import FLAGGED, Closed, Golden
from core.model.remote import Agreement, Frozen
from core.runtime.desk.foresight import Follow, fields_of, foresee, line_of, mapping_of, reading, refusal, word
from core.store.agreements import agreement_columns
from core.store.commands.admin import EnterWords, ReleaseField
from core.store.queries.conflicts import AMBIGUOUS, UNREADABLE_THERE, OpenedLink, contested_links, links_of_ids, links_of_people, people_of
from core.store.store import Snapshot, Store

RELEASE_TRIES = 5
"""How often a release is worked out anew because something was learnt of the link meanwhile."""


class Kind(StrEnum):
    """What is the matter."""

    DIVERGED = "diverged"
    FROZEN = "frozen"
    HELD = "held"
    DOUBLE = "double"
    AMBIGUOUS = "ambiguous"
    UNREADABLE = "unreadable"


class Side(StrEnum):
    """Whose value a person chooses."""

    OURS = "ours"
    THEIRS = "theirs"
    VALUE = "value"


class CannotDecide(Exception):
    """A decision is refused; the message says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where another mapping carries the same golden fields."""

    link: str
    connection: str
    object: str
    remote_id: str | None
    field: str
    mapping: str
    ours: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that is left different, or a record that waits (`field` is empty then).

    `ours` is what the mapping wants there, `sent` what we wrote last, `theirs` what was seen last. `mapping` names the line
    as `name:line`, `golden` our fields that it carries. `since` is when the record was last read with news, or written.
    """

    kind: Kind
    person: str
    link: str
    connection: str
    object: str
    remote_id: str | None
    field: str
    golden: tuple[str, ...]
    ours: Any
    sent: Any
    theirs: Any
    why: str
    hint: str | None
    since: datetime
    mapping: str
    elsewhere: tuple[Elsewhere, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """Which conflicts are asked for; None means all."""

    connection: str | None = None
    object: str | None = None
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person says about a field, worked out: the value, what our fields become, and what will be written where."""

    link: OpenedLink
    field: str
    side: Side
    value: Any
    golden: Mapping[str, Any]
    follows: tuple[Follow, ...]


def list_conflicts(store: Store, rules: Rules, chosen: Filter, limit: int) -> list[Conflict]:
    """Give what is left different or waits, oldest link first; personal values are in it."""
    with store.snapshot() as snapshot:
        links = contested_links(snapshot, connection=chosen.connection, object_name=chosen.object)
        every = (each for link in links for each in _of_link(link, rules) if chosen.kind in (None, each.kind))
        found = list(islice(every, limit))
        return _with_others(snapshot, rules, found)


def _of_link(link: OpenedLink, rules: Rules) -> list[Conflict]:
    if link.reason_code in (Closed.DOUBLE, FLAGGED):
        return [_waiting(link, Kind.DOUBLE, "Merge the two there; the tie follows the survivor.")]
    if link.state == "parked" and link.reason_code in (AMBIGUOUS, UNREADABLE_THERE):
        kind = Kind.AMBIGUOUS if link.reason_code == AMBIGUOUS else Kind.UNREADABLE
        return [_waiting(link, kind, link.hint or f"Mend it there, then run `leadloom quarantine replay link:{link.id}`.")]
    if not link.is_written:
        return []
    frozen = link.agreement.frozen
    kinds = {name: Kind.HELD if why is Frozen.HELD else Kind.FROZEN for name, why in frozen.items()}
    kinds |= {name: Kind.DIVERGED for name in link.agreement.diverged if name not in frozen}
    return [_of_field(link, name, kind, mapping_of(rules, link)) for name, kind in kinds.items()]


def _waiting(link: OpenedLink, kind: Kind, hint: str) -> Conflict:
    return Conflict(
        kind=kind,
        person=link.golden_id,
        link=f"link:{link.id}",
        connection=link.connection,
        object=link.object,
        remote_id=link.remote_id,
        field="",
        golden=(),
        ours=None,
        sent=None,
        theirs=None,
        why=link.reason or "",
        hint=hint,
        since=link.updated_at,
        mapping=link.mapping,
    )


def _of_field(link: OpenedLink, name: str, kind: Kind, mapping: SyncMapping | None) -> Conflict:
    known, line = link.agreement, line_of(mapping, name)
    bounces = known.bounces.get(name, ())
    since = datetime.fromtimestamp(bounces[-1], UTC) if kind is Kind.FROZEN and bounces else known.seen_at or link.updated_at
    return replace(
        _waiting(link, kind, f"leadloom conflicts resolve link:{link.id} {name} --ours (or --theirs, or --value)"),
        field=name,
        golden=fields_of(line, mapping),
        ours=link.wanted.get(name),
        sent=known.sent.get(name),
        theirs=known.seen.get(name),
        why=_why(kind, len(bounces)),
        since=since,
        mapping=f"{mapping.name if mapping else link.mapping}:{line.number if line else '-'}",
    )


def _why(kind: Kind, bounces: int) -> str:
    if kind is Kind.DIVERGED:
        return "It was changed there, and by the line's authority that does not count."
    if kind is Kind.HELD:
        return "It moved on both sides, and the mapping leaves that to a person (`on_conflict: hold`)."
    return f"It came back changed {bounces or 'several'} times after our own writes: something there answers each of them."


def _with_others(snapshot: Snapshot, rules: Rules, found: Sequence[Conflict]) -> list[Conflict]:
    """Add to each field where other records of the same person carry what it carries."""
    links = links_of_people(snapshot, [each.person for each in found if each.field])
    by_person: dict[str, list[OpenedLink]] = {}
    for link in links:
        by_person.setdefault(link.golden_id, []).append(link)
    return [replace(each, elsewhere=tuple(_others(each, by_person.get(each.person, ()), rules))) if each.field else each for each in found]


def _others(conflict: Conflict, links: Sequence[OpenedLink], rules: Rules) -> list[Elsewhere]:
    return [
        Elsewhere(
            link=f"link:{link.id}",
            connection=link.connection,
            object=link.object,
            remote_id=link.remote_id,
            field=line.target,
            mapping=f"{mapping.name}:{line.number}",
            ours=link.wanted.get(line.target),
            theirs=link.agreement.seen.get(line.target),
        )
        for link in links
        if f"link:{link.id}" != conflict.link and link.is_written and (mapping := mapping_of(rules, link)) is not None
        for line in mapping.fields
        if set(fields_of(line, mapping)) & set(conflict.golden)
    ]


def decide(store: Store, rules: Rules, what: tuple[str, str], choice: tuple[Side, str | None]) -> Decision:
    """Work out what a person's choice on a link's field leads to; nothing is written. Raises CannotDecide."""
    side, text = choice
    field = what[1]
    with store.snapshot() as snapshot:
        link, golden, links = _asked(snapshot, rules, what)
    mapping = mapping_of(rules, link)
    line = line_of(mapping, field)
    if mapping is None or line is None:
        raise CannotDecide(
            f"No line of a mapping in force writes '{field}' of '{link.connection}', so nothing would follow. Bring it back."
        )
    value = _chosen(link, field, side, text)
    then = foresee(rules, golden, links, link, {field: value})
    refused = None if side is Side.OURS else refusal(mapping, line, value, then)
    if refused is not None:
        raise CannotDecide(f"'{field}' cannot be decided so: {refused}. Choose --ours, or correct the lead or the mapping.")
    return Decision(link, field, side, value, then.golden, then.follows)


def _asked(snapshot: Snapshot, rules: Rules, what: tuple[str, str]) -> tuple[OpenedLink, Golden, list[OpenedLink]]:
    number, field = what[0].removeprefix("link:"), what[1]
    link = links_of_ids(snapshot, [number]).get(number)
    listed = [] if link is None else [each.field for each in _of_link(link, rules) if each.field]
    golden = people_of(snapshot, [link.golden_id]).get(GoldenId(link.golden_id)) if link is not None else None
    if link is None or golden is None or field not in listed:
        there = f"There it is: {', '.join(listed)}." if listed else "`leadloom conflicts` shows what is."
        raise CannotDecide(f"'{field}' of link:{number} is not left different. {there}")
    return link, golden, links_of_people(snapshot, [golden.id])


def _chosen(link: OpenedLink, field: str, side: Side, text: str | None) -> Any:
    if side is Side.THEIRS:
        return link.agreement.seen.get(field)
    if side is Side.VALUE:
        return _typed(text or "", link.wanted.get(field, link.agreement.seen.get(field)))
    if field not in link.wanted:
        raise CannotDecide(f"We have no value for '{field}'. Choose --theirs, or say one with --value.")
    return link.wanted[field]


def _typed(text: str, model: Any) -> Any:
    """Read what was typed as the kind of value that stands there; an empty text means that nothing shall."""
    if text == "":
        return None
    folded = text.strip().casefold()
    if isinstance(model, bool) and folded in ("true", "false"):
        return folded == "true"
    if isinstance(model, int | float):
        try:
            return float(text) if "." in text else int(text)
        except ValueError:
            return text
    return text


def enter(store: Store, now: datetime, actor: str, decision: Decision) -> None:
    """Enter a decision; it takes effect as soon as the submissions are decided."""
    entry = word(store, decision.link, {decision.field: decision.value}, now)
    target = f"link:{decision.link.id}"
    detail = f"field: {decision.field}, by: {decision.side}"
    store.write(EnterWords(store.workspace, (entry,), actor, now, "conflicts.resolve", target, detail))


def release(store: Store, rules: Rules, what: tuple[str, str], by: tuple[str, datetime]) -> Conflict:
    """Follow a frozen or held field again without deciding it; tell how it stood. Raises CannotDecide.

    What was seen there last counts as a change that was never looked at, and the mapping decides it like any other.
    """
    field, (actor, now) = what[1], by
    for _ in range(RELEASE_TRIES):
        with store.snapshot() as snapshot:
            link, _, _ = _asked(snapshot, rules, what)
            stood = next(each for each in _of_link(link, rules) if each.field == field)
            known = _released(link, rules, stood)
            columns = agreement_columns(known, partial(store.vault.seal, snapshot.key(link.key_id)))
        seen = link.agreement.seen
        entries = (reading(store, link, {field: seen[field]}, now),) if field in seen else ()
        if store.write(ReleaseField(store.workspace, link.id, field, columns, known.version, entries, actor, now)):
            return stood
    raise CannotDecide(f"link:{link.id} kept changing meanwhile; nothing was done. Try again.")


def _released(link: OpenedLink, rules: Rules, stood: Conflict) -> Agreement:
    mapping, known, name = mapping_of(rules, link), link.agreement, stood.field
    if stood.kind is Kind.DIVERGED:
        raise CannotDecide(f"'{name}' is not frozen: it is followed, and differs by the line's authority. Decide it, or change the line.")
    if mapping is None or not mapping.is_two_way:
        raise CannotDecide(f"Nothing of '{link.connection}' is read back any more. Decide it: --ours writes our value there.")
    if stood.kind is Kind.HELD and mapping.hold:
        raise CannotDecide(f"Mapping '{mapping.name}' would hold it again (`on_conflict: hold`). Decide it, or change the mapping.")
    return replace(
        known,
        seen={each: value for each, value in known.seen.items() if each != name},
        frozen={each: why for each, why in known.frozen.items() if each != name},
        bounces={each: times for each, times in known.bounces.items() if each != name},
    )
