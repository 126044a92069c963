"""What ends, and when it is renewed or told: subscriptions and accesses that connections live on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.contract.manifest import SubscriptionFacts

if TYPE_CHECKING:  # SQLAlchemy: the schedule does without
    from core.store.commands.watched import WatchedEntry

LONGEST_LOOK_SECONDS = 6 * 3600.0
SHORTEST_LOOK_SECONDS = 300.0
_LOOKS_A_LIFE = 12
_SOON = timedelta(hours=24)


def look_seconds(facts: SubscriptionFacts) -> float:
    """How often subscriptions are looked at: a dozen times in their life, four times a day at least."""
    if facts.hours is None:
        return LONGEST_LOOK_SECONDS
    return min(max(facts.hours * 3600 / _LOOKS_A_LIFE, SHORTEST_LOOK_SECONDS), LONGEST_LOOK_SECONDS)


def is_due(expires_at: datetime | None, facts: SubscriptionFacts, now: datetime) -> bool:
    """Whether less than a third of its life is left, or less than a day where half of its life is longer than that."""
    if expires_at is None:
        return False
    life = None if facts.hours is None else timedelta(hours=facts.hours)
    ahead = _SOON if life is None else max(life / 3, min(_SOON, life / 2))
    return expires_at - now < ahead


def trouble(connection: str, entry: WatchedEntry, now: datetime, warn_days: float) -> str | None:
    """What to tell a person: a refused renewal at once, an end that only they can move `warn_days` before; None where all is well."""
    left = None if entry.expires_at is None else entry.expires_at - now
    nears = left is not None and not entry.renews and left < timedelta(days=warn_days)
    over = left is not None and left <= timedelta()
    if entry.healthy and entry.refused is None and not nears and not over:
        return None
    parts = [f"{entry.name} of '{connection}' {_end(left)}".strip()]
    if not entry.healthy:
        parts.append(entry.note.rstrip(".") or "is broken")
    if entry.refused is not None:
        parts.append(f"renewal refused: {entry.refused.rstrip('.')}")
    elif entry.hint:
        parts.append(entry.hint.rstrip("."))
    return "; ".join(parts) + "."


def state_of(entry: WatchedEntry, told: str | None) -> str:
    """One word: `sound`, `ends soon`, `refused` or `broken`."""
    if told is None:
        return "sound"
    if not entry.healthy:
        return "broken"
    return "ends soon" if entry.refused is None else "refused"


def _end(left: timedelta | None) -> str:
    if left is None:
        return ""
    seconds = int(abs(left.total_seconds()))
    span = f"{seconds // 86_400} d" if seconds >= 2 * 86_400 else (f"{seconds // 3600} h" if seconds >= 7200 else f"{seconds // 60} min")
    return f"expires in {span}" if left > timedelta() else f"expired {span} ago"
