"""The dials of the HubSpot stand-in: everything a test may set about how the account behaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "rate_limit_body": ("errorType", "category"),
    "error_body": ("full", "bare"),
    "email_partial_upsert": ("refuse", "allow"),
    "webhook_signature": ("v1", "v2"),
}


@dataclass(slots=True)
class Dials:
    """How the account behaves; the defaults are those of a Pro account on a good day."""

    portal_id: int = 424242
    time_zone: str = "America/New_York"
    """The daily count starts again at midnight of this zone."""
    daily_limit: int = 650_000
    burst_limit: int = 190
    """Calls per private app in any 10 seconds."""
    oauth_burst_limit: int = 110
    search_per_second: int = 5
    """Search calls per second over all apps of the account."""
    forms_burst_limit: int = 50
    retry_after: float | None = None
    """Seconds named in a Retry-After header on 429; `None`: no such header, which the vendor does not promise."""
    rate_limit_body: str = "errorType"
    """`errorType` or `category`: the two ways a 429 body names itself."""
    error_body: str = "full"
    """`full`, or `bare`: only a message, all other fields missing."""
    index_delay_seconds: float = 0.0
    """How long search goes on showing a record as it was before a write."""
    shuffle_results: bool = False
    merge_keeps_primary_id: bool = False
    email_partial_upsert: str = "refuse"
    """`refuse` or `allow`: an upsert by e-mail that leaves out properties the same app has set before."""
    association_ids_as_numbers: bool = False
    versions_off: list[str] = field(default_factory=list)
    """API versions such as `v3` or `2025-09` whose paths answer 404."""
    extra_fields: bool = True
    """Add fields to record answers that older clients do not know."""
    hot_objects: dict[str, int] = field(default_factory=dict)
    """Object type -> how many further writes answer 423 (-1: all)."""
    penalty_until: datetime | None = None
    token_seconds: int = 1800
    token_calls: int | None = None
    rotate_refresh_token: bool = False
    privacy_settings: bool = True
    """Subscription changes need a legal basis, and forms a consent block."""
    forms_delay_seconds: float = 2.0
    import_seconds: float = 10.0
    """From STARTED to DONE."""
    webhook_delay_seconds: float = 0.0
    shuffle_webhooks: bool = False
    duplicate_webhooks: bool = False
    """Send each event twice, in a batch of its own the second time."""
    webhook_signature: str = "v1"
    """Which of the old signatures stands in X-HubSpot-Signature: `v1` or `v2`; v3 is always sent beside it."""
    seed: int = 1

    def turn(self, arguments: Mapping[str, Any], now: datetime) -> None:
        """Set dials by name; an unknown name is a ValueError that lists the known ones, and nothing is set."""
        wanted = dict(arguments)
        penalty = wanted.pop("penalty_477_seconds", None)
        known = {entry.name for entry in fields(self)} - {"penalty_until"}
        unknown = sorted(set(wanted) - known)
        if unknown:
            raise ValueError(f"unknown dials {unknown}; known: {sorted(known | {'penalty_477_seconds'})}")
        ready = {name: _checked(name, value, getattr(self, name)) for name, value in wanted.items()}
        for name, value in ready.items():
            setattr(self, name, value)
        if penalty is not None:
            self.penalty_until = now + timedelta(seconds=float(penalty)) if penalty else None


def _checked(name: str, value: Any, held: Any) -> Any:
    """The value to set, of the same kind as the one held; a list of hot objects means every write to them."""
    if name == "hot_objects" and isinstance(value, list):
        return dict.fromkeys(value, -1)
    if name in _CHOICES and value not in _CHOICES[name]:
        raise ValueError(f"the dial {name} takes one of {_CHOICES[name]}, not {value!r}")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name in ("retry_after", "token_calls"):
        fits = value is None or number
    elif isinstance(held, bool) or not isinstance(held, int | float):
        fits = isinstance(value, type(held))
    else:
        fits = number
    if not fits:
        raise ValueError(f"the dial {name} stands at {held!r}; {value!r} is of another kind")
    return value
