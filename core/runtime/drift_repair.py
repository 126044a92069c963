"""Repairing drift: what was missed goes into the inbox and is decided there like any other change; nothing is written past it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.flow.delivery.work import SafetyStop
from core.flow.intake.poll import ask_for
from core.runtime.drift import ASK, ENFORCE, FIELDS, WRITE, Comparison
from core.runtime.lanes.names import LaneKind, LaneName
from core.store.commands.intake import AcceptEvents
from core.store.commands.lanes import WakeLane
from core.store.inbox_seal import Arrival, seal_arrival
from core.store.queries.delivery import links_of_ids
from core.store.queries.full_reads import count_records
from core.store.store import Store

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class RepairPlan:
    """What a repair would do: records read again by id, records written, records where ours is enforced, and of how many."""

    connection: str
    object: str
    taken_in: int
    written: int
    enforced: int
    of: int
    is_too_much: bool

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.taken_in or self.written or self.enforced)


def plan_repair(store: Store, compared: Comparison, *, enforce: bool) -> RepairPlan:
    """Say what a repair would do. A one-way mapping takes nothing in."""
    mapping, scratch = compared.mapping, compared.scratch
    asked = scratch.count(ASK) if mapping.is_two_way else 0
    enforced = scratch.count(ENFORCE) if enforce else 0
    with store.snapshot() as snapshot:
        total = count_records(snapshot, mapping.connection, mapping.object)
    too_much = SafetyStop().holds_back(asked + enforced, total)
    return RepairPlan(mapping.connection, mapping.object, asked, scratch.count(WRITE), enforced, total, too_much)


def repair(store: Store, compared: Comparison, now: Callable[[], datetime], *, enforce: bool) -> None:
    """Enter what a repair takes; the lanes do the rest. Entering it twice from one comparison changes nothing."""
    mapping, sign = compared.mapping, f"drift:{store.new_id()}"
    if mapping.is_two_way:
        for ids in compared.scratch.noted(ASK, _AT_ONCE):
            _enter(store, mapping.connection, [ask_for(mapping.object, each, sign) for each in ids], now())
    if enforce:
        for pairs in compared.scratch.noted(FIELDS, _AT_ONCE):
            _enter(store, mapping.connection, _held(store, compared, pairs, sign, now()), now())
    for lane in (LaneName(LaneKind.FETCH, mapping.connection), LaneName(LaneKind.DELIVER, mapping.connection, mapping.object)):
        store.write(WakeLane(store.workspace, str(lane), lane.connection, now()))


def _enter(store: Store, connection: str, arrivals: list[Arrival], now: datetime) -> None:
    entries = tuple(seal_arrival(store.vault, store.workspace, connection, each, now) for each in arrivals)
    if entries:
        store.write(AcceptEvents(entries))


def _held(store: Store, compared: Comparison, pairs: list[str], sign: str, now: datetime) -> list[Arrival]:
    """Somebody says that diverged fields shall have our values; `pairs` are a link and a field each."""
    fields: dict[str, list[str]] = {}
    for pair in pairs:
        link_id, _, name = pair.partition(" ")
        fields.setdefault(link_id, []).append(name)
    with store.snapshot() as snapshot:
        links = links_of_ids(snapshot, list(fields))
    arrivals: list[Arrival] = []
    for link in links.values():
        ours = {name: link.wanted[name] for name in fields[link.id] if name in link.wanted}
        if ours and link.remote_id is not None:
            told = {"id": link.remote_id, "sort": "held", "read_at": now.isoformat()}
            event_id = f"{link.id}:{sign}:{fields[link.id][0]}"
            arrivals.append(Arrival(event_id, compared.mapping.object, "", "console", record=ours, remote=told))
    return arrivals
