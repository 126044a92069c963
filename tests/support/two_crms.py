"""Two CRMs with two-way mappings, as most tests of two-way sync begin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.flow.mapping.model import SyncMapping
from core.runtime.lanes.names import LaneKind, LaneName
from tests.support.builders import inbound_mapping, rules, sync_mapping
from tests.support.engine import Engine, running

BOTH = ("crm", "hub")


def two_way(connection: str = "crm", **changes: Any) -> SyncMapping:
    return sync_mapping(**({"name": f"{connection}-leads", "to": {"connection": connection, "object": "lead"}} | changes))


@contextmanager
def both(**changes: Any) -> Iterator[Engine]:
    """Two CRMs with two-way mappings that take new records over."""
    mappings = [two_way(name, **({"new_records": "take"} | changes)) for name in BOTH]
    with running(rules(*mappings, inbound=[inbound_mapping()]), connections=BOTH) as engine:
        yield engine


def go(engine: Engine) -> None:
    """One round of polls on both sides, until nothing is due."""
    for name in BOTH:
        engine.wake(LaneName(LaneKind.READ, name, "lead"))
    engine.settle()


def quiet(engine: Engine) -> None:
    """After the last edit: two rounds, then two more without a single write."""
    go(engine)
    go(engine)
    before = sum(len(crm.connector.writes) for crm in engine.crms.values())
    go(engine)
    go(engine)
    assert sum(len(crm.connector.writes) for crm in engine.crms.values()) == before


def only(engine: Engine, name: str) -> tuple[str, dict[str, Any]]:
    """The one record of a CRM."""
    ((remote_id, fields),) = engine.crms[name].records().items()
    return remote_id, fields


def edit(engine: Engine, name: str, **fields: Any) -> None:
    """Somebody edits the one record there, a minute later."""
    engine.clock.advance(60)
    engine.crms[name].remote.edit("lead", only(engine, name)[0], fields, now=engine.clock.now())


ADA = {"email": "ada@example.com", "first_name": "Ada", "last_name": "Byron", "city": "London"}
