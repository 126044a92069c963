"""Two CRMs with two-way mappings over one person, on the engine without processes; and what people do in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.flow.mapping.model import SyncMapping
from core.runtime.lanes.names import LaneKind, LaneName
from core.store.tables import AuditRow
from tests.support.builders import inbound_mapping, rules, sync_mapping
from tests.support.engine import Engine, running

BOTH = ("crm", "hub")
ADA = {"email": "ada@example.com", "first_name": "Ada", "last_name": "Byron", "city": "London"}


def two_way(connection: str = "crm", **changes: Any) -> SyncMapping:
    return sync_mapping(**({"name": f"{connection}-leads", "to": {"connection": connection, "object": "lead"}} | changes))


@contextmanager
def both(**changes: Any) -> Iterator[Engine]:
    """Two CRMs with two-way mappings, and one person in both of them."""
    with running(rules(*(two_way(name, **changes) for name in BOTH), inbound=[inbound_mapping()]), connections=BOTH) as engine:
        engine.push("e1", ADA)
        go(engine)
        yield engine


def go(engine: Engine, rounds: int = 2) -> None:
    """Rounds of polls on both sides, each until nothing is due."""
    for _ in range(rounds):
        for name in BOTH:
            engine.wake(LaneName(LaneKind.READ, name, "lead"))
        engine.settle()


def writes(engine: Engine) -> int:
    return sum(len(crm.connector.writes) for crm in engine.crms.values())


def quiet(engine: Engine) -> None:
    """Two rounds, then two more without a single write."""
    go(engine)
    before = writes(engine)
    go(engine)
    assert writes(engine) == before


def only(engine: Engine, name: str) -> tuple[str, dict[str, Any]]:
    ((remote_id, fields),) = engine.crms[name].records().items()
    return remote_id, fields


def cities(engine: Engine) -> list[Any]:
    return [only(engine, name)[1].get("city") for name in BOTH]


def edit(engine: Engine, name: str, **fields: Any) -> None:
    engine.clock.advance(60)
    engine.crms[name].remote.edit("lead", only(engine, name)[0], fields, now=engine.clock.now())


def submit(engine: Engine, event: str, **changes: Any) -> None:
    engine.clock.advance(600)
    engine.push(event, ADA | changes)


def audit(engine: Engine) -> list[tuple[str, str, str]]:
    return [(row.actor, row.action, row.detail) for row in engine.rows(AuditRow)]
