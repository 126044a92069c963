"""Deliveries that are taken in together: each gets its own verdict, and what breaks on one leaves the others alone."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from core.contract import Change, Event, InboundRequest, Invalid, NativeId, ObjectName, Outcome, Reply, SignatureInvalid
from core.runtime.doors import Door, Doors
from core.runtime.service import Service
from core.store.vault import PlainVault

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Odd:
    """A connector that does what the body says."""

    def verify(self, request: InboundRequest) -> None:
        if request.body == b"forged":
            raise SignatureInvalid

    def parse(self, request: InboundRequest) -> list[Event]:
        if request.body == b"bug":
            raise ZeroDivisionError
        if request.body == b"text":
            raise Invalid("Not ours.", rule="content_type")
        name = request.body.decode()
        return [Event(name, change=Change(ObjectName("lead"), NativeId(name), {"name": name}))]

    def answer(self, _: InboundRequest, outcome: Outcome) -> Reply:
        return Reply(200, outcome.value.encode())


def test_what_arrives_together_is_judged_one_by_one() -> None:
    counted: list[Any] = []
    writer = SimpleNamespace(submit=lambda command: counted.extend(getattr(command, "counts", ())))
    doors = Doors(cast(Service, SimpleNamespace(writer=writer, store=SimpleNamespace(workspace="main", vault=PlainVault()))))
    door = Door("form", Odd(), None, frozenset({"POST"}))
    bodies = (b"one", b"forged", b"bug", b"text", b"two")

    admissions = doors.admit_all([(door, InboundRequest("POST", "http://127.0.0.1/", {}, body, NOW)) for body in bodies])

    assert [(a.reply.status, a.reply.body) for a in admissions] == [
        (200, b"stored"),
        (200, b"refused"),
        (200, b"unavailable"),
        (415, b"Not ours."),
        (200, b"stored"),
    ]
    assert [a.to_store is not None for a in admissions] == [True, False, False, True, True]
    (kept,) = admissions[3].to_store.entries  # type: ignore[union-attr]
    assert (kept.state, kept.reason_code, kept.reason) == ("quarantined", "unreadable", "Not ours.")
    assert counted == [("signature_refused", "form", 1), ("body_refused", "form", 1)]
