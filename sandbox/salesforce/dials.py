"""The dials of the stand-in: everything an org's administrator, or a bad day, would decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal


@dataclass(slots=True)
class DuplicateRule:
    """Live leads and contacts that agree on all fields of `on` are duplicates of each other.

    `key` is the name under which the answer carries the matches: the wire has the misspelt one, newer code may see the other.
    """

    mode: Literal["off", "alert", "block"] = "off"
    on: list[str] = field(default_factory=lambda: ["Email"])
    key: Literal["duplicateResut", "duplicateResult"] = "duplicateResut"


@dataclass(slots=True)
class ValidationRule:
    """Refuse rows of `object` whose `field` holds `forbid_value`."""

    object: str
    field: str
    forbid_value: Any
    message: str = "This value is not allowed."


@dataclass(slots=True)
class RowLock:
    """Somebody else holds these records: the next `times` writes that touch one, or its parent, fail (-1: all).

    Without `ids` it stands for any record.
    """

    ids: list[str] | None = None
    times: int = 1


@dataclass(slots=True)
class OutboundMessage:
    """Tell `url` about every write to `object`, with these fields; a message is repeated until it is acknowledged."""

    object: str
    url: str
    fields: list[str] = field(default_factory=lambda: ["Id"])


@dataclass(slots=True)
class Dials:
    """Settings with the defaults of a fresh org; times are in seconds."""

    daily_limit: int = 100_000
    concurrent_refusals: int = 0
    login_refusals: int = 0
    session_seconds: float = 7200.0
    token_calls: int | None = None
    rotate_refresh_token: bool = False
    soap_login: bool = True
    jwt_public_key_pem: str | None = None
    jwt_audiences: list[str] = field(default_factory=list)
    duplicate_rule: DuplicateRule = field(default_factory=DuplicateRule)
    validation_rules: list[ValidationRule] = field(default_factory=list)
    locks: list[RowLock] = field(default_factory=list)
    hidden_fields: dict[str, list[str]] = field(default_factory=dict)
    assignment_owner: str | None = None
    merge_external_id: Literal["moves", "vanishes"] = "vanishes"
    page_size: int = 2000
    short_page_every: int = 3
    lag: float = 0.0
    covered_gap: float = 60.0
    id_limit: int = 600_000
    deletion_log_seconds: float = 15 * 86_400.0
    bulk_queue_seconds: float = 0.5
    bulk_batch_seconds: float = 0.5
    bulk_batch_rows: int = 10_000
    bulk_fail_after_rows: int | None = None
    bulk_upload_bytes: int = 100 * 1024 * 1024
    bulk_query_rows: int = 50_000
    csv_charset: str | None = "UTF-8"
    outbound_messages: list[OutboundMessage] = field(default_factory=list)
    outbound_disorder: bool = False

    def turn(self, arguments: Mapping[str, Any]) -> None:
        """Set dials from plain data; raises ValueError for a dial that does not exist, and then turns none."""
        known = {one.name for one in fields(self)}
        unknown = sorted(set(arguments) - known)
        if unknown:
            raise ValueError(f"No dial named {', '.join(unknown)}. Dials: {', '.join(sorted(known))}.")
        made = {name: _PARTS[name](value) if name in _PARTS else value for name, value in arguments.items()}
        for name, value in made.items():
            setattr(self, name, value)


def _rule(value: Mapping[str, Any]) -> DuplicateRule:
    return DuplicateRule(**value)


_PARTS: dict[str, Any] = {
    "duplicate_rule": _rule,
    "validation_rules": lambda items: [ValidationRule(**item) for item in items],
    "locks": lambda items: [RowLock(**item) for item in items],
    "outbound_messages": lambda items: [OutboundMessage(**item) for item in items],
}
