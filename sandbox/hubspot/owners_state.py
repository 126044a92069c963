"""The owners of the account: people to whom records can be assigned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
"""When the owners were made."""


@dataclass(slots=True)
class Owner:
    """One owner; `hubspot_owner_id` holds `id`, which is not the same number as `user_id`."""

    id: str
    user_id: int
    email: str
    first_name: str
    last_name: str
    archived: bool = False
    updated_at: datetime = SINCE


def standard_owners() -> dict[str, Owner]:
    """Two active owners and one who has left."""
    people = [
        Owner("71001", 9101, "olivia.owner@example.com", "Olivia", "Owner"),
        Owner("71002", 9102, "sam.seller@example.com", "Sam", "Seller"),
        Owner("71003", 9103, "gone.girard@example.com", "Gone", "Girard", archived=True),
    ]
    return {owner.id: owner for owner in people}
