"""Random histories of groups: whatever fails on the way, in the end all records of a group are there exactly once, or none is.

`LEADLOOM_TRIALS` multiplies the number of histories (`make chaos` sets it).
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from connectors.memory.faults import Dial, MemoryFault
from core.store.tables import LinkRow
from tests.support.family import family, family_engine

TRIALS = int(os.environ.get("LEADLOOM_TRIALS", "1"))
HISTORIES = 48 * TRIALS
SHARDS = 4
STEPS = 16
FAULTS = tuple(fault for fault in MemoryFault if fault not in (MemoryFault.SAME_PAGE, MemoryFault.UNAUTHORIZED, MemoryFault.FORBIDDEN))
STAGES = ("open", "won", "no such stage")


class History:
    """One installation, some people of a few companies, and what goes wrong."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        mode = self.chance.choice(("lookup", "update", "create"))
        company = {"mode": mode} if mode != "create" else {"mode": mode, "match": None, "if_none": None}
        self.shares_companies = mode != "create"
        self.engine = family_engine(
            family(company), seed=seed, lag=self.chance.choice((0.0, 5.0, 60.0)), batch=self.chance.choice((2, 500))
        )
        self.pushed = 0

    def push(self) -> None:
        self.pushed += 1
        number = self.chance.randrange(3)
        record: dict[str, Any] = {"email": f"ada{number}@example.com", "last_name": f"Byron{number}", "note": self.chance.choice(STAGES)}
        record |= {"company": self.chance.choice(("Engines", "Looms", ""))} if self.chance.random() < 0.7 else {}
        event_id = f"e{self.pushed}"
        while self.engine.survive(lambda: self.engine.push(event_id, record)):
            pass

    def fault(self) -> None:
        dial = Dial(self.chance.choice(FAULTS), times=self.chance.randrange(1, 3), skip=self.chance.randrange(2), retry_after=30.0)
        self.engine.crm.remote.faults.set(dial)

    def crash(self) -> None:
        self.engine.boundaries.deaths = {len(self.engine.boundaries.passed) + self.chance.randrange(1, 12)}

    def work(self) -> None:
        self.engine.survive(self.engine.step_due)

    def wait(self) -> None:
        self.engine.clock.advance(self.chance.choice((0.5, 7, 70, 700)))

    def replay(self) -> None:
        self.engine.survive(self.engine.replay)

    def run(self) -> None:
        acts: list[Callable[[], None]] = [self.push] * 4 + [self.work] * 4 + [self.fault, self.crash, self.wait, self.replay]
        for _ in range(STEPS):
            self.chance.choice(acts)()
        self.engine.boundaries.deaths = set()
        self.engine.crm.remote.faults.clear()
        self.engine.settle()

    def records(self, object_name: str) -> dict[str, dict[str, Any]]:
        return self.engine.crm.records(object_name)


def assert_whole_or_none(history: History) -> None:
    contacts = {record["external_id"]: native_id for native_id, record in history.records("contact").items()}
    deals = {record["external_id"]: record for record in history.records("opportunity").values()}
    links = {link.id: link for link in history.engine.rows(LinkRow)}
    assert set(contacts) <= set(links)
    assert set(deals) == {f"{link_id}-deal" for link_id in contacts}
    assert len(history.records("contact")) == len(contacts) and len(history.records("opportunity")) == len(deals)
    assert all(deals[f"{link_id}-deal"]["contact"] == native_id for link_id, native_id in contacts.items())
    for link in links.values():
        assert link.state in ("level", "parked"), link.state
        assert link.state == "parked" or link.id in contacts
        assert link.state == "level" or (link.reason_code == "invalid" and "'deal'" in link.reason)


def assert_companies_once(history: History) -> None:
    contacts, accounts = history.records("contact"), history.records("account")
    people = {record["external_id"]: record for record in contacts.values()}
    for link_id, record in people.items():
        deal = next(one for one in history.records("opportunity").values() if one["external_id"] == f"{link_id}-deal")
        assert deal.get("account") == record.get("account")
        assert record.get("account") is None or record["account"] in accounts
    if history.shares_companies:
        assert all(count == 1 for count in Counter(record["name"] for record in accounts.values()).values())
    else:
        assert {record["external_id"] for record in accounts.values()} <= {f"{link_id}-company" for link_id in people}
        assert len(accounts) == len({record["external_id"] for record in accounts.values()})


@pytest.mark.parametrize("shard", range(SHARDS))
def test_after_any_history_a_group_is_there_whole_and_once_or_not_at_all(shard: int) -> None:
    for seed in range(shard, HISTORIES, SHARDS):
        history = History(seed)
        try:
            history.run()
            assert_whole_or_none(history)
            assert_companies_once(history)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        finally:
            history.engine.close()
