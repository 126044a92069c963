"""Which budget an account has, out of the manifest and the configuration, and the book in the store that its calls stand in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from core.contract import Limit, Manifest
from core.runtime.allowance import DAY_SECONDS, Aside, DayCount, Granted, is_daily
from core.runtime.config.models import BudgetConfig, ConnectionConfig
from core.store.store import Store

if TYPE_CHECKING:
    from core.store.commands.budget import Unused, Usage


def account_of(name: str, connection: ConnectionConfig) -> str:
    """The key of the remote account whose limits a connection uses up: what its `account` names, or one of its own."""
    return f"{connection.connector}:{connection.account}" if connection.account else f"{connection.connector}/{name}"


def budget_of(name: str, connections: Mapping[str, ConnectionConfig]) -> BudgetConfig:
    """The budget of a connection's account: what any of its connections says, since they must not differ; else the defaults."""
    account = account_of(name, connections[name])
    stated = (c.budget for other, c in connections.items() if account_of(other, c) == account and c.budget is not None)
    return next(stated, BudgetConfig())


def limits_of(manifest: Manifest, budget: BudgetConfig) -> tuple[Limit, ...]:
    """The manifest's limits with what the budget sets in the place of those over the same time."""
    limits = tuple(manifest.limits)
    if budget.per_day is not None:
        limits = _replaced(limits, Limit(name="daily", calls=budget.per_day, per_seconds=DAY_SECONDS))
    if budget.burst is not None:
        limits = _replaced(limits, Limit(name="budget burst", calls=budget.burst.calls, per_seconds=budget.burst.per_seconds))
    return limits


def _replaced(limits: Sequence[Limit], own: Limit) -> tuple[Limit, ...]:
    """What the manifest knows of such a limit, as its name and what is exempt, stays."""
    same = [limit for limit in limits if limit.bucket is None and limit.per_seconds == own.per_seconds]
    others = [limit for limit in limits if limit not in same]
    return (*others, same[0].model_copy(update={"calls": own.calls}) if same else own)


def daily_limit(limits: Sequence[Limit]) -> Limit | None:
    """The limit of a day for all calls; the tightest where there are several."""
    return min((limit for limit in limits if is_daily(limit)), key=lambda limit: limit.calls, default=None)


class StoreBook:
    """The calls of one account in the store; what is set aside is on disk before the first of them is made."""

    def __init__(self, store: Store, account: str) -> None:
        """Stand for an account; nothing is read yet."""
        self._store = store
        self._account = account

    def set_aside(self, limit_name: str, ends_at: datetime, over: datetime, share: int, unused: Sequence[Aside]) -> Granted:
        """Ask the store, which does it in one transaction."""
        from core.store.commands.budget import SetCallsAside

        back = given_back(self._account, unused)
        grant = self._store.write(SetCallsAside(self._store.workspace, self._account, limit_name, ends_at, over, share, back))
        return Granted(grant.calls, grant.full_since)

    def day_count(self) -> DayCount | None:
        """What the vendor said last, before a restart too."""
        from core.store.queries.budget import vendor_usage

        with self._store.snapshot() as snapshot:
            known = vendor_usage(snapshot).get(self._account)
        return None if known is None else DayCount(known.used, known.allowed, known.at)


def given_back(account: str, unused: Sequence[Aside]) -> tuple[Unused, ...]:
    """Unused calls as the store's commands take them."""
    from core.store.commands.budget import Unused

    return tuple(Unused(account, each.limit_name, each.ends_at, each.calls) for each in unused)


def usage_of(account: str, count: DayCount | None) -> tuple[Usage, ...]:
    """The vendor's count as the store's commands take it."""
    from core.store.commands.budget import Usage

    return () if count is None else (Usage(account, count.used, count.allowed, count.at),)
