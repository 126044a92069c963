"""A mapping whose group makes a contact, its company and a deal in one go, and an engine on a CRM that can refuse the deal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from connectors.memory.schema import OBJECTS, MemoryField
from core.contract import FieldKind
from core.flow.mapping.model import SyncMapping
from tests.support.builders import rules, sync_mapping
from tests.support.engine import Engine

STAGE = MemoryField("stage", FieldKind.CHOICE, choices=("open", "won"))
SCHEMA = {**OBJECTS, "opportunity": (*OBJECTS["opportunity"], STAGE)}
COMPANY: Mapping[str, Any] = {
    "object": "account",
    "mode": "lookup",
    "if_none": "create",
    "match": "name",
    "when": "company",
    "fields": {"name": "company", "phone": "phone"},
}
DEAL: Mapping[str, Any] = {
    "object": "opportunity",
    "fields": {
        "name": {"const": "A deal"},
        "stage": {"from": "message", "default": "open"},
        "contact": {"id_of": "this"},
        "account": {"id_of": "company"},
    },
}


def family(company: Mapping[str, Any] | None = None, deal: Mapping[str, Any] | None = None, **changes: Any) -> SyncMapping:
    """People to contacts, with the company where they work and a deal; what is given goes over parts of either."""
    members = {"company": {**COMPANY, **(company or {})}, "deal": {**DEAL, **(deal or {})}}
    given: dict[str, Any] = {
        "name": "families",
        "to": {"connection": "crm", "object": "contact"},
        "fields": {"email": "email", "last_name": "last_name", "title": "job_title", "account": {"id_of": "company"}},
        "group": {alias: {key: value for key, value in member.items() if value is not None} for alias, member in members.items()},
    }
    return sync_mapping(**(given | changes))


@contextmanager
def families(mapping: SyncMapping | None = None, **options: Any) -> Iterator[Engine]:
    """An engine on an empty CRM whose deals have a stage."""
    engine = family_engine(mapping, **options)
    try:
        yield engine
    finally:
        engine.close()


def family_engine(mapping: SyncMapping | None = None, *, lag: float = 5.0, **options: Any) -> Engine:
    """The same, to be closed by the caller."""
    remote = {"search_lag_seconds": lag, "schema": SCHEMA}
    return Engine(rules(mapping or family()), remote=remote, find_lag=lag, **options)
