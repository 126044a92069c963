"""CRMs as dictionaries beside a toy world: readings under way, a delivery in two steps, and nothing that is not pure."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from core.flow.agreement.compare import difference, read
from core.flow.agreement.writing import Answer, after_write
from core.flow.mapping.model import SyncMapping
from core.flow.pipeline import Rules
from core.flow.reconcile.lines import rules_of
from core.model.ids import InboxId
from core.model.plan import Settled, Submission
from core.model.records import Closed, LinkState, LinkWant
from core.model.remote import Agreement, ChangeSort, Place, RemoteChange
from tests.support.builders import NOON
from tests.support.toy_world import ToyWorld

REREAD_AFTER = timedelta(seconds=30)


@dataclass(frozen=True)
class Seen:
    """A record as it stood at one time."""

    fields: Mapping[str, Any]
    version: str
    changed_at: datetime
    sort: ChangeSort = ChangeSort.UPSERTED
    successor: str | None = None


@dataclass
class ToyRow:
    """One record: how it stands, and until when readings still show how it stood before our write."""

    now: Seen
    before: Seen | None = None
    hidden_until: datetime = NOON

    def visible(self, at: datetime) -> Seen:
        """What a reading shows."""
        return self.before if self.before is not None and at < self.hidden_until else self.now


@dataclass
class Sent:
    """A write on its way: what the link knew and wanted when it was made."""

    link: LinkWant
    known: Agreement
    fields: dict[str, Any]


@dataclass
class ToySync:
    """A world, its CRMs, what is under way between them, and a clock."""

    rules: Rules
    chance: random.Random
    skew: dict[str, int] = field(default_factory=dict)
    now: datetime = NOON
    rows: dict[Place, ToyRow] = field(default_factory=dict)
    told: dict[Place, str] = field(default_factory=dict)
    inbox: list[Submission] = field(default_factory=list)
    again: list[tuple[datetime, Place]] = field(default_factory=list)
    on_the_way: list[Sent] = field(default_factory=list)
    writes: list[tuple[Place, dict[str, Any]]] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        """Open an empty world."""
        self.world = ToyWorld(self.rules)

    def use(self, rules: Rules) -> None:
        """Put other mappings in force."""
        self.rules = self.world.rules = rules

    def mapping(self, connection: str) -> SyncMapping:
        """The mapping that writes a CRM."""
        return next(each for each in self.rules.sync if each.connection == connection)

    def form(self, fields: Mapping[str, Any]) -> None:
        """A form comes in."""
        self.count += 1
        self.inbox.append(Submission(InboxId(self.count), "form", "entry", dict(fields), self.now))

    def live(self, connection: str | None = None) -> list[Place]:
        """The records that are there."""
        return [
            place
            for place, row in self.rows.items()
            if row.now.sort is ChangeSort.UPSERTED and connection in (None, place.connection) and place.object == "lead"
        ]

    def change(self, place: Place, fields: Mapping[str, Any], **end: Any) -> None:
        """A person changes a record, or ends it; the CRM stamps it by its own clock."""
        self._stand(place, fields, self.now + timedelta(seconds=self.skew.get(place.connection, 0)), **end)

    def _stand(self, place: Place, fields: Mapping[str, Any], at: datetime, **end: Any) -> None:
        self.count += 1
        old = self.rows.get(place)
        stands = Seen({**(old.now.fields if old else {}), **fields}, f"{self.count:09d}", at, **end)
        if old is None:
            self.rows[place] = ToyRow(stands)
        else:
            old.now = stands

    def poll(self, connection: str) -> None:
        """Read what changed since it was read last."""
        for place, row in self.rows.items():
            visible = row.visible(self.now)
            if place.connection == connection and place.object == "lead" and self.told.get(place) != visible.version:
                self.told[place] = visible.version
                self.tell(place)

    def tell(self, place: Place) -> None:
        """A reading of a record is under way."""
        self.count += 1
        self.now += timedelta(microseconds=1)
        visible = self.rows[place].visible(self.now)
        to = "contact" if visible.sort is ChangeSort.CONVERTED else "lead"
        successor = Place(place.connection, to, visible.successor) if visible.successor else None
        remote = RemoteChange(place, visible.sort, self.now, visible.version, successor)
        fields = visible.fields if visible.sort is ChangeSort.UPSERTED else {}
        self.inbox.append(
            Submission(InboxId(self.count), place.connection, place.object, dict(fields), self.now, visible.changed_at, remote=remote)
        )

    def decide(self) -> None:
        """Decide some of what is under way, in any order; but no end of a record before its beginning, and strangers in order."""
        self.chance.shuffle(self.inbox)
        told = {each.remote.place: each.remote.sort for each in self.inbox if each.remote is not None}
        held = self.world.linked(list(told))
        in_order = {each.remote.place for each in self.inbox if each.remote is not None and each.remote.sort is not ChangeSort.UPSERTED}
        in_order |= set(told) - set(held)
        self.inbox.sort(key=lambda each: each.inbox_id if each.remote is not None and each.remote.place in in_order else 0)
        size = self.chance.randint(1, max(len(self.inbox), 1))
        batch, self.inbox = self.inbox[:size], self.inbox[size:]
        places = {each.inbox_id: each.remote.place for each in batch if each.remote is not None}
        for settlement in self.world.decide(batch).settlements:
            if settlement.settled is Settled.AGAIN:
                assert settlement.again_at is not None
                self.again.append((settlement.again_at, places[settlement.inbox_id]))
        self._look_again()

    def _look_again(self) -> None:
        due = [place for at, place in self.again if at <= self.now]
        self.again = [(at, place) for at, place in self.again if at > self.now]
        for place in due:
            self.tell(place)

    def behind(self) -> list[LinkWant]:
        """The links that are to be written, and are not on their way."""
        busy = {sent.link.id for sent in self.on_the_way}
        return [each for each in self.world.links.values() if each.state is LinkState.BEHIND and each.id not in busy]

    def send(self, link: LinkWant) -> None:
        """Take a link up: look once more at its record, and put the write on its way."""
        known = self.world.known.get(link.id, Agreement(link.id, link.remote_id))
        if link.errand is not None:
            self.on_the_way.append(Sent(link, known, {}))
            return
        rules = rules_of(self.mapping(link.connection))
        fields = difference(known, link.wanted, rules)
        place = Place(link.connection, link.object, link.remote_id or "")
        if link.remote_id is not None and fields and (known.seen_at is None or self.now - known.seen_at > REREAD_AFTER):
            news = read(known, self.rows[place].visible(self.now).fields, rules)
            if any(rules.fields[name].reads_back for name in (*news.moved, *news.fresh)):
                self.tell(place)
                return
        self.on_the_way.append(Sent(link, known, fields))

    def arrive(self, *, answer_is_lost: bool) -> None:
        """A write arrives; its outcome is stored unless the answer is lost."""
        sent = self.on_the_way.pop(self.chance.randrange(len(self.on_the_way)))
        if sent.link.errand is not None:
            self._delete(sent)
            return
        place = self._place(sent.link)
        row = self.rows.get(place)
        if row is not None and row.now.sort is not ChangeSort.UPSERTED:
            self._park(sent.link, "missing")
            return
        if sent.fields:
            self._write(place, sent)
        if not answer_is_lost:
            self._outcome(place, sent, is_new=row is None)

    def _place(self, link: LinkWant) -> Place:
        return Place(link.connection, link.object, link.remote_id or f"of-{link.id}")

    def _write(self, place: Place, sent: Sent) -> None:
        own = {self.mapping(place.connection).external_id or "external_id": sent.link.id}
        self.writes.append((place, sent.fields))
        row = self.rows.get(place)
        before = row.now if row else None
        self._stand(place, {**sent.fields, **own}, self.now)
        self.rows[place].before = before
        self.rows[place].hidden_until = self.now + timedelta(seconds=self.mapping(place.connection).remote.settle)

    def _park(self, link: LinkWant, why: str) -> None:
        now = self.world.links[link.id]
        if now.state is not LinkState.NOT_WANTED:
            self.world.links[link.id] = replace(now, state=LinkState.PARKED, reason_code=why)

    def _delete(self, sent: Sent) -> None:
        place = self._place(sent.link)
        self.writes.append((place, {}))
        if place in self.rows and self.rows[place].now.sort is ChangeSort.UPSERTED:
            self._stand(place, {}, self.now, sort=ChangeSort.DELETED)
        link = self.world.links[sent.link.id]
        self.world.links[link.id] = replace(link, state=LinkState.NOT_WANTED, reason_code=Closed.DELETED_BY_US, errand=None)

    def _outcome(self, place: Place, sent: Sent, *, is_new: bool) -> None:
        """On top of what was learnt of the link meanwhile, as the store has it."""
        known = self.world.known.get(sent.link.id, Agreement(sent.link.id))
        link = self.world.links[sent.link.id]
        if self._is_taken(place, link):
            self._park(link, "remote_taken")
            return
        if sent.fields:
            rules, row = rules_of(self.mapping(link.connection)), self.rows[place].now
            own = {"external_id": link.id}
            known = after_write(known, {**sent.fields, **own}, Answer(place.id, self.now, row.version, row.fields, is_new=is_new), rules)
        self.world.known[link.id] = replace(known, remote_id=place.id, version=known.version + 1)
        if link.state is LinkState.NOT_WANTED or link.errand is not None:
            state = link.state
        else:
            left = difference(known, sent.link.wanted, rules_of(self.mapping(link.connection)))
            state = LinkState.BEHIND if left or link.wanted_version != sent.link.wanted_version else LinkState.LEVEL
        self.world.links[link.id] = replace(link, remote_id=place.id, state=state)

    def _is_taken(self, place: Place, link: LinkWant) -> bool:
        return any(
            Place(each.connection, each.object, each.remote_id or "") == place and each.id != link.id for each in self.world.links.values()
        )
