"""The renew lane: looks at what a connection lives on and renews it before it ends; a refusal is told at once and pauses nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.contract import AuthFailed, ConnectorError, StopConnection, Subscription
from core.contract.manifest import SubscriptionFacts
from core.observe.events import EventCode
from core.observe.log import note, warn
from core.runtime.expiry import is_due, state_of, trouble
from core.store.commands.watched import KeepWatched, WatchedEntry
from core.store.queries.watched import watched_by_connection
from core.store.store import Store

UNREADABLE = "*"
"""The entry that stands for subscriptions that the connector may not see."""


@dataclass(frozen=True, slots=True)
class Renewing:
    """One pass over a connection's subscriptions."""

    store: Store
    connection: str
    connector: Any
    facts: SubscriptionFacts
    now: Callable[[], datetime]
    warn_days: float

    def run(self) -> tuple[dict[str, int], ConnectorError | None]:
        """Look, renew what is due, keep what was found; give the counts, and the error of what is to be tried again soon.

        Raises TryLater where nothing could be seen, and AuthFailed; what else is refused waits in the status for a person,
        because the connection can still read and write.
        """
        before = {entry.id: entry for entry in self._known()}
        try:
            found = list(self.connector.subscriptions())
        except AuthFailed:
            raise
        except StopConnection as error:
            entries = self._unseen(before, error)
            self._keep(before, entries)
            return {}, None
        counts = {"renewed": 0, "refused": 0}
        entries, failure = [], None
        for each in found:
            entry, refusal = self._looked(each, before.get(each.id), counts)
            entries.append(entry)
            failure = failure or refusal
        self._keep(before, entries)
        return counts, failure

    def _known(self) -> list[WatchedEntry]:
        with self.store.snapshot() as snapshot:
            return watched_by_connection(snapshot).get(self.connection, [])

    def _looked(
        self, found: Subscription, before: WatchedEntry | None, counts: dict[str, int]
    ) -> tuple[WatchedEntry, ConnectorError | None]:
        """The entry after the look, and the error where the renewal is worth another try soon."""
        now = self.now()
        renewed_at = None if before is None else before.renewed_at
        if not found.renews or (found.healthy and not is_due(found.expires_at, self.facts, now)):
            return _entry(found, now, renewed_at), None
        try:
            renewed = self.connector.renew(found)
        except AuthFailed:
            raise
        except ConnectorError as error:
            counts["refused"] += 1
            refused = " ".join(part for part in (error.message, error.hint) if part)
            return _entry(found, now, renewed_at)._replace(refused=refused), None if isinstance(error, StopConnection) else error
        counts["renewed"] += 1
        note(EventCode.SUBSCRIPTION_RENEWED, connection=self.connection, subscription=found.id)
        return _entry(renewed, now, now), None

    def _unseen(self, before: dict[str, WatchedEntry], error: ConnectorError) -> list[WatchedEntry]:
        """What was known stays: its end comes whether it can be seen or not."""
        now = self.now()
        told = WatchedEntry(UNREADABLE, "The state of the subscriptions", None, False, error.message, False, error.hint or "", now)
        return [*(entry for entry in before.values() if entry.id != UNREADABLE), told]

    def _state(self, entry: WatchedEntry, now: datetime) -> str:
        return state_of(entry, trouble(self.connection, entry, now, self.warn_days))

    def _keep(self, before: dict[str, WatchedEntry], entries: list[WatchedEntry]) -> None:
        now = self.now()
        for entry in entries:
            old = before.get(entry.id)
            before_state = "sound" if old is None else self._state(old, old.looked_at)
            state = self._state(entry, now)
            if state not in ("sound", before_state):
                code = EventCode.SUBSCRIPTION_REFUSED if entry.refused else EventCode.SUBSCRIPTION_ENDS
                warn(code, connection=self.connection, subscription=entry.id)
        self.store.write(KeepWatched(self.store.workspace, self.connection, tuple(entries)))


def _entry(found: Subscription, now: datetime, renewed_at: datetime | None) -> WatchedEntry:
    return WatchedEntry(found.id, found.name, found.expires_at, found.healthy, found.note, found.renews, found.hint, now, renewed_at)
