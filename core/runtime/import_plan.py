"""What importing a file would do: its rows looked at by the mapping that will read them, and nothing written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.contract import Page
from core.flow.intake.poll import arrivals_of
from core.flow.pipeline import Means, Rules, observe
from core.model.ids import InboxId
from core.model.plan import Settlement, Submission
from core.model.records import IdentityKey, Observation
from core.store.inbox_seal import Arrival
from core.store.queries.decision import KnownPeople
from core.store.queries.imported import known_events
from core.store.store import Snapshot, Store

FIRST_ROWS = 3
MOST_PROBLEMS = 10
PLANNED_ROWS = 20_000
"""A plan looks at so many rows; of a longer file it tells the beginning."""


@dataclass(slots=True)
class Outlook:
    """What would become of the rows looked at. Every row counts once, except that several may be about one person.

    `imported` came with an earlier import, or from the connection's folder. `new_people` are people nobody knows;
    `known` and `doubled` rows tell of people who are known, or stand further up in the file. `refused` rows are readable
    but the mapping does not take them, `unreadable` ones are not. `problems` are different reasons of both, `[reason, rows]`.
    """

    rows: int = 0
    is_whole: bool = True
    imported: int = 0
    new_people: int = 0
    known: int = 0
    doubled: int = 0
    refused: int = 0
    unreadable: int = 0
    problems: dict[str, int] = field(default_factory=dict)

    @property
    def to_store(self) -> int:
        """How many rows would go into the inbox."""
        return self.rows - self.imported

    def count_problem(self, reason: str) -> None:
        """Count a reason; beyond so many different ones only those that were met are counted."""
        if reason in self.problems or len(self.problems) < MOST_PROBLEMS:
            self.problems[reason] = self.problems.get(reason, 0) + 1


class Looking:
    """Looks at page after page. Memory grows with the people of the file, up to `PLANNED_ROWS`."""

    def __init__(self, store: Store, connection: str, rules: Rules, now: datetime) -> None:
        """Take the rules that will decide the rows."""
        self.outlook = Outlook()
        self.first_rows: list[Mapping[str, Any]] = []
        self._store = store
        self._connection = connection
        self._rules = rules
        self._now = now
        self._means = Means(new_id=store.new_id, digest=store.vault.digest)
        self._seen_events: set[str] = set()
        self._seen_keys: set[IdentityKey] = set()

    def look_at(self, pages: Any, progress: Callable[[int], None]) -> None:
        """Look at the pages until there are no more, or enough rows."""
        for page in pages:
            self._page(page)
            progress(self.outlook.rows)
            if self.outlook.rows >= PLANNED_ROWS:
                self.outlook.is_whole = False
                return

    def _page(self, page: Page) -> None:
        arrivals = arrivals_of(page)
        missing = FIRST_ROWS - len(self.first_rows)
        self.first_rows += [arrival.record for arrival in arrivals if arrival.record is not None][:missing]
        self.outlook.rows += len(arrivals)
        with self._store.snapshot() as snapshot:
            fresh = fresh_arrivals(snapshot, self._connection, arrivals, self._seen_events)
            self.outlook.imported += len(arrivals) - len(fresh)
            self._decide(snapshot, [arrival for _, arrival in fresh])

    def _decide(self, snapshot: Snapshot, arrivals: Sequence[Arrival]) -> None:
        said: list[Observation] = []
        for arrival in arrivals:
            if arrival.record is None:
                self.outlook.unreadable += 1
                self.outlook.count_problem(arrival.reason or "unreadable")
                continue
            found = observe(self._submission(arrival), self._rules, self._means)
            if isinstance(found, Settlement):
                self.outlook.refused += 1
                self.outlook.count_problem(found.reason or found.settled.value)
            else:
                said.append(found)
        owners = KnownPeople(snapshot).owners([key for each in said for key in each.keys])
        for each in said:
            self._person(each.keys, known=any(key in owners for key in each.keys))

    def _person(self, keys: Sequence[IdentityKey], *, known: bool) -> None:
        if known:
            self.outlook.known += 1
        elif any(key in self._seen_keys for key in keys):
            self.outlook.doubled += 1
        else:
            self.outlook.new_people += 1
        self._seen_keys.update(keys)

    def _submission(self, arrival: Arrival) -> Submission:
        fields = dict(arrival.record or {})
        return Submission(InboxId(0), self._connection, arrival.object, fields, self._now, arrival.changed_at, arrival.flag)


def fresh_arrivals(snapshot: Snapshot, connection: str, arrivals: Sequence[Arrival], seen: set[str]) -> list[tuple[str, Arrival]]:
    """Those that the inbox does not have and that were not `seen` before, with their stored event ids, which are added to `seen`."""
    digest = snapshot.store.vault.digest
    named = [(digest("event", arrival.event_id).hex(), arrival) for arrival in arrivals]
    known = known_events(snapshot, connection, [event_id for event_id, _ in named])
    fresh: list[tuple[str, Arrival]] = []
    for event_id, arrival in named:
        if event_id not in known and event_id not in seen:
            seen.add(event_id)
            fresh.append((event_id, arrival))
    return fresh
