"""Law 7 on the pure core: who is who and what is true about them does not depend on the order of arrival.

`LEADLOOM_TRIALS` multiplies the number of histories (`make chaos` sets it).
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from core.flow.identity.keys import lead_keys
from core.flow.pipeline import Rules, observe
from core.model.ids import InboxId
from core.model.plan import Settled, Submission
from core.model.records import IdentityKey, Observation
from tests.support.builders import NOON, inbound_mapping, rules, submission, sync_mapping
from tests.support.toy_world import ToyWorld

HISTORIES = 20_000 * int(os.environ.get("LEADLOOM_TRIALS", "1"))
SHARDS = 8
MAILS = ("ada@example.com", "grace@example.com", "edsger@example.com", "info@example.com", "")
PHONES = ("+4930231251", "+442079460123", "", "")
RULES = rules(inbound=[inbound_mapping(), inbound_mapping(name="desk", authority=2, **{"from": {"connection": "desk"}})])


def someone(chance: random.Random, number: int) -> Submission:
    """One of a few people; clocks of senders tick coarsely, so that times are often equal."""
    first, last = chance.choice((("Ada", "Byron"), ("Grace", "Hopper"), ("", "")))
    record = {"email": chance.choice(MAILS), "phone": chance.choice(PHONES), "first_name": first, "last_name": last}
    record |= {"company": chance.choice(("Engines", "Looms", "")), "title": chance.choice(("Head", "Countess", ""))}
    said_at = NOON + timedelta(minutes=chance.randrange(3))
    flag = "test" if chance.random() < 0.05 else "none"
    return submission(number, record, changed_at=said_at, connection=chance.choice(("form", "form", "desk")), flag=flag)


def lived(chance: random.Random, history: Sequence[Submission], mappings: Rules = RULES) -> ToyWorld:
    """A world in which the submissions arrived in a random order, in random batches."""
    world = ToyWorld(mappings)
    waiting = chance.sample(list(history), len(history))
    while waiting:
        size = chance.randint(1, len(waiting))
        world.decide(waiting[:size])
        waiting = waiting[size:]
        for link_id in list(world.links):
            if chance.random() < 0.5:
                world.deliver(link_id)
    return world


def components(observations: Iterable[Observation]) -> frozenset[frozenset[InboxId]]:
    """Who shares a key with whom, worked out in the plainest way."""
    groups: list[tuple[set[IdentityKey], set[InboxId]]] = []
    for observation in observations:
        assert observation.inbox_id is not None
        keys, members = set(observation.keys), {observation.inbox_id}
        apart = []
        for other_keys, others in groups:
            if other_keys & keys:
                keys, members = keys | other_keys, members | others
            else:
                apart.append((other_keys, others))
        groups = [*apart, (keys, members)]
    return frozenset(frozenset(members) for _, members in groups)


def assert_sound(world: ToyWorld, history: Sequence[Submission]) -> None:
    """Everything is settled once, and every person has one primary link."""
    assert set(world.settlements) == {each.inbox_id for each in history}
    settled = [settlement.settled for settlement in world.settlements.values()]
    assert settled.count(Settled.NEW) == len(world.goldens_by_id) + len(world.merged)
    assert world.primaries() == sorted(world.goldens_by_id)
    assert {link.golden_id for link in world.links.values()} <= set(world.goldens_by_id)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_two_orders_of_arrival_give_the_same_people_with_the_same_values(shard: int) -> None:
    for seed in range(shard, HISTORIES, SHARDS):
        chance = random.Random(seed)
        history = [someone(chance, number) for number in range(1, chance.randint(2, 6))]

        one, other = lived(chance, history), lived(chance, history)

        assert one.groups() == other.groups(), f"seed {seed}"
        assert one.values() == other.values(), f"seed {seed}"
        assert_sound(one, history)


def test_people_are_exactly_the_groups_that_share_a_key() -> None:
    for seed in range(HISTORIES // 20):
        chance = random.Random(seed)
        history = [someone(chance, number) for number in range(1, 9)]

        world = lived(chance, history)

        seen = [observe(each, RULES, world.means) for each in history]
        assert world.groups() == components(each for each in seen if isinstance(each, Observation)), f"seed {seed}"


def test_the_same_submissions_again_are_merged_and_change_no_link() -> None:
    for seed in range(HISTORIES // 20):
        chance = random.Random(seed)
        history = [someone(chance, number) for number in range(1, 7)]
        world = lived(chance, history)

        again = [replace(each, inbox_id=InboxId(each.inbox_id + 100)) for each in history]
        plan = world.decide(chance.sample(again, len(again)))

        assert Settled.NEW not in {settlement.settled for settlement in plan.settlements}, f"seed {seed}"
        assert list(plan.links) == [], f"seed {seed}"


def test_a_withdrawn_consent_holds_in_every_order() -> None:
    mapping = sync_mapping(consent={"purpose": "news", "require": True})
    mappings = rules(mapping, inbound=[inbound_mapping(consent={"news": "news"})])
    for seed in range(HISTORIES // 20):
        chance = random.Random(seed)
        words = [chance.choice(("yes", "no", "")) for _ in range(4)]
        history = [
            submission(number, {"email": "ada@example.com", "news": word}, changed_at=NOON + timedelta(hours=number))
            for number, word in enumerate(words, 1)
        ]

        world = lived(chance, history, mappings)

        spoken = [word for word in words if word]
        (link,) = world.links.values()
        assert (link.state.value != "not_wanted") is bool(spoken and spoken[-1] == "yes"), f"seed {seed}"


def test_keys_come_from_canonical_values_alone() -> None:
    world = ToyWorld(RULES)
    spellings = [
        {"email": " ADA@Example.COM", "first_name": "ADA", "last_name": "BYRON", "company": "Engines GmbH", "phone": "+49 (30) 23125-001"},
        {"email": "ada@example.com", "first_name": "Ada", "last_name": "Byron", "company": "ENGINES", "phone": "+493023125001"},
    ]

    one, other = (observe(submission(1, record), RULES, world.means) for record in spellings)

    assert isinstance(one, Observation)
    assert isinstance(other, Observation)
    assert one.keys == other.keys == lead_keys(one.values, world.means.digest)
