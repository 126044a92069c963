"""Commands of the API budget: calls of an account are set aside before they are made, so that no restart forgets any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, literal_column, select, update

from core.store.commands.upsert import insert_into, table_of
from core.store.tables import AccountCalls, AccountUsage

_AT_ONCE = 50
_PARTS_OF_WHAT_IS_LEFT = 20
"""Near the end of a budget calls are set aside one by one, so that none lies idle in a process that has no use for it."""


@dataclass(frozen=True, slots=True)
class Unused:
    """Calls that were set aside and not made."""

    account: str
    limit_name: str
    ends_at: datetime
    calls: int


@dataclass(frozen=True, slots=True)
class Usage:
    """The vendor's count of an account's day."""

    account: str
    used: int
    allowed: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """Calls that may be made; where there are none, `full_since` is the end of the slice that must become too old first."""

    calls: int
    full_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class SetCallsAside:
    """Set calls of an account aside for the slice of time that ends at `ends_at`, and give unused ones of the same limit back.

    Slices that ended at `over` or before count no more. No more than `share` calls are set aside altogether.
    """

    workspace: str
    account: str
    limit_name: str
    ends_at: datetime
    over: datetime
    share: int
    unused: tuple[Unused, ...] = ()

    def apply(self, tx: Connection) -> Grant:
        """Grant some of what is left."""
        slices = table_of(AccountCalls)
        mine = (slices.c.workspace == self.workspace) & (slices.c.account == self.account) & (slices.c.limit_name == self.limit_name)
        found = tx.execute(select(slices.c.ends_at, slices.c.calls).where(mine, slices.c.ends_at > self.over).order_by(slices.c.ends_at))
        aside = {row.ends_at: int(row.calls) for row in found}
        for back in self.unused:
            aside[back.ends_at] = aside.get(back.ends_at, 0) - back.calls
        tx.execute(delete(slices).where(mine, slices.c.ends_at <= self.over))
        give_back(tx, self.workspace, self.unused)
        left = self.share - sum(aside.values())
        if left <= 0:
            return Grant(0, _full_since(aside, self.share))
        calls = min(max(left // _PARTS_OF_WHAT_IS_LEFT, 1), _AT_ONCE)
        self._add(tx, calls)
        return Grant(calls)

    def _add(self, tx: Connection, calls: int) -> None:
        statement = insert_into(tx, AccountCalls)
        key = {"workspace": self.workspace, "account": self.account, "limit_name": self.limit_name, "ends_at": self.ends_at}
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=[*key], set_={"calls": literal_column("account_calls.calls") + statement.excluded.calls}
            ),
            [key | {"calls": calls}],
        )


def _full_since(aside: dict[datetime, int], share: int) -> datetime:
    """The slice with which, once it is too old, the calls fall below the share."""
    left = sum(aside.values())
    for ends_at in sorted(aside):
        left -= aside[ends_at]
        if left < share:
            return ends_at
    raise AssertionError("A share of nothing can never be used.")


def give_back(tx: Connection, workspace: str, unused: Sequence[Unused]) -> None:
    """Take unused calls off what was set aside; slices that are gone meanwhile stay gone."""
    slices = table_of(AccountCalls)
    for back in unused:
        here = (slices.c.workspace == workspace) & (slices.c.account == back.account) & (slices.c.limit_name == back.limit_name)
        tx.execute(update(slices).where(here, slices.c.ends_at == back.ends_at).values(calls=slices.c.calls - back.calls))


def keep_usage(tx: Connection, workspace: str, usages: Sequence[Usage]) -> None:
    """Keep what the vendor said last."""
    for usage in usages:
        values = {"used": usage.used, "allowed": usage.allowed, "at": usage.at}
        statement = insert_into(tx, AccountUsage).on_conflict_do_update(index_elements=["workspace", "account"], set_=values)
        tx.execute(statement, [{"workspace": workspace, "account": usage.account, **values}])
