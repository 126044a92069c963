"""How far the budgets of the accounts are used up, how far they will be by the end of the day, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.contract import Manifest
from core.runtime.allowance import DAY_SECONDS, DayCount, share_of
from core.runtime.budget import account_of, budget_of, daily_limit, limits_of
from core.runtime.config.models import ConnectionConfig
from core.store.commands.budget import Usage
from core.store.queries.budget import Slice, calls_aside, vendor_usage
from core.store.store import Snapshot

DAY = timedelta(seconds=DAY_SECONDS)
RATE_OVER = timedelta(hours=3)
_SHORTEST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class AccountBudget:
    """The calls of one remote account.

    `used` are ours of the last 24 hours, `allowed` what the budget or the vendor allows, whichever is less. `left` is for
    live leads, `left_for_background` for all else; `reserved` is the difference where nothing is used yet. `forecast` is
    how many calls will have been made in the UTC day at its end. `used` and `forecast` are None where only the vendor
    counts the day, `vendor` where it told nothing for a day.
    """

    account: str
    connections: tuple[str, ...]
    used: int | None
    allowed: int
    left: int
    left_for_background: int
    reserved: int
    vendor: DayCount | None
    forecast: int | None
    warning: str | None = None
    hint: str | None = None


def account_budgets(
    snapshot: Snapshot, connections: Mapping[str, ConnectionConfig], manifests: Mapping[str, Manifest], now: datetime
) -> list[AccountBudget]:
    """The accounts of these connections that are switched on and whose calls of a day are limited, in the order of the configuration."""
    aside, said = calls_aside(snapshot, now - DAY), vendor_usage(snapshot)
    members: dict[str, list[str]] = {}
    for name in (name for name in manifests if connections[name].enabled):
        members.setdefault(account_of(name, connections[name]), []).append(name)
    views = (_Known.of(names, connections, manifests, aside, said, now) for names in members.values())
    return [_view(known, now) for known in views if known.counts]


def forecast(slices: Sequence[Slice], now: datetime) -> int:
    """Calls of the UTC day at its end: those made so far, and for the rest of it as many an hour as in the last three.

    Where calls began less than three hours ago, the rate is that since then, over a quarter of an hour at least.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    recent = [each for each in slices if each.ends_at > now - RATE_OVER]
    begun = min((each.ends_at for each in slices), default=now) - _SHORTEST
    over = min(max(now - begun, _SHORTEST), RATE_OVER)
    rate = sum(each.calls for each in recent) / over.total_seconds()
    today = sum(each.calls for each in slices if each.ends_at > midnight)
    return today + round(rate * (midnight + DAY - now).total_seconds())


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of one account; `ours` is the most that the budget allows, None where only the vendor counts the day."""

    names: tuple[str, ...]
    label: str
    reserve: float
    slices: Sequence[Slice]
    vendor: DayCount | None
    ours: int | None

    @property
    def counts(self) -> tuple[tuple[int, int], ...]:
        """What is allowed and what is used, by our count and by the vendor's."""
        ours = () if self.ours is None else ((self.ours, _sum(self.slices)),)
        return (*ours, *(() if self.vendor is None else ((self.vendor.allowed, self.vendor.used),)))

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        connections: Mapping[str, ConnectionConfig],
        manifests: Mapping[str, Manifest],
        aside: Mapping[tuple[str, str], Sequence[Slice]],
        said: Mapping[str, Usage],
        now: datetime,
    ) -> _Known:
        first = names[0]
        account, stated = account_of(first, connections[first]), budget_of(first, connections)
        limit = daily_limit(limits_of(manifests[first], stated))
        slices = () if limit is None else aside.get((account, limit.name), ())
        usage = said.get(account)
        vendor = None if usage is None or usage.at < now - DAY else DayCount(usage.used, usage.allowed, usage.at)
        label = connections[first].account or first
        return cls(tuple(names), label, stated.reserve_for_live, slices, vendor, None if limit is None else limit.calls)

    def left(self, *, live: bool) -> int:
        return max(min(share_of(allowed, self.reserve, live=live) - used for allowed, used in self.counts), 0)


def _view(known: _Known, now: datetime) -> AccountBudget:
    allowed = min(allowed for allowed, _ in known.counts)
    view = AccountBudget(
        account=known.label,
        connections=known.names,
        used=None if known.ours is None else _sum(known.slices),
        allowed=allowed,
        left=known.left(live=True),
        left_for_background=known.left(live=False),
        reserved=allowed - share_of(allowed, known.reserve, live=False),
        vendor=known.vendor,
        forecast=None if known.ours is None else forecast(known.slices, now),
    )
    if view.left == 0:
        told = "The calls of the day are used up. Nothing more is called before some of them are a day old."
    elif view.left_for_background == 0:
        told = f"Only the {view.left:,} calls kept for live leads are left. Full reads, looks for drift and replans wait."
    else:
        told = _foreseen(known, view.forecast or 0)
    return replace(view, warning=told, hint=_hint(known, view)) if told else view


def _foreseen(known: _Known, expected: int) -> str:
    """By the vendor's count, what others call comes on top, as far as it is known; empty when all goes well."""
    others = 0 if known.vendor is None else max(known.vendor.used - _sum(known.slices), 0)
    for allowed, needed in ((known.ours, expected), (known.vendor.allowed if known.vendor else None, expected + others)):
        if allowed is not None and needed > allowed:
            return f"At the rate of the last hours {needed:,} calls are needed by midnight UTC, and {allowed:,} are allowed."
    return ""


def _hint(known: _Known, view: AccountBudget) -> str:
    if known.vendor is not None and known.vendor.allowed - known.vendor.used <= view.left:
        return "Read less often (`poll`), let other programs call this account less, or buy more calls from the vendor."
    return f"Read less often (`poll`), or raise `budget.per_day` of connection '{view.connections[0]}' if the vendor allows more."


def _sum(slices: Sequence[Slice]) -> int:
    return sum(each.calls for each in slices)
