"""Bought leads in any order, in any batches, replayed at any time: no campaign gets more than was ordered, nobody is paid for twice."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from core.store.tables import AcceptedLeadRow, GoldenRow, Inbox
from tests.support.builders import inbound_mapping, rules, sync_mapping
from tests.support.engine import Engine

CAPS = {"Guide": 3, "Webinar": 2}
ACCEPT = {
    "lead_id": "id",
    "campaign": "campaign",
    "reject": [{"when": 'city == "Atlantis"', "reason": "Outside the region"}],
    "cap": CAPS,
    "cost": 45,
    "currency": "EUR",
}


@pytest.mark.parametrize("seed", range(12))
def test_no_cap_is_exceeded_and_nobody_is_paid_for_twice(seed: int) -> None:
    # given a vendor who sends more than was ordered, some of it twice, some of it outside the region
    chance = random.Random(seed)
    engine = Engine(rules(sync_mapping(), inbound=[inbound_mapping(accept=ACCEPT)]), seed=seed, batch=chance.choice((1, 3, 500)))
    for number in range(24):
        engine.push(f"e{number}", _lead(chance, number))
        # when it is decided and replayed at any time
        if chance.random() < 0.4:
            chance.choice((engine.step_due, engine.replay))()
    engine.settle()
    engine.replay()
    engine.settle()

    # then what is paid for is what the inbox says was taken, and within the order
    accepted = engine.rows(AcceptedLeadRow)
    inbox = {row.id: row for row in engine.rows(Inbox)}
    taken = {row.id for row in inbox.values() if row.outcome in ("new", "merged")}
    assert sorted(row.inbox_id for row in accepted) == sorted(taken)
    assert all(count <= CAPS[campaign.title()] for campaign, count in Counter(row.campaign for row in accepted).items())
    assert max(Counter((row.campaign, inbox[row.inbox_id].golden_id) for row in accepted).values()) == 1
    assert max(Counter(row.lead for row in accepted if row.lead).values()) == 1
    assert {row.id for row in engine.rows(GoldenRow)} == {inbox[row.inbox_id].golden_id for row in accepted}
    assert {row.reason_code for row in inbox.values() if row.id not in taken} <= {"not_accepted", "double_lead", "over_cap"}
    engine.close()


def _lead(chance: random.Random, number: int) -> dict[str, Any]:
    who = chance.randrange(9)
    return {
        "id": f"L{chance.randrange(20)}",
        "email": f"buyer{who}@example.com",
        "last_name": f"Buyer {who}",
        "campaign": chance.choice(("Guide", "guide ", "Webinar")),
        "city": chance.choice(("Atlantis", "Berlin", "Berlin", "Berlin")),
        "note": f"row {number}",
    }
