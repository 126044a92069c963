"""Random histories on the real store: the ledgers balance, nothing is lost or doubled, nothing waits for ever.

`LEADLOOM_TRIALS` multiplies the numbers of histories (`make chaos` sets it).
"""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from connectors.memory.faults import Dial, MemoryFault
from core.model.plan import Settled
from core.runtime.lanes.names import LaneKind, LaneName
from core.store.queries.ledger import read_ledger
from core.store.queries.ledger_checks import SyncTarget
from core.store.tables import GoldenRow, Inbox, IntakeTotal, LinkRow, ObservationRow
from tests.support.builders import by_match, inbound_mapping, rules, sync_mapping
from tests.support.engine import Engine

TRIALS = int(os.environ.get("LEADLOOM_TRIALS", "1"))
STORE_HISTORIES = 200 * TRIALS
SHARDS = 8
STEPS = 18
FAULTS = tuple(fault for fault in MemoryFault if fault not in (MemoryFault.SAME_PAGE, MemoryFault.UNAUTHORIZED, MemoryFault.FORBIDDEN))
MAILS = ("ada@example.com", "grace@example.com", "info@example.com", "ADA@Example.com ", "")
PHONES = ("+4930231251", "+442079460123", "", "")
NAMES = (("Ada", "Byron"), ("Grace", "Hopper"), ("Edsger", "Dijkstra"))


def someone(chance: random.Random) -> dict[str, Any]:
    """A record of one of a few people, some of whom turn out to be one; now and then it is of no use."""
    first, last = chance.choice(NAMES)
    record = {"email": chance.choice(MAILS), "phone": chance.choice(PHONES), "first_name": first, "last_name": last}
    if chance.random() < 0.4:
        record |= {"company": f"Engines {chance.randrange(3)}"}
    if chance.random() < 0.4:
        record |= {"title": chance.choice(("Head", "Countess", ""))}
    if chance.random() < 0.1:
        record |= {"email": "not an address"}
    return record


class History:
    """One installation and what its senders remember of it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.safe = seed % 3 != 0
        mapping = sync_mapping() if self.safe else by_match()
        sources = [inbound_mapping(), inbound_mapping(name="source", **{"from": {"connection": "source"}}, authority=1)]
        self.engine = Engine(
            rules(mapping, inbound=sources), connections=("crm", "source"), seed=seed, batch=self.chance.choice((2, 500)), find_lag=5.0
        )
        self.pushed: dict[str, dict[str, Any]] = {}
        self.acknowledged = 0

    def push(self) -> None:
        event_id, record = f"e{len(self.pushed)}", someone(self.chance)
        if self.pushed and self.chance.random() < 0.3:
            event_id, record = self.chance.choice(list(self.pushed.items()))
        self.pushed[event_id] = record
        flag = "test" if event_id.endswith("7") else "none"
        while self.engine.survive(lambda: self.engine.push(event_id, record, flag=flag)):
            pass  # a sender without an answer sends again

    def poll(self) -> None:
        remote = self.engine.crms["source"].remote
        for _ in range(self.chance.randrange(4)):
            remote.create("lead", {name: value for name, value in someone(self.chance).items() if value}, now=self.engine.clock.now())
        lane = LaneName(LaneKind.READ, "source", "lead")
        self.engine.survive(lambda: self.engine.wake(lane))

    def fault(self) -> None:
        crm = self.engine.crms[self.chance.choice(("crm", "crm", "source"))]
        crm.remote.faults.set(Dial(self.chance.choice(FAULTS), times=self.chance.randrange(1, 3), retry_after=30.0))

    def crash(self) -> None:
        passed = len(self.engine.boundaries.passed)
        self.engine.boundaries.deaths = {passed + self.chance.randrange(1, 12)}

    def work(self) -> None:
        self.engine.survive(self.engine.step_due)

    def wait(self) -> None:
        self.engine.clock.advance(self.chance.choice((0.5, 7, 70, 700)))

    def replay(self) -> None:
        self.engine.survive(self.engine.replay)

    def run(self) -> None:
        acts: list[Callable[[], None]] = (
            [self.push] * 4 + [self.work] * 4 + [self.poll, self.fault, self.crash, self.crash, self.wait, self.replay]
        )
        for _ in range(STEPS):
            self.chance.choice(acts)()
        self.engine.boundaries.deaths = set()
        for crm in self.engine.crms.values():
            crm.remote.faults.clear()
        self.engine.wake(LaneName(LaneKind.READ, "source", "lead"))
        self.engine.settle()


def assert_intake_balances(history: History) -> None:
    inbox = history.engine.rows(Inbox)
    assert {row.state for row in inbox} <= {"done", "quarantined"}
    assert all(row.outcome in {settled.value for settled in Settled} for row in inbox)
    assert all(row.reason_code for row in inbox if row.state == "quarantined")
    counted = defaultdict(int, {row.connection: row.acknowledged for row in history.engine.rows(IntakeTotal)})
    by_source: dict[str, int] = defaultdict(int)
    for row in inbox:
        by_source[row.connection] += 1 + row.duplicates
    assert counted == by_source
    assert sum(1 for row in inbox if row.connection == "form") == len(history.pushed)
    assert sum(1 for row in inbox if row.connection == "source") == len(history.engine.crms["source"].records())


def assert_people_balance(history: History) -> None:
    engine = history.engine
    born = [row for row in engine.rows(Inbox) if row.outcome == "new"]
    golden = engine.rows(GoldenRow)
    assert sorted(row.id for row in born) == sorted(row.born_of for row in golden)
    active = {row.id for row in golden if row.state == "active"}
    placed = {row.id: row.golden_id for row in engine.rows(Inbox) if row.outcome in ("new", "merged")}
    assert set(placed.values()) == active
    assert {row.inbox_id: row.golden_id for row in engine.rows(ObservationRow) if row.link_id is None} == placed
    primaries = [row.golden_id for row in engine.rows(LinkRow) if row.role == "primary"]
    assert sorted(primaries) == sorted(active)


def assert_nothing_waits_for_ever(history: History) -> None:
    links = history.engine.rows(LinkRow)
    assert {row.state for row in links} <= {"level", "parked", "not_wanted"}
    assert all(row.reason_code and row.reason for row in links if row.state != "level")
    assert all(row.next_at is None and row.ticket is None for row in links)


def assert_remote_holds_each_once(history: History) -> None:
    links = history.engine.rows(LinkRow)
    records = history.engine.crm.records()
    held = {row.remote_id for row in links if row.remote_id}
    assert {row.remote_id for row in links if row.state == "level"} <= set(records)
    unclear = [row for row in links if row.remote_id is None and (row.role == "secondary" or row.reason_code == "outcome_unknown")]
    assert len(set(records) - held) <= len(unclear)
    if history.safe:
        assert all(row.state == "level" for row in links if row.role == "primary")
        assert {record["external_id"] for record in records.values()} <= {row.id for row in links}
        assert len(records) == len({record["external_id"] for record in records.values()})


@pytest.mark.parametrize("shard", range(SHARDS))
def test_after_any_history_every_lead_is_accounted_for_and_stands_in_the_crm_once(shard: int) -> None:
    for seed in range(shard, STORE_HISTORIES, SHARDS):
        history = History(seed)
        try:
            history.run()
            assert_intake_balances(history)
            assert_people_balance(history)
            assert_nothing_waits_for_ever(history)
            assert_remote_holds_each_once(history)
            with history.engine.store.snapshot() as snapshot:
                ledger = read_ledger(snapshot, [SyncTarget("crm-leads", "Lead", "crm", "lead")])
            assert ledger.discrepancies == ()
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        finally:
            history.engine.close()
