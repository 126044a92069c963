"""Commands that people give: replay, edit, say what a record shall hold; and the audit trail of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, select, update

from core.model.plan import OVERRULED, REFUSED_LEADS, SEEN, SOURCE_DELETED
from core.model.records import Errand
from core.store.agreements import COLUMNS
from core.store.commands.intake import InboxEntry, insert_entries
from core.store.commands.lanes import wake
from core.store.commands.upsert import insert_into, table_of
from core.store.tables import AuditRow, Inbox, LinkRow


@dataclass(frozen=True, slots=True)
class ReplayInbox:
    """Send quarantined submissions through the decision again (`ids` None: all of them).

    Who replays what looked like spam says that it is none; who replays what its source has deleted says that it was seen to.
    `overruled`: bought leads that their mapping's rules, a double or a cap kept out, and nothing else, are taken whatever
    those say.
    """

    workspace: str
    ids: tuple[int, ...] | None
    actor: str
    at: datetime
    decide_lane: str
    overruled: bool = False

    def apply(self, tx: Connection) -> int:
        """Tell how many were taken out of quarantine."""
        inbox = table_of(Inbox)
        here = (inbox.c.workspace == self.workspace) & (inbox.c.state == "quarantined")
        if self.ids is not None:
            here &= inbox.c.id.in_(self.ids)
        if self.overruled:
            here &= inbox.c.reason_code.in_(REFUSED_LEADS)
        has_record = inbox.c.sealed_change.is_not(None)
        values: dict[str, Any] = {"outcome": None, "reason_code": None, "reason": None, "settled_at": None, "next_at": self.at}
        was_deleted = (inbox.c.reason_code == SOURCE_DELETED, SEEN)
        values["flag"] = case((inbox.c.flag == "spam", "none"), was_deleted, else_=OVERRULED if self.overruled else inbox.c.flag)
        count = tx.execute(update(inbox).where(here, has_record).values(state="ready", **values)).rowcount
        connections = tx.execute(select(inbox.c.connection).where(here, inbox.c.native_id != "").distinct()).scalars().all()
        count += tx.execute(update(inbox).where(here, inbox.c.native_id != "").values(state="to_read", attempts=0, **values)).rowcount
        wake(tx, self.workspace, self.decide_lane, "", self.at)
        for connection in connections:
            wake(tx, self.workspace, f"fetch:{connection}", connection, self.at)
        _audit(tx, self, "quarantine.overrule" if self.overruled else "quarantine.replay", "inbox", f"{count} submissions")
        return int(count)


@dataclass(frozen=True, slots=True)
class ReplayLinks:
    """Deliver parked links again (`ids` None: all of them). Who replays a deletion that was held back confirms it."""

    workspace: str
    ids: tuple[str, ...] | None
    actor: str
    at: datetime

    def apply(self, tx: Connection) -> int:
        """Tell how many were taken up again."""
        link = table_of(LinkRow)
        here = (link.c.workspace == self.workspace) & (link.c.state == "parked")
        if self.ids is not None:
            here &= link.c.id.in_(self.ids)
        lanes = tx.execute(select(link.c.connection, link.c.object).where(here).distinct()).all()
        confirmed = case((link.c.errand == Errand.DELETE.value, Errand.CONFIRMED.value), else_=link.c.errand)
        fresh = {"state": "behind", "next_at": self.at, "attempts": 0, "reason_code": None, "reason": None, "hint": None}
        count = tx.execute(update(link).where(here).values(**fresh, errand=confirmed)).rowcount
        for connection, object_name in lanes:
            wake(tx, self.workspace, f"deliver:{connection}:{object_name}", connection, self.at)
        _audit(tx, self, "quarantine.replay", "link", f"{count} links")
        return int(count)


@dataclass(frozen=True, slots=True)
class EditInbox:
    """Replace the record of a quarantined submission by a corrected one; the raw body stays as it came."""

    workspace: str
    inbox_id: int
    sealed_change: bytes
    fields_changed: tuple[str, ...]
    actor: str
    at: datetime

    def apply(self, tx: Connection) -> bool:
        """Tell whether the submission was still in quarantine."""
        inbox = table_of(Inbox)
        here = (inbox.c.workspace == self.workspace) & (inbox.c.id == self.inbox_id) & (inbox.c.state == "quarantined")
        done = tx.execute(update(inbox).where(here).values(sealed_change=self.sealed_change)).rowcount == 1
        if done:
            target = f"inbox:{self.inbox_id}"
            _audit(tx, self, "quarantine.edit", target, "fields: " + ", ".join(self.fields_changed))
        return done


@dataclass(frozen=True, slots=True)
class EnterWords:
    """Take in what a person says that records shall hold, as inbox rows, and note who said it and of what."""

    workspace: str
    entries: tuple[InboxEntry, ...]
    actor: str
    at: datetime
    action: str
    target: str
    detail: str

    def apply(self, tx: Connection) -> None:
        """Insert the rows with their line in the audit trail."""
        insert_entries(tx, self.entries)
        _audit(tx, self, self.action, self.target, self.detail)


@dataclass(frozen=True, slots=True)
class ReleaseField:
    """Follow a frozen field again: `known` holds the columns of what the link knows without the freeze.

    They were worked out from what it knew at `known_version`. The `entries` have the field's value decided by the mapping.
    """

    workspace: str
    link_id: str
    field: str
    known: Mapping[str, Any]
    known_version: int
    entries: tuple[InboxEntry, ...]
    actor: str
    at: datetime

    def apply(self, tx: Connection) -> bool:
        """Tell whether it was done; nothing is when something was learnt of the link meanwhile."""
        link = table_of(LinkRow)
        here = (link.c.workspace == self.workspace) & (link.c.id == self.link_id) & (link.c.known_version == self.known_version)
        columns = {name: bindparam(f"b_{name}", self.known[name], type_=link.c[name].type) for name in COLUMNS}
        done = tx.execute(update(link).where(here).values(**columns, known_version=link.c.known_version + 1)).rowcount == 1
        if done:
            insert_entries(tx, self.entries)
            _audit(tx, self, "conflicts.release", f"link:{self.link_id}", f"field: {self.field}")
        return done


_Audited = ReplayInbox | ReplayLinks | EditInbox | EnterWords | ReleaseField


def _audit(tx: Connection, command: _Audited, action: str, target: str, detail: str) -> None:
    row = {"workspace": command.workspace, "at": command.at, "actor": command.actor, "action": action, "target": target, "detail": detail}
    tx.execute(insert_into(tx, AuditRow), [row])
