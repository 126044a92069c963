"""Taking a delivery run back: what it changed is restored field by field, where it still stands as the run left it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.flow.delivery.work import SafetyStop
from core.flow.mapping.model import Direction, SyncMapping
from core.flow.pipeline import Rules
from core.flow.reconcile.lines import rules_of
from core.model.ids import GoldenId
from core.model.records import Golden
from core.runtime.desk.foresight import foresee, line_of, mapping_of, refusal, word
from core.runtime.lanes.names import LaneKind, parse_lane
from core.store.commands.admin import EnterWords
from core.store.queries.conflicts import OpenedLink, links_of_ids, links_of_people, people_of
from core.store.queries.delivery import count_doomed
from core.store.queries.runs import RunAttempt, attempts_of_run, run_of_id
from core.store.queries.status import RunView
from core.store.store import Snapshot, Store

AT_ONCE = 1000
"""Records whose restoring one transaction enters at most."""


class CannotUndo(Exception):
    """There is no such run, or it is of a kind that cannot be undone; the message says what it is."""


class Why(StrEnum):
    """Why something that the run did is left as it is."""

    CREATED = "created"
    DELETED = "deleted"
    ERASED = "erased"
    NOT_WRITTEN = "not_written"
    IN_WORK = "in_work"
    ONE_WAY = "one_way"
    NO_LINE = "no_line"
    UNKNOWN = "unknown_before"
    FROZEN = "frozen"
    MOVED_HERE = "moved_here"
    MOVED_THERE = "moved_there"
    NOT_CARRIED = "not_carried"


_WORDS = {
    Why.CREATED: "The record was created by the run. Delete it there if it shall not exist.",
    Why.DELETED: "The record was deleted by the run. Restore it there; it is followed again then.",
    Why.ERASED: "The person was erased.",
    Why.IN_WORK: "The CRM still works on it. Try again when it is done.",
    Why.ONE_WAY: "The line goes one way: what we want there follows from our record and would be sent again. Correct the lead instead.",
    Why.NO_LINE: "No line of a mapping in force writes it any more.",
    Why.UNKNOWN: "What stood there before was not known.",
    Why.FROZEN: "It is frozen. Decide it with `leadloom conflicts resolve`.",
    Why.MOVED_HERE: "Our value has changed since.",
    Why.MOVED_THERE: "It was changed there since.",
}


@dataclass(frozen=True, slots=True)
class Restore:
    """A field that goes back: from what stands there to what stood there before the run."""

    person: str
    link: str
    connection: str
    object: str
    remote_id: str | None
    field: str
    now: Any
    back_to: Any


@dataclass(frozen=True, slots=True)
class Stays:
    """What the run did and is not taken back; `field` is empty where it is the whole record."""

    person: str
    link: str
    connection: str
    object: str
    remote_id: str | None
    field: str
    code: Why
    why: str


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What undoing a run would do. `records` of the `of` records there would change; `is_many`: more than the safety stop lets pass."""

    run: RunView
    restores: tuple[Restore, ...]
    stays: tuple[Stays, ...]
    records: int
    of: int
    is_many: bool


def plan_undo(store: Store, rules: Rules, run_id: str) -> UndoPlan:
    """Say what undoing a run would do; nothing is written. Raises CannotUndo."""
    with store.snapshot() as snapshot:
        run = run_of_id(snapshot, run_id)
        attempts = attempts_of_run(snapshot, run_id)
        run = _undoable(snapshot, run, run_id, attempts)
        lane = parse_lane(run.lane)
        restores, stays = _Undoing(snapshot, rules, attempts).work_out()
        _, of = count_doomed(snapshot, lane.connection, lane.object, run.ended_at)
    records = len({each.link for each in restores})
    return UndoPlan(run, tuple(restores), tuple(stays), records, of, SafetyStop().holds_back(records, of))


def _undoable(snapshot: Snapshot, run: RunView | None, run_id: str, attempts: Sequence[RunAttempt]) -> RunView:
    """A delivery run; one that was cut off before it could be noted is known by what it wrote."""
    if run is not None:
        kind = parse_lane(run.lane).kind
        if kind is not LaneKind.DELIVER:
            raise CannotUndo(f"Run {run_id} is one of lane {run.lane}: {_OTHERS[kind]}")
        return run
    link = next((each for each in links_of_ids(snapshot, [each.link_id for each in attempts]).values() if each is not None), None)
    if link is None:
        raise CannotUndo(f"There is no run '{run_id}'. `leadloom runs` lists them.")
    return RunView(run_id, f"deliver:{link.connection}:{link.object}", attempts[0].at, attempts[-1].at, {})


_OTHERS = {
    LaneKind.DECIDE: "it decided what came in and wrote to no CRM. The writes that followed are delivery runs: see `leadloom runs`.",
    LaneKind.READ: "it read a CRM or a source and wrote to none. To change what was read, change it there, or correct the mapping.",
    LaneKind.FETCH: "it read single records and wrote to no CRM. To change what was read, change it there, or correct the mapping.",
    LaneKind.ENRICH: "it asked a provider and wrote to no CRM. The writes that followed are delivery runs: see `leadloom runs`.",
    LaneKind.RENEW: "it renewed subscriptions and wrote no record. To end one, end it there.",
    LaneKind.REPLAN: "it worked out anew what mappings want, and wrote to no CRM. `leadloom rollback` goes back to the mappings before.",
}


class _Undoing:
    """One run against what stands there now."""

    def __init__(self, snapshot: Snapshot, rules: Rules, attempts: Sequence[RunAttempt]) -> None:
        self._rules = rules
        self._attempts: dict[str, list[RunAttempt]] = {}
        for attempt in attempts:
            self._attempts.setdefault(attempt.link_id, []).append(attempt)
        self._links = links_of_ids(snapshot, list(self._attempts))
        people = [each.golden_id for each in self._links.values() if each is not None]
        self._people = people_of(snapshot, people)
        self._theirs: dict[str, list[OpenedLink]] = {}
        for link in links_of_people(snapshot, people):
            self._theirs.setdefault(link.golden_id, []).append(link)

    def work_out(self) -> tuple[list[Restore], list[Stays]]:
        restores: list[Restore] = []
        stays: list[Stays] = []
        for link_id, attempts in self._attempts.items():
            link = self._links.get(link_id)
            golden = self._people.get(GoldenId(link.golden_id)) if link is not None else None
            if link is None or golden is None or any(each.before is None for each in attempts):
                stays.append(Stays("", f"link:{link_id}", "", "", None, "", Why.ERASED, _WORDS[Why.ERASED]))
                continue
            whole = _whole(link, attempts)
            if whole is not None:
                stays.append(_stays(link, "", *whole))
                continue
            back, kept = self._fields(link, golden, attempts)
            restores += [_restore(link, name, value) for name, value in back.items()]
            stays += [_stays(link, name, *why) for name, why in kept.items()]
        return restores, stays

    def _fields(self, link: OpenedLink, golden: Golden, attempts: Sequence[RunAttempt]) -> tuple[dict[str, Any], dict[str, Any]]:
        """What goes back, and what stays with the reason; several writes of one run count as one."""
        mapping = mapping_of(self._rules, link)
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        for attempt in attempts:
            known = {name: (attempt.before or {}).get(name, _UNKNOWN) for name in attempt.after or {}}
            before = known | before
            after |= attempt.after or {}
        back: dict[str, Any] = {}
        kept: dict[str, tuple[Why, str]] = {}
        for name in after:
            if mapping is not None and name == mapping.external_id:
                continue
            code = _left_alone(link, mapping, name, (before[name], after[name]))
            if code is not None:
                kept[name] = (code, _WORDS[code])
            elif mapping is not None and not rules_of(mapping).same(name, before[name], after[name]):
                back[name] = before[name]
        if mapping is not None:
            for name, why in [*self._refused(link, golden, mapping, back, alone=True), *self._refused(link, golden, mapping, back)]:
                kept[name] = (Why.NOT_CARRIED, f"{why[0].upper()}{why[1:]}.")
        return back, kept

    def _refused(
        self, link: OpenedLink, golden: Golden, mapping: SyncMapping, back: dict[str, Any], *, alone: bool = False
    ) -> list[tuple[str, str]]:
        """Take out of `back` what its line cannot carry, each field by itself or all together."""
        found: list[tuple[str, str]] = []
        for name, value in list(back.items()):
            line = line_of(mapping, name)
            then = foresee(self._rules, golden, self._theirs[link.golden_id], link, {name: value} if alone else back)
            why = refusal(mapping, line, value, then) if line is not None else None
            if why is not None:
                found.append((name, why))
                del back[name]
        return found


_UNKNOWN: Any = object()


def _whole(link: OpenedLink, attempts: Sequence[RunAttempt]) -> tuple[Why, str] | None:
    """Why a record is left as it is, whatever the run wrote into it."""
    effects = {each.effect for each in attempts}
    code = Why.CREATED if "created" in effects else Why.DELETED if "deleted" in effects else Why.IN_WORK if link.has_job else None
    if code is not None:
        return code, _WORDS[code]
    if not link.is_written or link.state == "parked":
        return Why.NOT_WRITTEN, f"Nothing is written there now. {link.reason or ''}".rstrip()
    return None


def _left_alone(link: OpenedLink, mapping: SyncMapping | None, name: str, wrote: tuple[Any, Any]) -> Why | None:
    """Why a field is left as it is, before it is asked whether its line can carry the old value back."""
    line, known = line_of(mapping, name), link.agreement
    if mapping is None or line is None:
        return Why.NO_LINE
    if line.direction is Direction.TO:
        return Why.ONE_WAY
    before, after = wrote
    compare = rules_of(mapping)
    stands: Mapping[Why, bool] = {
        Why.UNKNOWN: before is _UNKNOWN,
        Why.FROZEN: name in known.frozen,
        Why.MOVED_HERE: not all(name in side and compare.same(name, side[name], after) for side in (known.sent, link.wanted)),
        Why.MOVED_THERE: name not in known.seen or not compare.same(name, after, known.seen[name]),
    }
    return next((why for why, holds in stands.items() if holds), None)


def _restore(link: OpenedLink, name: str, value: Any) -> Restore:
    now = link.agreement.seen.get(name)
    return Restore(link.golden_id, f"link:{link.id}", link.connection, link.object, link.remote_id, name, now, value)


def _stays(link: OpenedLink, name: str, code: Why, why: str) -> Stays:
    return Stays(link.golden_id, f"link:{link.id}", link.connection, link.object, link.remote_id, name, code, why)


def enter_undo(store: Store, plan: UndoPlan, actor: str, now: datetime) -> None:
    """Enter what the plan restores as a person's word; it takes effect as soon as the submissions are decided.

    In parts, so that the door never waits long for the writer; each is noted in the audit trail.
    """
    fields: dict[str, dict[str, Any]] = {}
    for each in plan.restores:
        fields.setdefault(each.link.removeprefix("link:"), {})[each.field] = each.back_to
    ids = list(fields)
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        with store.snapshot() as snapshot:
            links = [link for link in links_of_ids(snapshot, part).values() if link is not None]
        entries = tuple(word(store, link, fields[link.id], now) for link in links)
        detail = f"{len(entries)} records, {sum(len(fields[link.id]) for link in links)} fields"
        store.write(EnterWords(store.workspace, entries, actor, now, "run.undo", f"run:{plan.run.id}", detail))
