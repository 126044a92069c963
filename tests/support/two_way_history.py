"""A random history of two or three CRMs that people and forms work with at once, on the real store; told by its seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from connectors.memory.faults import Dial, MemoryFault
from connectors.memory.remote import RemoteRefusal
from core.flow.delivery.work import SafetyStop
from core.flow.mapping.model import RemoteFacts, SyncMapping
from core.runtime.lanes.names import LaneKind, LaneName
from core.store.commands.lanes import SetPause
from tests.support.builders import inbound_mapping, rules, sync_mapping
from tests.support.engine import Engine

STEPS = 11
PEOPLE = (("Ada", "Byron", "ada@example.com"), ("Grace", "Hopper", "grace@example.com"), ("Edsger", "Dijkstra", "edsger@example.org"))
WORDS: dict[str, tuple[Any, ...]] = {
    "city": ("London", "Paris", "Ockham"),
    "title": ("Head", "Countess"),
    "note": ("b", "a;b", "c", "a"),
    "score": (1, 5, 9),
    "status": ("new", "working", "qualified"),
    "phone": ("+4930231251", "+49 30 231251", "+442079460123"),
    "first_name": ("Ada", "Augusta"),
}
STAGES = ["new", "working", "qualified", "closed"]
POLICIES = ("newest", "newest", "newest", "ours", "theirs", "prefer_filled")
FORM = {
    "email": "email",
    "phone": "phone",
    "first_name": "first_name",
    "last_name": "last_name",
    "job_title": {"from": "title", "empty": "clear"},
    "city": "city",
    "x_tags": "note",
    "employees": "score",
    "x_stage": "status",
}


def random_lines(chance: random.Random) -> dict[str, Any]:
    """The lines of a mapping: some always there, some not, each with a rule of its own now and then."""
    lines: dict[str, Any] = {"email": "email", "last_name": "last_name"}
    optional: dict[str, tuple[Any, ...]] = {
        "first_name": ("first_name",),
        "phone": ("phone",),
        "title": ({"from": "job_title", "empty": "clear"}, "job_title"),
        "city": (
            "city",
            "city",
            {"from": "city", "authority": chance.choice(POLICIES)},
            {"from": "city", "enforce": True, "authority": "ours"},
            {"from": "city", "direction": chance.choice(("to", "from"))},
        ),
        "note": ("x_tags", {"from": "x_tags", "authority": "union"}),
        "score": ({"from": "employees", "authority": chance.choice(("max", "min"))}, "employees"),
        "status": ({"from": "x_stage", "authority": {"stages": STAGES}},),
    }
    return lines | {name: chance.choice(ways) for name, ways in optional.items() if chance.random() < 0.7}


class TwoWayHistory:
    """One installation, its CRMs, and the people who work in them."""

    def __init__(self, seed: int) -> None:
        """Set the installation up; everything that is random follows from the seed."""
        self.chance = random.Random(seed)
        chance = self.chance
        self.names = ("crm", "hub", "desk")[: 3 if seed % 8 == 3 else 2]
        self.skew = {name: chance.choice((-120, 0, 0, 120)) for name in self.names}
        self.mappings = {name: self._mapping(name) for name in self.names}
        self.stop = SafetyStop(at_least=2) if seed % 3 == 0 else SafetyStop()
        self.confirms = seed % 3 != 0
        self.inbound = inbound_mapping(fields=FORM)
        self.engine = Engine(self._rules(), connections=self.names, seed=seed, batch=chance.choice((1, 3, 500)), stop=self.stop)
        self.rewrites = seed % 5 == 1
        if self.rewrites:
            self.engine.crm.remote.normalise = _upper_city
        self.pushed = 0
        self.refs: list[tuple[str, str, str]] = []
        self.made_by_us: dict[str, list[str]] = {name: [] for name in self.names}
        self.deleted_by_us: list[tuple[str, datetime]] = []
        for name in self.names:
            self._watch(name)

    def _mapping(self, name: str) -> SyncMapping:
        chance = self.chance
        document: dict[str, Any] = {
            "name": f"{name}-leads",
            "to": {"connection": name, "object": "lead"},
            "fields": random_lines(chance),
            "authority": chance.choice(POLICIES),
            "new_records": chance.choice(("take", "take", "ignore")),
            "on_delete": chance.choice(("ignore", "ignore", "unlink", "archive", "propagate")),
            "recreate": chance.random() < 0.3,
            "on_conflict": chance.choice(("decide", "decide", "decide", "hold")),
            "fill": chance.choice(("yes", "yes", "no")),
            "adopt": chance.choice(("theirs", "theirs", "ours")),
        }
        if chance.random() < 0.3:
            document |= {"external_id": None, "match": "email"}
        facts = RemoteFacts(settle=chance.choice((0.0, 8.0, 40.0)), versions=chance.random() < 0.7, converts_to=("contact",))
        return replace(sync_mapping(**document), remote=facts)

    def _rules(self) -> Any:
        return rules(*self.mappings.values(), inbound=[self.inbound])

    def _watch(self, name: str) -> None:
        """Note the records that we make and delete."""
        remote = self.engine.crms[name].remote
        create, delete = remote.create, remote.delete

        def watched_create(object_name: str, fields: Any, *, now: datetime, by: str = "person") -> Any:
            row = create(object_name, fields, now=now, by=by)
            self.made_by_us[name] += [row.id] if by == "leadloom" else []
            return row

        def watched_delete(object_name: str, native_id: str, *, now: datetime, by: str = "person", successor: str | None = None) -> Any:
            row = delete(object_name, native_id, now=now, by=by, successor=successor)
            self.deleted_by_us += [(name, now)] if by == "leadloom" else []
            return row

        remote.create, remote.delete = watched_create, watched_delete  # type: ignore[method-assign]

    def someone(self) -> dict[str, Any]:
        """What a form or a colleague knows of a person."""
        first, last, mail = self.chance.choice(PEOPLE)
        record: dict[str, Any] = {"email": mail, "first_name": first, "last_name": last}
        return record | {name: self.value(name) for name in WORDS if name != "first_name" and self.chance.random() < 0.4}

    def value(self, name: str) -> Any:
        """A value of a field; now and then none."""
        return None if self.chance.random() < 0.2 else self.chance.choice(WORDS[name])

    def form(self) -> None:
        """A form is sent."""
        self.pushed += 1
        event_id, record = f"e{self.pushed}", {name: "" if value is None else value for name, value in self.someone().items()}
        while self.engine.survive(lambda: self.engine.push(event_id, record)):
            pass  # a sender without an answer sends again

    def act(self, do: Callable[[Any, datetime], None], *, times: int = 1) -> None:
        """A person does something in one of the CRMs, by that CRM's clock."""
        for _ in range(times):
            name = self.chance.choice(self.names)
            remote, now = self.engine.crms[name].remote, self.engine.clock.now()
            try:
                do(remote, now)
            except (RemoteRefusal, IndexError):
                continue
            for table in remote.tables.values():
                for row in table.rows.values():
                    if row.changed_at == now and row.changed_by == "person":
                        row.changed_at = now + timedelta(seconds=self.skew[name])
                        self._tell(name, table.name, row)

    def _tell(self, name: str, object_name: str, row: Any) -> None:
        """Some CRMs push the ids of what changed, sometimes twice, sometimes late."""
        if object_name == "lead" and self.chance.random() < 0.4:
            self.refs += [(name, object_name, row.id)] * self.chance.choice((1, 2))

    def deliver_refs(self) -> None:
        """Some of the pushed ids arrive, in any order."""
        self.chance.shuffle(self.refs)
        for number in range(min(len(self.refs), 3)):
            name, object_name, native_id = self.refs.pop()
            event_id = f"ref-{name}-{native_id}-{self.chance.randrange(10**6)}-{number}"
            for _ in range(self.chance.choice((1, 2))):
                given: dict[str, Any] = {"connection": name, "object": object_name, "native_id": native_id, "record": None}
                while self.engine.survive(lambda given=given, event_id=event_id: self.engine.push(event_id, {}, **given)):  # type: ignore[misc]
                    pass

    def edit(self) -> None:
        """Somebody edits a record, fills or blanks fields."""
        picked = self.chance.sample(sorted(WORDS), self.chance.choice((1, 1, 2)))
        fields = {name: self.value(name) for name in picked}
        if self.chance.random() < 0.05:
            fields = {"email": self.chance.choice(PEOPLE)[2]}
        self.act(lambda remote, now: remote.edit("lead", self._one(remote), fields, now=now))

    def create(self) -> None:
        """Somebody adds a record."""
        record = {name: value for name, value in self.someone().items() if value is not None}
        self.act(lambda remote, now: remote.create("lead", record, now=now))

    def delete(self) -> None:
        """Somebody deletes a record."""
        self.act(lambda remote, now: remote.delete("lead", self._one(remote), now=now), times=self.chance.choice((1, 1, 3)))

    def restore(self) -> None:
        """Somebody takes a record out of the bin."""
        self.act(lambda remote, now: remote.restore("lead", self._gone(remote), now=now))

    def merge(self) -> None:
        """Somebody merges two records."""

        def merge(remote: Any, now: datetime) -> None:
            one, other = self._one(remote), self._one(remote)
            if one != other:
                remote.merge("lead", one, [other], now=now)

        self.act(merge)

    def convert(self) -> None:
        """Somebody makes a contact of a lead."""
        self.act(lambda remote, now: remote.convert(self._one(remote), now=now))

    def _one(self, remote: Any) -> str:
        return str(self.chance.choice(sorted(remote.records("lead"))))

    def _gone(self, remote: Any) -> str:
        return str(self.chance.choice([row.id for row in remote.table("lead").rows.values() if row.deleted]))

    def hold(self) -> None:
        """A person says in the console what a field of a record shall be."""
        name = self.chance.choice(self.names)
        records = sorted(self.engine.crms[name].records())
        targets = [line.target for line in self.mappings[name].fields if line.target in ("city", "title")]
        if records and targets:
            now = self.engine.clock.now()
            told = {"id": self.chance.choice(records), "sort": "held", "read_at": now.isoformat()}
            event_id, fields = f"held-{now}-{self.chance.random()}", {self.chance.choice(targets): self.chance.choice(WORDS["city"])}
            given: dict[str, Any] = {"connection": name, "object": "lead", "native_id": "", "way": "console", "remote": told}
            while self.engine.survive(lambda: self.engine.push(event_id, fields, **given)):
                pass

    def remap(self) -> None:
        """The admin edits a mapping: lines come and go, authority changes."""
        name = self.chance.choice(self.names)
        kept = self.mappings[name]
        fresh = self._mapping(name)
        same = {"external_id": kept.external_id, "match": kept.match, "remote": kept.remote}
        self.mappings[name] = replace(fresh, version=f"v{self.chance.random()}", **same)  # type: ignore[arg-type]
        self.engine.rules = self._rules()
        if self.chance.random() < 0.5:
            self.replan()

    def replan(self) -> None:
        """The admin has all links worked out anew."""
        self.engine.survive(lambda: self.engine.wake(LaneName(LaneKind.REPLAN)))

    def fault(self) -> None:
        """Something breaks between us and a CRM."""
        crm = self.engine.crms[self.chance.choice(self.names)]
        dial = Dial(self.chance.choice(list(MemoryFault)), times=self.chance.randrange(1, 3), retry_after=30.0)
        crm.remote.faults.set(replace(dial, writing_only=self.chance.random() < 0.5))

    def crash(self) -> None:
        """The process will die soon."""
        passed = len(self.engine.boundaries.passed)
        self.engine.boundaries.deaths = {passed + self.chance.randrange(1, 16)}

    def work(self) -> None:
        """All that is due is done."""
        self.engine.survive(self.engine.step_due)

    def step(self) -> None:
        """One lane that is due works alone, as if the others were slow."""
        due = [lane for lane, at in self.engine.due().items() if at <= self.engine.clock.now()]
        if due:
            lane = self.chance.choice(sorted(due, key=str))
            self.engine.survive(lambda: self.engine.step(lane))

    def poll(self) -> None:
        """Some CRMs are read."""
        for name in self.chance.sample(self.names, self.chance.randint(1, len(self.names))):
            self.engine.survive(lambda name=name: self.engine.wake(LaneName(LaneKind.READ, name, "lead")))  # type: ignore[misc]
        self.work()

    def wait(self) -> None:
        """Time passes."""
        self.engine.clock.advance(self.chance.choice((0.5, 7, 45, 70, 700)))

    def replay(self) -> None:
        """The admin replays what was set aside."""
        if self.confirms:
            self.engine.survive(self.engine.replay)

    def resume(self) -> None:
        """The admin lets paused connections go on."""
        for name in self.names:
            self.engine.survive(lambda name=name: self.engine.store.write(SetPause("main", name, self.engine.clock.now(), None)))  # type: ignore[misc]

    def run(self) -> None:
        """Live through the history, and leave it in the middle of whatever is going on."""
        often = [self.form] * 3 + [self.edit] * 7 + [self.work] * 4 + [self.step] * 3 + [self.poll] * 6 + [self.wait] * 3
        rare = [self.create, self.delete, self.restore, self.merge, self.convert, self.hold, self.remap, self.fault, self.crash, self.crash]
        acts: list[Callable[[], None]] = often + rare + [self.deliver_refs, self.deliver_refs, self.replay, self.resume]
        self.form()
        self.work()
        for _ in range(STEPS):
            self.chance.choice(acts)()

    def calm_down(self) -> None:
        """Let everything work again, and everything that is under way arrive."""
        self.engine.boundaries.deaths = set()
        for crm in self.engine.crms.values():
            crm.remote.faults.clear()
        while self.refs:
            self.deliver_refs()
        self.resume()
        self.replan()
        self.engine.settle()

    def cycle(self) -> None:
        """One round of polls of all CRMs, until nothing is due."""
        for name in self.names:
            self.engine.wake(LaneName(LaneKind.READ, name, "lead"))
        self.engine.settle()

    def writes(self) -> int:
        """How many records were written so far."""
        return sum(len(batch) for crm in self.engine.crms.values() for batch in crm.connector.writes)


def _upper_city(object_name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """An automation of the account: cities in capitals."""
    return {name: value.upper() if name == "city" and isinstance(value, str) else value for name, value in fields.items()}
