"""Who receives which kind of e-mail, and on what legal ground."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SubscriptionType:
    """One kind of e-mail a person can subscribe to."""

    id: str
    name: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Consent:
    """The state of one person for one kind of e-mail."""

    state: str
    legal_basis: str | None
    explanation: str | None
    at: datetime


def _standard_types() -> dict[str, SubscriptionType]:
    found = [SubscriptionType("2001", "Newsletter", "Marketing"), SubscriptionType("2002", "One to one", "Sales")]
    return {entry.id: entry for entry in found}


@dataclass(slots=True)
class Preferences:
    """The subscription types, the states by (address, type), and addresses that left everything."""

    types: dict[str, SubscriptionType] = field(default_factory=_standard_types)
    states: dict[tuple[str, str], Consent] = field(default_factory=dict)
    opted_out: dict[str, datetime] = field(default_factory=dict)
