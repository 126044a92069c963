"""The command that stores a decision: all of a plan, or nothing when the world moved since the snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, bindparam, case, func, select, update
from sqlalchemy.exc import IntegrityError

from core.store.agreements import COLUMNS
from core.store.commands.lanes import check_lease, wake
from core.store.commands.matching import queue_to_match
from core.store.commands.ties import save_employers, wake_people
from core.store.commands.upsert import insert_into, table_of
from core.store.commands.verdicts import move_verdicts
from core.store.tables import (
    AcceptedLeadRow,
    ConsentRow,
    GoldenRow,
    IdentityKeyRow,
    Inbox,
    LinkRow,
    MergeEventRow,
    ObservationRow,
    SubjectKey,
)

Row = dict[str, Any]

MATCH_AFTER = timedelta(seconds=2)
"""How long after a decision its people are matched: what was decided is delivered first, and a burst is matched in one go."""


class WorldMoved(Exception):
    """A record changed, or a key was taken, since the decision's snapshot: decide again."""


class Taken(WorldMoved):
    """A key or a link of the plan belongs to somebody else by now."""


@dataclass(frozen=True, slots=True)
class StoreDecision:
    """A sealed plan, as rows. Versions and unique keys are checked on the way; any surprise undoes all of it."""

    workspace: str
    lane: str
    token: int
    at: datetime
    settlements: tuple[Row, ...]
    subject_keys: tuple[Row, ...]
    new_goldens: tuple[Row, ...]
    changed_goldens: tuple[Row, ...]
    observations: tuple[Row, ...]
    consents: tuple[Row, ...]
    keys: tuple[Row, ...]
    moved: tuple[tuple[str, str], ...]
    unmoved: tuple[tuple[str, int], ...]
    new_links: tuple[Row, ...]
    changed_links: tuple[Row, ...]
    wake_lanes: tuple[tuple[str, str], ...]
    employers: tuple[Row, ...] = ()
    accounts: tuple[str, ...] = ()
    accepted: tuple[Row, ...] = ()
    joinings: tuple[Row, ...] = ()
    to_match: tuple[tuple[str, int], ...] = ()

    def apply(self, tx: Connection) -> None:
        """Write the plan; raises WorldMoved or LeaseLost."""
        check_lease(tx, self.workspace, self.lane, self.token)
        self.carry_out(tx)

    def carry_out(self, tx: Connection) -> None:
        """Write the plan for somebody who holds no lane; raises WorldMoved."""
        try:
            self._check_unmoved(tx)
            self._settle(tx)
            self._golden(tx)
            self._move(tx)
            self._links(tx)
            save_employers(tx, self.employers)
            if self.accepted:
                tx.execute(insert_into(tx, AcceptedLeadRow), list(self.accepted))
        except IntegrityError as error:
            raise Taken("A key or a link was taken by another decision.") from error
        queue_to_match(tx, self.workspace, self.to_match, self.at + MATCH_AFTER)
        if self.accounts:
            wake_people(tx, self.workspace, self.accounts, self.at)
        for lane, connection in self.wake_lanes:
            wake(tx, self.workspace, lane, connection, self.at)

    def _check_unmoved(self, tx: Connection) -> None:
        golden = table_of(GoldenRow)
        expected = dict(self.unmoved)
        for start in range(0, len(self.unmoved), 300):
            ids = [golden_id for golden_id, _ in self.unmoved[start : start + 300]]
            here = (golden.c.workspace == self.workspace) & golden.c.id.in_(ids) & (golden.c.state == "active")
            found = tx.execute(select(golden.c.id, golden.c.version).where(here)).all()
            _exactly(sum(1 for row in found if expected[row.id] == row.version), len(ids))

    def _settle(self, tx: Connection) -> None:
        inbox = table_of(Inbox)
        if self.settlements:
            statement = (
                update(inbox)
                .where(inbox.c.id == bindparam("b_id"), inbox.c.state == "ready")
                .values({name: bindparam(name) for name in _SETTLED})
                .values(
                    next_at=func.coalesce(bindparam("next_at", type_=inbox.c.next_at.type), inbox.c.next_at),
                    native_id=func.coalesce(bindparam("native_id", type_=inbox.c.native_id.type), inbox.c.native_id),
                )
            )
            _exactly(tx.execute(statement, list(self.settlements)).rowcount, len(self.settlements))

    def _golden(self, tx: Connection) -> None:
        if self.subject_keys:
            tx.execute(insert_into(tx, SubjectKey), list(self.subject_keys))
        if self.new_goldens:
            tx.execute(insert_into(tx, GoldenRow), list(self.new_goldens))
        if self.changed_goldens:
            golden = table_of(GoldenRow)
            statement = (
                update(golden)
                .where(
                    golden.c.workspace == self.workspace,
                    golden.c.id == bindparam("b_id"),
                    golden.c.version == bindparam("b_expected"),
                    golden.c.state == "active",
                )
                .values({name: bindparam(name) for name in ("version", "state", "merged_into", "sealed_values", "updated_at")})
            )
            _exactly(tx.execute(statement, list(self.changed_goldens)).rowcount, len(self.changed_goldens))
        if self.observations:
            tx.execute(insert_into(tx, ObservationRow), list(self.observations))
        if self.consents:
            tx.execute(insert_into(tx, ConsentRow), list(self.consents))

    def _move(self, tx: Connection) -> None:
        for model in (ObservationRow, ConsentRow, IdentityKeyRow, Inbox):
            table = table_of(model)
            for loser, survivor in self.moved:
                tx.execute(update(table).where(table.c.workspace == self.workspace, table.c.golden_id == loser).values(golden_id=survivor))
        if self.joinings:
            move_verdicts(tx, self.workspace, self.moved)
            tx.execute(insert_into(tx, MergeEventRow), list(self.joinings))
        if self.keys:
            tx.execute(insert_into(tx, IdentityKeyRow), list(self.keys))

    def _links(self, tx: Connection) -> None:
        link = table_of(LinkRow)
        demoted = [row for row in self.changed_links if row["role"] != "primary"]
        others = [row for row in self.changed_links if row["role"] == "primary"]
        for rows in (demoted, others):
            for knows in (False, True):
                chosen = [row for row in rows if ("b_known" in row) is knows]
                if chosen:
                    _exactly(tx.execute(_change_of(link, self.workspace, knows=knows), chosen).rowcount, len(chosen))
        if self.new_links:
            tx.execute(insert_into(tx, LinkRow), list(self.new_links))


def _change_of(link: Table, workspace: str, *, knows: bool) -> Any:
    """A new want, under the version that the decision saw; with `knows` also what the link knows, under its own version."""
    statement = (
        update(link)
        .where(link.c.workspace == workspace, link.c.id == bindparam("b_id"), link.c.wanted_version == bindparam("b_was"))
        .values({name: bindparam(name) for name in _LINK_COLUMNS})
        .values(**_where_it_stands(link))
        .values(remote_id=func.coalesce(bindparam("remote_id", type_=link.c.remote_id.type), link.c.remote_id))
    )
    if not knows:
        return statement
    known = {name: bindparam(name, type_=link.c[name].type) for name in COLUMNS}
    return statement.where(link.c.known_version == bindparam("b_known")).values(**known, known_version=link.c.known_version + 1)


_SETTLED = ("state", "outcome", "golden_id", "reason_code", "reason", "settled_at")
_LINK_COLUMNS = (
    "errand",
    "golden_id",
    "role",
    "mapping",
    "mapping_version",
    "wanted_version",
    "sealed_wanted",
    "reason_code",
    "reason",
    "hint",
    "attempts",
    "updated_at",
)


def _where_it_stands(link: Table) -> Row:
    """A link that waits for a remote job goes on waiting for it, and keeps its time to look; a refusal holds at once."""
    has_job = link.c.ticket.is_not(None)
    state, next_at = bindparam("state", type_=link.c.state.type), bindparam("next_at", type_=link.c.next_at.type)
    is_level = ~has_job & (state == "level")
    return {
        "state": case((has_job & (state != "not_wanted"), "pending"), else_=state),
        "next_at": case((has_job, link.c.next_at), else_=next_at),
        "settled_version": case((is_level, bindparam("wanted_version")), else_=link.c.settled_version),
        "level_at": case((is_level, bindparam("updated_at", type_=link.c.level_at.type)), else_=link.c.level_at),
    }


def _exactly(found: int, expected: int) -> None:
    if found != expected:
        raise WorldMoved(f"{expected - found} of {expected} records changed since they were read.")
