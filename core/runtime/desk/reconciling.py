"""`leadloom drift` and `leadloom adopt`: comparing with CRMs completely, and taking over what is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.contract import Role
from core.flow.mapping.model import SyncMapping
from core.runtime.adoption import AdoptionForecast, AdoptionRehearsal
from core.runtime.budget_status import account_budgets
from core.runtime.connections import Connections
from core.runtime.desk.runs import run_lane
from core.runtime.drift import Comparison
from core.runtime.drift_repair import RepairPlan, plan_repair, repair
from core.runtime.installation import Installation
from core.runtime.releases import running_rules
from core.store.commands.full_reads import BeginAdoption, EndAdoption
from core.store.queries.full_reads import FullReadView, full_read_of
from core.store.queries.status import backlog
from core.store.store import Store

MOST_ROUNDS = 100
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Adopted:
    """How far an adoption is. `set_aside`: links that wait for a person; `reason` says why it does not go on now."""

    connection: str
    object: str
    is_through: bool
    records: int
    missed: int
    waiting: int
    reason_code: str | None = None
    reason: str | None = None
    hint: str | None = None


def sync_mappings(installation: Installation, store: Store, connection: str | None, object_name: str | None) -> list[SyncMapping]:
    """The sync mappings in force for objects that can be read, of one connection or all."""
    connections = installation.connections(store)
    manifests, enabled = connections.manifests(), installation.enabled()
    rules = running_rules(installation.config, connections.configured(), store)
    return [
        mapping
        for mapping in rules.sync
        if connection in (None, mapping.connection)
        and object_name in (None, mapping.object)
        and mapping.connection in enabled
        and Role.READS in manifests[mapping.connection].roles
        and manifests[mapping.connection].facts(mapping.object).reads is not None
    ]


@contextmanager
def comparing(
    installation: Installation, connection: str | None, object_name: str | None, limit: int, progress: Progress
) -> Iterator[tuple[Store, list[Comparison]]]:
    """Compare everything named; the block gets the comparisons and the store to repair with. Raises ConnectorError and Busy."""
    with installation.writing_store() as store:
        connections = installation.connections(store)
        done: list[Comparison] = []
        try:
            for mapping in sync_mappings(installation, store, connection, object_name):
                one = Comparison(store, connections, mapping, installation.clock.now, limit)
                name = f"{mapping.connection} {mapping.object}"
                done.append(one)
                connections.ask_usage(mapping.connection)
                one.run(lambda read, name=name: progress(f"{name}: {read:,} records"))  # type: ignore[misc]
                connections.flush_calls()
            yield store, done
        finally:
            connections.close()
            for one in done:
                one.scratch.close()


def plans(store: Store, compared: list[Comparison], *, enforce: bool) -> list[RepairPlan]:
    """What repairing would do."""
    return [plan_repair(store, one, enforce=enforce) for one in compared]


def enter_repairs(installation: Installation, store: Store, compared: list[Comparison], *, enforce: bool) -> None:
    """Put what is to be repaired where the lanes find it."""
    for one in compared:
        repair(store, one, installation.clock.now, enforce=enforce)


def work_off(installation: Installation, found: list[tuple[str, str]], progress: Progress) -> None:
    """Have the lanes that a repair needs run now; what waits for later is left to the server."""
    for connection in dict.fromkeys(connection for connection, _ in found):
        run_lane(installation, f"fetch:{connection}", lambda left: progress(f"reading {left:,} records"))
    run_lane(installation, "decide", lambda left: progress(f"deciding {left:,}"))
    for connection, object_name in found:
        run_lane(installation, f"deliver:{connection}:{object_name}", lambda left: progress(f"writing {left:,}"))


def rehearse_adoption(installation: Installation, mapping: SyncMapping, progress: Callable[[int], None]) -> AdoptionForecast:
    """Say what adopting an object would do; only reads there, and writes nothing here. Raises ConnectorError and Busy."""
    with installation.writing_store() as store:
        connections = installation.connections(store)
        try:
            connections.ask_usage(mapping.connection)
            found = AdoptionRehearsal(store, connections, mapping, installation.clock.now).run(progress)
        finally:
            connections.close()
        found.budget_left = _budget_left(installation, connections, store, mapping.connection)
    return found


def _budget_left(installation: Installation, connections: Connections, store: Store, name: str) -> int | None:
    with store.snapshot() as snapshot:
        manifests = connections.manifests()
        budgets = account_budgets(snapshot, installation.config.connections, manifests, installation.clock.now())
    return next((budget.left_for_background for budget in budgets if name in budget.connections), None)


def adopt(installation: Installation, mapping: SyncMapping, progress: Progress, wait: Callable[[float], None] = time.sleep) -> Adopted:
    """Begin an adoption, or go on with the one that was begun, until it is through or cannot go on now.

    Killed at any moment, it goes on where it was; a running server goes on without this command.
    """
    connection, object_name = mapping.connection, mapping.object
    with installation.writing_store() as store:
        known = _latest(store, mapping)
        if known is None or not known.holds:
            store.write(BeginAdoption(store.workspace, connection, object_name, installation.clock.now()))

    def read_so_far(_: int) -> None:
        with installation.reading_store() as reader:
            full = _latest(reader, mapping)
        progress(f"{full.records if full else 0:,} records read")

    for lane in _rounds(installation, mapping):
        result = run_lane(
            installation, lane, read_so_far if lane.startswith("read:") else lambda left: progress(f"deciding {left:,}"), wait
        )
        if result.reason_code is not None:
            return _standing(installation, mapping, (result.reason_code, result.reason, result.hint))
    return _standing(installation, mapping, (None, None, None))


def _rounds(installation: Installation, mapping: SyncMapping) -> Iterator[str]:
    """The lanes to run, until everything there has been read and decided."""
    for _ in range(MOST_ROUNDS):
        with installation.writing_store() as store:
            full = _latest(store, mapping)
            if full is None or not full.holds:
                return
            if full.ended_at is not None:
                done = store.write(EndAdoption(store.workspace, mapping.connection, mapping.object, installation.clock.now()))
                if done is not None:
                    return
            waiting = _waiting(store, mapping)
        if full.ended_at is None:
            yield f"read:{mapping.connection}:{mapping.object}"
        elif waiting[0]:
            yield "decide"
        else:
            yield f"fetch:{mapping.connection}"
            return


def _latest(store: Store, mapping: SyncMapping) -> FullReadView | None:
    with store.snapshot() as snapshot:
        return full_read_of(snapshot, mapping.connection, mapping.object)


def _waiting(store: Store, mapping: SyncMapping) -> tuple[int, int]:
    with store.snapshot() as snapshot:
        counts = [backlog(snapshot, kind, mapping.connection, mapping.object) for kind in ("read", "fetch")]
    return counts[0], counts[1]


def _standing(installation: Installation, mapping: SyncMapping, why: tuple[str | None, str | None, str | None]) -> Adopted:
    with installation.writing_store() as store:
        store.write(EndAdoption(store.workspace, mapping.connection, mapping.object, installation.clock.now()))
        full, waiting = _latest(store, mapping), sum(_waiting(store, mapping))
    through = full is not None and not full.holds
    records, missed = (full.records, full.missed) if full else (0, 0)
    return Adopted(mapping.connection, mapping.object, through, records, missed, waiting, *why)
