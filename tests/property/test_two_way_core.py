"""Two-way sync on the pure core: many short histories with readings, writes and answers that overtake each other.

`LEADLOOM_TRIALS` multiplies the numbers of histories (`make chaos` sets it).
"""

from __future__ import annotations

import os
import random
from collections import Counter
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from core.flow.mapping.model import Direction, RemoteFacts, SyncMapping
from core.flow.pipeline import Rules, compiled_sync
from core.flow.reconcile.lines import rules_of
from core.model.plan import Settled, Submission
from core.model.records import LinkRole, LinkState
from core.model.remote import ChangeSort, Place
from tests.support.builders import inbound_mapping, rules, sync_mapping
from tests.support.toy_sync import ToySync
from tests.support.two_way_history import FORM, PEOPLE, POLICIES, WORDS, random_lines

HISTORIES = 20_000 * int(os.environ.get("LEADLOOM_TRIALS", "1"))
ORDERS = HISTORIES // 8
SHARDS = 8
NAMES = ("crm", "hub")
SETS = 24
STEPS = 11
EMPTY = (None, "")


@cache
def mappings_in_force(number: int, settle: tuple[float, float], holds: bool = True) -> Rules:
    """One of some pairs of mappings; made once, as compiling takes longer than a history."""
    chance = random.Random(number)
    pair = [_mapping(chance, name, seconds) for name, seconds in zip(NAMES, settle, strict=True)]
    pair = pair if holds else [replace(mapping, hold=False) for mapping in pair]
    return rules(*pair, inbound=[inbound_mapping(fields=FORM)])


def _mapping(chance: random.Random, name: str, settle: float) -> SyncMapping:
    mapping = sync_mapping(
        name=f"{name}-leads",
        to={"connection": name, "object": "lead"},
        fields=random_lines(chance),
        authority=chance.choice(POLICIES),
        new_records=chance.choice(("take", "ignore")),
        on_delete=chance.choice(("ignore", "ignore", "unlink", "archive", "propagate")),
        recreate=chance.random() < 0.3,
        on_conflict=chance.choice(("decide", "decide", "hold")),
        fill=chance.choice(("yes", "no")),
        adopt=chance.choice(("theirs", "ours")),
    )
    return replace(mapping, remote=RemoteFacts(settle=settle, versions=chance.random() < 0.5, converts_to=("contact",)))


def someone(chance: random.Random, blanks: float = 0.2) -> dict[str, Any]:
    """What is said of one of two people."""
    first, last, mail = chance.choice(PEOPLE[:2])
    named = {"email": mail, "first_name": first, "last_name": last}
    return named | {name: value(chance, name, blanks) for name in WORDS if name != "first_name" and chance.random() < 0.4}


def value(chance: random.Random, name: str, blanks: float = 0.2) -> Any:
    """A value of a field; now and then none."""
    return None if chance.random() < blanks else chance.choice(WORDS[name])


class History:
    """A short life of two CRMs."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.settle = self.chance.choice(((0.0, 0.0), (0.0, 20.0), (20.0, 20.0)))
        skew = {name: self.chance.choice((-120, 0, 120)) for name in NAMES}
        self.sync = ToySync(mappings_in_force(self.chance.randrange(SETS), self.settle), self.chance, skew)
        self.did: Counter[str] = Counter()

    def run(self) -> None:
        acts = ["form"] * 2 + ["edit"] * 5 + ["poll"] * 4 + ["decide"] * 6 + ["send"] * 4 + ["arrive"] * 4 + ["wait"] * 2
        acts += ["create", "delete", "restore", "merge", "convert", "double", "remap", "lose"]
        self.form()
        self.decide()
        for act in self.chance.choices(acts, k=STEPS):
            getattr(self, act)()

    def form(self) -> None:
        self.sync.form({name: "" if each is None else each for name, each in someone(self.chance).items()})
        self.did["edits"] += 1

    def edit(self) -> None:
        if places := self.sync.live():
            name = self.chance.choice(sorted(WORDS))
            self.sync.change(self.chance.choice(places), {name: value(self.chance, name)})
            self.did["edits"] += 1

    def create(self) -> None:
        place = Place(self.chance.choice(NAMES), "lead", f"theirs{self.sync.count}")
        self.sync.change(place, {name: each for name, each in someone(self.chance).items() if each is not None})

    def delete(self) -> None:
        if places := self.sync.live():
            self.sync.change(self.chance.choice(places), {}, sort=ChangeSort.DELETED)
            self.did["ends"] += 1

    def restore(self) -> None:
        gone = [place for place, row in self.sync.rows.items() if row.now.sort is ChangeSort.DELETED]
        if gone:
            self.sync.change(self.chance.choice(gone), {})

    def merge(self) -> None:
        places = self.sync.live(self.chance.choice(NAMES))
        if len(places) > 1:
            survivor, loser = self.chance.sample(places, 2)
            blanks = {n: v for n, v in self.sync.rows[loser].now.fields.items() if self.sync.rows[survivor].now.fields.get(n) is None}
            self.sync.change(loser, {}, sort=ChangeSort.MERGED, successor=survivor.id)
            self.sync.change(survivor, blanks)
            self.did["ends"] += 1

    def convert(self) -> None:
        if places := self.sync.live():
            lead = self.chance.choice(places)
            contact = Place(lead.connection, "contact", f"contact-of-{lead.id}")
            self.sync.change(contact, dict(self.sync.rows[lead].now.fields))
            self.sync.change(lead, {}, sort=ChangeSort.CONVERTED, successor=contact.id)
            self.did["ends"] += 1

    def poll(self) -> None:
        self.sync.poll(self.chance.choice(NAMES))

    def double(self) -> None:
        places = [place for place in self.sync.rows if place.object == "lead"]
        if places:
            self.sync.tell(self.chance.choice(places))

    def decide(self) -> None:
        if self.sync.inbox or self.sync.again:
            self.sync.decide()

    def send(self) -> None:
        if links := self.sync.behind():
            self.sync.send(self.chance.choice(links))

    def arrive(self) -> None:
        if self.sync.on_the_way:
            self.sync.arrive(answer_is_lost=False)

    def lose(self) -> None:
        if self.sync.on_the_way:
            self.sync.arrive(answer_is_lost=True)

    def wait(self) -> None:
        self.sync.now += timedelta(seconds=self.chance.choice((1, 10, 40)))

    def remap(self) -> None:
        self.sync.use(mappings_in_force(self.chance.randrange(SETS), self.settle))
        self.did["remaps"] += 1

    def cycle(self) -> None:
        """Both CRMs are read, and everything under way arrives."""
        for name in NAMES:
            self.sync.poll(name)
        for _ in range(60):
            while self.sync.inbox or any(at <= self.sync.now for at, _ in self.sync.again):
                self.sync.decide()
            for link in self.sync.behind():
                self.sync.send(link)
            while self.sync.on_the_way:
                self.sync.arrive(answer_is_lost=False)
            if not (self.sync.inbox or self.sync.again or self.sync.behind()):
                return
            self.sync.now += timedelta(seconds=10)
        raise AssertionError("never quiet")

    def calm_down(self) -> None:
        """Everybody is heard of once more, so that the mappings in force are in every want; then two rounds."""
        for _, _, mail in PEOPLE[:2]:
            self.sync.form({"email": mail})
        self.sync.now += timedelta(seconds=40)
        for _ in range(3):
            self.cycle()


def assert_settled(history: History) -> None:
    """Laws 3 and 5: no more writes, and every field is the same on both sides or listed."""
    sync = history.sync
    before = len(sync.writes)
    history.cycle()
    history.cycle()
    assert len(sync.writes) == before, sync.writes[before:]
    for link in sync.world.links.values():
        if link.object != "lead" or link.role is not LinkRole.PRIMARY or link.state is not LinkState.LEVEL:
            continue
        mapping, known = sync.mapping(link.connection), sync.world.known[link.id]
        row = sync.rows[Place(link.connection, link.object, str(link.remote_id))].now
        assert row.sort is ChangeSort.UPSERTED
        golden = {name: each.value for name, each in sync.world.goldens_by_id[link.golden_id].values.items()}
        wanted = compiled_sync(mapping).fields(golden, [])
        assert dict(link.wanted) == wanted
        same = rules_of(mapping).same
        for line in mapping.fields:
            name, there = line.target, row.fields.get(line.target)
            listed = line.direction is Direction.FROM or name in known.diverged or name in known.frozen or name not in wanted
            assert listed or same(name, wanted[name], there), f"{link.connection} {name}: {wanted[name]!r}, there {there!r}; {known}"
            seen = known.seen.get(name, there)
            assert _equal(seen, there) or same(name, seen, there), f"{link.connection} {name}: seen {seen!r}, there {there!r}; {known}"


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other or (one in EMPTY and other in EMPTY))


def assert_sound(history: History) -> None:
    """Laws 2, 6 and 1: one record per link, no blank written, nothing without an end."""
    sync = history.sync
    carried = [
        row.now.fields["external_id"]
        for row in sync.rows.values()
        if row.now.sort is ChangeSort.UPSERTED and "external_id" in row.now.fields
    ]
    assert all(link_id in sync.world.links for link_id in carried)
    empties = {name for golden in sync.world.goldens_by_id.values() for name, each in golden.values.items() if each.value is None}
    assert empties <= {"job_title"}
    blanked = {(place.connection, name) for place, fields in sync.writes for name, each in fields.items() if each is None}
    clearing = {(mapping.connection, line.target) for mapping in sync.rules.sync for line in mapping.fields if line.empty_clears}
    assert blanked <= (clearing if not history.did["remaps"] else {(name, "title") for name in NAMES}), blanked
    assert {link.state for link in sync.world.links.values()} <= {LinkState.LEVEL, LinkState.NOT_WANTED, LinkState.PARKED}
    assert all(link.reason_code for link in sync.world.links.values() if link.state is not LinkState.LEVEL)
    primaries = [(link.golden_id, link.connection, link.object) for link in sync.world.links.values() if link.role is LinkRole.PRIMARY]
    assert len(primaries) == len(set(primaries))


@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_short_history_settles_with_both_sides_alike(shard: int) -> None:
    did: Counter[str] = Counter()
    for seed in range(shard, HISTORIES, SHARDS):
        history = History(seed)
        try:
            history.run()
            history.calm_down()
            assert_settled(history)
            assert_sound(history)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        did += history.did + Counter(histories=1, writes=len(history.sync.writes))
    print(dict(did))


def readings(history: History) -> list[Submission]:
    """Several people edit records that are known, and forms come in, each change with its own time.

    Without `on_conflict: hold`: to ask a person about what met, and not about what came apart, is its purpose.
    """
    sync, chance = history.sync, history.chance
    for mail in (PEOPLE[0][2], PEOPLE[1][2]):
        sync.form({"email": mail, **{name: value(chance, name, 0.0) for name in WORDS}})
    history.cycle()
    history.cycle()
    for _ in range(chance.randint(2, 6)):
        sync.now += timedelta(seconds=chance.choice((0, 5)))
        if chance.random() < 0.3 or not sync.live():
            sync.form({"email": chance.choice(PEOPLE[:2])[2], chance.choice(sorted(WORDS)): value(chance, "city", 0.0)})
        else:
            place, name = chance.choice(sync.live()), chance.choice(sorted({*WORDS} - {"phone", "first_name"}))
            sync.change(place, {name: value(chance, name)})
            sync.tell(place)
    return sync.inbox


def shuffled(chance: random.Random, changes: list[Submission]) -> list[Submission]:
    """Another order of arrival, in which the changes of one record stay in theirs."""
    places = [each.remote.place if each.remote is not None else each.inbox_id for each in changes]
    waiting = {place: iter([each for each, where in zip(changes, places, strict=True) if where == place]) for place in places}
    return [next(waiting[place]) for place in chance.sample(places, len(places))]


def lived(history: History, changes: list[Submission]) -> dict[str, Any]:
    """The golden values of a world like that of the history, in which the changes arrived in this order, in random batches."""
    world = deepcopy(history.sync.world, {id(history.sync.rules): history.sync.rules})
    world.rules = history.sync.rules
    waiting = list(changes)
    while waiting:
        size = history.chance.randint(1, len(waiting))
        plan = world.decide(waiting[:size])
        assert Settled.AGAIN not in {settlement.settled for settlement in plan.settlements}
        waiting = waiting[size:]
    return {
        home: {name: (each.value, each.observer, each.at) for name, each in golden.values.items()}
        for home, golden in world.goldens_by_id.items()
    }


@pytest.mark.parametrize("shard", range(SHARDS))
def test_values_do_not_depend_on_the_order_in_which_the_changes_of_different_records_arrive(shard: int) -> None:
    for seed in range(shard, ORDERS, SHARDS):
        history = History(seed)
        history.sync.use(mappings_in_force(history.chance.randrange(SETS), (0.0, 0.0), holds=False))
        changes = readings(history)

        one, other = lived(history, changes), lived(history, shuffled(history.chance, changes))

        assert one == other, f"seed {seed}"
