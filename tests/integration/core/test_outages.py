"""Outages, quotas, refusals and damage: patience with the one, no delay for the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, update
from sqlalchemy.exc import OperationalError

from connectors.memory.faults import Dial, MemoryFault
from core.contract import ContractBroken, Refused, StopConnection, Unavailable
from core.runtime.lanes.names import LaneKind
from core.store.commands.lanes import SetPause
from core.store.commands.upsert import table_of
from core.store.tables import AttemptRow, Inbox, LinkRow
from core.store.vault import GcmVault, WrongKey
from tests.support.builders import person, rules, sync_mapping
from tests.support.engine import Engine, running


def link_of(engine: Engine, **wanted: Any) -> Any:
    (link,) = [row for row in engine.rows(LinkRow) if all(getattr(row, name) == value for name, value in wanted.items())]
    return link


def answer_for(engine: Engine, chosen: Any, receipt: Any) -> None:
    """Have the remote answer the chosen writes differently; the others go through."""
    inner = engine.crm.connector._inner
    honest = inner.write

    def write(batch: Any) -> Any:
        others = iter(honest([each for each in batch if not chosen(each)]))
        return [receipt(each) if chosen(each) else next(others) for each in batch]

    inner.write = write


@dataclass(frozen=True)
class Damage:
    """Spoil one sealed column of one row, as a bad disk would."""

    table: Any
    column: str
    row_id: Any

    def apply(self, tx: Connection) -> None:
        table = table_of(self.table)
        tx.execute(update(table).where(table.c.id == self.row_id).values({self.column: b"\x01" + b"damaged" * 8}))


def test_a_row_that_stops_the_connection_is_not_parked_for_it() -> None:
    with running(rules()) as engine:
        answer_for(engine, lambda write: True, lambda write: Refused(StopConnection("The account is locked.")))
        engine.push("e0", person(1))
        engine.step_due()
        engine.step_due()

        assert link_of(engine).state == "behind"
        assert {lane.kind for lane in engine.due()} <= {LaneKind.MATCH}


def test_a_row_that_may_be_tried_again_is_given_up_after_the_configured_attempts() -> None:
    with running(rules()) as engine:
        answer_for(engine, lambda write: True, lambda write: Refused(Unavailable("Row locked.")))
        engine.push("e0", person(1))

        engine.settle()

        link = link_of(engine)
        assert (link.state, link.attempts) == ("parked", 12)
        assert len(engine.rows(AttemptRow)) == 12


def test_an_outage_of_an_hour_is_met_with_patience_and_delays_nobody_else() -> None:
    mappings = [sync_mapping(), sync_mapping(name="other", to={"connection": "other", "object": "lead"})]
    with running(rules(*mappings), connections=("crm", "other")) as engine:
        engine.crm.remote.faults.set(Dial(MemoryFault.SERVER_ERROR, times=-1))
        delays = []
        for minute in range(60):
            engine.push(f"e{minute}", person(minute))
            started = engine.clock.now()
            engine.step_due()
            engine.step_due()
            fresh = [link for link in engine.rows(LinkRow) if link.connection == "other"]
            delays.append(max((link.level_at - started).total_seconds() for link in fresh[-1:]))
            engine.clock.advance(60)

        assert max(delays) == 0
        assert len(engine.crms["other"].records()) == 60
        assert 5 <= engine.crm.remote.calls <= 15
        engine.crm.remote.faults.clear()
        engine.settle(hours=2)
        assert len(engine.crm.records()) == 60


def test_a_used_up_daily_quota_is_asked_once_and_the_day_is_slept_through() -> None:
    with running(rules()) as engine:
        engine.crm.remote.faults.set(Dial(MemoryFault.RATE_LIMITED, times=1, retry_after=86_400.0))
        engine.push("e0", person(1))
        engine.step_due()
        engine.step_due()
        for hour in range(1, 24):
            engine.clock.advance(3600)
            engine.push(f"e{hour}", person(hour))
            engine.step_due()

        assert engine.crm.remote.calls == 1
        engine.settle(hours=48)
        assert len(engine.crm.records()) == 23


def test_a_connection_that_refuses_the_key_is_paused_and_goes_on_when_told() -> None:
    with running(rules()) as engine:
        engine.crm.remote.faults.set(Dial(MemoryFault.UNAUTHORIZED))
        engine.push("e0", person(1))
        engine.settle()
        assert link_of(engine).state == "behind"

        engine.store.write(SetPause("main", "crm", engine.clock.now(), None))
        engine.settle()

        assert link_of(engine).state == "level"


def test_one_damaged_row_stops_neither_the_deciding_nor_the_delivery_of_the_others() -> None:
    with running(rules()) as engine:
        for number in range(3):
            engine.push(f"e{number}", person(number))
        engine.store.write(Damage(Inbox, "sealed_change", engine.rows(Inbox)[0].id))
        engine.decide()
        engine.store.write(Damage(LinkRow, "sealed_wanted", engine.rows(LinkRow)[0].id))

        engine.settle()

        assert sorted((row.state, row.reason_code) for row in engine.rows(Inbox) if row.reason_code) == [("quarantined", "unreadable")]
        assert sorted((link.state, link.reason_code or "") for link in engine.rows(LinkRow)) == [("level", ""), ("parked", "unreadable")]


def test_a_fault_of_the_database_while_deciding_is_tried_again_soon() -> None:
    # given a disk that is full for as long as it takes to decide everything once
    with running(rules()) as engine:
        engine.push("e0", person(1))
        honest = engine.store.write

        def full(command: Any) -> Any:
            if type(command).__name__ == "StoreDecision":
                raise OperationalError("INSERT", None, Exception("database or disk is full"))
            return honest(command)

        engine.store.write = full  # type: ignore[method-assign]
        engine.step_due()
        engine.store.write = honest  # type: ignore[method-assign]

        engine.settle(hours=0.1)

        assert [row.outcome for row in engine.rows(Inbox)] == ["new"]


def test_another_database_key_stops_the_work_and_sets_nobody_aside() -> None:
    with running(rules()) as engine:
        engine.push("e0", person(1))
        engine.push("e1", person(2))
        engine.store.vault = GcmVault(bytes(32))

        report = engine.decide()

        assert isinstance(report.error, ContractBroken)
        assert isinstance(report.error.__cause__, WrongKey)
        assert [row.state for row in engine.rows(Inbox)] == ["ready", "ready"]
